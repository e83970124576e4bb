"""The program starts quickly, explains itself, and imports nothing heavy to do so."""

import resource
import subprocess
import sys

COMMANDS = ["init", "import", "train", "evaluate", "serve", "search", "recommend", "doctor"]
GROUP = ["list", "verify", "publish", "rollback"]

PROBE = """
import sys
sys.argv = ["shopkeeper", "--help"]
from shopkeeper.app import main
try:
    main()
except SystemExit as end:
    assert not end.code
heavy = {"polars", "numpy", "torch", "sqlalchemy", "scipy", "fastapi", "pydantic", "uvicorn", "rich"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""


def test_help_imports_nothing_heavy_and_names_every_command() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"\n  {command} " in done.stdout for command in [*COMMANDS, "bundle"])


def test_help_takes_less_than_half_a_second_of_processor_time() -> None:
    seconds = []
    for _ in range(3):
        began = processor_seconds()
        subprocess.run([sys.executable, "-m", "shopkeeper", "--help"], capture_output=True, check=True)
        seconds.append(processor_seconds() - began)
    assert min(seconds) < 0.5


def processor_seconds() -> float:
    """Of all child processes so far; a busy machine does not lengthen it, as it does wall time."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
