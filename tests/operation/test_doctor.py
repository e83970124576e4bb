"""Doctor: each finding says what is wrong and what to do, and examining changes nothing."""

from pathlib import Path

from shopkeeper.operation.doctor import Finding, examine
from shopkeeper.operation.shop import init_shop, open_shop
from shopkeeper.record import Item, ItemKind, Offer


def findings(folder: Path) -> dict[str, Finding]:
    return {finding.what: finding for finding in examine(folder)}


def test_a_folder_that_is_no_shop_fails_at_once(tmp_path: Path) -> None:
    (only,) = examine(tmp_path)
    assert (only.what, only.level) == ("settings", "fail")
    assert "shopkeeper init" in only.words


def offering(folder: Path, attributes: str, *items: Item) -> Finding:
    """What is found of a shop that has these items, and narrows by these attributes."""
    init_shop(folder)
    with open_shop(folder) as shop:
        shop.store.catalogue.put(items)
    (folder / "shop.toml").write_text(f"[storefront]\nattributes = {attributes}\n")
    return findings(folder)["storefront"]


def test_a_new_shop_is_well_but_empty_and_stays_untouched(tmp_path: Path) -> None:
    init_shop(tmp_path)
    found = findings(tmp_path)
    assert {what: finding.level for what, finding in found.items()} == {
        "settings": "ok",
        "store": "warn",
        "encoder": "ok",
        "models": "ok",
        "disk": "ok",
        "threads": "ok",
        "parts": "ok",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["shop.toml"]


def test_a_shop_without_a_bundle_is_told_to_import_and_train(tmp_path: Path) -> None:
    folder = tmp_path / "corner shop"
    init_shop(folder)
    open_shop(folder).close()
    found = findings(folder)
    assert found["store"] == Finding("store", "ok", "0 items (no prices), 0 events.")
    shop = f"'{folder}'"
    first = f"Import items first: shopkeeper import {shop} FILES... and then run: shopkeeper train {shop}"
    assert found["bundle"] == Finding("bundle", "warn", "None is published.", first)
    with open_shop(folder) as opened:
        opened.store.catalogue.put([Item("jar", title="Jar")])
    assert findings(folder)["bundle"].advice == f"Run: shopkeeper train {shop}"


def priced(folder: Path, *currencies: str) -> Finding:
    """What is found of the store of a shop in USD whose items cost something in these."""
    init_shop(folder)
    with open_shop(folder) as shop:
        items = [Item(f"i{number}", title="Jar") for number in range(len(currencies) + 1)]  # one has no price
        offers = [Offer(f"i{number}", price=100, currency=name) for number, name in enumerate(currencies)]
        shop.store.catalogue.put(items, offers)
    return findings(folder)["store"]


def test_a_shop_whose_prices_are_nearly_all_in_another_currency_is_warned(tmp_path: Path) -> None:
    found = priced(tmp_path, *["EUR"] * 8, "GBP", "USD")
    assert (found.level, found.words) == ("warn", "11 items (EUR, GBP, USD), 0 events.")
    assert found.advice == (
        "9 of 10 prices are in another currency than USD, in which a price is taken that names none. "
        'Under [shop] of shop.toml say: currency = "EUR"'
    )


def test_prices_in_several_currencies_with_the_shops_own_among_them_are_well(tmp_path: Path) -> None:
    found = priced(tmp_path, *["EUR"] * 8, "USD", "USD")
    assert found == Finding("store", "ok", "11 items (EUR, USD), 0 events.")


def test_a_bundle_that_is_gone_fails(tmp_path: Path) -> None:
    init_shop(tmp_path)
    with open_shop(tmp_path) as shop:
        shop.store.office.publish("gone")
    assert findings(tmp_path)["bundle"].level == "fail"


def test_a_store_that_is_no_database_fails_and_the_rest_is_still_looked_at(tmp_path: Path) -> None:
    init_shop(tmp_path)
    (tmp_path / "shop.db").write_bytes(b"not a database at all" * 100)
    found = findings(tmp_path)
    assert found["store"].level == "fail"
    assert found["encoder"].level == "ok"


def test_a_model_that_there_is_not_is_told_before_a_training_is(tmp_path: Path) -> None:
    init_shop(tmp_path)
    path = tmp_path / "shop.toml"
    path.write_text('[training]\nmodels = ["ease"]\n[model.item_item]\nlags = 3\n')
    assert findings(tmp_path)["models"] == Finding(
        "models", "ok", "Training fits the recipe's sources and ease, with other values of together."
    )
    path.write_text('[training]\nmodels = ["easy"]\n')
    told = findings(tmp_path)["models"]
    assert (told.level, "Did you mean ease" in told.words) == ("fail", True)


def test_more_threads_than_cores_are_warned_of(tmp_path: Path) -> None:
    init_shop(tmp_path)
    (tmp_path / "shop.toml").write_text("[serve]\nworkers = 64\n[language]\nthreads = 64\n")
    assert findings(tmp_path)["threads"].level == "warn"


def test_an_encoder_that_nobody_knows_fails(tmp_path: Path) -> None:
    init_shop(tmp_path)
    (tmp_path / "shop.toml").write_text('[language]\nencoder = "magic"\n')
    assert findings(tmp_path)["encoder"].level == "fail"


def test_attributes_that_products_have_narrow_a_search(tmp_path: Path) -> None:
    jar = Item("jar", title="Jar", attributes={"colour": "red", "screen size": 5})
    found = offering(tmp_path, '["colour", "screen size"]', jar)
    assert found == Finding("storefront", "ok", "A search is narrowed by category, brand, colour, screen size.")


def test_an_attribute_that_no_product_has_is_warned_of_with_those_that_there_are(tmp_path: Path) -> None:
    items = (
        Item("jar", title="Jar", attributes={"glaze": ["matt", "raw", "white"], "colour": "red"}),
        Item("cup", title="Cup", attributes={"colour": "blue", "parts": {"lid": 1}}),
        Item("sale", title="Sale", kind=ItemKind.CAMPAIGN, attributes={"color": "red"}),
    )
    found = offering(tmp_path, '["color", "colour", "parts"]', *items)
    assert (found.level, found.words) == (
        "warn",
        "No product has 'color', 'parts', which [storefront] attributes names.",
    )
    assert found.advice == "Correct shop.toml; products have: colour, glaze."


def test_of_very_many_attributes_the_twenty_of_most_products_are_told(tmp_path: Path) -> None:
    many = Item("jar", title="Jar", attributes={f"a{number:02}": "x" for number in range(23)})
    cup = Item("cup", title="Cup", attributes={"a22": "x"})
    found = offering(tmp_path, '["color"]', many, cup)
    names = ", ".join(["a22", *(f"a{number:02}" for number in range(19))])
    assert found.advice == f"Correct shop.toml; products have: {names} and 3 more."


def test_where_no_product_has_attributes_none_is_proposed(tmp_path: Path) -> None:
    found = offering(tmp_path, '["color"]', Item("jar", title="Jar"))
    assert (found.level, found.advice) == ("warn", "Import products with attributes, or take it out of shop.toml.")
