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
    currency: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="ISO 4217 code of prices that name none, such as EUR.", show_default="USD"),
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Set the dates of the grocer's year 2017.")] = False,
    hint: HintFlag = True,
    as_json: JsonFlag = False,
) -> None:
    """Make a shop: a folder with a commented shop.toml.

    Examples:

        shopkeeper init myshop --name "Corner shop" --currency EUR

        shopkeeper init demo-shop --demo
    """
    from shopkeeper.operation.shop import init_shop
    from shopkeeper.setting import load_setting

    path = init_shop(shop, name=name, currency=currency, demo=demo)
    code = load_setting(shop).shop.currency  # an environment variable may say another
    if as_json:
        say_json({"shop": str(shop), "setting": str(path), "currency": code})
    else:
        say(f"{shop} is a shop now. Its settings: {path}")
        other = "" if currency or demo else f" For another, change `currency` in {path} before you import."
        say(f"Prices that name no currency are in {code}.{other}")
        what = "--format completejourney" if demo else "FILES..."
        say_next(f"shopkeeper import {quote(str(shop))} {what}", hint)
