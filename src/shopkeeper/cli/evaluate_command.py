"""shopkeeper evaluate."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from shopkeeper.cli.output import JsonFlag, ShopFolder, say_json, say_paragraph
from shopkeeper.cli.report import say_close_up, say_figures, say_report
from shopkeeper.cli.rounds import say_rounds

FOLDS, ORIGINS = 5, 3  # where no number is given


class Protocol(StrEnum):
    """How customers and days are divided."""

    TEMPORAL = "temporal"
    FOLDS = "folds"
    ROLLING = "rolling"


def evaluate(
    shop: ShopFolder,
    protocol: Annotated[
        Protocol,
        typer.Option(
            help="temporal: one cut in time. folds: customers unseen in training, several times. "
            "rolling: several cuts in time. The last two fit everything anew for each."
        ),
    ] = Protocol.TEMPORAL,
    folds: Annotated[
        int | None, typer.Option(metavar="K", help=f"With --protocol folds: how many; {FOLDS}.", show_default=False)
    ] = None,
    origins: Annotated[
        int | None, typer.Option(metavar="N", help=f"With --protocol rolling: how many; {ORIGINS}.", show_default=False)
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Show this metric of every system; may be repeated.", show_default=False),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Evaluate on what happened after the cut. Prints the evaluation table; nothing is published.

    Metrics and protocols, and how to read them: docs/evaluation.md.

    Examples:

        shopkeeper evaluate myshop

        shopkeeper evaluate myshop --metric MAP@10 --metric coverage

        shopkeeper evaluate myshop --protocol folds --folds 5

        shopkeeper evaluate myshop --protocol rolling --origins 4

        shopkeeper evaluate myshop --json > evaluation.json
    """
    _check(protocol, folds, origins)
    if protocol is Protocol.TEMPORAL:
        _evaluate_once(shop, metric or [], as_json)
    else:
        _evaluate_rounds(shop, protocol, origins if folds is None else folds, metric or [], as_json)


def _evaluate_once(shop: Path, metric: list[str], as_json: bool) -> None:
    from shopkeeper.cli.progress import watched
    from shopkeeper.evaluation.figure import find_figure
    from shopkeeper.operation.evaluate import evaluate_shop
    from shopkeeper.operation.shop import open_shop

    figures = [find_figure(name) for name in metric]
    with open_shop(shop) as opened, watched() as progress:
        report = evaluate_shop(opened, progress=progress)
    if as_json:
        say_json(report.as_dict())
    elif figures:
        say_figures(report, figures)
    else:
        say_report(report)
        say_close_up(report)


def _evaluate_rounds(shop: Path, protocol: Protocol, rounds: int | None, metric: list[str], as_json: bool) -> None:
    from shopkeeper.cli.progress import watched
    from shopkeeper.evaluation.figure import find_figure
    from shopkeeper.operation.protocol import evaluate_folds, evaluate_rolling
    from shopkeeper.operation.shop import open_shop

    figures = [find_figure(name) for name in metric]
    by_folds = protocol is Protocol.FOLDS
    rounds = rounds if rounds is not None else FOLDS if by_folds else ORIGINS
    work = evaluate_folds if by_folds else evaluate_rolling
    with open_shop(shop) as opened, watched() as progress:
        report = work(opened, rounds, progress=progress, told=lambda it: typer.echo(it.words, err=True))
        page = opened.rounds_page(protocol)
    if as_json:
        say_json(report.as_dict())
    else:
        say_rounds(report, figures)
        say_paragraph(f"As a page: {page}, and at /report/{protocol.value} of a server.")


def _check(protocol: Protocol, folds: int | None, origins: int | None) -> None:
    """An option of another protocol would be passed over in silence."""
    for value, option, owner in ((folds, "folds", Protocol.FOLDS), (origins, "origins", Protocol.ROLLING)):
        if value is not None and protocol is not owner:
            raise typer.BadParameter(f"--{option} goes with --protocol {owner.value}, and this is {protocol.value}.")
