"""What the models that a shop has added are worth to its blends, in words for the report."""

from collections.abc import Mapping

from shopkeeper.data import Dataset
from shopkeeper.evaluation.wording import between, label, percent, signed
from shopkeeper.operation.workshop import Workshop
from shopkeeper.surface import SURFACES
from shopkeeper.training import Addition, Coach, Fitted, FittedBlend, additions
from shopkeeper.training.blend_fit import LEADING_SHARE


def additions_of(
    workshop: Workshop, sources: Fitted, validation: Dataset, test: Dataset, blends: Mapping[str, FittedBlend]
) -> tuple[str, ...]:
    """One sentence for each added model and blend; `sources` have learned from `validation`, `test` ends with the
    validation days."""
    seed, models = workshop.shop.setting.evaluation.seed, workshop.plan.models
    found = additions(models, workshop.surfaces, sources, validation, test, blends, workshop.progress, seed)
    coach = Coach(workshop.plan, workshop.folder)
    return tuple(told(addition, coach.epochs(addition.model)) for addition in found)


def told(addition: Addition, epochs: int) -> str:
    """What one model adds to one blend; `epochs` is 0 for what is no network."""
    name, place = label(addition.model), SURFACES[addition.surface].title
    trained = f", trained for {epochs} epochs," if epochs else ""
    if addition.weight < LEADING_SHARE:  # a gain would be that of the other weights, which are searched anew
        return (
            f"{name.capitalize()}{trained} weighs nothing in the blend of {place}: the search for weights does without "
            "it, and it is not worth its time and memory there."
        )
    chosen = ", and its epochs chosen by them," if epochs else ","
    gain = addition.gain
    share = f" ({percent(gain.mean / addition.without)})" if addition.without else ""
    sure = "" if gain.low > 0 else " No gain can be told: nothing here says that it is worth its time and memory."
    return (
        f"{name.capitalize()}{trained} weighs {percent(addition.weight)} in the blend of {place}. On validation it "
        f"adds {signed(gain.mean)}{share} to an NDCG@10 of {addition.without:.4f} without it, 95 % interval "
        f"{between(gain)} over {addition.queries:,} customers; both blends were fitted on these days{chosen} "
        f"which flatters it.{sure}"
    )
