"""A shop whose households buy by the calendar: its learned ranker is chosen, kept, and served as judged."""

from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest

from shopkeeper.bundle import Bundle, BundleShelf
from shopkeeper.evaluation.query import HistoryQueries
from shopkeeper.language.usem3 import Usem3Encoder
from shopkeeper.operation.evaluate import judge
from shopkeeper.operation.rank import rankers_of
from shopkeeper.operation.shop import Shop, init_shop, open_shop
from shopkeeper.operation.train import train_shop
from shopkeeper.operation.workshop import open_workshop
from shopkeeper.record import DAY, EventType, Item, Offer, Query, parse_time, silent
from shopkeeper.serving import Engine
from shopkeeper.setting import SHOP_FILE
from shopkeeper.training import unfitted

NOW = "2024-07-01"
HOUSEHOLDS, GOODS, DAYS = 130, 24, 150


def shopping(rng: np.random.Generator) -> pl.DataFrame:
    """Each household buys twelve goods, each of them every so many days: now and then, and not before it is due."""
    rows = []
    for household in range(HOUSEHOLDS):
        for item in rng.permutation(GOODS)[:12]:
            gap = int(rng.integers(10, 45))
            days = range(int(rng.integers(gap)), DAYS, gap)
            start = parse_time(NOW) - DAYS * DAY + household * 1_000_000
            rows += [(f"h{household}", f"i{item}", start + day * DAY) for day in days]
    events = pl.DataFrame(rows, schema=["user_id", "item_id", "time"], orient="row")
    return events.with_columns(event_id=pl.int_range(pl.len()).cast(pl.String), type=pl.lit(EventType.PURCHASE.value))


@pytest.fixture(scope="module")
def calendar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop, trained."""
    folder = tmp_path_factory.mktemp("calendar")
    init_shop(folder)
    text = (folder / SHOP_FILE).read_text("utf-8").replace("[shop]\n", f'[shop]\nreplay_now = "{NOW}T00:00:00Z"\n', 1)
    days = "validation_from = 2024-06-03\ntest_from = 2024-06-17\nbootstrap = 100\n"
    (folder / SHOP_FILE).write_text(text.replace("[evaluation]\n", f"[evaluation]\n{days}", 1), "utf-8")
    with open_shop(folder) as shop:
        items = [Item(f"i{item}", title=f"Thing {item}", category=(f"Shelf {item % 5}",)) for item in range(GOODS)]
        start = parse_time("2024-01-01")
        shop.store.catalogue.put(
            items, [Offer(one.item_id, price=100, currency="EUR", valid_from=start) for one in items]
        )
        shop.store.events.ingest(shopping(np.random.default_rng(4)))
        train_shop(shop)
        yield shop


@pytest.fixture
def bundle(calendar: Shop) -> Bundle:
    return BundleShelf(calendar.bundles).open(calendar.store.office.publications()[0].bundle_id)


@pytest.fixture
def watching(calendar: Shop, reader: Usem3Encoder) -> Engine:
    engine = Engine(calendar.store, BundleShelf(calendar.bundles), reader, calendar.setting, calendar.clock)
    engine.refresh()
    return engine


def test_what_is_due_beats_what_is_bought_most_and_the_report_says_so(calendar: Shop, bundle: Bundle) -> None:
    report = judge(open_workshop(calendar, silent)).report
    trial, again = report.rankers  # nobody buys anything new in the validation days
    assert [one.task for one in report.rankers] == ["next_basket", "repurchase"]
    assert trial.chosen
    assert trial.ranker > 1.2 * trial.blend
    assert trial.without["rhythm of the item"] < trial.ranker
    assert again.chosen
    assert again.ranker > 1.2 * again.blend
    task = next(task for task in report.tasks if task.task == trial.task)
    assert task.chief == "ranker"
    assert task.ranking[0].name == "ranker"
    assert next(found for found in task.comparisons if found.other == "blend").difference.low > 0
    assert "The ranker is served: on validation it is +" in report.to_html()
    assert '<h2 id="repurchase">Buy again</h2>' in report.to_html()
    learned = {name: spec.learned for name, spec in bundle.manifest.pipelines.items() if spec.learned}
    assert learned == {"home": "home", "buy-again": "buy-again"}
    assert {"ranker-home.txt", "ranker-buy-again.txt", "facts.safetensors"} <= set(bundle.manifest.files)


@pytest.mark.parametrize("surface", ["home", "buy-again"])
def test_every_household_gets_the_list_that_was_judged(
    calendar: Shop, bundle: Bundle, watching: Engine, surface: str
) -> None:
    """To the bit, and a stranger among them; asked one by one, and all at once."""
    workshop = open_workshop(calendar, silent)
    dataset, now = workshop.everything, watching.now()
    learners = workshop.fit(unfitted(workshop.vectors), dataset, "again")
    look_alike = workshop.vectors.text.rows(np.arange(len(dataset.items), dtype=np.int32))
    rankers = rankers_of(judge(workshop).rankers, dataset)
    pipeline = bundle.manifest.pipelines[surface].build(learners, look_alike, rankers=rankers)
    users = [f"h{number}" for number in range(HOUSEHOLDS)]
    person = dict(calendar.store.events.persons().select("user_id", "person").iter_rows())
    rows = np.array([*np.searchsorted(dataset.person, [person[user] for user in users]), -1])
    queries = HistoryQueries(dataset.histories(), rows, surface, 10, now, dataset.items.eligible(now), dataset.weight)
    lists = pipeline.run(queries(np.arange(len(rows))))
    ids = dataset.items.vocabulary.ids
    judged = [
        [
            (ids[lists.item[place]], float(lists.score[place]))
            for place in range(lists.offset[row], lists.offset[row + 1])
        ]
        for row in range(len(rows))
    ]
    asked = [Query(surface, 10, user_id=user, now=now) for user in [*users, "nobody"]]
    for answers in (watching.recommend(asked), [watching.recommend([query])[0] for query in asked]):
        assert [[(place.item_id, place.score) for place in answer.items] for answer in answers] == judged


def test_a_new_price_is_known_to_the_next_request(calendar: Shop, watching: Engine) -> None:
    def known() -> float:
        (ranker,) = watching._serving().pipeline("home").rerankers
        return float(ranker.price[3])  # type: ignore[attr-defined]

    before = known()
    assert before == pytest.approx(np.log(100))
    calendar.store.catalogue.put([], [Offer("i3", price=150, currency="EUR", valid_from=watching.now() - 1)])
    watching.refresh()
    assert known() == pytest.approx(np.log(150))
    assert watching.recommend([Query("home", 5, user_id="h1")])[0].items
