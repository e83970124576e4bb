"""The lock of a shop's folder."""

from contextlib import ExitStack
from pathlib import Path

from shopkeeper.operation.lock import one_at_a_time
from shopkeeper.operation.shop import init_shop, open_shop
from shopkeeper.record import silent


def test_a_second_import_waits_for_the_first_and_for_no_training(tmp_path: Path) -> None:
    init_shop(tmp_path / "s")
    told: list[tuple[str, int, int]] = []
    with open_shop(tmp_path / "s") as shop, ExitStack() as first:
        first.enter_context(one_at_a_time(shop, silent, "import"))

        def watch(stage: str, done: int, total: int) -> None:
            told.append((stage, done, total))
            first.close()

        with one_at_a_time(shop, watch):
            assert told == []
        with one_at_a_time(shop, watch, "import"):
            pass
    waiting = "waiting for another import of this shop"
    assert told == [(waiting, 0, 1), (waiting, 1, 1)]
