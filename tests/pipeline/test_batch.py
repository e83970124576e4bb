"""QueryBatch: whose row is whose, and what each request may be shown."""

from dataclasses import replace

import numpy as np

from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.record import EVENT_CODE, EventType, ItemKind
from shopkeeper.testing.log import AS_OF, Act, dataset_of, excluding, strangers, table_of


def test_every_user_asks_with_their_history() -> None:
    dataset = dataset_of([Act(0, 1), Act(1, 0, 3), Act(1, 0, 2), Act(1, 1), Act(1, 0, type=EventType.IMPRESSION)], 2)
    batch = batch_of_users(dataset, "home", 7)
    assert (len(batch), batch.surface, batch.n, batch.now.tolist()) == (2, "home", 7, [AS_OF, AS_OF])
    assert batch.total_row.tolist() == [0, 1, 1]
    assert batch.recent_row.tolist() == [0, 1, 1, 1]
    assert batch.history.total["item"].tolist() == [1, 0, 1]
    assert batch.weight[EVENT_CODE[EventType.PURCHASE]] == 1


def test_only_the_asked_kind_that_is_to_be_had_is_eligible() -> None:
    dataset = dataset_of([], table_of([{}, {"kind": "campaign"}, {"enabled": False}, {"stock": 0}]))
    assert batch_of_users(dataset).eligible.tolist() == [True, False, False, False]
    assert batch_of_users(dataset, kind=ItemKind.CAMPAIGN).eligible.tolist() == [False, True, False, False]


def test_the_mask_of_a_request_and_the_allowed_of_places_agree() -> None:
    batch = excluding(strangers(3, np.array([1, 1, 0, 1], bool)), [[0, 3], [], [2, 1]])
    row, item = np.repeat(np.arange(3), 4), np.tile(np.arange(4), 3)
    wanted = [[False, True, False, False], [True, True, False, True], [True, False, False, True]]
    assert [batch.mask_of(each).tolist() for each in range(3)] == wanted
    assert batch.allowed(row, item).reshape(3, 4).tolist() == wanted
    assert batch.eligible.tolist() == [True, True, False, True]  # untouched


def test_work_is_done_once_for_a_batch_and_what_is_made_of_it() -> None:
    batch, made = strangers(1, np.ones(1, bool)), []
    for each in (batch, replace(batch, n=3), strangers(1, np.ones(1, bool))):
        each.once("key", lambda: made.append(1))
    assert len(made) == 2
