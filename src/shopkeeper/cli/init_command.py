"""shopkeeper init."""

from shlex import quote
from typing import Annotated

import typer

from shopkeeper.cli.output import HintFlag, JsonFlag, ShopFolder, say, say_json, say_next


def init(
    shop: ShopFolder,
    name: Annotated[
        str | None, typer.Option(help="The shop's name, shown on pages.", show_default="the folder's")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Set the dates of the grocer's year 2017.")] = False,
    hint: HintFlag = True,
    as_json: JsonFlag = False,
) -> None:
    """Make a shop: a folder with a commented shop.toml.

    Examples:

        shopkeeper init myshop --name "Corner shop"

        shopkeeper init demo-shop --demo
    """
    from shopkeeper.operation.shop import init_shop

    path = init_shop(shop, name=name, demo=demo)
    if as_json:
        say_json({"shop": str(shop), "setting": str(path)})
    else:
        say(f"{shop} is a shop now. Its settings: {path}")
        what = "--format completejourney" if demo else "FILES..."
        say_next(f"shopkeeper import {quote(str(shop))} {what}", hint)
