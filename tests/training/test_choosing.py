"""What training may look at: nothing after a cut, and for its choices nothing but validation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from shopkeeper.data import Dataset
from shopkeeper.error import LeakError
from shopkeeper.operation.evaluate import judge
from shopkeeper.operation.shop import Shop, init_shop, open_shop
from shopkeeper.operation.workshop import Workshop, open_workshop
from shopkeeper.record import Event, parse_time, silent
from shopkeeper.setting import SHOP_FILE
from shopkeeper.testing.shop import NOW, toy_events, toy_items
from shopkeeper.training import FittedBlend, fit_all, unfitted

VALIDATION, TEST, END = (parse_time(day) for day in ("2024-02-26", "2024-03-11", "2024-04-01"))


@dataclass(frozen=True)
class Leaky(Workshop):
    """A workshop whose snapshots show one event of the cut itself, or a catalogue of the day after."""

    planted_at: int = 0
    late_catalogue: bool = False

    def snapshot(self, as_of: int, near: Dataset | None = None) -> Dataset:
        honest = super().snapshot(as_of, near)
        if self.late_catalogue:
            return replace(honest, as_of=as_of + 1)
        if as_of != self.planted_at:
            return honest
        time = honest.time.copy()
        time[np.argmax(time)] = as_of
        return replace(honest, time=time)


@pytest.mark.parametrize("cut", [VALIDATION, TEST])
def test_an_event_of_the_cut_itself_is_a_leak(shop: Shop, cut: int) -> None:
    workshop = Leaky(shop, shop.store.change_number() + 1, silent, planted_at=cut)
    with pytest.raises(LeakError, match=r"1 of .* training events are at or after the cut"):
        judge(workshop)


def test_a_catalogue_of_later_is_a_leak(shop: Shop) -> None:
    workshop = Leaky(shop, shop.store.change_number() + 1, silent, late_catalogue=True)
    with pytest.raises(LeakError, match="prices and stock"):
        judge(workshop)


def blends(folder: Path, cache: Path, events: Sequence[Event]) -> Mapping[str, FittedBlend]:
    """The blends that a toy shop with these events chooses."""
    init_shop(folder)
    (folder / "cache").symlink_to(cache)
    path = folder / SHOP_FILE
    days = "validation_from = 2024-02-26\ntest_from = 2024-03-11\ntest_to = 2024-03-31\nbootstrap = 100\n"
    text = path.read_text("utf-8").replace("[shop]\n", f'[shop]\nreplay_now = "{NOW}"\n', 1)
    path.write_text(text.replace("[evaluation]\n", f"[evaluation]\n{days}", 1), "utf-8")
    with open_shop(folder) as shop:
        shop.store.catalogue.put(*toy_items())
        shop.store.events.append(events)
        return judge(open_workshop(shop, silent)).blends


def test_choices_follow_validation_and_nothing_else(trained: Path, tmp_path: Path) -> None:
    """Other purchases in the test window leave every weight and map as it is, to the bit; in validation they do not."""
    events, cache = toy_events(), trained / "cache"
    plain = blends(tmp_path / "plain", cache, events)

    def turned(event: Event) -> Event:
        return replace(event, item_id="caviar" if event.item_id == "milk" else "soap")

    tested = [turned(event) if event.time >= TEST else event for event in events]
    strangers = [replace(event, user_id=f"new-{event.user_id}") for event in tested if event.time >= TEST]
    assert tested != events
    assert blends(tmp_path / "test", cache, [*tested, *strangers]) == plain

    validated = [turned(event) if VALIDATION <= event.time < TEST else event for event in events]
    assert blends(tmp_path / "validation", cache, validated) != plain


def test_a_finished_learner_is_read_back_and_not_fitted_again(shop: Shop, tmp_path: Path) -> None:
    """What is read back is as the file says, even where a new fit would give something else."""
    workshop = open_workshop(shop, silent)
    from shopkeeper.model import Run

    def fitted(names: Sequence[str]) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
        run = Run(np.random.default_rng(1), workshop.vectors)
        wanted = {name: unfitted(workshop.vectors)[name] for name in names}
        learners = fit_all(wanted, workshop.everything, run, tmp_path, "fitting")
        return {name: learners[name].scores for name in names}  # type: ignore[attr-defined]

    first = fitted(["popular"])
    path = tmp_path / "model-popular.safetensors"
    written = path.stat().st_mtime_ns
    again = fitted(["popular", "fresh"])
    assert path.stat().st_mtime_ns == written
    np.testing.assert_array_equal(again["popular"], first["popular"])
    assert not np.array_equal(again["fresh"], first["popular"])
    path.with_suffix(".json").unlink()  # as a kill between the two leaves it
    fitted(["popular"])
    assert path.stat().st_mtime_ns > written


def test_a_learner_of_another_config_is_fitted_anew(shop: Shop, tmp_path: Path) -> None:
    from shopkeeper.model import Run
    from shopkeeper.model.popularity import Popularity, PopularityConfig

    workshop = open_workshop(shop, silent)
    run = Run(np.random.default_rng(1), workshop.vectors)
    slow = fit_all({"popular": Popularity(PopularityConfig(60.0))}, workshop.everything, run, tmp_path, "")
    quick = fit_all({"popular": Popularity(PopularityConfig(1.0))}, workshop.everything, run, tmp_path, "")
    assert quick["popular"].config.half_life_days == 1.0
    assert not np.array_equal(quick["popular"].scores, slow["popular"].scores)  # type: ignore[attr-defined]
