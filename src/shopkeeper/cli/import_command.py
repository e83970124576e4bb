"""shopkeeper import."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopkeeper.cli.output import JsonFlag, ShopFolder, say, say_fields, say_json
from shopkeeper.cli.path import given_path
from shopkeeper.error import ImportRejected, InputError
from shopkeeper.operation.import_limit import MAX_DISABLED, MAX_REJECTS

if TYPE_CHECKING:  # heavy; the command imports it when it runs
    from shopkeeper.operation.ingest import ImportSummary

Files = Annotated[
    list[Path] | None,
    typer.Argument(
        parser=given_path, metavar="FILES", help="What to read; none for --format completejourney.", show_default=False
    ),
]
Format = Annotated[
    str | None,
    typer.Option(help="csv, jsonl, ga4, segment, merchant_feed ... (docs/format.md)", show_default="by the file"),
]
Columns = Annotated[
    list[str] | None, typer.Option("--map", metavar="COLUMN=FIELD", help="Which field a column holds; repeatable.")
]
Kind = Annotated[str | None, typer.Option(help="What the rows are: items, offers, events or users.")]
EventName = Annotated[
    str | None,
    typer.Option(help="What events are where no column says it: purchase, view ...", show_default="a guess"),
]
MaxRejects = Annotated[float, typer.Option(min=0, max=1, help="Share of rows that may be unreadable.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Read and check everything, show the first records; commit nothing.")
]
Again = Annotated[bool, typer.Option("--again", help="Import these very files anew.")]
Update = Annotated[bool, typer.Option("--update", help="Change known items: what the files have no column for stays.")]
Sync = Annotated[bool, typer.Option("--sync", help="The files are the whole catalogue: items they lack are disabled.")]
MaxDisabled = Annotated[float, typer.Option(min=0, max=1, help="Share of enabled items that --sync may disable.")]


def import_(
    shop: ShopFolder,
    files: Files = None,
    *,
    format: Format = None,
    columns: Columns = None,
    kind: Kind = None,
    event: EventName = None,
    max_rejects: MaxRejects = MAX_REJECTS,
    dry_run: DryRun = False,
    again: Again = False,
    update: Update = False,
    sync: Sync = False,
    max_disabled: MaxDisabled = MAX_DISABLED,
    as_json: JsonFlag = False,
) -> None:
    """Import a catalogue, events or users. All rows are checked first; too many bad ones, and nothing is committed.

    Examples:

        shopkeeper import myshop products.csv --kind items --map sku=item_id --map name=title

        shopkeeper import myshop feed.xml --sync

        shopkeeper import demo-shop --format completejourney
    """
    from shopkeeper.cli.progress import watched
    from shopkeeper.data.mark_rule import MarkRule
    from shopkeeper.operation.ingest import import_files
    from shopkeeper.operation.lock import one_at_a_time
    from shopkeeper.operation.shop import open_shop

    with open_shop(shop) as opened, watched() as progress, one_at_a_time(opened, progress, "import"):
        summary = import_files(
            opened.store,
            files or [],
            staging=opened.runs / "import",
            format=format,
            mapping=read_mapping(columns or []),
            kind=kind,
            event=event,
            max_rejects=max_rejects,
            now=opened.clock.now(),
            currency=opened.setting.shop.currency,
            mark=MarkRule.of(opened.setting.mark.staff_users, opened.setting.mark.bot_agents),
            progress=progress,
            dry_run=dry_run,
            again=again,
            update=update,
            sync=sync,
            max_disabled=max_disabled,
        )
    _say_done(summary, as_json=as_json)


_FOR_MACHINES = frozenset({"fingerprint", "skipped", "dry_run", "time", "finished", "records", "refusal"})


_DRY = "A dry run: nothing was committed. Rows that the shop has already would count as duplicates."


def _say_done(summary: "ImportSummary", *, as_json: bool) -> None:
    """What became of the import, and with a dry run how the first records were read.

    Raises ImportRejected, when all is said, where the import after a dry run would be refused.
    """
    from shopkeeper.cli.preview import say_records

    if as_json:
        say_json(summary.as_dict())
    elif summary.skipped:
        say(_skipped(summary))
    else:
        _say_summary(summary)
        say_records(summary.records)
        say(_DRY if summary.dry_run else "Committed.")
    if summary.refusal:
        raise ImportRejected(f"The import itself would be refused. {summary.refusal}")


def _say_summary(summary: "ImportSummary") -> None:
    told = summary.as_dict()
    if summary.refusal:  # which tells the first rejects itself
        from shopkeeper.operation.ingest import EXAMPLE

        told["notes"] = [note for note in told["notes"] if not note.startswith(EXAMPLE)]
    say_fields({name: value for name, value in told.items() if name not in _FOR_MACHINES})


def _skipped(summary: "ImportSummary") -> str:
    when = f"on {summary.finished[:10]}" if summary.finished else "before"
    return f"Already imported {when}, nothing to do (--again imports anew)."


def read_mapping(pairs: list[str]) -> dict[str, str]:
    """{column: field} of texts like "sku=item_id". Raises InputError."""
    mapping: dict[str, str] = {}
    for pair in pairs:
        column, sign, field = (part.strip() for part in pair.rpartition("="))
        if not (column and sign and field):
            raise InputError(f"--map {pair!r} is no COLUMN=FIELD. Write for example: --map sku=item_id")
        mapping[column] = field
    return mapping
