"""What a command says: the result alone on stdout, as JSON or for people."""

import json
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from shopkeeper.cli.path import given_path

PLAIN_WIDTH = 160  # characters of a table in a file or a pipe
WIDEST = 100  # characters of a line of sentences
ShopFolder = Annotated[
    Path, typer.Argument(parser=given_path, metavar="SHOP", help="The shop's folder.", show_default=False)
]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]

HintFlag = Annotated[bool, typer.Option("--hint/--no-hint", help="Say which command comes next.")]


def say_json(value: object) -> None:
    """One JSON document."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def say(words: str) -> None:
    """One line for people."""
    typer.echo(words)


def say_paragraph(words: str) -> None:
    """Sentences for people, broken between words where somebody looks on."""
    width = min(shutil.get_terminal_size().columns, WIDEST)
    typer.echo(textwrap.fill(words, width) if sys.stdout.isatty() else words)


def say_markdown(text: str) -> None:
    """A page of Markdown: laid out where somebody looks on, as it is in a file or a pipe."""
    if not sys.stdout.isatty():
        typer.echo(text.rstrip())
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console(width=min(shutil.get_terminal_size().columns, WIDEST)).print(Markdown(text))


def say_next(command: str, wanted: bool) -> None:
    """What to run after this, unless a script is about to."""
    if wanted:
        typer.echo(f"Next: {command}")


def say_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str | None = None) -> None:
    """A table for people; numbers to the right, and no frame that a narrow terminal would break."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for place, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[place], int | float) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold", no_wrap=not place)
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    Console(markup=False, highlight=False, width=width).print(table)


def say_fields(values: Mapping[str, Any]) -> None:
    """Names and values, one a line; what is empty is left out."""
    shown = {name.replace("_", " "): value for name, value in values.items() if value not in (None, "", [], {}, ())}
    width = max((len(name) for name in shown), default=0)
    for name, value in shown.items():
        lines = (
            ("\n" + " " * (width + 2)).join(_cell(part) for part in value) if isinstance(value, list | tuple) else ""
        )
        typer.echo(f"{name:<{width}}  {lines or _cell(value)}")


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_cell(part)}" for key, part in value.items())
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
