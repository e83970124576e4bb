"""What a trained bundle holds: arrays that are mapped and not copied, nothing executable, nobody's data."""

import pickletools
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from shopkeeper.bundle import BundleShelf
from shopkeeper.error import BundleError
from shopkeeper.language.hashing import HashingEncoder
from shopkeeper.operation.publish import publish_bundle, verify_bundle
from shopkeeper.operation.shop import Shop, init_shop, open_shop
from shopkeeper.operation.train import train_shop
from shopkeeper.record import DAY, Event, EventType, Item, ItemKind
from shopkeeper.serving.state import State, open_state
from shopkeeper.testing.encoder import WatchedEncoder

SECRETS = ("household-7c1f93", "visitor-55ab0e", "session-9e21d7", "jane@example.org")


def published(shop: Shop) -> Path:
    return shop.bundles / shop.store.office.publications()[0].bundle_id


def files(folder: Path) -> list[Path]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    assert len(found) > 10
    return found


@pytest.fixture
def state(shop: Shop) -> State:
    bundle = BundleShelf(shop.bundles).open(published(shop).name)
    encoder = WatchedEncoder(HashingEncoder(), bundle.manifest.encoder)
    return open_state(bundle, encoder, shop.store.prices)


def arrays(state: State) -> Iterator[tuple[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]]:
    holders = {**state.learners, "vectors": state.search.meaning.vectors, "text": state.search.meaning.vectors.text}
    holders |= {"lexical": state.search.lexical.search, "lexical text": state.search.lexical.search.text}
    for name, holder in holders.items():
        for field in fields(holder):  # type: ignore[arg-type]
            value = getattr(holder, field.name)
            if isinstance(value, np.ndarray) and value.size:
                yield f"{name}.{field.name}", value


def test_arrays_are_mapped_and_cannot_be_written(state: State) -> None:
    found = dict(arrays(state))
    assert len(found) > 12
    for name, value in found.items():
        base: object = value
        while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
            base = base.base
        assert isinstance(base, np.memmap), f"{name} is a copy"
        assert not value.flags.writeable, name


def test_nothing_in_a_bundle_can_be_unpickled(shop: Shop) -> None:
    for path in files(published(shop)):
        content = path.read_bytes()
        assert not content.startswith(b"PK\x03\x04"), f"{path.name} is a zip, as torch and NumPy write pickles"
        if content:
            with pytest.raises(Exception):  # noqa: B017, PT011  any: it is not a pickle
                for _ in pickletools.genops(content):
                    pass


def test_nobody_is_named_in_a_bundle(tmp_path: Path) -> None:
    """Users, guests, sessions, their attributes, and the audience of a campaign stay in the store."""
    user, visitor, session, mail = SECRETS
    init_shop(tmp_path / "shop")
    with open_shop(tmp_path / "shop") as shop:
        audience = Item(
            "campaign-1", kind=ItemKind.CAMPAIGN, title="Spring", attributes={"households": [user], "mail": mail}
        )
        review = {"fat": "3.5 %", "review": [{"author": user, "mail": mail}]}
        shop.store.catalogue.put([Item("milk", title="Milk", attributes=review), Item("tea", title="Tea"), audience])
        now = shop.clock.now()
        shop.store.events.append(
            [
                Event(EventType.PURCHASE, now - day * DAY, user, item_id=item, session_id=f"{session}{day}")
                for day in (1, 3, 20, 45, 70)
                for item in ("milk", "tea")
            ]
            + [Event(EventType.VIEW, now - DAY, visitor_id=visitor, item_id="milk", context={"mail": mail})]
        )
        shop.store.events.ingest_users(pl.DataFrame({"user_id": [user], "attributes": [f'{{"mail":"{mail}"}}']}))
        train_shop(shop)
        stored = shop.store.catalogue.get("campaign-1")
        assert stored is not None
        assert stored.item.attributes["households"] == [user], "the store keeps it"
        for path in files(published(shop)):
            # Parquet compresses: what it says is looked for in its rows.
            content = (
                str(pl.read_parquet(path).rows()) if path.suffix == ".parquet" else path.read_bytes().decode("latin1")
            )
            for secret in SECRETS:
                assert secret not in content, f"{path.name} holds {secret}"


def test_opening_and_searching_changes_no_listed_file(shop: Shop, state: State) -> None:
    state.search.lexical.search.matches("milk")
    verify_bundle(shop, published(shop).name)


def test_a_bundle_that_is_not_whole_is_not_published(shop: Shop) -> None:
    folder = published(shop)
    before = shop.store.office.publications()
    (folder / "vectors.safetensors").write_bytes(b"")
    with pytest.raises(BundleError, match=r"vectors\.safetensors was changed"):
        publish_bundle(shop, folder.name)
    assert shop.store.office.publications() == before
