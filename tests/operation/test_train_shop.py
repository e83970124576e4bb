"""Training a shop: when it is skipped, what it goes on from, ordinary small shops, and two at once."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shopkeeper.bundle import BundleShelf
from shopkeeper.error import InputError
from shopkeeper.language.registry import open_encoder
from shopkeeper.operation.evaluate import evaluate_shop
from shopkeeper.operation.evidence import COLD
from shopkeeper.operation.publish import publish_bundle, rollback_bundle
from shopkeeper.operation.shop import Shop, init_shop, open_shop
from shopkeeper.operation.train import train_shop
from shopkeeper.record import DAY, Event, EventType, Item, ItemKind, Query, parse_time
from shopkeeper.serving import Engine
from shopkeeper.setting import SHOP_FILE
from shopkeeper.testing.shop import NOW

TODAY = parse_time(NOW)


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    return shutil.copytree(trained, tmp_path / "shop")


@pytest.fixture
def shop(folder: Path) -> Iterator[Shop]:
    with open_shop(folder) as opened:
        yield opened


def bundles(shop: Shop) -> list[str]:
    return [bundle.bundle_id for bundle in BundleShelf(shop.bundles).bundles()]


def bought(item_id: str = "soap") -> Event:
    return Event(EventType.PURCHASE, TODAY - 1, user_id="u1", item_id=item_id)


def test_nothing_new_is_no_reason_to_train(shop: Shop) -> None:
    (only,) = bundles(shop)
    result = train_shop(shop)
    assert (result.bundle_id, result.skipped) == (only, True)
    assert result.report.tasks[0].systems[0].name == "blend"
    publish_bundle(shop, only)
    assert train_shop(shop).skipped, "to publish is nothing to learn from"


def test_an_event_is_a_reason_unless_few_are_told_to_be_none(shop: Shop) -> None:
    shop.store.events.append([bought()])
    assert train_shop(shop, min_new=0.01).skipped
    result = train_shop(shop)
    assert not result.skipped
    assert shop.store.office.publications()[0].bundle_id == result.bundle_id
    assert train_shop(shop).skipped


def test_another_recipe_is_a_reason(folder: Path) -> None:
    path = folder / SHOP_FILE
    path.write_text(path.read_text("utf-8").replace("# purchase = 5.0", "purchase = 4.0"), "utf-8")
    with open_shop(folder) as shop:
        assert not train_shop(shop).skipped


def test_a_damaged_bundle_is_a_reason(shop: Shop) -> None:
    (only,) = bundles(shop)
    (shop.bundles / only / "vectors.safetensors").write_bytes(b"")
    result = train_shop(shop)
    assert not result.skipped
    BundleShelf(shop.bundles).verify(result.bundle_id)


def test_after_a_rollback_the_older_bundle_is_judged_by_its_own_data(shop: Shop) -> None:
    (older,) = bundles(shop)
    shop.store.events.append([bought()])
    newer = train_shop(shop).bundle_id
    assert rollback_bundle(shop).bundle_id == older
    assert train_shop(shop, min_new=0.01).bundle_id == older
    result = train_shop(shop)
    assert not result.skipped, "the event is new to the older bundle"
    assert result.bundle_id not in (older, newer)


def test_an_evaluation_is_read_back_where_nothing_has_changed(shop: Shop) -> None:
    (only,) = bundles(shop)
    report = train_shop(shop).report
    assert evaluate_shop(shop).created == report.created
    publish_bundle(shop, only)
    assert evaluate_shop(shop).created == report.created
    shop.store.events.append([bought()])
    assert evaluate_shop(shop).created != report.created


def test_a_learner_that_a_power_cut_damaged_is_fitted_anew(shop: Shop) -> None:
    shop.store.events.append([bought()])

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "writing the bundle":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_shop(shop, progress=stop)
    kept = list(shop.runs.glob("train-*/as-of-*/model-*.safetensors"))
    assert kept
    for path in kept:
        path.write_bytes(path.read_bytes()[:20])
    result = train_shop(shop)
    assert not result.skipped
    BundleShelf(shop.bundles).verify(result.bundle_id)


def test_bundles_beyond_those_kept_go_but_never_the_served_one(folder: Path) -> None:
    path = folder / SHOP_FILE
    path.write_text(path.read_text("utf-8").replace("# keep = 5", "keep = 1"), "utf-8")
    with open_shop(folder) as shop:
        second = train_shop(shop, force=True).bundle_id
        assert bundles(shop) == [second]


def test_two_trainings_at_once_do_the_work_once(shop: Shop) -> None:
    """The second waits for the first, then finds nothing left to do; each has the shop open by itself."""
    shop.store.events.append([bought()])
    results: list[tuple[str, bool]] = []
    trouble: list[BaseException] = []

    def train() -> None:
        try:
            with open_shop(shop.folder) as mine:
                result = train_shop(mine)
                results.append((result.bundle_id, result.skipped))
        except BaseException as problem:
            trouble.append(problem)

    threads = [threading.Thread(target=train) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trouble == []
    (first, skipped), (second, skipped_too) = results
    assert (skipped, skipped_too) == (False, True)
    assert first == second == shop.store.office.publications()[0].bundle_id


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One embedding cache for all small shops, so that the language model is read once."""
    return tmp_path_factory.mktemp("cache")


def test_what_comes_while_training_is_served_and_learned_next_time(shop: Shop) -> None:
    """An item, a deletion and an event that come between the reading of the log and the publishing."""
    shop.store.events.append([bought()])

    def come(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("fitting blend weights", 0):
            shop.store.catalogue.put([Item("tea-oolong", title="Oolong tea", category=("Drinks", "Tea"))])
            shop.store.catalogue.delete("cream")
            shop.store.events.append([bought("tea-oolong")])

    result = train_shop(shop, progress=come)
    engine = Engine(
        shop.store, BundleShelf(shop.bundles), open_encoder(shop.setting.language), shop.setting, shop.clock
    )
    engine.refresh()
    assert engine.readiness().bundle_id == result.bundle_id
    (again,) = engine.recommend([Query("buy-again", 20, user_id="u1")])
    shown = {place.item_id for place in again.items}
    assert "tea-oolong" in shown
    assert "cream" not in shown
    assert not train_shop(shop).skipped


def test_what_abandoned_trainings_left_is_tidied_up(shop: Shop) -> None:
    """A training that was killed and whose data has changed since is never gone on with."""
    left = shop.runs / "train-0123456789abcdef" / "as-of-1"
    left.mkdir(parents=True)
    (left / "model-als.safetensors").write_bytes(b"large")
    shop.store.events.append([bought()])
    train_shop(shop)
    assert list(shop.runs.glob("train-*/as-of-*")) == []


TEA = Item("tea", title="Black tea", category=("Drinks", "Tea"))
MILK = Item("milk", title="Milk")


@pytest.mark.parametrize(
    ("items", "acts"),
    [
        ([TEA, MILK], []),
        ([TEA], [(EventType.PURCHASE, 1.0, "tea")]),
        ([Item("tea"), MILK], [(EventType.PURCHASE, 1.0, "tea")]),
        ([TEA, MILK], [(EventType.VIEW, 0.5, "tea"), (EventType.RETURN, 0.4, "tea")]),
        ([TEA, MILK], [(EventType.IMPRESSION, 0.5, "tea")]),
        ([TEA, MILK], [(EventType.PURCHASE, 3.0, "tea"), (EventType.PURCHASE, 2.0, "milk")]),
        ([TEA, MILK], [(EventType.PURCHASE, 900.0, "tea"), (EventType.PURCHASE, 1.0, "tea")]),
        ([Item("c", kind=ItemKind.CAMPAIGN, title="Spring")], [(EventType.REDEEM, 1.0, "c")]),
        ([TEA, MILK], [(EventType.PURCHASE, -30.0, "tea"), (EventType.PURCHASE, 90.0, "milk")]),
    ],
    ids=[
        "no event",
        "one of all",
        "no title",
        "no sale",
        "only shown",
        "a day",
        "years",
        "no product",
        "in the future",
    ],
)
def test_a_small_shop_is_ordinary_input(
    tmp_path: Path, cache: Path, items: list[Item], acts: list[tuple[EventType, float, str]]
) -> None:
    """A shop whose log is shorter than the split, or has one user, one item, one event."""
    init_shop(tmp_path / "small")
    (tmp_path / "small" / "cache").symlink_to(cache)
    with open_shop(tmp_path / "small") as shop:
        now = shop.clock.now()
        events = [Event(kind, now - round(days * DAY), user_id="u1", item_id=item_id) for kind, days, item_id in acts]
        shop.store.catalogue.put(items)
        shop.store.events.append(events)
        result = train_shop(shop)
        BundleShelf(shop.bundles).verify(result.bundle_id)
        assert train_shop(shop).skipped
        assert [task.task for task in result.report.tasks] == ["next_basket", "discovery"]


def test_a_shop_without_items_has_nothing_to_train_on(tmp_path: Path) -> None:
    init_shop(tmp_path / "empty")
    with open_shop(tmp_path / "empty") as shop:
        for _ in range(2):
            with pytest.raises(InputError, match=r"has no items.* shopkeeper import"):
                train_shop(shop)
        assert list(shop.store.office.publications()) == []
        shop.store.catalogue.put([TEA])
        shop.store.catalogue.delete("tea")
        with pytest.raises(InputError, match="has no items"):
            evaluate_shop(shop)


def test_a_shop_without_events_says_so_and_serves_what_texts_tell(tmp_path: Path, cache: Path) -> None:
    init_shop(tmp_path / "cold")
    (tmp_path / "cold" / "cache").symlink_to(cache)
    green = Item("green", title="Green tea", category=("Drinks", "Tea"))
    with open_shop(tmp_path / "cold") as shop:
        shop.store.catalogue.put([TEA, MILK, green])
        result = train_shop(shop)
        manifest = BundleShelf(shop.bundles).open(result.bundle_id).manifest
        nobody = {"validated": 0, "judged": 0}
        assert manifest.evidence == {"next_basket": nobody, "discovery": nobody}
        assert result.report.notes == (COLD,)
        engine = Engine(
            shop.store, BundleShelf(shop.bundles), open_encoder(shop.setting.language), shop.setting, shop.clock
        )
        engine.refresh()
        similar, searched = engine.recommend([Query("similar", item_ids=("tea",)), Query("search", text="a hot drink")])
        assert (similar.items[0].item_id, similar.fallback) == ("green", None)
        assert {place.item_id for place in searched.items[:2]} == {"tea", "green"}


def test_too_few_events_to_validate_are_told(tmp_path: Path, cache: Path) -> None:
    init_shop(tmp_path / "few")
    (tmp_path / "few" / "cache").symlink_to(cache)
    with open_shop(tmp_path / "few") as shop:
        shop.store.catalogue.put([TEA, MILK])
        shop.store.events.append([replace(bought("tea"), time=shop.clock.now() - DAY)])
        notes = train_shop(shop).report.notes
    assert notes[0].startswith("Nothing was validated for home and discover: no known customer bought anything")
    assert notes[1].startswith("Nothing was judged for For you and New for you: nobody could be asked")
    assert not any("fitted on the validation days" in note for note in notes)
