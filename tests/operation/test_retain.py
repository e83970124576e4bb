"""What is older than the settings keep goes, in batches, and nothing else does."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from shopkeeper.operation import retain as retaining
from shopkeeper.operation.retain import RetainSummary, retain
from shopkeeper.operation.shop import Shop
from shopkeeper.record import DAY, Event, EventType, Item
from shopkeeper.setting import RetentionSection
from shopkeeper.testing.aggregate import assert_aggregates
from shopkeeper.testing.exposure_contract import exposure
from shopkeeper.testing.full_shop import shop_at
from shopkeeper.testing.logged import logged


class _Noon:
    def now(self) -> int:
        return 100 * DAY


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Thirty people who each look at something every tenth day, from day 0 to day 100; one list a day."""
    opened = replace(shop_at(tmp_path / "shop"), clock=_Noon())
    opened.store.catalogue.put([Item("tea"), Item("cup")])
    people = [f"u{number}" for number in range(30)]
    opened.store.events.append(
        [
            Event(EventType.VIEW, day * DAY, user_id=user, item_id="tea" if day % 20 else "cup")
            for user in people
            for day in range(0, 101, 10)
        ]
    )
    opened.store.exposures.append([exposure(f"r{day}", day * DAY) for day in range(100)])
    return opened


def _keeping(shop: Shop, days: Mapping[str, int]) -> Shop:
    return replace(shop, setting=shop.setting.model_copy(update={"retention": RetentionSection(**days)}))


def test_a_shop_that_keeps_all_forgets_nothing(shop: Shop) -> None:
    assert retain(_keeping(shop, {"event_days": 0, "exposure_days": 0})) == RetainSummary(0, 0, 0, False)
    assert (shop.store.events.count(), shop.store.exposures.count()) == (330, 100)
    shop.close()


@pytest.mark.parametrize("rows", [20_000, 25, 1])
def test_what_is_old_goes_and_the_rest_is_counted_anew(shop: Shop, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retaining, "BATCH_ROWS", rows)
    young = logged(shop.store).filter(pl.col("time") >= 60 * DAY)
    keeping = _keeping(shop, {"event_days": 40, "exposure_days": 10})

    assert retain(keeping, dry_run=True) == RetainSummary(180, 30, 90, True)
    assert (shop.store.events.count(), shop.store.exposures.count()) == (330, 100)
    assert retain(keeping) == RetainSummary(180, 30, 90, False)

    assert logged(shop.store).equals(young)
    assert shop.store.exposures.frame(0, 200 * DAY)["time"].to_list() == [day * DAY for day in range(90, 100)]
    total, recent = shop.store.events.history("u7", None).of(0)
    assert [(int(row["item"]), float(row["amount"])) for row in total] == [(0, 2.0), (1, 3.0)]
    assert (recent["time"] // DAY).tolist() == [60, 70, 80, 90, 100]
    assert_aggregates(shop.store)
    assert retain(keeping) == RetainSummary(0, 0, 0, False)
    shop.close()
