"""Tuning one source of a shop: other values of its fields are tried on the validation days, never on the test."""

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from shopkeeper.bundle import BundleShelf
from shopkeeper.error import BundleError, InputError, NotFound
from shopkeeper.evaluation.significance import Interval
from shopkeeper.evaluation.wording import between, signed
from shopkeeper.operation.shop import Shop
from shopkeeper.operation.tune_bench import ENOUGH, Hopeless, OutOfTime, TuneBench, blends_of
from shopkeeper.operation.tune_study import Asked, TuneStudy, need_optuna
from shopkeeper.operation.tune_text import section_text, with_section
from shopkeeper.operation.workshop import Workshop, plan_of, sole_workshop
from shopkeeper.record import Progress, silent
from shopkeeper.setting import SHOP_FILE
from shopkeeper.training.plan import is_added, registered_of, source_named
from shopkeeper.training.search_space import SearchSpace, Values
from shopkeeper.training.window_judge import Float64

FILE: Final = "best.toml"
_HOME: Final = "home"


@dataclass(frozen=True, slots=True)
class TuneTrial:
    """One trial as it ended: `value` is its NDCG@10, None where it was given up; `best` the highest so far, that of the
    present values included."""

    number: int
    values: Values
    value: float | None
    best: float
    seconds: float


@dataclass(frozen=True, slots=True)
class TuneResult:
    """The best values of a source. `began` and `reached` are the NDCG@10 of the present and of the best values by the
    customers who chose, `gain` the difference by `customers` others. `text` is the section of shop.toml that makes
    training use them; it is in `path`, and in shop.toml where `applied`."""

    source: str
    trials: int
    seconds: float
    start: Values
    best: Values
    began: float
    reached: float
    gain: Interval
    customers: int
    text: str
    path: Path
    applied: bool

    @property
    def better(self) -> bool:
        """Whether the gain is above zero beyond doubt, by customers enough."""
        return _is_better(self.gain, self.customers)

    @property
    def needed(self) -> int:
        """How many `customers` there must be before any gain is beyond doubt."""
        return ENOUGH

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {**asdict(self), "path": str(self.path), "better": self.better, "needed": self.needed}


def tune_shop(
    shop: Shop,
    model: str | None = None,
    *,
    minutes: float = 30.0,
    trials: int | None = None,
    apply: bool = False,
    progress: Progress = silent,
    told: Callable[[TuneTrial], None] = lambda _trial: None,
) -> TuneResult:
    """Search for better values of one source's fields; without a name, of the one that weighs most on home.

    Ends after so many minutes, what is read and prepared before the search included, or so many trials in all. The same
    command goes on where another one ended or was killed, with as much time again. `apply` puts what is found into
    shop.toml, where it is better beyond doubt. Raises InputError for what cannot be tuned or too short a time,
    SettingError for an unknown model, StoreError for a damaged study, MissingPart without Optuna or PyTorch.
    """
    if not 0 < minutes < math.inf or (trials is not None and trials < 1):
        raise InputError(
            "Tuning needs some time, and one trial at least: give --minutes above 0 and --trials from 1 on."
        )
    deadline = time.monotonic() + 60 * minutes
    source = source_named(model) if model else chief_source(shop)
    need_optuna()
    added = (source,) if is_added(source) else ()
    plan = plan_of(shop, added)
    space = SearchSpace.of(plan, source)
    blends_of(plan, source)  # what cannot be tuned is told before any work
    with sole_workshop(shop, progress, added) as workshop:
        folder = _folder(workshop, source, space)
        study = TuneStudy(folder, space, shop.setting.evaluation.seed)
        bench = TuneBench.of(workshop, source, folder, deadline)
        began = time.monotonic()
        start = _start(bench, space, minutes, model or source)
        while bench.has_time() and (trials is None or study.finished < trials):
            if not _tried(study, bench, space, start, told):
                break
        return _result(workshop, study, bench, space, start, time.monotonic() - began, apply=apply)


def chief_source(shop: Shop) -> str:
    """The source that weighs most in the published blend of home; item-item neighbours where there is none."""
    for publication in shop.store.office.publications()[:1]:
        try:
            weight = BundleShelf(shop.bundles).open(publication.bundle_id).manifest.pipelines[_HOME].weight
        except (NotFound, BundleError, KeyError):
            break
        if weight:
            return max(weight, key=lambda name: weight[name])
    return source_named("item_item")


def _folder(workshop: Workshop, source: str, space: SearchSpace) -> Path:
    """Of the study of this source, this data and these ranges."""
    ranges = {name: asdict(each) for name, each in space.ranges.items()}
    told = json.dumps([workshop.fingerprint, source, ranges, space.start], sort_keys=True).encode()
    path = workshop.shop.runs / f"tune-{source}-{hashlib.blake2b(told, digest_size=8).hexdigest()}"
    path.mkdir(parents=True, exist_ok=True)
    return path


def _start(bench: TuneBench, space: SearchSpace, minutes: float, model: str) -> Float64:
    """What the present values reach. Raises InputError where there is not even time for them."""
    try:
        return bench.measured(space.start)
    except OutOfTime:
        raise InputError(
            f"{minutes:g} minutes were too short to measure {model!r} as it is. What was done is kept: give the "
            "same command again, or more --minutes."
        ) from None


def _tried(
    study: TuneStudy, bench: TuneBench, space: SearchSpace, start: Float64, told: Callable[[TuneTrial], None]
) -> bool:
    """Whether there was time for one more trial."""
    number, began, asked = study.finished, time.monotonic(), study.ask()
    try:
        value: float | None = _value(bench, asked)
    except Hopeless:
        value = None
    except (OutOfTime, KeyboardInterrupt) as end:
        asked.unfinished()
        if isinstance(end, KeyboardInterrupt):
            raise
        return False
    if value is None:
        asked.given_up()
    else:
        asked.reached(value)
    best = best_of(study, space, bench.chosen_by(start))[1]
    told(TuneTrial(number, asked.values, value, best, time.monotonic() - began))
    return True


def _value(bench: TuneBench, asked: Asked) -> float:
    """What these values reach; nothing where they cannot be trained with."""
    try:
        return bench.chosen_by(bench.measured(asked.values, asked))
    except InputError:  # such as a rate at which the loss grows beyond all numbers
        return 0.0


def _result(
    workshop: Workshop,
    study: TuneStudy,
    bench: TuneBench,
    space: SearchSpace,
    start: Float64,
    seconds: float,
    *,
    apply: bool,
) -> TuneResult:
    """What the study came to, written down."""
    began = bench.chosen_by(start)
    values, reached = best_of(study, space, began)
    gain = bench.gain(bench.measured(values), start)
    source, shop = bench.source, workshop.shop
    customers = len(bench.judge) - len(bench.choosing)
    why = (
        f"Found by shopkeeper tune, {study.finished} trials: {signed(gain.mean)} NDCG@10 on validation, 95 % interval "
        f"{between(gain)}, by {customers} customers who had no part in the choice."
    )
    text = section_text(source, {**_present(workshop, source), **values}, why)
    path = bench.folder / FILE
    path.write_text(text, "utf-8")
    applied = apply and _is_better(gain, customers)
    if applied:
        with_section(shop.folder / SHOP_FILE, source, text)
    return TuneResult(
        source, study.finished, seconds, space.start, values, began, reached, gain, customers, text, path, applied
    )


def best_of(study: TuneStudy, space: SearchSpace, began: float) -> tuple[Values, float]:
    """What reached most, and what: the present values, which reached `began`, where no trial reached more. They are
    none of the trials where they are out of their range."""
    best = study.best
    return best if best and best[1] > began else (space.start, began)


def _is_better(gain: Interval, customers: int) -> bool:
    return customers >= ENOUGH and gain.low > 0


def _present(workshop: Workshop, source: str) -> Mapping[str, Any]:
    """What shop.toml says of the source already."""
    plan = workshop.plan
    dials = plan.dials.get(source, {}) if registered_of(source).network else {}
    return {**plan.values.get(source, {}), **dials}
