"""What every Office does: publication and imports."""

from shopkeeper.store import Store


class OfficeContract:
    """Publication and imports."""

    def test_the_newest_publication_of_an_arm_is_first(self, store: Store) -> None:
        assert store.office.publications() == []
        first, second = store.office.publish("one"), store.office.publish("two")
        store.office.publish("three", arm="b")
        assert store.office.publications() == [second, first]
        assert [(one.arm, one.bundle_id) for one in store.office.publications("b")] == [("b", "three")]

    def test_an_import_is_remembered(self, store: Store) -> None:
        assert (store.office.import_done("f"), store.office.import_progress("f")) == (None, 0)
        store.office.record_import("f", 3, None)
        assert (store.office.import_done("f"), store.office.import_progress("f")) == (None, 3)
        store.office.record_import("f", 5, "{}")
        assert (store.office.import_done("f"), store.office.import_progress("f")) == ("{}", 5)
