"""shopkeeper retain."""

from typing import Annotated

import typer

from shopkeeper.cli.output import JsonFlag, ShopFolder, say, say_fields, say_json


def retain(
    shop: ShopFolder,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would go; delete nothing.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Delete events and given lists that are older than [retention] in shop.toml says; to be run once a day.

    Examples:

        shopkeeper retain myshop --dry-run
    """
    from shopkeeper.cli.progress import watched
    from shopkeeper.operation.retain import retain as retain_shop
    from shopkeeper.operation.shop import open_shop

    with open_shop(shop) as opened, watched() as progress:
        summary = retain_shop(opened, dry_run=dry_run, progress=progress)
    if as_json:
        say_json(summary.as_dict())
        return
    say_fields(summary.as_dict())
    if dry_run:
        say("A dry run: nothing was deleted.")
