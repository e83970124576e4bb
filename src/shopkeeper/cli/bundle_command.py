"""shopkeeper bundle list | card | verify | publish | rollback."""

from typing import Annotated

import typer

from shopkeeper.cli.output import JsonFlag, ShopFolder, say, say_json, say_markdown, say_table

COLUMNS = ("bundle_id", "created", "served", "size", "metrics")  # for people; --json tells all
BundleId = Annotated[str, typer.Argument(metavar="BUNDLE", help="A bundle's id.", show_default=False)]


def bundle_commands() -> typer.Typer:
    """The group of commands about trained bundles."""
    group = typer.Typer(help="Trained bundles: list, read the card, verify, publish, roll back.", rich_markup_mode=None)
    group.command("list")(list_)
    group.command("card")(card)
    group.command("verify")(verify)
    group.command("publish")(publish)
    group.command("rollback")(rollback)
    return group


def list_(shop: ShopFolder, as_json: JsonFlag = False) -> None:
    """List the shop's bundles, newest first, and say which one is served.

    Examples:

        shopkeeper bundle list myshop

        shopkeeper bundle list myshop --json
    """
    from shopkeeper.operation.publish import how_to_begin, list_bundles
    from shopkeeper.operation.shop import open_shop

    with open_shop(shop) as opened:
        rows = [entry.as_dict() for entry in list_bundles(opened)]
        begin = how_to_begin(opened)
    if as_json:
        say_json(rows)
    elif rows:
        told = [row | {"size": _size(row["size_mb"]), "metrics": row["metrics"] or "not tested"} for row in rows]
        say_table(list(COLUMNS), [[row[name] for name in COLUMNS] for row in told])
    else:
        say(f"No bundles yet. {begin}")


def card(
    shop: ShopFolder,
    bundle: Annotated[
        str | None,
        typer.Argument(metavar="[BUNDLE]", help="A bundle's id; the published one by default.", show_default=False),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show a bundle's model card: what it learned from, how good it is, its limits and its cost.

    Examples:

        shopkeeper bundle card myshop

        shopkeeper bundle card myshop 20180101-050000-1a2b3c > card.md
    """
    from shopkeeper.operation.card import read_card
    from shopkeeper.operation.shop import open_shop

    with open_shop(shop) as opened:
        bundle_id, text = read_card(opened, bundle)
    if as_json:
        say_json({"bundle_id": bundle_id, "card": text})
    else:
        say_markdown(text)


def verify(shop: ShopFolder, bundle: BundleId, as_json: JsonFlag = False) -> None:
    """Check every file of a bundle against its checksum.

    Examples:

        shopkeeper bundle verify myshop 20180101-050000-1a2b3c
    """
    from shopkeeper.operation.publish import verify_bundle
    from shopkeeper.operation.shop import open_shop

    with open_shop(shop) as opened:
        verify_bundle(opened, bundle)
    _say_done(as_json, bundle, "verified", f"All files of bundle {bundle} are whole.")


def publish(shop: ShopFolder, bundle: BundleId, as_json: JsonFlag = False) -> None:
    """Serve a bundle from now on: verified first, then switched in all servers at once.

    Examples:

        shopkeeper bundle publish myshop 20180101-050000-1a2b3c
    """
    from shopkeeper.operation.publish import publish_bundle
    from shopkeeper.operation.shop import open_shop

    with open_shop(shop) as opened:
        publish_bundle(opened, bundle)
    _say_done(as_json, bundle, "published", f"Bundle {bundle} is published; servers follow within a second.")


def rollback(shop: ShopFolder, as_json: JsonFlag = False) -> None:
    """Serve the bundle that was served before. Items deleted since stay deleted.

    Examples:

        shopkeeper bundle rollback myshop
    """
    from shopkeeper.operation.publish import rollback_bundle
    from shopkeeper.operation.shop import open_shop

    with open_shop(shop) as opened:
        bundle = rollback_bundle(opened).bundle_id
    _say_done(as_json, bundle, "published", f"Back to bundle {bundle}; servers follow within a second.")


def _size(megabytes: float) -> str:
    return f"{megabytes:,.1f} MB" if megabytes >= 1 else f"{megabytes * 1000:.0f} kB"


def _say_done(as_json: bool, bundle: str, what: str, words: str) -> None:
    if as_json:
        say_json({"bundle_id": bundle, "done": what})
    else:
        say(words)
