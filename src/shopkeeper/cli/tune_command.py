"""shopkeeper tune."""

from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from shopkeeper.cli.output import HintFlag, JsonFlag, ShopFolder, say, say_json, say_next, say_table

if TYPE_CHECKING:  # heavy
    from shopkeeper.operation.tune import TuneResult


def tune(
    shop: ShopFolder,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A source of the blend, or any model of docs/models.md. Absent: what weighs most on home.",
            show_default=False,
        ),
    ] = None,
    minutes: Annotated[float, typer.Option(help="How long it may take, preparations included.")] = 30.0,
    trials: Annotated[
        int | None, typer.Option(help="End after so many trials, those of earlier runs included.", show_default=False)
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Put what is better beyond doubt into shop.toml.")] = False,
    hint: HintFlag = True,
    as_json: JsonFlag = False,
) -> None:
    """Search for better settings of one model, on the validation days. Prints the best, and what it gains.

    The same command goes on where it ended, was interrupted or killed; the days of the test are never looked at.

    Examples:

        shopkeeper tune myshop

        shopkeeper tune myshop --model item_item --minutes 10

        shopkeeper tune myshop --model two_tower --minutes 120 --apply
    """
    from shopkeeper.cli.trials import watched_trials
    from shopkeeper.operation.shop import open_shop
    from shopkeeper.operation.tune import tune_shop

    with open_shop(shop) as opened, watched_trials(minutes, trials) as (progress, told):
        result = tune_shop(opened, model, minutes=minutes, trials=trials, apply=apply, progress=progress, told=told)
    if as_json:
        say_json(result.as_dict())
        return
    _say(result, model or result.source)
    say_next(_next(quote(str(shop)), result, model or result.source), hint)


def _next(shop: str, result: "TuneResult", model: str) -> str:
    """What to do with it; where nothing is sure, the same search may go on."""
    if result.applied:
        return f"shopkeeper train {shop}"
    if result.better:
        return f"with these lines in shop.toml: shopkeeper train {shop}"
    return f"to search on: shopkeeper tune {shop} --model {model}"


def _say(result: "TuneResult", model: str) -> None:
    """The values side by side, the gain, and where it stands, of the `model` as it was named."""
    rows = [[field, result.start[field], value] for field, value in result.best.items()]
    say_table(["field", "now", "best"], rows, title=f"{model}: {result.trials} trials")
    gain = result.gain
    alias = "" if model == result.source else f" (the blend calls it {result.source!r})"
    say(f"NDCG@10 by the customers who chose: {result.began:.4f} now, {result.reached:.4f} at best.")
    say(
        f"By {result.customers:,} other customers, who had no part in the choice, the best values change NDCG@10 by "
        f"{gain.mean:+.4f} (95 % interval {gain.low:+.4f} to {gain.high:+.4f}). "
        f"These are figures of this source alone{alias}, not of the blend that it is part of."
    )
    if result.applied:
        say("It is in shop.toml now; the next training uses it.")
    elif result.better:
        say(f"To train with it, tune with --apply, or put this into shop.toml (it is in {result.path}):")
        say("\n" + result.text)
    else:
        say(f"{doubt(result)} shop.toml is better left as it is.")


def doubt(result: "TuneResult") -> str:
    """Why what was found is not to be used."""
    if result.best == result.start:
        return "No values were found that reach more than the present ones."
    if result.customers < result.needed:
        return f"{result.customers:,} customers are too few to be sure of a gain: at least {result.needed} are needed."
    if result.gain.high < 0:
        return "The interval lies below zero: what is best by those who chose is worse by the others."
    return "The interval holds zero."
