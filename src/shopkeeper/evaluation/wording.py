"""The report's sentences: figures in plain words, and what they do not say."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from shopkeeper.evaluation.result import Comparison, RankerTrial, TaskResult
from shopkeeper.evaluation.significance import Interval
from shopkeeper.evaluation.task import REPURCHASE, TASKS, Task

ACRONYM: Final[Mapping[str, str]] = MappingProxyType({"als": "ALS"})
FEW_QUERIES: Final = 100  # below it a percentile interval is too narrow to be trusted

NO_PROBABILITY: Final = (
    "Log loss and calibration error stay empty: the scores of these systems only put products in order. They are no "
    "probabilities, and read as such they would have a figure that means nothing."
)

LIMITS: Final = (
    "These are past purchases, made without having seen our lists. What customers would have bought had they seen them "
    "is not measured here: only an A/B test can tell.",
    "A product that a customer would have liked but did not buy counts as wrong, so figures understate how useful a "
    "list is; and past sales favour systems that repeat what sold already.",
    "Histories stand still at the cut. In the live shop every purchase counts in the next request, so lists there know "
    "more than they did here.",
    "Intervals say how much the figures would vary with other customers of the same kind in the same weeks. They say "
    "nothing about another season, another shop or a changed catalogue.",
    "Only the primary metric is tested, with Holm's correction over its comparisons; other columns are for reading.",
)


def label(name: str) -> str:
    """A system's name for people: personal_frequency is "personal frequency"."""
    return " ".join(ACRONYM.get(word, word) for word in name.replace("_", " ").split())


def title(name: str) -> str:
    """A system's name at the start of a sentence."""
    words = label(name)
    return words[:1].upper() + words[1:]


def figure(value: float | None, decimals: int | None = None) -> str:
    """A number as text, an en dash where there is none; by default three decimals, fewer of a large number."""
    if value is None:
        return "–"
    if decimals is None:
        decimals = 3 if abs(value) < 10 else 1 if abs(value) < 1000 else 0
    return f"{value:,.{decimals}f}".replace("-", "−")


def percent(value: float | None, decimals: int = 1) -> str:
    """A share as per cent."""
    return "–" if value is None else f"{100 * value:.{decimals}f} %".replace("-", "−")


def share(value: float) -> str:
    """A share in a sentence: whole per cent, and a tenth where it is below ten."""
    return percent(value, 0 if value >= 0.0995 else 1)


def signed(value: float) -> str:
    """A difference with its sign, U+2212 for minus."""
    return f"{value:+.4f}".replace("-", "−")


def between(interval: Interval) -> str:
    """The interval of a difference in words."""
    return f"{signed(interval.low)} to {signed(interval.high)}"


def chance(p: float) -> str:
    """A p-value as text."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def summary(task: TaskResult) -> list[str]:
    """What a task found, for someone who has a minute."""
    if not task.systems:
        return ["Nobody could be asked: no known customer bought anything that counts after the cut."]
    sentences = [_found(task), _standing(task)]
    if task.comparisons:
        sentences.append(_count(task))
    if task.queries < FEW_QUERIES:
        sentences.append(f"With {task.queries} customers only, take every figure as a first impression.")
    return sentences


def left_out(task: TaskResult) -> str:
    """Who and what was left out of a task."""
    return (
        f"Left out: {task.cold:,} customers without a history before the cut; {task.without_truth:,} who bought "
        f"nothing that counts; {task.unavailable:,} purchases of products that could not be shown at the cut; "
        f"{task.other_kind:,} of things that are not products."
    )


def trial_title(trial: RankerTrial) -> str:
    """The name of the task that a ranker was tried on, for people."""
    return _ranked_task(trial).title


def trial_meaning(trial: RankerTrial) -> str:
    """What is right by the task that a ranker was tried on."""
    return _ranked_task(trial).meaning


def _ranked_task(trial: RankerTrial) -> Task:
    return {**TASKS, REPURCHASE.name: REPURCHASE}[trial.task]


def ranker_choice(trial: RankerTrial) -> str:
    """Which of blend and learned ranker is served, why, and what the ranker learned from."""
    served = "The ranker is served" if trial.chosen else "The blend is served without a ranker"
    if not trial.cut_offs:
        return f"{served}: {trial.why.removesuffix('.')}."
    return (
        f"{served}: {trial.why} ({figure(trial.ranker, 4)} against {figure(trial.blend, 4)} NDCG@10 over "
        f"{trial.queries:,} customers; 95 % interval of the difference {between(trial.gain)}). It learned from "
        f"{trial.lists:,} lists, {trial.places:,} places in all, by what customers bought after {len(trial.cut_offs)} "
        f"cut-offs from {trial.cut_offs[-1][:10]} to {trial.cut_offs[0][:10]}, each with models that had seen only "
        f"what came before. It ranks the blend's best {trial.depth} places anew, which hold {percent(trial.recall)} of "
        "what was right on validation; what no source proposed was not added."
    )


def _found(task: TaskResult) -> str:
    metrics = task.system(task.chief).metrics
    name = title(task.chief)
    if "HitRate@10" not in metrics or "Recall@10" not in metrics:
        return f"{name} answered {task.queries:,} customers."
    return (
        f"{name} finds at least one right product in its top 10 for {share(metrics['HitRate@10'].mean)} of "
        f"{task.queries:,} customers, and {share(metrics['Recall@10'].mean)} of {task.meaning}."
    )


def _standing(task: TaskResult) -> str:
    """The chief against the best of the others."""
    value = task.system(task.chief).metrics[task.primary]
    sentence = f"Its {task.primary} is {figure(value.mean)} (95 % interval {figure(value.low)} to {figure(value.high)})"
    rivals = [system.name for system in task.ranking if system.name != task.chief]
    if not rivals:
        return sentence + "."
    found = next(comparison for comparison in task.comparisons if comparison.other == rivals[0])
    best = task.system(rivals[0]).metrics[task.primary].mean
    return (
        f"{sentence}; the best of the others, {label(rivals[0])}, has {figure(best)}. The difference is "
        f"{signed(found.difference.mean)}, 95 % interval {between(found.difference)}: {_verdict(found)}."
    )


def verdict(found: Comparison) -> str:
    """The verdict in as few words as a table has room for."""
    return verdict_words(found.verdict)


def verdict_words(name: str) -> str:
    """A verdict as a table has it."""
    return {"ahead": "ahead, too little to matter", "behind": "behind, too little to matter"}.get(name, name)


def _verdict(found: Comparison) -> str:
    name, least = label(found.chief), f"a difference matters from {found.relevant:.4f} on"
    words = {
        "better": f"{name} is better",
        "worse": f"{name} is worse",
        "ahead": f"{name} is ahead, by too little to matter; {least}",
        "behind": f"{name} is behind, by too little to matter; {least}",
        "unclear": "no difference can be told",
    }
    return f"{words[found.verdict]} ({chance(found.p_holm)} after Holm's correction)"


def _count(task: TaskResult) -> str:
    """How the chief did against all."""
    verdicts = [found.verdict for found in task.comparisons]
    slight = verdicts.count("ahead") + verdicts.count("behind")
    return (
        f"Of {len(verdicts)} comparisons, {label(task.chief)} is better in {verdicts.count('better')}, worse in "
        f"{verdicts.count('worse')}, apart by too little to matter in {slight}, and {verdicts.count('unclear')} cannot "
        "be told apart."
    )
