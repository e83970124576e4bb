"""Which bundle an engine serves: none yet, a new one, an older one, one that cannot be used."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from shopkeeper.bundle import BundleShelf
from shopkeeper.error import BundleError
from shopkeeper.language.hashing import HashingEncoder
from shopkeeper.operation.publish import publish_bundle, rollback_bundle
from shopkeeper.operation.serve import open_engine
from shopkeeper.operation.shop import Shop, init_shop, open_shop
from shopkeeper.operation.train import train_shop
from shopkeeper.record import Event, EventType, Item, Offer, Query
from shopkeeper.serving import Engine
from shopkeeper.surface import SURFACES, Need
from shopkeeper.testing.encoder import WatchedEncoder

MakeBundle = Callable[..., str]
OOLONG = Item("tea-oolong", title="Oolong tea, 20 bags", category=("Drinks", "Tea"), brand="Toy")


def restarted(shop: Shop, encoder: WatchedEncoder) -> Engine:
    engine = Engine(shop.store, BundleShelf(shop.bundles), encoder, shop.setting, shop.clock)
    engine.refresh()
    return engine


def served(engine: Engine) -> str | None:
    return engine.readiness().bundle_id


def found(engine: Engine, text: str) -> list[str]:
    return [place.item_id for place in engine.recommend([Query("search", 20, text=text)])[0].items]


def test_a_shop_without_a_bundle_says_what_to_do(tmp_path: Path, encoder: WatchedEncoder) -> None:
    init_shop(tmp_path / "new")
    with open_shop(tmp_path / "new") as shop:
        engine = restarted(shop, encoder)
        readiness = engine.readiness()
        assert (readiness.ready, readiness.bundle_id, readiness.items) == (False, None, 0)
        assert "shopkeeper train" in readiness.reason
        for ask in (lambda: engine.recommend([Query("home")]), lambda: engine.cards(["milk"])):
            with pytest.raises(BundleError, match="shopkeeper train"):
                ask()


def test_an_emptied_shop_answers_every_surface_with_nothing(tmp_path: Path, encoder: WatchedEncoder) -> None:
    """And its next item and event are served without another training."""
    init_shop(tmp_path / "new")
    with open_shop(tmp_path / "new") as shop:
        shop.store.catalogue.put([OOLONG])
        train_shop(shop)
        shop.store.catalogue.delete(OOLONG.item_id)
        engine = restarted(shop, encoder)
        queries = [
            Query(surface, 5, user_id=user, item_ids=items, text="tea", filter=expression)
            for surface in SURFACES
            for user in ("u1", None)
            for items in ((), ("milk",))
            if items or SURFACES[surface].needs is not Need.ITEMS
            for expression in (None, "price < 3")
        ]
        assert {answer.items for answer in engine.recommend(queries)} == {()}
        assert {answer.fallback for answer in engine.recommend(queries)} == {None}
        assert engine.cards(["milk"]) == [None]
        engine.catalogue.put([Item("milk", title="Whole milk"), Item("tea", title="Black tea")])
        engine.append_events([Event(EventType.PURCHASE, shop.clock.now(), user_id="u1", item_id="milk")])
        assert found(engine, "whole milk")[0] == "milk"
        (again,) = engine.recommend([Query("buy-again", 5, user_id="u1")])
        assert [place.item_id for place in again.items] == ["milk"]


def test_a_bundle_published_elsewhere_is_served_soon(
    shop: Shop, encoder: WatchedEncoder, another_bundle: MakeBundle
) -> None:
    engine = Engine(shop.store, BundleShelf(shop.bundles), encoder, shop.setting, shop.clock).start()
    try:
        with open_shop(shop.folder) as elsewhere:
            newer = another_bundle()
            publish_bundle(elsewhere, newer)
        began = time.monotonic()
        while served(engine) != newer and time.monotonic() < began + 30:
            time.sleep(0.05)
        assert served(engine) == newer
        assert engine.recommend([Query("home", user_id="u1")])[0].bundle_id == newer
    finally:
        engine.close()


def test_rollback_and_restart_bring_nothing_back(
    shop: Shop, engine: Engine, encoder: WatchedEncoder, another_bundle: MakeBundle
) -> None:
    first = served(engine)
    newer = another_bundle()
    publish_bundle(shop, newer)
    engine.refresh()
    assert served(engine) == newer
    engine.catalogue.delete("milk")
    engine.catalogue.put([OOLONG], [Offer("cream", price=1, currency="EUR", valid_from=shop.clock.now() - 1)])
    rollback_bundle(shop)
    engine.refresh()
    for each in (engine, restarted(shop, encoder)):
        assert served(each) == first
        assert "milk" not in found(each, "milk")
        assert "milk" not in {p.item_id for p in each.recommend([Query("buy-again", 20, user_id="u1")])[0].items}
        assert found(each, "oolong")[0] == "tea-oolong"
        (card,) = each.cards(["cream"])
        assert card is not None
        assert card.price == 1


def test_rollback_goes_to_what_was_served_before(shop: Shop, engine: Engine, another_bundle: MakeBundle) -> None:
    first = served(engine)
    newer = another_bundle()
    publish_bundle(shop, newer)
    assert rollback_bundle(shop).bundle_id == first
    assert rollback_bundle(shop).bundle_id == newer


def test_a_bundle_of_another_encoder_is_refused_by_name(shop: Shop, engine: Engine, another_bundle: MakeBundle) -> None:
    first = served(engine)
    publish_bundle(shop, another_bundle(encoder="other-encoder-2"))
    engine.refresh()
    assert served(engine) == first
    assert "'other-encoder-2'" in engine.readiness().reason
    fresh = Engine(shop.store, BundleShelf(shop.bundles), HashingEncoder(), shop.setting, shop.clock)
    fresh.refresh()
    assert not fresh.readiness().ready
    assert "'hashing-64'" in fresh.readiness().reason


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("damage", [Path.unlink, cut_short, lambda path: path.write_bytes(b"")])
@pytest.mark.parametrize(
    "member",
    [
        "manifest.json",
        "catalogue.parquet",
        "vectors.safetensors",
        "model-als.safetensors",
        "model-popular.safetensors",
        "search/search.safetensors",
        "search/lexical/meta.json",
        "search/lexical/*.idx",
        "search/lexical/*.term",
        "search/lexical/*.fast",
        "search/lexical/*.store",
    ],
)
def test_a_damaged_bundle_leaves_the_old_one_serving(
    shop: Shop, engine: Engine, another_bundle: MakeBundle, member: str, damage: Callable[[Path], None]
) -> None:
    """However it came to be published: `publish` itself would have refused it."""
    first = served(engine)
    broken = another_bundle()
    for path in (shop.bundles / broken).glob(member):
        damage(path)
    shop.store.office.publish(broken)
    engine.refresh()
    assert served(engine) == first
    readiness = engine.readiness()
    assert readiness.ready
    assert readiness.reason
    assert found(engine, "milk")
    rollback_bundle(shop)
    engine.refresh()
    assert engine.readiness().reason == ""


def test_an_old_bundle_still_follows_changes_while_the_new_one_cannot_be_opened(
    shop: Shop, engine: Engine, another_bundle: MakeBundle
) -> None:
    broken = another_bundle()
    (shop.bundles / broken / "manifest.json").unlink()
    shop.store.office.publish(broken)
    assert found(engine, "milk")
    shop.store.catalogue.delete("milk")
    engine.refresh()
    assert "milk" not in found(engine, "milk")
    assert broken in engine.readiness().reason


def test_a_bundle_that_is_gone_leaves_the_old_one_serving(
    shop: Shop, engine: Engine, encoder: WatchedEncoder, another_bundle: MakeBundle
) -> None:
    first = served(engine)
    gone = another_bundle()
    publish_bundle(shop, gone)
    shutil.rmtree(shop.bundles / gone)
    engine.refresh()
    assert served(engine) == first
    assert gone in engine.readiness().reason
    assert not restarted(shop, encoder).readiness().ready


def test_a_silent_language_model_holds_up_no_deletion_and_no_price(engine: Engine, encoder: WatchedEncoder) -> None:
    encoder.silent = True
    engine.catalogue.put([OOLONG], [Offer("soap", price=1, currency="EUR", valid_from=engine.now() - 1)])
    engine.catalogue.delete("milk")
    assert "tea-oolong" in found(engine, "oolong tea"), "its words are known"
    assert found(engine, "milk") == []
    (card,) = engine.cards(["soap"])
    assert card is not None
    assert card.price == 1
    assert "language model" in engine.readiness().reason
    encoder.silent = False
    engine.refresh()
    assert engine.readiness().reason == ""
    (similar,) = engine.recommend([Query("similar", 3, item_ids=("tea-oolong",))])
    assert similar.fallback is None
    assert similar.items[0].item_id in ("tea-green", "tea-black")


def test_an_engine_starts_while_the_language_model_is_silent(
    shop: Shop, engine: Engine, encoder: WatchedEncoder
) -> None:
    engine.catalogue.put([OOLONG])
    encoder.silent = True
    fresh = Engine(shop.store, BundleShelf(shop.bundles), encoder, shop.setting, shop.clock).start()
    try:
        assert fresh.readiness().ready
        assert "tea-oolong" in found(fresh, "oolong tea")
        assert len(fresh.recommend([Query("home", user_id="u1")])[0].items) > 3
    finally:
        fresh.close()


def test_a_closed_engine_has_left_the_store_alone(shop: Shop) -> None:
    """One thread follows changes, and none is left when it is closed."""
    import threading

    def following() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == "shopkeeper-refresh"]

    others = set(following())  # of engines that other tests keep open
    engine = open_engine(shop)
    assert len(set(following()) - others) == 1
    engine.close()
    assert set(following()) <= others
