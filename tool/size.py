"""Sizes that a reader can hold: python tool/size.py FOLDERS. Fails where a file, function or class is too large.

The longest few are printed too: they are the next to grow too large.
"""

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LIMIT: Final = {"file": 600, "function": 60, "class": 12}  # lines, lines, public methods
UNIT: Final = {"file": "lines", "function": "lines", "class": "public methods"}
SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Size:
    """How large one thing is, in its kind's unit."""

    kind: str
    where: str
    size: int

    def words(self) -> str:
        """One line of the report."""
        return f"{self.size:5} {UNIT[self.kind]:<14} {self.where}"


def sizes_of(path: Path) -> Iterator[Size]:
    """The sizes of a file and of every function and class in it."""
    source = path.read_text("utf-8")
    yield Size("file", str(path), len(source.splitlines()))
    for node in ast.walk(ast.parse(source, str(path))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Size("function", f"{path}:{node.lineno} {node.name}", length)
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("Test"):
            yield Size("class", f"{path}:{node.lineno} {node.name}", len(_public_methods(node)))


def _public_methods(node: ast.ClassDef) -> list[str]:
    """Names of its own methods that others may call; tests of a contract are none."""
    methods = (part for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef))
    return [method.name for method in methods if not method.name.startswith(("_", "test_"))]


def main(folders: Sequence[str]) -> int:
    """The exit code: 1 where something is too large."""
    sizes = [size for folder in folders for path in sorted(Path(folder).rglob("*.py")) for size in sizes_of(path)]
    too_large = [size for size in sizes if size.size > LIMIT[size.kind]]
    for kind, limit in LIMIT.items():
        longest = sorted((size for size in sizes if size.kind == kind), key=lambda size: -size.size)[:SHOWN]
        print(f"Largest of {sum(size.kind == kind for size in sizes)}, {kind}; the limit is {limit} {UNIT[kind]}:")
        print("\n".join(size.words() for size in longest))
    if too_large:
        print("\nToo large; look for the second concept in it:", *(size.words() for size in too_large), sep="\n")
    return int(bool(too_large))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
