"""What every Catalogue does with offers: what holds from now on, in which market."""

from dataclasses import replace

import polars as pl

from shopkeeper.record import ItemPatch, Offer
from shopkeeper.store import Store
from shopkeeper.store.frame import CATALOGUE_COLUMN, MARKET_COLUMN
from shopkeeper.testing.patch_contract import offers_of
from shopkeeper.testing.store_sample import CUP, TEA

NOW = 1_000


class OfferContract:
    """Offers that say what holds from now on, and their end."""

    def test_a_first_price_holds_from_the_beginning_a_later_one_from_now_on(self, store: Store) -> None:
        store.catalogue.put([TEA], [Offer("tea", price=100, valid_from=None)], NOW)
        store.catalogue.put([], [Offer("tea", price=120, valid_from=None)], NOW + 5)
        assert offers_of(store, "tea") == (Offer("tea", price=100), Offer("tea", price=120, valid_from=NOW + 5))

    def test_what_holds_already_is_a_duplicate_and_changes_nothing(self, store: Store) -> None:
        store.catalogue.put([TEA], [Offer("tea", price=100, currency="USD", stock=3)])
        before = store.change_number()
        receipt = store.catalogue.put([], [Offer("tea", "", 100, "USD", 3, valid_from=None)], NOW)
        assert (receipt.accepted, receipt.duplicate, store.change_number()) == (0, 1, before)

    def test_a_count_of_pieces_has_no_history_but_being_sold_out_has(self, store: Store) -> None:
        store.catalogue.put([TEA], [Offer("tea", price=100, stock=3)])
        for after, stock in enumerate((2, 1, 0)):
            store.catalogue.put([], [Offer("tea", price=100, stock=stock, valid_from=None)], NOW + after)
        assert offers_of(store, "tea") == (
            Offer("tea", price=100, stock=1),
            Offer("tea", price=100, stock=0, valid_from=NOW + 2),
        )

    def test_a_sale_that_is_said_again_still_ends(self, store: Store) -> None:
        store.catalogue.put([TEA], [Offer("tea", price=100), Offer("tea", price=80, valid_from=NOW, valid_to=NOW + 9)])
        store.catalogue.put([], [Offer("tea", price=80, valid_from=None)], NOW + 1)
        store.catalogue.put([], [Offer("tea", price=80, stock=5, valid_from=None)], NOW + 2)
        assert offers_of(store, "tea")[1:] == (Offer("tea", price=80, stock=5, valid_from=NOW, valid_to=NOW + 9),)
        assert store.catalogue.frame(NOW + 9)["price"].to_list() == [100]

    def test_after_an_ended_or_before_a_coming_offer_the_past_stays(self, store: Store) -> None:
        ended, coming = Offer("tea", price=80, valid_to=NOW - 5), Offer("cup", price=70, valid_from=NOW + 5)
        store.catalogue.put([TEA, CUP], [ended, coming])
        said = [Offer("tea", price=100, valid_from=None), Offer("cup", price=60, valid_from=None)]
        store.catalogue.put([], said, NOW)
        assert offers_of(store, "tea") == (ended, Offer("tea", price=100, valid_from=NOW))
        assert offers_of(store, "cup") == (Offer("cup", price=60), coming)

    def test_an_offer_without_a_start_that_ends_is_of_now(self, store: Store) -> None:
        store.catalogue.put([TEA], [Offer("tea", price=100)])
        store.catalogue.put([], [Offer("tea", price=100, valid_from=None, valid_to=NOW + 5)], NOW)
        assert offers_of(store, "tea")[1] == Offer("tea", price=100, valid_from=NOW, valid_to=NOW + 5)
        receipt = store.catalogue.put([], [Offer("tea", price=1, valid_from=None, valid_to=NOW)], NOW)
        assert [refusal.reason for refusal in receipt.rejected] == ["the offer ends before it begins"]

    def test_markets_know_nothing_of_each_other(self, store: Store) -> None:
        store.catalogue.put([TEA], [Offer("tea", price=100)])
        store.catalogue.put([], [Offer("tea", "paris", 90, valid_from=None)], NOW)
        assert offers_of(store, "tea") == (Offer("tea", price=100), Offer("tea", "paris", 90))

    def test_an_offer_is_taken_back(self, store: Store) -> None:
        offers = [Offer("tea", price=100), Offer("tea", price=90, valid_from=5), Offer("tea", "paris", 80)]
        store.catalogue.put([TEA, CUP], offers)
        seen = store.change_number()
        assert store.catalogue.delete_offer("tea", "", 5) == 1
        assert store.catalogue.delete_offer("tea", "paris") == 1
        assert store.catalogue.delete_offer("tea", "rome") == store.catalogue.delete_offer("pot", "") == 0
        assert offers_of(store, "tea") == (offers[0],)
        assert store.catalogue.changes(seen, 9).frame.select("item_id", "price").rows() == [("tea", 100)]

    def test_many_offers_of_a_file_are_as_one_by_one(self, store: Store) -> None:
        frame = pl.DataFrame(
            {"item_id": ["tea", "tea", "cup", "tea"], "market": [None, "paris", "", ""], "price": [1, 2, 3, 4]}
        )
        store.catalogue.put([TEA, CUP])
        receipt = store.catalogue.ingest_offers(frame, NOW)
        assert (receipt.accepted, receipt.duplicate) == (3, 1)
        assert offers_of(store, "tea") == (Offer("tea", price=4), Offer("tea", "paris", 2))
        assert store.catalogue.ingest_offers(frame.head(3).with_columns(price=pl.lit(4)), NOW + 1).duplicate == 1

    def test_an_offer_of_a_deleted_item_is_refused_as_of_an_unknown_one(self, store: Store) -> None:
        store.catalogue.put([TEA, CUP], [Offer("tea", price=100)])
        store.catalogue.delete("tea")
        before = store.change_number()
        receipt = store.catalogue.put([], [Offer("cup", price=1), Offer("tea", price=90)], NOW)
        assert [(refusal.row, refusal.reason) for refusal in receipt.rejected] == [
            (1, "no item 'tea' is known: put the item first")
        ]
        assert (receipt.accepted, store.change_number()) == (1, before + 1)
        assert store.catalogue.put([TEA], [Offer("tea", price=90)], NOW).accepted == 2  # the item came back with it

    def test_a_sale_that_sells_out_still_ends(self, store: Store) -> None:
        sale = Offer("tea", price=80, stock=3, valid_from=NOW, valid_to=NOW + 9)
        store.catalogue.put([TEA], [Offer("tea", price=100), sale])
        store.catalogue.patch([ItemPatch("tea", offer={"stock": 0})], NOW + 1)
        store.catalogue.put([], [Offer("tea", price=80, stock=4, valid_from=None)], NOW + 2)
        assert [(one.price, one.stock, one.valid_to) for one in offers_of(store, "tea")] == [
            (100, None, None),
            (80, 3, NOW + 9),
            (80, 0, NOW + 9),
            (80, 4, NOW + 9),
        ]
        assert store.catalogue.frame(NOW + 9)["price"].to_list() == [100]

    def test_a_sale_that_is_prolonged_outlasts_the_price_that_was_to_follow(self, store: Store) -> None:
        """As feeds say it: the sale with its end, and the usual price from then on."""
        first, then = [Offer("tea", price=price, valid_from=at, valid_to=to) for price, at, to in
                       ((80, None, NOW + 9), (100, NOW + 9, None))], (8, 9, 19, 20)  # fmt: skip
        longer = [replace(first[0], valid_to=NOW + 20), replace(first[1], valid_from=NOW + 20)]
        store.catalogue.put([TEA], first, NOW)
        receipt = store.catalogue.put([], longer, NOW + 5)
        assert (receipt.accepted, receipt.duplicate) == (2, 0)
        assert [store.catalogue.frame(NOW + at)["price"][0] for at in then] == [80, 80, 80, 100]
        assert store.catalogue.put([], longer, NOW + 6).accepted == 1  # the price after it is written again, as it was
        assert [store.catalogue.frame(NOW + at)["price"][0] for at in then] == [80, 80, 80, 100]

    def test_another_price_that_ends_leaves_what_was_to_follow(self, store: Store) -> None:
        store.catalogue.put(
            [TEA], [Offer("tea", price=80, valid_to=NOW + 9), Offer("tea", price=60, valid_from=NOW + 9)]
        )
        store.catalogue.put([], [Offer("tea", price=70, valid_from=None, valid_to=NOW + 20)], NOW + 5)
        assert [store.catalogue.frame(NOW + at)["price"][0] for at in (4, 5, 9)] == [80, 70, 60]

    def test_what_begins_or_ends_between_two_times_is_told_as_of_the_second(self, store: Store) -> None:
        sale = Offer("tea", price=80, valid_from=NOW, valid_to=NOW + 9)
        store.catalogue.put([TEA, CUP], [Offer("tea", price=100), Offer("cup", price=5), sale])

        def told(since: int, as_of: int) -> list[tuple[str, int]]:
            return store.catalogue.repriced(since, as_of).select("item_id", "price").rows()

        assert told(NOW - 2, NOW - 1) == told(NOW, NOW + 8) == told(NOW + 9, NOW + 99) == told(NOW, NOW) == []
        assert told(NOW - 1, NOW) == told(NOW - 9, NOW + 8) == [("tea", 80)]
        assert told(NOW + 8, NOW + 9) == told(NOW - 9, NOW + 99) == [("tea", 100)]
        assert told(NOW, NOW - 1) == [("tea", 100)]  # a clock that was set back
        assert store.catalogue.repriced(0, NOW).schema == CATALOGUE_COLUMN == store.catalogue.repriced(5, 5).schema

    def test_an_offer_of_another_market_is_told_when_it_begins(self, store: Store) -> None:
        store.catalogue.put([TEA, CUP], [Offer("cup", price=5), Offer("cup", "paris", 4, valid_from=NOW)])
        assert store.catalogue.repriced(NOW - 1, NOW).select("item_id", "price").rows() == [("cup", 5)]

    def test_the_offers_of_a_market_are_those_that_hold(self, store: Store) -> None:
        offers = [
            Offer("tea", "paris", 90, "EUR", 7),
            Offer("tea", "paris", 70, "EUR", 7, valid_from=NOW, valid_to=NOW + 9),
            Offer("cup", "paris", 5, valid_from=NOW + 1),
            Offer("cup", "rome", 6, "EUR"),
            Offer("cup", price=8, currency="EUR"),
        ]
        store.catalogue.put([TEA, CUP], offers)

        def held(markets: list[str], as_of: int, items: list[int] | None = None) -> list[tuple[object, ...]]:
            return sorted(store.prices.offers(markets, as_of, items).rows())

        assert held(["paris"], NOW - 1) == held(["paris"], NOW + 9, [0]) == [(0, "paris", 90, "EUR", 7)]
        assert held(["paris"], NOW) == [(0, "paris", 70, "EUR", 7)]
        assert held(["paris", "rome", "oslo"], NOW + 1, [1]) == [
            (1, "paris", 5, None, None),
            (1, "rome", 6, "EUR", None),
        ]
        assert held([""], NOW) == [(1, "", 8, "EUR", None)]
        assert held(["oslo"], NOW) == held([], NOW) == held(["paris"], NOW, []) == []
        assert store.prices.offers(["oslo"], NOW).schema == MARKET_COLUMN

    def test_markets_are_those_that_have_offers(self, store: Store) -> None:
        assert store.prices.markets(9) == []
        store.catalogue.put([TEA, CUP], [Offer("cup", price=8), Offer("tea", price=9)])
        assert store.prices.markets(9) == []
        markets = ["paris", "Rome", "ålesund", "oslo"]
        store.catalogue.put([], [Offer(item, name, 5) for item in ("tea", "cup") for name in markets])
        store.catalogue.put([], [Offer("tea", "later", 5, valid_from=2**50), Offer("tea", "over", 5, valid_to=1)])
        assert store.prices.markets(9) == sorted([*markets, "later", "over"])
        assert store.prices.markets(2) == ["Rome", "later"], "by code point, in whatever language the database sorts"
        told = [store.prices.is_market(name) for name in ("paris", "over", "later", "mars", "")]
        assert told == [True, True, True, False, False]
