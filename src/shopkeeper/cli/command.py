"""All commands together, and how a run ends: an exit code, and one clear sentence where something went wrong."""

import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import Annotated, Final

import typer
from typer.exceptions import TyperException

from shopkeeper import __version__
from shopkeeper.cli.backup_command import backup, restore
from shopkeeper.cli.benchmark_command import benchmark
from shopkeeper.cli.bundle_command import bundle_commands
from shopkeeper.cli.doctor_command import doctor
from shopkeeper.cli.evaluate_command import evaluate
from shopkeeper.cli.export_command import export
from shopkeeper.cli.import_command import import_
from shopkeeper.cli.init_command import init
from shopkeeper.cli.list_command import recommend, search
from shopkeeper.cli.retain_command import retain
from shopkeeper.cli.serve_command import Serve, ServePlan, serve_command
from shopkeeper.cli.train_command import train
from shopkeeper.cli.tune_command import tune
from shopkeeper.cli.user_command import user_commands
from shopkeeper.error import ShopkeeperError
from shopkeeper.operation.problem import http_problem, problem_of

__all__ = ["ServePlan", "create_cli", "run_cli"]

INTERRUPTED: Final = 130  # as shells say it: 128 + SIGINT
PIPE_CLOSED: Final = 141  # 128 + SIGPIPE

EPILOG: Final = """First steps:

  shopkeeper init demo-shop --demo

  shopkeeper import demo-shop --format completejourney

  shopkeeper train demo-shop

  shopkeeper serve demo-shop"""


def create_cli(serve: Serve) -> typer.Typer:
    """The command line; `serve` runs a server until it is told to stop."""
    cli = typer.Typer(
        help="The thinking half of an online shop: search, recommendations and honest evaluation.",
        epilog=EPILOG,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # plain help: a third of the time to show it
        no_args_is_help=False,
    )
    cli.callback()(_version_option)
    cli.command("init")(init)
    cli.command("import")(import_)
    cli.command("train")(train)
    cli.command("tune")(tune)
    cli.command("evaluate")(evaluate)
    cli.command("serve")(serve_command(serve))
    cli.command("search")(search)
    cli.command("recommend")(recommend)
    cli.add_typer(bundle_commands(), name="bundle")
    cli.add_typer(user_commands(), name="user")
    cli.command("export")(export)
    cli.command("backup")(backup)
    cli.command("restore")(restore)
    cli.command("retain")(retain)
    cli.command("benchmark")(benchmark)
    cli.command("doctor")(doctor)
    return cli


def run_cli(cli: typer.Typer, arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code that error.py names."""
    as_json = "--json" in arguments
    try:
        code = cli(list(arguments), standalone_mode=False, prog_name="shopkeeper")
    except ShopkeeperError as error:
        _tell(problem_of(error).as_dict(), error.exit_code, as_json)
        return error.exit_code
    except TyperException as error:
        words = f"{error.format_message().rstrip('.')}. See: {_help_of(error)}"
        _tell(http_problem(400, words).as_dict() | {"title": "Usage"}, error.exit_code, as_json)
        return error.exit_code
    except BrokenPipeError:
        return _pipe_closed()
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        _tell(http_problem(500, f"The system refused: {error.strerror or error}{where}.").as_dict(), 1, as_json)
        return 1
    except KeyboardInterrupt:
        code = INTERRUPTED
    return _interrupted() if code == INTERRUPTED else int(code or 0)


def _tell(problem: dict[str, object], exit_code: int, as_json: bool) -> None:
    """One sentence, or one JSON object, on stderr."""
    words = json.dumps({**problem, "exit_code": exit_code}) if as_json else f"Error: {problem['detail']}"
    print(words, file=sys.stderr)  # noqa: T201  (the door itself)


def _help_of(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path if context else 'shopkeeper'} --help"


def _interrupted() -> int:
    """A second Ctrl-C ends at once, without a trace of what was being tidied up."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    words = "Interrupted. What was committed stays; the same command goes on from there."
    print(words, file=sys.stderr)  # noqa: T201  (the door itself)
    return INTERRUPTED


def _pipe_closed() -> int:
    """The reader of our output went away; nothing more can be told, not even by Python's flush at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PIPE_CLOSED


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"shopkeeper {__version__}")
        raise typer.Exit


def _version_option(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass
