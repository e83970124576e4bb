"""Evaluation in several rounds, each fitted anew by the recipe of training and judged on the pipelines of serving."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from shopkeeper.error import InputError
from shopkeeper.evaluation.fold import check_folds, check_origins, check_strangers, folds_of, rolling_splits
from shopkeeper.evaluation.report import JSON_FILE, EvaluationReport
from shopkeeper.evaluation.rounds import RoundsReport, together
from shopkeeper.evaluation.rounds_page import write_rounds
from shopkeeper.operation.evaluate import judge
from shopkeeper.operation.round import Round
from shopkeeper.operation.shop import Shop
from shopkeeper.operation.workshop import Workshop, sole_workshop
from shopkeeper.record import Progress, silent

FOLDS: Final = "folds"
ROLLING: Final = "rolling"

_SAME_DATA: Final = (
    "The standard deviation tells how much the figures move from round to round. Rounds share most of what they learn "
    "from, so it is no standard error: divided by the root of the rounds, it would promise too much."
)
_FOLDS: Final = (
    "Every customer is asked in one fold, by models, weights and rankers that never saw an event of theirs; their own "
    "history is folded in with the question, as serving does. The cut in time is that of the usual evaluation."
)
_POOLED: Final = (
    "Intervals and verdicts are of leads over all customers, each asked once, with Holm's correction over the systems "
    "compared. They take the models as each fold made them."
)
_ROLLING: Final = (
    "Each origin is a cut of its own: fitted on what came before it, chosen on the validation days just before it, "
    "judged on the days after it. Tests lie end to end; the last one is that of the usual evaluation."
)


@dataclass(frozen=True, slots=True)
class Expected:
    """How long an evaluation will take, seconds; None where this shop has never been evaluated."""

    protocol: str
    rounds: int
    seconds: float | None

    @property
    def words(self) -> str:
        """What to tell before it begins."""
        what = f"{self.rounds} {'folds' if self.protocol == FOLDS else 'origins'}, models fitted anew for each"
        kept = "What is done is kept: the same command goes on after a stop."
        if self.seconds is None:
            return f"{what}: this shop was never evaluated, so the first one will tell how long it takes. {kept}"
        return f"{what}: about {_duration(self.seconds)}, as the shop's last evaluation went. {kept}"


def expected(shop: Shop, protocol: str, rounds: int) -> Expected:
    """From how long the shop's last evaluation took."""
    reports = sorted(shop.runs.glob(f"train-*/{JSON_FILE}"), key=lambda path: path.stat().st_mtime)
    if not reports:
        return Expected(protocol, rounds, None)
    try:
        took = json.loads(reports[-1].read_text("utf-8"))["seconds"]
        return Expected(protocol, rounds, rounds * float(sum(took.values())))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Expected(protocol, rounds, None)


def evaluate_folds(
    shop: Shop, folds: int, *, progress: Progress = silent, told: Callable[[Expected], None] = lambda _expected: None
) -> RoundsReport:
    """The evaluation by folds over customers; `told` hears how long it will take, once it is sure that it can be.

    Raises InputError for less than two folds, or more than there are customers.
    """
    check_folds(folds)
    with sole_workshop(shop, progress) as whole:
        people = whole.everything.person
        parts = folds_of(people, folds, np.random.default_rng(shop.setting.evaluation.seed))
        told(expected(shop, FOLDS, folds))
        reports = {}
        for number, asked in enumerate(parts):
            name = f"fold {number + 1} of {folds}"
            progress(f"evaluating by folds: {name}", number, folds)
            learned = Round.of(whole, name, whole.split, np.setdiff1d(people, asked))
            check_strangers(learned.everything, asked)
            reports[name] = _judged(learned, Round.of(whole, f"asked in {name}", whole.split, asked))
        progress("evaluating by folds", folds, folds)
        return _kept(shop, together(FOLDS, reports, (_FOLDS, _POOLED, _SAME_DATA), disjoint=True))


def evaluate_rolling(
    shop: Shop, origins: int, *, progress: Progress = silent, told: Callable[[Expected], None] = lambda _expected: None
) -> RoundsReport:
    """The evaluation at a rolling origin; `told` hears how long it will take, once it is sure that it can be.

    Raises InputError for less than two origins, or more than the log has days for.
    """
    check_origins(origins)
    with sole_workshop(shop, progress) as whole:
        time = whole.everything.time
        if not len(time):
            raise InputError(
                "Origins need events, and this shop has none. Import some first: shopkeeper import SHOP FILE"
            )
        splits = rolling_splits(whole.split, int(time.min()), origins)
        told(expected(shop, ROLLING, origins))
        reports = {}
        for number, days in enumerate(splits):
            name = f"from {days.days[1]}"
            progress(f"evaluating at rolling origins: {name}", number, origins)
            # The last cut is the shop's own: what is known of it is read back.
            last = days == whole.split
            reports[name] = judge(whole).report if last else _judged(Round.of(whole, name, days))
        progress("evaluating at rolling origins", origins, origins)
        return _kept(shop, together(ROLLING, reports, (_ROLLING, _SAME_DATA)))


def _kept(shop: Shop, report: RoundsReport) -> RoundsReport:
    """The report, kept where a server finds its page."""
    write_rounds(report, shop.rounds_page(report.protocol))
    return report


def _judged(learned: Round, asked: Workshop | None = None) -> EvaluationReport:
    report = judge(learned, asked).report
    learned.tidy()
    return report


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
