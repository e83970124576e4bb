"""The plan of a training: the recipe, the models that a shop adds to it, and the fields that it sets otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final, cast

import numpy as np

from shopkeeper.error import InputError, SettingError
from shopkeeper.model import REGISTRY, Learner, Registered
from shopkeeper.model.neural import need_torch
from shopkeeper.pipeline.distinct import DistinctTexts
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.surface import SURFACES, Surface
from shopkeeper.training.field_value import checked
from shopkeeper.training.recipe import unfitted
from shopkeeper.training.trainer_config import TrainerConfig

_VECTORS: Final = "vectors"  # the field of a learner that holds the shared text vectors
_DIALS: Final = frozenset(each.name for each in fields(TrainerConfig))


@dataclass(frozen=True)
class Plan:
    """`models` are names of REGISTRY that are sources of the same name; `values` are fields by source, `dials` those of
    their trainers."""

    models: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    dials: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, models: Sequence[str], sections: Mapping[str, Mapping[str, Any]]) -> "Plan":
        """From `[training] models` and the sections `[model.NAME]`, of which each name is a source's, or a model's that
        just one source is made of.

        Raises SettingError for a name or a value that does not fit, MissingPart where a network is asked for without
        PyTorch.
        """
        added = tuple(dict.fromkeys(models))
        for name in added:
            _check_addable(name)
        values: dict[str, Mapping[str, Any]] = {}
        dials: dict[str, Mapping[str, Any]] = {}
        for name, section in sections.items():
            source = source_named(name)
            if source in values:
                twice = _listed([f"[model.{each}]" for each in sections if source_named(each) == source])
                raise SettingError(
                    f"{twice} are sections of one and the same source. Put their fields into one of these."
                )
            values[source], dials[source] = _split(name, registered_of(source), section)
            _check_together(name, source, values[source])
        return cls(added, values, dials)

    @property
    def networks(self) -> tuple[str, ...]:
        """The added models that PyTorch trains."""
        return tuple(name for name in self.models if REGISTRY[name].network)

    @property
    def surfaces(self) -> Mapping[str, Surface]:
        """All surfaces; those whose blend is fitted on a task have the added models among their sources."""
        told = {name: self._surface(surface) for name, surface in SURFACES.items()}
        return MappingProxyType(told)

    def learners(self, vectors: TextVectors) -> dict[str, Learner]:
        """Every source of the bundle, not fitted yet. Added ones come first: what they refuse is known before the rest
        has taken its time."""
        named = {name: learner_named(name, vectors) for name in self.models} | unfitted(vectors)
        return {name: configured(learner, self.values.get(name, {})) for name, learner in named.items()}

    def learner(self, source: str, vectors: TextVectors) -> Learner:
        """One source, not fitted yet."""
        return self.learners(vectors)[source]

    @property
    def configs(self) -> dict[str, Any]:
        """What each source is trained with."""
        return {name: learner.config for name, learner in self.learners(_no_vectors()).items()}

    def trainer(self, source: str) -> TrainerConfig:
        """How a network is trained."""
        return replace(TrainerConfig(), **self.dials.get(source, {}))

    def _surface(self, surface: Surface) -> Surface:
        if not (surface.task and self.models):
            return surface
        return replace(surface, spec=replace(surface.spec, sources=(*surface.spec.sources, *self.models)))


def learner_named(name: str, vectors: TextVectors) -> Learner:
    """A model of REGISTRY with its own config, not fitted yet."""
    model = REGISTRY[name].model
    shared = {_VECTORS: vectors} if _VECTORS in {each.name for each in fields(model)} else {}
    return cast(Learner, model(**shared))


def configured(learner: Learner, values: Mapping[str, Any]) -> Learner:
    """The learner with other values of some fields of its config."""
    if not values:
        return learner
    told = cast(Any, learner)
    return cast(Learner, replace(told, config=replace(told.config, **values)))


def is_added(source: str) -> bool:
    """Whether a source is none of the recipe's own."""
    return source not in _usual()


def source_named(name: str) -> str:
    """The source that goes by this name: a source of the recipe, a model that one of them is, or one that may be added.

    Raises SettingError, which names what is near.
    """
    usual = _usual()
    if name in usual:
        return name
    made = [source for source, model in usual.items() if model == name]
    if len(made) > 1:
        raise SettingError(f"{name!r} is what {_listed(made)} are made of. Name one of these.")
    if made or name in REGISTRY:
        return made[0] if made else name
    raise SettingError(f"There is no model {name!r}.{_near(name, [*REGISTRY, *usual])} All are in docs/models.md.")


def registered_of(source: str) -> Registered:
    """What a source is made of."""
    return REGISTRY[_usual().get(source, source)]


def _usual() -> dict[str, str]:
    """The recipe's sources: the name of each one's model."""
    names = {registered.model: name for name, registered in REGISTRY.items()}
    return {source: names[type(learner)] for source, learner in unfitted(_no_vectors()).items()}


def _no_vectors() -> TextVectors:
    """For configs alone."""
    return TextVectors.build(DistinctTexts.of([]), np.empty((0, 1), np.float32), "", 1)


def _check_addable(name: str) -> None:
    """Raises SettingError for what is no model or is there already, MissingPart for a network without PyTorch."""
    source, usual = source_named(name), _usual()
    if source in usual:
        also = "" if source == name else f", as {source!r}"
        raise SettingError(
            f"{name!r} need not be added: every training has it{also}. Take it out of [training] models, or of --model."
        )
    if REGISTRY[name].network:
        need_torch(name)


def _check_together(name: str, source: str, values: Mapping[str, Any]) -> None:
    """Raises SettingError for values of which each would do, but not one with another."""
    vectors = _no_vectors()
    usual = unfitted(vectors)
    try:
        configured(usual[source] if source in usual else learner_named(source, vectors), values)
    except InputError as problem:
        raise SettingError(f"[model.{name}]: {problem}") from None


def _split(name: str, registered: Registered, section: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of [model.NAME] that are the config's, and those that are the trainer's."""
    own = {each.name for each in fields(registered.config)}
    allowed = sorted(own | (_DIALS if registered.network else set()))
    for key in section:
        if key not in allowed:
            raise SettingError(
                f"[model.{name}] has no field {key!r}.{_near(key, allowed)} There are: {', '.join(allowed)}."
            )
    where = f"[model.{name}]"
    values = {key: checked(registered.config, key, value, where) for key, value in section.items() if key in own}
    dials = {key: checked(TrainerConfig, key, value, where) for key, value in section.items() if key not in own}
    return values, dials


def _near(word: str, known: Sequence[str]) -> str:
    """A guess at what was meant."""
    found = get_close_matches(word, known, 2)
    return f" Did you mean {' or '.join(found)}?" if found else ""


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names)
