"""shopkeeper export."""

from pathlib import Path
from typing import Annotated

import typer

from shopkeeper.cli.output import JsonFlag, ShopFolder, say, say_fields, say_json
from shopkeeper.cli.path import given_path


def export(
    shop: ShopFolder,
    folder: Annotated[
        Path, typer.Argument(parser=given_path, metavar="FOLDER", help="A new folder.", show_default=False)
    ],
    as_json: JsonFlag = False,
) -> None:
    """Export items, offers, users, visitors and events as Parquet, which import takes in again.

    Examples:

        shopkeeper export myshop my-data

        shopkeeper import othershop my-data
    """
    from shopkeeper.cli.progress import watched
    from shopkeeper.operation.export import export_shop
    from shopkeeper.operation.shop import open_shop

    with open_shop(shop) as opened, watched() as progress:
        summary = export_shop(opened, folder, progress)
    if as_json:
        say_json(summary.as_dict())
    else:
        say_fields(summary.as_dict())
        say(f"Another shop takes it in with: shopkeeper import SHOP {folder}")
