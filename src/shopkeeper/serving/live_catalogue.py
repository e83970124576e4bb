"""LiveCatalogue: the store's catalogue, whose changes this worker serves when they return, and what it serves of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shopkeeper.record import Clock, Item, ItemPatch, Offer
from shopkeeper.serving.state import State
from shopkeeper.serving.variant import Variants, variants_of
from shopkeeper.store import Catalogue, Receipt, StoredItem


@dataclass(frozen=True, slots=True)
class LiveCatalogue:
    """What changes is committed, and served by this worker, when a method returns; others follow within a second."""

    catalogue: Catalogue
    clock: Clock
    refresh: Callable[[], None]
    serving: Callable[[], State]

    def put(self, items: Sequence[Item], offers: Sequence[Offer] = (), *, new_only: bool = False) -> Receipt:
        """Insert or replace whole items, with `new_only` insert alone, and offers, which without `valid_from` hold
        from now on.
        """
        receipt = self.catalogue.put(items, offers, self.clock.now(), new_only=new_only)
        self.refresh()
        return receipt

    def patch(self, patches: Sequence[ItemPatch]) -> Receipt:
        """Change what each patch names of a known item."""
        receipt = self.catalogue.patch(patches, self.clock.now())
        self.refresh()
        return receipt

    def revise(self, item_id: str, revision: Callable[[Item], ItemPatch | None]) -> Receipt:
        """Patch an item by what is held of it, which nobody changes meanwhile. Raises NotFound."""
        receipt = self.catalogue.revise(item_id, revision, self.clock.now())
        self.refresh()
        return receipt

    def get(self, item_id: str) -> StoredItem | None:
        """The item as the store holds it, or None."""
        return self.catalogue.get(item_id)

    def variants(self, item_id: str, market: str = "") -> Variants | None:
        """The item's group as it is served in a market, None for an item that is unknown or deleted.

        Raises BundleError where nothing is served yet.
        """
        items = self.serving().view(market).items
        return variants_of(items, int(items.indices([item_id])[0]), self.clock.now())

    def delete(self, item_id: str) -> bool:
        """Take an item out of all lists; False where there was none."""
        deleted = self.catalogue.delete(item_id)
        self.refresh()
        return deleted

    def delete_offer(self, item_id: str, market: str, valid_from: int | None = None) -> int:
        """Take back offers of an item in a market, all or the one that began at a time; returns how many."""
        deleted = self.catalogue.delete_offer(item_id, market, valid_from)
        self.refresh()
        return deleted
