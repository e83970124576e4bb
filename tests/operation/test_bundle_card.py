"""Every bundle carries its card, vouched for by the manifest."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopkeeper.bundle import BundleShelf
from shopkeeper.bundle.layout import CARD_FILE
from shopkeeper.bundle.manifest import MANIFEST
from shopkeeper.error import BundleError, NotFound
from shopkeeper.operation.card import facts_of, read_card
from shopkeeper.operation.shop import Shop, init_shop, open_shop
from shopkeeper.operation.train import train_shop
from shopkeeper.operation.workshop import open_workshop
from shopkeeper.record import Item, Offer, silent
from shopkeeper.testing.shop import START


@pytest.fixture
def shop(trained: Path, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(shutil.copytree(trained, tmp_path / "shop")) as opened:
        yield opened


def test_the_card_is_a_member_of_the_bundle(shop: Shop) -> None:
    bundle_id, text = read_card(shop)
    bundle = BundleShelf(shop.bundles).open(bundle_id)
    assert CARD_FILE in bundle.manifest.files
    assert text.startswith(f"# Model card: Toy shop, bundle {bundle_id}\n")
    assert "- 10 products, 12 customers and guests" in text
    assert "1 of 10 (10.0 %) of the products have no event yet." in text  # the caviar
    (bundle.folder / CARD_FILE).write_text(text.replace("10 products", "99 products"), "utf-8")
    with pytest.raises(BundleError, match=r"card\.md was changed"):
        BundleShelf(shop.bundles).verify(bundle_id)


def test_facts_are_counted_from_the_data(shop: Shop) -> None:
    shop.store.catalogue.put([Item("blank"), Item("plain", title="Plain")], [Offer("milk", "oslo", 99, "NOK")])
    dataset = open_workshop(shop, silent).everything
    facts = facts_of(dataset, shop.store.prices.markets(10))
    assert (facts.products, facts.without_text, facts.without_category, facts.without_price) == (12, 1, 2, 2)
    assert facts.untouched == 3
    assert facts.users == 12
    assert facts.events == {"purchase": len(dataset)}
    assert facts.markets == ["oslo"]
    assert facts.first_event == "2024-01-01T00:14:24Z"
    assert int(dataset.time.min()) >= START


def test_the_cost_is_measured(shop: Shop) -> None:
    _, text = read_card(shop)
    row = next(line for line in text.splitlines() if line.startswith("| highest memory of the training process"))
    megabytes = float(row.split("|")[2].removesuffix(" MB ").replace(",", ""))
    assert 100 < megabytes < 20_000  # Python with its libraries alone takes more than the lower one
    files = [path for path in (shop.bundles / read_card(shop)[0]).rglob("*") if path.name not in (CARD_FILE, MANIFEST)]
    size = sum(path.stat().st_size for path in files if path.is_file() and not path.name.endswith(".lock"))
    assert f"| {size / 1e6:.1f} MB |" in text


def test_a_bundle_without_a_card_and_a_shop_without_a_bundle_are_told(shop: Shop, tmp_path: Path) -> None:
    bundle_id, _ = read_card(shop)
    (shop.bundles / bundle_id / CARD_FILE).unlink()
    with pytest.raises(NotFound, match=r"has no card: an older version made it\. Train anew"):
        read_card(shop, bundle_id)
    with pytest.raises(NotFound, match="There is no bundle 'nothing'"):
        read_card(shop, "nothing")
    init_shop(tmp_path / "new")
    with open_shop(tmp_path / "new") as new, pytest.raises(BundleError, match="No bundle is published yet"):
        read_card(new)


def test_a_shop_without_events_has_a_card_too(tmp_path: Path, trained: Path) -> None:
    init_shop(tmp_path / "cold")
    (tmp_path / "cold" / "cache").symlink_to(trained / "cache")
    with open_shop(tmp_path / "cold") as shop:
        shop.store.catalogue.put([Item("tea", title="Black tea"), Item("milk", title="Milk")])
        train_shop(shop)
        text = read_card(shop)[1]
    assert "It learned from no event" in text
    assert "None: nobody could be asked." in text
