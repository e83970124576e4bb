"""shopkeeper user export | erase."""

import json
from pathlib import Path
from typing import Annotated

import typer

from shopkeeper.cli.output import JsonFlag, ShopFolder, say, say_fields, say_json
from shopkeeper.cli.path import given_path

PersonId = Annotated[str, typer.Argument(metavar="USER_ID", help="The customer's id.", show_default=False)]
VisitorFlag = Annotated[bool, typer.Option("--visitor", help="The id is a guest's visitor id.")]


def user_commands() -> typer.Typer:
    """The group of commands about one person's data."""
    group = typer.Typer(help="One person's data: tell all of it, erase it.", rich_markup_mode=None)
    group.command("export")(export)
    group.command("erase")(erase)
    return group


def export(
    shop: ShopFolder,
    user_id: PersonId,
    *,
    visitor: VisitorFlag = False,
    output: Annotated[
        Path | None, typer.Option(parser=given_path, metavar="FILE", help="Write to a file.", show_default="stdout")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Tell all that the shop holds of a person, as JSON: attributes, events, visitor ids, the lists they were given.

    Examples:

        shopkeeper user export myshop 27 --output customer-27.json
    """
    from shopkeeper.operation.shop import open_shop
    from shopkeeper.operation.user import export_user

    with open_shop(shop) as opened:
        told = export_user(opened, user_id, visitor=visitor)
    if output is None:
        say_json(told)
        return
    output.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", "utf-8")
    if as_json:
        say_json({"file": str(output), "events": len(told["events"]), "exposures": len(told["exposures"])})
    else:
        say(f"Written to {output}: {len(told['events']):,} events, {len(told['exposures']):,} lists.")


def erase(shop: ShopFolder, user_id: PersonId, *, visitor: VisitorFlag = False, as_json: JsonFlag = False) -> None:
    """Erase every trace of a person, for good. What they did until now is not taken again from any file.

    Examples:

        shopkeeper user erase myshop 27

        shopkeeper user erase myshop 5f3c9a --visitor
    """
    from shopkeeper.cli.progress import watched
    from shopkeeper.operation.shop import open_shop
    from shopkeeper.operation.user import erase_user

    with open_shop(shop) as opened, watched() as progress:
        summary = erase_user(opened, user_id, visitor=visitor, progress=progress)
    if as_json:
        say_json(summary.as_dict())
        return
    say_fields(summary.as_dict())
    say("Erased. Backups and exports that were made before hold this person still.")
    if not summary.scrubbed:
        say("The rows are gone; their bytes may stay on the database's disk until others are written over them.")
