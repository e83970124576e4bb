"""shopkeeper benchmark."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from shopkeeper.cli.output import say, say_fields, say_json, say_paragraph, say_table
from shopkeeper.cli.path import given_path

if TYPE_CHECKING:  # heavy; the command imports it when it runs
    from shopkeeper.operation.benchmark.registry import Subject
    from shopkeeper.operation.benchmark.shape import BenchmarkResult

STDOUT: Final = Path("-")
NOTE: Final = "note"  # the cell of a row that says what no figure does
NAMES: Final = "serve, grocer, sequential, cold, training, demo, ingest or scale"
_Lines = Annotated[
    Path | None,
    typer.Option(
        parser=given_path,
        metavar="DIR",
        help="A folder of `user item item ...` lines, for sequential, cold and training.",
        show_default=False,
    ),
]
_Name = Annotated[
    str | None, typer.Argument(metavar="[NAME]", help=f"{NAMES}.", show_default="all that can be measured")
]
_Shop = Annotated[
    Path | None,
    typer.Option(parser=given_path, metavar="SHOP", help="A trained shop, for serve and grocer.", show_default=False),
]
_Model = Annotated[
    str | None, typer.Option(metavar="NAME", help="For sequential: one system.", show_default="the blend and its parts")
]
_Threads = Annotated[
    int | None,
    typer.Option(help="For sequential: threads of training.", min=1, show_default="two, if there are two cores"),
]
_Minutes = Annotated[
    float | None, typer.Option(help="For training: how long each system may learn.", min=0.1, show_default="60")
]
_Peers = Annotated[
    Path | None,
    typer.Option(
        parser=given_path,
        metavar="DIR",
        help="For training: the folder with an environment for each peer.",
        show_default="peers",
    ),
]
_Json = Annotated[
    Path | None,
    typer.Option(
        "--json", parser=given_path, metavar="FILE", help="Write the result as JSON; - is stdout.", show_default=False
    ),
]


def benchmark(
    name: _Name = None,
    shop: _Shop = None,
    data: _Lines = None,
    tier: Annotated[
        str, typer.Option(help="For sequential: instant, or full with networks that PyTorch trains.")
    ] = "instant",
    model: _Model = None,
    seeds: Annotated[int, typer.Option(help="For sequential: how often to repeat it.", min=1)] = 1,
    threads: _Threads = None,
    ties: Annotated[
        str, typer.Option(help="For sequential: what was bought on one day as in the file, shuffled, or both.")
    ] = "both",
    refit: Annotated[
        bool, typer.Option(help="For sequential: fit the blends again on train and validation, for rows of their own.")
    ] = True,
    minutes: _Minutes = None,
    peers: _Peers = None,
    json_file: _Json = None,
) -> None:
    """Measure the shop against a peer: serving, list quality, next-item accuracy, the whole way from data, writing.

    Examples:

        shopkeeper benchmark serve --shop demo-shop

        shopkeeper benchmark grocer --shop demo-shop --json grocer.json

        shopkeeper benchmark sequential --data amazon2014_beauty --seeds 3

        shopkeeper benchmark sequential --data amazon2014_beauty --tier full --ties file --no-refit

        shopkeeper benchmark training --data amazon2014_beauty --threads 1

        shopkeeper benchmark ingest --json -
    """
    from shopkeeper.operation.benchmark.registry import Subject, find_benchmark, measurable
    from shopkeeper.operation.benchmark.sequential import Wanted
    from shopkeeper.operation.benchmark.training import Limits

    wanted = Wanted(tier, model, seeds, ties=ties, refit=refit)
    limits = Limits() if minutes is None else Limits(minutes)
    given = Subject(
        shop,
        data,
        wanted if threads is None else replace(wanted, threads=threads),
        limits if peers is None else replace(limits, peers=peers),
    )
    names = measurable(given) if name is None else [find_benchmark(name, given)]
    results = [_run(each, given, told=json_file != STDOUT) for each in names]
    told = [result.as_dict() for result in results] if name is None else results[0].as_dict()
    if json_file == STDOUT:
        say_json(told)
    elif json_file is not None:
        json_file.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", "utf-8")
        say(f"Written to {json_file}")


def _run(name: str, given: "Subject", *, told: bool) -> "BenchmarkResult":
    """One benchmark, whose result is said at once where it is `told`."""
    from shopkeeper.cli.progress import watched
    from shopkeeper.operation.benchmark.registry import BENCHMARKS, duration

    typer.echo(f"benchmark {name}: takes {duration(name, given)} on two idle cores", err=True)
    with watched() as progress:
        result = BENCHMARKS[name].run(given, progress)
    if told:
        say_result(result)
    return result


def say_result(result: "BenchmarkResult") -> None:
    """The machine, a table of the rows, and the ratios."""
    say_fields({"benchmark": result.benchmark, **result.machine})
    columns = list(dict.fromkeys(column for row in result.rows for column in row if column != NOTE))
    say_table(columns, [[row.get(column) for column in columns] for row in result.rows])
    for row in result.rows:
        if row.get(NOTE):  # a sentence, which a column of a wide table would break into letters
            say_paragraph(f"{row['system']}: {row[NOTE]}")
    say_fields(result.ratios)
