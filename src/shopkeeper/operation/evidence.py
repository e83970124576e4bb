"""Evidence: on how many customers weights were fitted and figures judged, and what to say where there were none."""

from collections.abc import Mapping, Sequence
from typing import Final

from shopkeeper.evaluation.result import TaskResult
from shopkeeper.evaluation.split import TimeSplit
from shopkeeper.surface import SURFACES
from shopkeeper.training import FittedBlend

FITTED: Final = (
    "Score maps and blend weights were fitted on the validation days, with models that had seen only what came before "
    "them. The recipe's own defaults were chosen on the validation days of the demo's year; its test figures had been "
    "seen by then, so on the demo a small lead deserves less trust than its interval says."
)
REFITTED: Final = (
    "The bundle that is served was fitted again on everything, test days included, with these very weights."
)
RANKED: Final = (
    "A learned ranker's trees grew on cut-offs before the validation days and were chosen on these. They are served "
    "as they are, over models and facts that were fitted again on everything."
)
OFFLINE: Final = (
    "These are offline figures on what customers bought anyway. They do not say what a list would have changed."
)
COLD: Final = (
    "Nothing was validated: there are no events. Search and similar answer from the items' texts alone; every other "
    "list is empty until events are imported and the shop is trained again."
)


def evidence_of(blends: Mapping[str, FittedBlend], tasks: Sequence[TaskResult]) -> dict[str, dict[str, int]]:
    """{task: {"validated": customers that weights were fitted on, "judged": customers that figures are of}}."""
    judged = {task.task: task.queries for task in tasks}
    return {
        str(SURFACES[name].task): {"validated": blend.queries, "judged": judged.get(str(SURFACES[name].task), 0)}
        for name, blend in blends.items()
    }


def notes_of(
    split: TimeSplit, blends: Mapping[str, FittedBlend], tasks: Sequence[TaskResult], events: int, *, ranked: bool
) -> tuple[str, ...]:
    """The report's notes; `events` counts all that models may learn from, `ranked`: a learned ranker is served."""
    if not events:
        return (COLD,)
    validation, test, last = split.days
    guessed = [name for name, blend in blends.items() if not blend.queries]
    unjudged = [SURFACES[name].title for name in blends if name in _unjudged(tasks)]
    notes = []
    if guessed:
        notes.append(
            f"Nothing was validated for {_listed(guessed)}: no known customer bought anything that counts from "
            f"{validation} to the day before {test}, so all sources weigh the same there, and where they have nothing "
            "to say a list is popularity's (its fallback says so). More events, or other days in [evaluation] of "
            "shop.toml, will change that."
        )
    if unjudged:
        notes.append(f"Nothing was judged for {_listed(unjudged)}: nobody could be asked from {test} to {last}.")
    fitted = (FITTED,) if len(guessed) < len(blends) else ()
    learned = (RANKED,) if ranked else ()
    offline = (OFFLINE,) if any(task.queries for task in tasks) else ()
    return (*notes, *fitted, *learned, REFITTED, *offline)


def _unjudged(tasks: Sequence[TaskResult]) -> set[str]:
    """Names of surfaces whose task had no queries."""
    return {task.surface for task in tasks if not task.queries}


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names)
