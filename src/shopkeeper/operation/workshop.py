"""The workshop of one training run: its settings, snapshots, text vectors, and the folder that makes it resumable."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from shopkeeper import __version__
from shopkeeper.data import Dataset, load_dataset
from shopkeeper.data.item_table import OFFERED, living_texts
from shopkeeper.evaluation.split import TimeSplit, split_of
from shopkeeper.language import TextEncoder
from shopkeeper.language.bulk import encode_all
from shopkeeper.language.cache import EmbeddingCache
from shopkeeper.language.registry import open_encoder
from shopkeeper.model import Learner, Run
from shopkeeper.model.neural import Trainer
from shopkeeper.model.ranker_feature import GROUP
from shopkeeper.operation.lock import one_at_a_time
from shopkeeper.operation.shop import Shop
from shopkeeper.operation.thread import limit_threads
from shopkeeper.pipeline.distinct import DistinctTexts
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.record import Progress
from shopkeeper.surface import Surface
from shopkeeper.training import CUTS, RANKED, ChoiceConfig, Coach, Fitted, Plan, RankerFitConfig, WindowJudge, fit_all

_VERSION = 4  # of what training makes of the same settings; a new one makes nothing old be taken for done
_ENCODING_PROCESSES = 2  # more gain little: each one streams the whole model from memory


@dataclass(frozen=True)
class Workshop:
    """Everything that one training run works on. `change` is the store's change number when it began; `models` are
    added for this run beside those of shop.toml."""

    shop: Shop
    change: int
    progress: Progress
    models: tuple[str, ...] = ()

    @cached_property
    def plan(self) -> Plan:
        """What is trained. Raises SettingError, and MissingPart for a network without PyTorch."""
        return plan_of(self.shop, self.models)

    @property
    def surfaces(self) -> Mapping[str, Surface]:
        """All surfaces, with the added models among their sources."""
        return self.plan.surfaces

    @cached_property
    def recipe(self) -> str:
        """Hash of everything but the data that decides what comes out."""
        setting = self.shop.setting
        return _digest(
            {
                "code": [__version__, _VERSION],
                "weights": {kind.value: weight for kind, weight in setting.weights.items()},
                "evaluation": setting.evaluation.model_dump(mode="json"),
                "encoder": [self.encoder.name, setting.language.dimension],
                "pipelines": {name: surface.spec.as_dict() for name, surface in self.surfaces.items()},
                "learners": {name: asdict(config) for name, config in self.plan.configs.items()},
                "trainers": {name: asdict(self.plan.trainer(name)) for name in self.plan.networks},
                "threads": setting.training.threads,
                "rankers": [list(RANKED), dict(CUTS), asdict(RankerFitConfig()), asdict(ChoiceConfig())],
                "features": {group: list(names) for group, names in GROUP.items()},
            }
        )

    @cached_property
    def fingerprint(self) -> str:
        """Of recipe and data: two runs of one fingerprint give one result."""
        # Each publication takes a change number too, and is nothing to learn from.
        return _digest([self.recipe, self.change - len(self.shop.store.office.publications())])

    @cached_property
    def folder(self) -> Path:
        """Where this run keeps what it has finished."""
        path = self.shop.runs / f"train-{self.fingerprint[:16]}"
        path.mkdir(parents=True, exist_ok=True)
        return path

    @cached_property
    def encoder(self) -> TextEncoder:
        return open_encoder(self.shop.setting.language)

    @cached_property
    def split(self) -> TimeSplit:
        """The evaluation's dates."""
        last = self._last_time
        return split_of(self.shop.setting.evaluation, self.shop.clock.now() if last is None else last)

    @cached_property
    def everything(self) -> Dataset:
        """The snapshot of all that the shop knows."""
        self.progress("reading the log", 0, 1)
        dataset = load_dataset(self.shop.store, self.shop.setting.weights, self._as_of)
        self.progress("reading the log", 1, 1)
        return dataset

    @cached_property
    def vectors(self) -> TextVectors:
        """One vector for each distinct text of the whole catalogue; texts tell nothing of who will buy what."""
        language = self.shop.setting.language
        texts = living_texts(self.everything.items.frame)
        table, distinct = DistinctTexts.of([]).with_changes(np.arange(len(texts), dtype=np.int32), texts)
        cache = EmbeddingCache(self.shop.cache, self.encoder.name)
        processes = min(_ENCODING_PROCESSES, os.cpu_count() or 1)
        raw = encode_all(self.encoder, distinct, cache, self.progress, processes)
        return TextVectors.build(table, raw, self.encoder.name, language.dimension)

    @cached_property
    def _last_time(self) -> int | None:
        """Of the log, UTC microseconds; to ask for it reads all of the log."""
        return self.shop.store.events.last_time()

    @cached_property
    def _as_of(self) -> int:
        """Just after all that is known, UTC microseconds; a resumed run keeps the one that it fitted with."""
        path = self.folder / "as_of"
        if not path.is_file():
            now = max(self.shop.clock.now(), self._last_time or 0) + 1
            draft = path.with_suffix(".part")
            draft.write_text(str(now), "utf-8")
            draft.replace(path)
        return int(path.read_text("utf-8"))

    def snapshot(self, as_of: int, near: Dataset | None = None) -> Dataset:
        """The shop as of an earlier time, prices included.

        Read is only what had another price then than in `near`, a snapshot of a time nearby where there is one.
        """
        known = near or self.everything
        changed = self.shop.store.catalogue.repriced(known.as_of, as_of)
        # The shop stays open meanwhile, and may know more items by now, and some by other names: so prices alone.
        offered = changed.select("item_index", *OFFERED)
        priced = known.items.frame.drop(OFFERED).join(offered, on="item_index")
        return self.everything.before(as_of, known.items.replaced(priced))

    @property
    def unfitted(self) -> dict[str, Learner]:
        """Every source of the bundle, not fitted yet."""
        return self.plan.learners(self.vectors)

    def fit(
        self,
        learners: Mapping[str, Learner],
        dataset: Dataset,
        stage: str,
        later: Dataset | None = None,
        *,
        progress: Progress | None = None,
    ) -> Fitted:
        """Fitted learners; what a killed run of this fingerprint had fitted on this snapshot is read back.

        Networks end by what they reach on what was bought up to `later`; without it they are trained for as many epochs
        as were best when they had it.
        """
        setting = self.shop.setting
        rng = np.random.default_rng(setting.evaluation.seed)
        run = Run(rng, self.vectors, setting.training.threads, progress or self.progress)
        judge = self._judge(dataset, later) if later is not None and self.plan.networks else None
        coach = Coach(self.plan, self.folder)

        def trainer(name: str, folder: Path) -> Trainer | None:
            if name not in self.plan.networks:
                return None
            return coach.choosing(name, judge, folder) if judge else coach.repeating(name, folder)

        return fit_all(learners, dataset, run, self.folder / f"as-of-{dataset.as_of}", stage, trainer)

    def _judge(self, history: Dataset, later: Dataset) -> WindowJudge | None:
        """Asks as the tasks do of whose blends networks are part; None where nobody can be asked."""
        rng = np.random.default_rng(self.shop.setting.evaluation.seed)
        tasked = [surface for surface in self.surfaces.values() if surface.task]
        return WindowJudge.of(tasked, history, later, rng) or None


def plan_of(shop: Shop, models: Sequence[str] = ()) -> Plan:
    """What a shop's training trains, with some models more. Raises SettingError, and MissingPart for a network without
    PyTorch."""
    return Plan.of((*shop.setting.training.models, *models), shop.setting.model)


def open_workshop(shop: Shop, progress: Progress, models: Sequence[str] = ()) -> Workshop:
    """A workshop for the shop as it is now, with some models more. Raises as `plan_of` does."""
    limit_threads(shop.setting.language.threads)
    workshop = Workshop(shop, shop.store.change_number(), progress, tuple(models))
    _ = workshop.plan  # what is wrong with it is told before any work
    return workshop


@contextmanager
def sole_workshop(shop: Shop, progress: Progress, models: Sequence[str] = ()) -> Iterator[Workshop]:
    """The workshop of who trains alone. Raises as `plan_of` does, before it waits for another training."""
    plan_of(shop, models)
    with one_at_a_time(shop, progress):
        yield open_workshop(shop, progress, models)


def _digest(value: object) -> str:
    return hashlib.blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=16).hexdigest()
