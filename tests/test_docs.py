"""The documents say what is true: settings and fields are complete, links lead somewhere, commands run as written."""

import os
import re
import runpy
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shopkeeper.data.reader.column import NAMES
from shopkeeper.pipeline.expression import ITEM_FILTER_COLUMN
from shopkeeper.record import EventType

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
READMES = ["README.md", pytest.param("README.zh.md", marks=pytest.mark.slow)]  # half a minute each
PATIENCE_SECONDS = 60


def test_every_setting_is_documented() -> None:
    page = runpy.run_path(str(ROOT / "tool" / "settings_page.py"))["page"]()
    assert (ROOT / "docs" / "settings.md").read_text("utf-8") == page, "docs/settings.md is old: make docs"


def test_every_field_of_a_model_is_documented() -> None:
    page = runpy.run_path(str(ROOT / "tool" / "training_page.py"))["page"]()
    assert (ROOT / "docs" / "training.md").read_text("utf-8") == page, "docs/training.md is old: make docs"


def test_every_field_that_a_file_may_have_is_documented() -> None:
    page = (ROOT / "docs" / "data.md").read_text("utf-8")
    words = {*ITEM_FILTER_COLUMN, *(kind.value for kind in EventType)}
    for names in NAMES.values():
        words |= {word for field, alternatives in names.items() for word in (field, *alternatives.split())}
    assert {word for word in words if f"`{word}`" not in page} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("readme", READMES)
def test_the_commands_of_the_readme_work_as_written(readme: str, tmp_path: Path) -> None:
    (tmp_path / "example").symlink_to(ROOT / "example")
    before, serve, after = _commands(ROOT / readme)
    _run(before, tmp_path)
    with _served(serve, tmp_path) as url:
        answers = _run(after.replace("http://127.0.0.1:8000", url), tmp_path)
    assert '"accepted":1' in answers
    assert '"item_id":"oolong"' in answers  # bought a moment ago, and found by its name
    assert '"category":{"values":[{"value":"Drinks"' in answers  # counted


def _commands(page: Path) -> tuple[str, str, str]:
    """What comes before the server, the server itself, and what is asked of it."""
    blocks = re.findall(r"```bash\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    place = next(number for number, block in enumerate(blocks) if block.startswith("shopkeeper serve"))
    script = "".join(blocks[:place]).replace("source .venv/bin/activate\n", "")
    return script, blocks[place], "".join(blocks[place + 1 :])


def _run(script: str, folder: Path) -> str:
    """What a shell says to it all; an error ends it at once, also one that the server answers with."""
    script = "set -e\n" + script.replace("curl ", "curl --silent --show-error --fail-with-body ")
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _environment() -> dict[str, str]:
    """As in an activated virtual environment, on threads that leave other tests some room."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "OPENBLAS_NUM_THREADS": "1"}


@contextmanager
def _served(command: str, folder: Path) -> Iterator[str]:
    """The URL of the server that a command starts, on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
    words = shlex.split(command.replace("8000", port))
    environment = {**_environment(), "SHOPKEEPER_SHOP__REPLAY_NOW": "2024-04-01"}
    process = subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _wait(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            urllib.request.urlopen(url).close()
        except OSError:
            assert time.monotonic() < deadline, f"{url} does not answer"
            time.sleep(0.1)
        else:
            return
