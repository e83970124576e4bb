"""shopkeeper benchmark."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from shopkeeper.cli.output import say, say_fields, say_json, say_table

if TYPE_CHECKING:  # heavy; the command imports it when it runs
    from shopkeeper.operation.benchmark.shape import BenchmarkResult

STDOUT: Final = Path("-")
NAMES: Final = "serve, grocer, demo, ingest or scale"


def benchmark(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help=f"{NAMES}.", show_default="all that can be measured")
    ] = None,
    shop: Annotated[
        Path | None, typer.Option(metavar="SHOP", help="A trained shop, for serve and grocer.", show_default=False)
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write the result as JSON; - is stdout.", show_default=False),
    ] = None,
) -> None:
    """Measure the shop against a peer in the same run: serving, list quality, the whole way from data, bulk writing.

    Examples:

        shopkeeper benchmark serve --shop demo-shop

        shopkeeper benchmark grocer --shop demo-shop --json grocer.json

        shopkeeper benchmark ingest --json -
    """
    from shopkeeper.cli.progress import watched
    from shopkeeper.operation.benchmark.registry import BENCHMARKS, find_benchmark, measurable

    names = measurable(shop) if name is None else [find_benchmark(name, shop)]
    results = []
    for each in names:
        chosen = BENCHMARKS[each]
        typer.echo(f"benchmark {each}: takes {chosen.takes} on two idle cores", err=True)
        with watched() as progress:
            result = chosen.run(shop, progress)
        results.append(result)
        if json_file != STDOUT:
            say_result(result)
    told = [result.as_dict() for result in results] if name is None else results[0].as_dict()
    if json_file == STDOUT:
        say_json(told)
    elif json_file is not None:
        json_file.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", "utf-8")
        say(f"Written to {json_file}")


def say_result(result: "BenchmarkResult") -> None:
    """The machine, a table of the rows, and the ratios."""
    say_fields({"benchmark": result.benchmark, **result.machine})
    columns = list(dict.fromkeys(column for row in result.rows for column in row))
    say_table(columns, [[row.get(column) for column in columns] for row in result.rows])
    say_fields(result.ratios)
