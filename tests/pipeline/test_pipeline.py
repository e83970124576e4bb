"""Pipeline: union, scores by every source, ranking, exclusion, fallback; worked by hand on fixed sources."""

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest

from shopkeeper.error import BundleError
from shopkeeper.pipeline.batch import QueryBatch, batch_of_users
from shopkeeper.pipeline.blend import Blend, ScoreMap, Single
from shopkeeper.pipeline.lists import Float32, Int32, ItemLists, Reason, lists_of, offsets, top
from shopkeeper.pipeline.pipeline import Pipeline
from shopkeeper.pipeline.spec import PipelineSpec
from shopkeeper.pipeline.spread import Spread
from shopkeeper.record import EventType
from shopkeeper.testing.log import Act, asking_with, batch_of_rows, dataset_of, excluding, strangers

E_LESS_1 = float(np.e - 1)  # log(1 + (e - 1)) is 1


@dataclass(frozen=True)
class Fixed:
    """A source that has one score for each item, whoever asks, and answers to one item."""

    value: tuple[float, ...]
    reason: Reason
    answers_to: int = -1

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        """What it scores above 0, best first."""
        found = []
        for row in range(len(batch)):
            allowed = batch.mask_of(row)
            order = sorted(range(len(self.value)), key=lambda item: (-self.value[item], item))
            found.append([item for item in order if self.value[item] > 0 and allowed[item]][:n])
        item = np.array([item for each in found for item in each], np.int32)
        return lists_of(item, offsets(np.array([len(each) for each in found])), np.array(self.value, np.float32)[item])

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        """The fixed scores."""
        return np.array(self.value, np.float32)[lists.item]

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        """The fixed cause."""
        return np.full(len(lists.item), self.answers_to, np.int32)


SALES = Fixed((5, 4, 3, 0, 0, 1), Reason.POPULAR)
LIKES = Fixed((0, 0, 2, 6, 0, 7), Reason.SIMILAR, answers_to=4)
SOURCES = {"sales": SALES, "likes": LIKES}
PLAIN = ScoreMap(E_LESS_1, 1.0)


def batch(n: int = 10, people: int = 1) -> QueryBatch:
    """Strangers' requests over six items."""
    return replace(strangers(people, np.ones(6, bool)), n=n)


def pipeline(**changes: object) -> Pipeline:
    """Ranks by sales alone."""
    return replace(Pipeline("test", SOURCES, Single("sales", Reason.POPULAR)), **changes)  # type: ignore[arg-type]


def test_candidates_are_the_union_each_scored_by_every_source() -> None:
    lists = pipeline(per_source=2).candidates(batch(n=2, people=2))
    assert lists.offset.tolist() == [0, 4, 8]
    assert lists.items_of(0).tolist() == lists.items_of(1).tolist() == [0, 1, 3, 5]
    assert lists.source == ("sales", "likes")
    assert lists.part[:4].tolist() == [[5, 0], [4, 0], [0, 6], [1, 7]]


def test_one_source_alone_ranks_raw() -> None:
    lists = pipeline().run(batch(n=4))
    assert lists.item.tolist() == [0, 1, 2, 5]
    assert lists.score.tolist() == [5, 4, 3, 1]
    assert lists.part[2].tolist() == [3, 2]
    assert (lists.chief.tolist(), lists.reason.tolist()) == ([0] * 4, [Reason.POPULAR] * 4)
    assert not lists.fallback.any()


def test_a_blend_adds_mapped_scores_and_names_who_gave_most() -> None:
    blend = Blend({"sales": 0.5, "likes": 2.0}, {"sales": PLAIN, "likes": ScoreMap(1.0, 2.0)},
                  {"sales": Reason.POPULAR, "likes": Reason.SIMILAR})  # fmt: skip
    lists = pipeline(ranker=blend).run(batch())
    sales = {item: 0.5 * np.log1p(SALES.value[item] / E_LESS_1) for item in range(6)}
    likes = {item: 2.0 * np.log1p(LIKES.value[item]) / 2 for item in range(6)}
    wanted = sorted((item for item in range(6) if item != 4), key=lambda item: -(sales[item] + likes[item]))
    assert lists.item.tolist() == wanted == [5, 3, 2, 0, 1]
    assert lists.score.tolist() == pytest.approx([sales[item] + likes[item] for item in wanted])
    assert lists.chief.tolist() == [1, 1, 1, 0, 0]
    assert lists.reason.tolist() == [Reason.SIMILAR] * 3 + [Reason.POPULAR] * 2
    assert lists.cause.tolist() == [4, 4, 4, -1, -1]


def test_scores_below_nothing_count_nothing_in_a_blend() -> None:
    one = ScoreMap(1.0, 0.5)
    assert one(np.array([-3, 0, E_LESS_1], np.float32)).tolist() == pytest.approx([0, 0, 2])


def test_context_items_and_exclusions_are_never_shown() -> None:
    asked = excluding(asking_with(batch(people=2), [[0, 5], []]), [[], [1]])
    lists = pipeline().run(asked)
    assert lists.items_of(0).tolist() == [1, 2, 3]
    assert lists.items_of(1).tolist() == [0, 2, 5, 3]


def test_an_ineligible_item_is_never_shown() -> None:
    lists = pipeline().run(replace(batch(), eligible=np.array([0, 1, 1, 1, 1, 1], bool)))
    assert lists.item.tolist() == [1, 2, 5, 3]


def test_new_only_leaves_out_what_was_bought_and_keeps_what_was_looked_at() -> None:
    dataset = dataset_of([Act(0, 0), Act(0, 1, type=EventType.VIEW), Act(1, 2)], 6)
    requests = batch_of_rows(batch_of_users(dataset), [1, 0, -1])
    lists = pipeline(new_only=True).run(requests)
    assert [lists.items_of(row).tolist() for row in range(3)] == [[0, 1, 5, 3], [1, 2, 5, 3], [0, 1, 2, 5, 3]]


def test_a_personal_pipeline_stands_back_for_a_stranger_and_says_who_stood_in() -> None:
    dataset = dataset_of([Act(0, 0)], 6)
    requests = replace(batch_of_rows(batch_of_users(dataset), [-1, 0, -1]), n=2)
    lists = pipeline(sources={"likes": LIKES}, ranker=Single("likes", Reason.SIMILAR), personal=True,
                     fallback=SALES).run(requests)  # fmt: skip
    assert [lists.items_of(row).tolist() for row in range(3)] == [[0, 1], [5, 3], [0, 1]]
    assert lists.fallback.tolist() == [True, False, True]
    assert lists.reason.tolist() == [Reason.POPULAR] * 2 + [Reason.SIMILAR] * 2 + [Reason.POPULAR] * 2
    assert lists.chief.tolist() == [-1, -1, 0, 0, -1, -1]
    assert lists.cause.tolist() == [-1, -1, 4, 4, -1, -1]
    assert lists.part.tolist() == [[0], [0], [7], [6], [0], [0]]


def test_an_empty_list_is_filled_within_what_may_be_shown() -> None:
    nothing = Fixed((0,) * 6, Reason.SIMILAR)
    asked = asking_with(batch(people=2), [[0], [1]])
    lists = pipeline(sources={"none": nothing}, ranker=Single("none", Reason.SIMILAR), fallback=SALES).run(asked)
    assert [lists.items_of(row).tolist() for row in range(2)] == [[1, 2, 5], [0, 2, 5]]
    assert lists.fallback.tolist() == [True, True]


def test_a_fallback_that_has_nothing_either_is_not_marked() -> None:
    nothing = Fixed((0,) * 6, Reason.SIMILAR)
    lists = pipeline(sources={"none": nothing}, ranker=Single("none", Reason.SIMILAR), fallback=nothing).run(batch())
    assert (len(lists.item), lists.fallback.tolist()) == (0, [False])


def test_a_source_can_be_left_out() -> None:
    lists = pipeline().without("likes").run(batch())
    assert (lists.source, lists.item.tolist()) == (("sales",), [0, 1, 2, 5])


def test_an_empty_catalogue_and_no_requests_are_ordinary() -> None:
    nothing = Fixed((), Reason.SIMILAR)
    empty = pipeline(sources={"sales": nothing}, fallback=nothing)
    assert empty.run(strangers(2, np.empty(0, bool))).offset.tolist() == [0, 0, 0]
    assert pipeline(fallback=SALES).run(batch(people=0)).offset.tolist() == [0]


def test_equal_scores_are_in_the_order_of_items_and_lists_are_cut_each() -> None:
    lists = lists_of(np.array([4, 2, 3, 1, 0], np.int32), np.array([0, 3, 3, 5]), np.array([1, 1, 2, 0, 0], np.float32))
    best = top(lists, 2)
    assert best.item.tolist() == [3, 2, 0, 1]
    assert best.offset.tolist() == [0, 2, 2, 4]
    assert best.row.tolist() == [0, 0, 2, 2]


def test_spread_keeps_the_best_of_each_class_and_all_without_one() -> None:
    kind = np.array([0, 0, 1, -1, -1, 0], np.int32)
    item = np.array([5, 3, 0, 2, 4, 1, 0, 1, 5], np.int32)
    ranked = lists_of(item, np.array([0, 6, 6, 9]))
    spread = Spread(kind, 2).rerank(batch(people=3), ranked)
    assert spread.items_of(0).tolist() == [5, 3, 0, 2, 4]
    assert spread.items_of(2).tolist() == [0, 1]
    assert Spread(kind, 1).rerank(batch(people=3), ranked).items_of(2).tolist() == [0]
    assert len(Spread(kind, 1).rerank(batch(), lists_of(item[:0], np.array([0, 0]))).item) == 0


def test_spread_comes_before_the_cut() -> None:
    kind = np.array([0, 0, 0, 1, 2, 3], np.int32)
    lists = pipeline(rerankers=(Spread(kind, 1),)).run(batch(n=3))
    assert lists.item.tolist() == [0, 5, 3]


SPEC = PipelineSpec(
    "home", ("sales", "likes"), {"sales": 0.25, "likes": 0.75}, {"sales": PLAIN, "likes": ScoreMap(2.0, 0.5)},
    fallback="sales", per_source=50, new_only=True, bought_only=True, personal=True, spread=2,
)  # fmt: skip


def test_a_spec_comes_back_from_json() -> None:
    for spec in (SPEC, PipelineSpec("plain", ("sales",), fallback=None)):
        assert PipelineSpec.from_dict(json.loads(json.dumps(spec.as_dict()))) == spec


def test_a_spec_builds_its_pipeline() -> None:
    kind = np.zeros(6, np.int32)
    built = SPEC.build(SOURCES, kind)
    assert list(built.sources) == ["sales", "likes"]
    assert isinstance(built.ranker, Blend)
    assert (built.per_source, built.new_only, built.bought_only, built.personal) == (50, True, True, True)
    assert (built.fallback, built.fallback_name) == (SALES, "sales")
    assert isinstance(PipelineSpec("plain", ("sales",), fallback=None).build(SOURCES, kind).ranker, Single)


def test_a_spec_names_what_the_bundle_lacks() -> None:
    with pytest.raises(BundleError, match="'home' wants likes, sales"):
        SPEC.build({}, np.zeros(0, np.int32))


def test_a_list_longer_than_the_usual_proposals_is_proposed_in_full() -> None:
    assert len(pipeline(per_source=1).run(batch(n=4)).item) == 4


def test_sources_that_do_not_lead_propose_only_for_lists_that_stay_short() -> None:
    assert pipeline(leading=("sales",)).candidates(batch()).item.tolist() == [0, 1, 2, 3, 5]  # 5 is less than ENOUGH
    many = Fixed(tuple(range(60, 0, -1)), Reason.POPULAR)
    rare = Fixed((*[0] * 59, 1, *[0] * 3, 9), Reason.SIMILAR)
    request = replace(strangers(1, np.ones(64, bool)), n=10)
    crowded = pipeline(sources={"sales": many, "likes": rare}, leading=("sales",)).candidates(request)
    assert 63 not in crowded.item.tolist()
    assert crowded.part[crowded.item == 59].tolist() == [[1, 1]]  # it scores all the same


HABITS = Fixed((3, 2, 1, 0, 0, 0), Reason.BOUGHT_BEFORE)


def shopper() -> QueryBatch:
    """Somebody who bought item 0, only looked at item 1, and knows nothing of the rest."""
    dataset = dataset_of([Act(0, 0), Act(0, 0, type=EventType.VIEW), Act(0, 1, type=EventType.VIEW)], 6)
    return batch_of_users(dataset)


def test_only_what_was_bought_is_said_to_be() -> None:
    changes = {"sources": {"habits": HABITS}, "ranker": Single("habits", Reason.BOUGHT_BEFORE)}
    lists = pipeline(**changes).run(shopper())
    assert lists.item.tolist() == [0, 1, 2]
    assert lists.reason.tolist() == [Reason.BOUGHT_BEFORE, Reason.LOOKED_AT, Reason.LOOKED_AT]


def test_bought_only_leaves_out_what_was_only_looked_at() -> None:
    changes = {"sources": {"habits": HABITS}, "ranker": Single("habits", Reason.BOUGHT_BEFORE)}
    lists = pipeline(**changes, bought_only=True).run(shopper())
    assert 1 not in lists.item.tolist()


@pytest.mark.parametrize(("item", "reason"), [(0, Reason.BOUGHT_BEFORE), (1, Reason.LOOKED_AT)])
def test_nothing_is_the_cause_of_itself(item: int, reason: Reason) -> None:
    alike = Fixed((2, 1, 0, 0, 0, 0), Reason.SIMILAR, answers_to=item)
    lists = pipeline(sources={"alike": alike}, ranker=Single("alike", Reason.SIMILAR)).run(shopper())
    other = 1 - item
    assert lists.item.tolist() == [0, 1]
    assert (lists.cause[item], lists.reason[item]) == (-1, reason)
    assert (lists.cause[other], lists.reason[other]) == (item, Reason.SIMILAR)
