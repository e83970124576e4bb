"""What the learned ranker reads, worked out by hand on one household's shopping."""

import numpy as np
import pytest

from shopkeeper.data import Dataset
from shopkeeper.model.basket_habit import part_of
from shopkeeper.model.fact import FACT, Facts, log_price
from shopkeeper.model.ranker_feature import FEATURE, GROUP, SCORES, columns_of, features_of, names_of
from shopkeeper.pipeline.batch import QueryBatch, batch_of_users
from shopkeeper.pipeline.lists import Float32, ItemLists
from shopkeeper.record import EventType
from shopkeeper.testing.component import small_dataset
from shopkeeper.testing.log import Act, asking_with, batch_of_rows, dataset_of, every_item, strangers, table_of

# Milk every ten days, twice with bread; the household has looked at jam; a neighbour buys bread and cheese.
MILK, BREAD, JAM, CHEESE, NEW = range(5)
ACTS = [
    *(Act(0, MILK, ago, session=int(ago)) for ago in (32, 22, 12, 2)),
    Act(0, BREAD, 22, session=22),
    Act(0, BREAD, 2, session=2),
    Act(0, JAM, 5, EventType.VIEW),
    Act(1, BREAD, 8),
    Act(1, CHEESE, 8),
]


def goods() -> Dataset:
    """Their shopping; milk and cheese are dairy, and cheese costs four times as much."""
    rows = [
        {"category": "Dairy", "price": 100},
        {"category": "Bakery", "price": 300},
        {"category": "", "price": 500},
        {"category": "Dairy", "price": 400},
    ]
    return dataset_of(ACTS, table_of(rows))


def told(batch: QueryBatch, dataset: Dataset, lists: ItemLists | None = None) -> dict[str, Float32]:
    """Each feature of every item for each request, (B, items)."""
    asked = every_item(batch) if lists is None else lists
    price = log_price(dataset.items.frame["price"].to_numpy())
    table = features_of(batch, asked, Facts.of(dataset), price, ())
    return {name: column.reshape(len(batch), -1) for name, column in zip(names_of(()), table.T, strict=True)}


def test_the_rhythm_of_an_item_is_told_in_days_baskets_and_gaps() -> None:
    dataset = goods()
    feature = {name: column[0] for name, column in told(batch_of_users(dataset), dataset).items()}
    assert feature["count"][:2].tolist() == [4, 2]
    assert feature["since"][:2] == pytest.approx([2, 2])
    assert feature["gap"][:2] == pytest.approx([10, 20])
    assert feature["due"][:2] == pytest.approx([0.2, 0.1])
    assert feature["rate"][:2] == pytest.approx([4 / 32, 2 / 22])
    assert feature["baskets"][:2].tolist() == [4, 2]
    assert feature["back"][:2].tolist() == [0, 0]
    assert feature["first_back"][:2].tolist() == [4, 3]
    assert feature["basket_gap"][:2].tolist() == [1, 2]
    assert feature["basket_share"][:2].tolist() == [1, 0.5]
    assert feature["in_3"][:2].tolist() == [3, 2]
    assert feature["irregular"][MILK] == pytest.approx(0)
    assert feature["last_gap"][:2] == pytest.approx([10, 20])
    assert np.isnan(feature["irregular"][BREAD])  # two purchases have one gap
    assert np.isnan(feature["count"][[JAM, CHEESE]]).all()  # never bought
    assert feature["looked_since"][JAM] == pytest.approx(5)
    assert np.isnan(feature["looked_since"][MILK])


def test_what_is_bought_in_small_baskets_is_told_from_what_comes_along() -> None:
    """Milk was alone 32 and 12 days ago, and beside bread 22 and 2 days ago: then each is 1 / (1 + 1 / log2(3))."""
    dataset = goods()
    feature = {name: column[0] for name, column in told(batch_of_users(dataset), dataset).items()}
    half = 1 / (1 + 1 / np.log2(3))
    assert feature["part"][:2] == pytest.approx([2 + 2 * half, 2 * half])
    assert feature["part_30"][BREAD] == pytest.approx(half * (2 ** (-22 / 30) + 2 ** (-2 / 30)))
    baskets = 1 + 0.8 + 0.8**2 + 0.8**3
    assert feature["part_5"][:2] == pytest.approx(
        [(half + 0.8 + 0.8**2 * half + 0.8**3) / baskets, (half + 0.8**2 * half) / baskets]
    )
    usual = 4 * np.log(2) / 6  # four of six lines are of a basket of two
    assert feature["basket_size"][:2] == pytest.approx([np.log(2) / 2 - usual, np.log(2) - usual])
    assert np.isnan(feature["part"][[JAM, CHEESE]]).all()
    assert part_of(np.array([1, 10, 200])) == pytest.approx([1, 0.220092, 0.220092], abs=1e-6)


def test_weekdays_are_held_against_todays() -> None:
    """32, 22, 12 and 2 days ago are 3, 6, 2 and 5 days after the weekday of now: only bread and milk of 12 and 32."""
    dataset = goods()
    feature = {name: column[0] for name, column in told(batch_of_users(dataset), dataset).items()}
    fade = {ago: 2 ** (-ago / 60) for ago in (32, 22, 12, 2)}
    usual = (fade[32] + fade[12]) / (fade[32] + fade[12] + 2 * fade[22] + 2 * fade[2])
    assert feature["home_soon"] == pytest.approx(0)
    assert feature["soon_1"][:2] == pytest.approx([0, 0])
    assert feature["soon_3"][MILK] == pytest.approx(
        (fade[32] + fade[12] + usual) / (sum(fade.values()) + 1) - usual, rel=1e-5
    )
    assert feature["soon_3"][BREAD] == pytest.approx(usual / (fade[22] + fade[2] + 1) - usual, rel=1e-5)


def test_categories_have_rhythms_and_an_item_a_share_of_its_own() -> None:
    dataset = goods()
    feature = {name: column[0] for name, column in told(batch_of_users(dataset), dataset).items()}
    assert feature["category_count"][[MILK, CHEESE]].tolist() == [4, 4]
    assert feature["category_gap"][CHEESE] == pytest.approx(10)
    assert feature["loyalty"][MILK] == pytest.approx(1)
    assert np.isnan(feature["loyalty"][CHEESE])
    assert np.isnan(feature["category_count"][JAM])


def test_households_are_told_by_their_baskets() -> None:
    dataset = goods()
    first, second = told(batch_of_users(dataset), dataset)["home_gap"][:, 0]
    assert first == pytest.approx(10)
    assert np.isnan(second)  # one basket
    assert told(batch_of_users(dataset), dataset)["home_size"][0, 0] == pytest.approx(6 / 4)


def test_prices_stand_against_the_category_and_what_the_household_buys() -> None:
    dataset = goods()
    feature = {name: column[0] for name, column in told(batch_of_users(dataset), dataset).items()}
    # Dairy costs 100 and 400: in logarithms their mean is that of 200, one doubling from each.
    assert feature["price_level"][[MILK, BREAD, CHEESE]] == pytest.approx([-np.log(2), 0, np.log(2)])
    four, two = (sum(np.exp(-ago / 120) for ago in agos) for agos in ((32, 22, 12, 2), (22, 2)))
    usual = -np.log(2) * four / (four + two)
    assert feature["price_affinity"][CHEESE] == pytest.approx(np.log(2) - usual, rel=1e-5)


def test_facts_tell_what_the_shop_knows_of_an_item() -> None:
    fact = dict(zip(FACT, Facts.of(goods()).of_items(np.array([BREAD, JAM, NEW], np.int32)).T, strict=True))
    assert fact["buyers"][:2].tolist() == [2, 0]
    assert fact["since"][0] == pytest.approx(2)
    assert fact["age"][0] == pytest.approx(22)
    # Four comebacks of 10, 10, 10 and 20 days among six buyers' first purchases; bread has one of them.
    mean = (3 * np.log(10.5) + np.log(20.5)) / 4
    assert fact["gap"][0] == pytest.approx(np.exp((np.log(20.5) + 5 * mean) / 6), rel=1e-5)
    spread = (3 * np.log(10.5) ** 2 + np.log(20.5) ** 2) / 4
    assert fact["spread"][0] ** 2 == pytest.approx(
        (np.log(20.5) ** 2 + 5 * spread) / 6 - np.log(fact["gap"][0]) ** 2, rel=1e-4
    )
    assert fact["again"][0] == pytest.approx((1 + 5 * 4 / 4) / (2 + 5))
    assert fact["sales_14"][0] == pytest.approx(sum(2 ** (-ago / 14) for ago in (22, 2, 8)) / 14, rel=1e-5)
    # Bread was always one of two; of all eight lines two were alone. In the last week it was bought once, in eight
    # thrice; in the week before that, once.
    half = 1 / (1 + 1 / np.log2(3))
    assert fact["part"][0] == pytest.approx((3 * half + 5 * (2 + 6 * half) / 8) / 8, rel=1e-5)
    assert fact["lines"][0] == pytest.approx((3 * np.log(2) + 5 * 6 * np.log(2) / 8) / 8, rel=1e-5)
    assert fact["week"][:2].tolist() == [1, 0]
    assert fact["week_trend"][0] == fact["week_before"][0] == pytest.approx((1 + 2) / (3 / 8 + 2), rel=1e-5)
    assert fact["households"][:2].tolist() == [2, 0]
    assert np.isnan(fact["buyers"][2])  # came after the count


def test_a_request_alone_has_the_bits_of_the_batch() -> None:
    """Strangers, and people who look at something, among them."""
    dataset = small_dataset()
    users = batch_of_rows(batch_of_users(dataset), [*range(dataset.users), -1])
    batch = asking_with(users, [[]] * dataset.users + [[2]])
    whole = told(batch, dataset)
    for row in range(len(batch)):
        alone = told(batch.alone(row), dataset)
        for name in FEATURE:
            assert alone[name].tobytes() == whole[name][[row]].tobytes(), name


def test_strangers_and_empty_catalogues_are_ordinary() -> None:
    dataset = goods()
    feature = told(strangers(1, np.ones(5, bool)), dataset)
    assert np.isnan(feature["count"]).all()
    assert np.isnan(feature["shop_buyers"][0, NEW])  # came after the facts, and after the prices
    assert np.isnan(feature["price"][0, NEW])
    nothing = dataset_of([], 0)
    assert told(strangers(1, np.ones(0, bool)), nothing)["count"].shape == (1, 0)


def test_every_feature_is_in_one_group() -> None:
    sources = ("again", "als")
    places = [place for group in (*GROUP, SCORES) for place in columns_of(group, sources)]
    assert sorted(places) == list(range(len(names_of(sources))))
    assert len(set(names_of(sources))) == len(places)
