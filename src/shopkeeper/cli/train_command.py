"""shopkeeper train."""

from shlex import quote
from typing import Annotated

import typer

from shopkeeper.cli.output import HintFlag, JsonFlag, ShopFolder, say, say_json, say_next
from shopkeeper.cli.report import say_report


def train(
    shop: ShopFolder,
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Blend this model too, beside those of shop.toml; may be given several times: see docs/training.md.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Train even where nothing has changed.")] = False,
    min_new: Annotated[
        float, typer.Option(min=0, max=1, help="Share of new rows that is no reason to train again.")
    ] = 0.0,
    hint: HintFlag = True,
    as_json: JsonFlag = False,
) -> None:
    """Train, evaluate and publish a bundle. Prints the evaluation table; skipped where nothing has changed.

    What a killed training had finished is read back by the same command, and a network goes on from its checkpoint.

    Examples:

        shopkeeper train myshop

        shopkeeper train myshop --min-new 0.01

        shopkeeper train myshop --model two_tower --model transformer

        shopkeeper train myshop --force --json
    """
    from shopkeeper.cli.progress import watched
    from shopkeeper.operation.shop import open_shop
    from shopkeeper.operation.train import train_shop

    with open_shop(shop) as opened, watched() as progress:
        result = train_shop(opened, progress=progress, force=force, min_new=min_new, models=model or ())
    if as_json:
        say_json(result.as_dict())
        return
    say_report(result.report)
    done = "Nothing has changed since bundle" if result.skipped else "Published bundle"
    say(f"{done} {result.bundle_id}.")
    say_next(f"shopkeeper serve {quote(str(shop))}", hint)
