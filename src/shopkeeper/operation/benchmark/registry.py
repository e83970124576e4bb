"""Which benchmarks there are, what each needs, and how long it takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from shopkeeper.error import InputError
from shopkeeper.operation.benchmark.cold import benchmark_cold
from shopkeeper.operation.benchmark.demo import benchmark_demo
from shopkeeper.operation.benchmark.grocer import benchmark_grocer
from shopkeeper.operation.benchmark.ingest import benchmark_ingest
from shopkeeper.operation.benchmark.scale import benchmark_scale
from shopkeeper.operation.benchmark.sequential import Wanted, benchmark_sequential, cost
from shopkeeper.operation.benchmark.serve import benchmark_serve
from shopkeeper.operation.benchmark.shape import BenchmarkResult
from shopkeeper.operation.benchmark.training import Limits, benchmark_training
from shopkeeper.record import Progress


@dataclass(frozen=True, slots=True)
class Subject:
    """What was given to measure: a trained shop, or a folder of data and what is wanted of it."""

    shop: Path | None = None
    data: Path | None = None
    wanted: Wanted = field(default_factory=Wanted)
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark. `needs` is the option without which it cannot be run, if any; `takes` the seconds or minutes that
    it needs on two idle cores, in words, None where that depends on what is wanted."""

    run: Callable[[Subject, Progress], BenchmarkResult]
    needs: str | None
    takes: str | None


SHOP: Final = "--shop"
DATA: Final = "--data"
NEEDED: Final[Mapping[str, str]] = MappingProxyType(
    {SHOP: "measures a trained shop. Name it: --shop SHOP", DATA: "measures a folder of data. Name it: --data DIR"}
)

BENCHMARKS: Final[Mapping[str, Benchmark]] = MappingProxyType(
    {
        "serve": Benchmark(
            lambda given, progress: benchmark_serve(_given(given.shop), progress=progress), SHOP, "about a minute"
        ),
        "grocer": Benchmark(
            lambda given, progress: benchmark_grocer(_given(given.shop), progress=progress),
            SHOP,
            "seconds where the shop is trained, else about as long as training",
        ),
        "sequential": Benchmark(
            lambda given, progress: benchmark_sequential(_given(given.data), given.wanted, progress=progress),
            DATA,
            None,
        ),
        "cold": Benchmark(
            lambda given, progress: benchmark_cold(_given(given.data), given.wanted.threads, progress=progress),
            DATA,
            "some fifteen minutes for 20,000 users",
        ),
        "training": Benchmark(
            lambda given, progress: benchmark_training(
                _given(given.data), given.wanted.threads, given.limits, progress=progress
            ),
            DATA,
            None,
        ),
        "demo": Benchmark(lambda _given, progress: benchmark_demo(progress=progress), None, "about six minutes"),
        "ingest": Benchmark(lambda _given, progress: benchmark_ingest(progress=progress), None, "about eight minutes"),
        "scale": Benchmark(lambda _given, progress: benchmark_scale(progress=progress), None, "about twelve minutes"),
    }
)


def find_benchmark(name: str, given: Subject) -> str:
    """The name of a benchmark that can be run. Raises InputError where there is none, or what is given does not fit."""
    if name not in BENCHMARKS:
        raise InputError(f"There is no benchmark {name!r}. There are: {', '.join(BENCHMARKS)}.")
    needs = BENCHMARKS[name].needs
    options = _options(given)
    if needs and needs not in options:
        raise InputError(f"The benchmark {name} {NEEDED[needs]}")
    for option in options:
        if option != needs:
            raise InputError(f"The benchmark {name} does not measure that. Leave {option} away.")
    return name


def duration(name: str, given: Subject) -> str:
    """How long a benchmark takes on two idle cores, in words."""
    return BENCHMARKS[name].takes or (given.limits.words() if name == "training" else cost(given.wanted))


def measurable(given: Subject) -> list[str]:
    """The names of all benchmarks that have what they need."""
    options = _options(given)
    return [name for name, benchmark in BENCHMARKS.items() if benchmark.needs is None or benchmark.needs in options]


def _options(given: Subject) -> set[str]:
    """The options that were given."""
    return {option for option, value in ((SHOP, given.shop), (DATA, given.data)) if value is not None}


def _given(path: Path | None) -> Path:
    assert path is not None  # find_benchmark has looked
    return path
