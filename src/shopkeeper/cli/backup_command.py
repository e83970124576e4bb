"""shopkeeper backup and shopkeeper restore."""

from pathlib import Path
from typing import Annotated

import typer

from shopkeeper.cli.output import HintFlag, JsonFlag, ShopFolder, say, say_fields, say_json, say_next
from shopkeeper.cli.path import given_path

BackupFile = Annotated[
    Path, typer.Argument(parser=given_path, metavar="FILE", help="The backup: one file.", show_default=False)
]


def backup(
    shop: ShopFolder,
    file: BackupFile,
    *,
    settings: Annotated[bool, typer.Option("--settings", help="Put shop.toml in, with whatever keys it has.")] = False,
    bundle: Annotated[bool, typer.Option("--bundle", help="Put the bundle in that is served.")] = False,
    hint: HintFlag = True,
    as_json: JsonFlag = False,
) -> None:
    """Back up everything that the store holds, as of one moment, while the shop serves and takes events.

    Examples:

        shopkeeper backup myshop monday.backup

        shopkeeper backup myshop whole.backup --settings --bundle
    """
    from shopkeeper.cli.progress import watched
    from shopkeeper.operation.backup import backup_shop
    from shopkeeper.operation.shop import open_shop

    with open_shop(shop) as opened, watched() as progress:
        summary = backup_shop(opened, file, settings=settings, bundle=bundle, progress=progress)
    if as_json:
        say_json(summary.as_dict())
        return
    say_fields(summary.as_dict())
    say_next(f"keep the file on another machine, and see that it restores: shopkeeper restore {file} NEWSHOP", hint)


def restore(file: BackupFile, shop: ShopFolder, *, hint: HintFlag = True, as_json: JsonFlag = False) -> None:
    """Restore a backup into an empty shop, on SQLite or PostgreSQL as its shop.toml says.

    Examples:

        shopkeeper restore monday.backup newshop
    """
    from shopkeeper.cli.progress import watched
    from shopkeeper.operation.publish import why_nothing_is_served
    from shopkeeper.operation.restore import restore_shop

    with watched() as progress:
        summary = restore_shop(file, shop, progress)
    if as_json:
        say_json(summary.as_dict())
        return
    say_fields(summary.as_dict())
    if summary.missing_bundle:
        say(f"Bundle {summary.missing_bundle} was served and is not here. Copy it, or run: shopkeeper train {shop}")
    else:
        say_next(f"shopkeeper {'train' if why_nothing_is_served(shop) else 'serve'} {shop}", hint)
