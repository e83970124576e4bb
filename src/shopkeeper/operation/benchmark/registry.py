"""Which benchmarks there are, what each needs, and how long it takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from shopkeeper.error import InputError
from shopkeeper.operation.benchmark.demo import benchmark_demo
from shopkeeper.operation.benchmark.grocer import benchmark_grocer
from shopkeeper.operation.benchmark.ingest import benchmark_ingest
from shopkeeper.operation.benchmark.scale import benchmark_scale
from shopkeeper.operation.benchmark.serve import benchmark_serve
from shopkeeper.operation.benchmark.shape import BenchmarkResult
from shopkeeper.record import Progress


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark. `takes` is the seconds or minutes it needs on two idle cores, in words."""

    run: Callable[[Path | None, Progress], BenchmarkResult]
    needs_shop: bool
    takes: str


BENCHMARKS: Final[Mapping[str, Benchmark]] = MappingProxyType(
    {
        "serve": Benchmark(
            lambda shop, progress: benchmark_serve(_given(shop), progress=progress), True, "about a minute"
        ),
        "grocer": Benchmark(
            lambda shop, progress: benchmark_grocer(_given(shop), progress=progress),
            True,
            "seconds where the shop is trained, else about as long as training",
        ),
        "demo": Benchmark(lambda _shop, progress: benchmark_demo(progress=progress), False, "about six minutes"),
        "ingest": Benchmark(lambda _shop, progress: benchmark_ingest(progress=progress), False, "about three minutes"),
        "scale": Benchmark(lambda _shop, progress: benchmark_scale(progress=progress), False, "about ten minutes"),
    }
)


def find_benchmark(name: str, shop: Path | None) -> str:
    """The name of a benchmark that can be run. Raises InputError where there is none, or the shop does not fit it."""
    if name not in BENCHMARKS:
        raise InputError(f"There is no benchmark {name!r}. There are: {', '.join(BENCHMARKS)}.")
    needs_shop = BENCHMARKS[name].needs_shop
    if needs_shop and shop is None:
        raise InputError(f"The benchmark {name} measures a trained shop. Name it: --shop SHOP")
    if shop is not None and not needs_shop:
        raise InputError(f"The benchmark {name} makes what it measures. Leave --shop away.")
    return name


def measurable(shop: Path | None) -> list[str]:
    """The names of all benchmarks that have what they need."""
    return [name for name, benchmark in BENCHMARKS.items() if shop is not None or not benchmark.needs_shop]


def _given(shop: Path | None) -> Path:
    assert shop is not None  # find_benchmark has looked
    return shop
