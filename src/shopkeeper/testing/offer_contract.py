"""What every Catalogue does with offers: what holds from now on, in which market."""

import polars as pl

from shopkeeper.record import Offer
from shopkeeper.store import Store
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
