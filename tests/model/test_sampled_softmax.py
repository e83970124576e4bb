"""Cross-entropy over a sample: what it aims at, worked out by hand, and a network that is trained by it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from shopkeeper.data.sequence import Sequences
from shopkeeper.model.candidate_sampler import Candidates, CandidateSampler
from shopkeeper.model.full_softmax import full_softmax
from shopkeeper.model.gru4rec import GRU4Rec, GRU4RecConfig
from shopkeeper.model.gru4rec_task import GRU4RecTask
from shopkeeper.model.neural import TrainingTask
from shopkeeper.model.sampled_softmax import SampledSoftmax, softmax_over
from shopkeeper.model.transformer import Transformer, TransformerConfig
from shopkeeper.model.transformer_task import NextItemTask
from shopkeeper.model.two_tower import TwoTower, TwoTowerConfig
from shopkeeper.model.two_tower_task import TwoTowerTask
from shopkeeper.testing.component import run_on
from shopkeeper.testing.log import table_of, vectors_of
from shopkeeper.testing.network_training import CONFIG, train

PROBE = """
import resource, numpy as np, torch
from shopkeeper.model.candidate_sampler import Candidates
from shopkeeper.model.sampled_softmax import softmax_over
torch.set_num_threads(1)
rows, items = 2_000, 60_000
state, item = torch.randn(rows, 4, requires_grad=True), torch.randn(items, 4, requires_grad=True)
among = Candidates(np.arange(items), np.zeros(items, np.float32))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
softmax_over(among, state, item, np.arange(rows), megabytes=8).backward()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def drawn(items: list[int], excess: list[float]) -> Candidates:
    return Candidates(np.array(items), np.array(excess, np.float32))


def gradients(
    state: Tensor, item: Tensor, wanted: np.ndarray, among: Candidates | None
) -> tuple[float, Tensor, Tensor]:
    """Loss, and its gradients to the state and to all items."""
    x, e = state.clone().requires_grad_(), item.clone().requires_grad_()
    if among is None or among.item is None:
        loss = full_softmax(x, e, torch.from_numpy(wanted), 1)
    else:
        loss = softmax_over(among, x, e[torch.from_numpy(among.item)], wanted, 1)
    loss.backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert e.grad is not None
    return float(loss.detach()), x.grad, e.grad


def test_the_sum_over_a_sample_is_to_be_expected_to_be_that_over_all() -> None:
    # Items weigh 1, 2, 3 and 4; item 3 is asked for. Item 0 is always drawn, and beside it 1, 2 or 3 with chances
    # 1/2, 1/4 and 1/4. Sums: 4 + 1 + 2 x 2 = 9, 4 + 1 + 3 x 4 = 17, and 4 + 1, for 3 itself counts once: on average
    # 9/2 + 17/4 + 5/4 = 10, which is 1 + 2 + 3 + 4.
    state, item = torch.ones(1, 1), torch.log(torch.tensor([[1.0], [2], [3], [4]]))
    told = []
    for among in (
        drawn([0, 1, 3], [0, np.log(2)]),
        drawn([0, 2, 3], [0, np.log(4)]),
        drawn([0, 3], [0, np.log(4)]),
    ):
        loss, _, _ = gradients(state, item, np.array([3]), among)
        told.append(4 * np.exp(loss))
    assert told == pytest.approx([9, 17, 5], rel=1e-5)
    assert np.dot(told, [0.5, 0.25, 0.25]) == pytest.approx(10, rel=1e-5)


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_where_every_item_is_drawn_it_is_the_full_softmax(rows: int) -> None:
    make = torch.Generator().manual_seed(0)
    state, item = torch.randn(7, 5, generator=make), torch.randn(11, 5, generator=make)
    target = torch.tensor([0, 10, 3, 3, 5, 1, 0])
    told = []
    for apply in (
        lambda x, e: SampledSoftmax.apply(x, e, target, torch.zeros(11), rows),  # type: ignore[no-untyped-call]
        lambda x, e: full_softmax(x, e, target, 1),
    ):
        x, e = state.clone().requires_grad_(), item.clone().requires_grad_()
        (3 * apply(x, e)).backward()
        assert x.grad is not None
        assert e.grad is not None
        told.append((x.grad.numpy(), e.grad.numpy()))
    for ours, whole in zip(*told, strict=True):
        np.testing.assert_allclose(ours, whole, rtol=1e-4, atol=1e-6)


def test_gradients_of_many_samples_come_to_that_of_the_whole_catalogue() -> None:
    make = torch.Generator().manual_seed(0)
    state, item = torch.randn(6, 4, generator=make) / 2, torch.randn(400, 4, generator=make)
    wanted = np.array([0, 3, 3, 399, 20, 0])
    _, to_state, to_item = gradients(state, item, wanted, None)
    sampler, rng = CandidateSampler.of(wanted, 400, 200), np.random.default_rng(0)
    found = [gradients(state, item, wanted, sampler.candidates(wanted, wanted, rng)) for _ in range(600)]
    for whole, each in ((to_state, [state for _, state, _ in found]), (to_item, [item for _, _, item in found])):
        mean = torch.stack(each).mean(0)
        assert float((mean - whole).norm() / whole.norm()) < 0.05


def test_logits_of_a_sample_are_never_all_in_memory() -> None:
    # All of them would take 480 MB.
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100_000  # kB


SEQUENCES = Sequences.of([[0, 1, 2, 3, 4], [6, 7], [8, 0, 1, 2], [3, 3, 3]])
PLAIN = {"width": 8, "dropout": 0.0, "length": 6}


def tasks(**sampling: int) -> list[TrainingTask]:
    """One of each network, whose weights do not depend on `sampling`."""
    dataset = SEQUENCES.dataset(table_of([{}] * 9))
    text = vectors_of(np.eye(2, dtype=np.float32), [0, 1] * 4 + [0])
    features = {"factors": 2, "word_factors": 2}
    transformer = Transformer(replace(TransformerConfig(hidden=16, **features), **PLAIN, **sampling))  # type: ignore[arg-type]
    gru = GRU4Rec(replace(GRU4RecConfig(**features), **PLAIN, **sampling))  # type: ignore[arg-type]
    towers = TwoTower(text, replace(TwoTowerConfig(), **PLAIN, **sampling))  # type: ignore[arg-type]
    return [
        NextItemTask.of(transformer, SEQUENCES, dataset, run_on(dataset)),
        GRU4RecTask.of(gru, SEQUENCES, dataset, run_on(dataset)),
        TwoTowerTask.of(towers, SEQUENCES, 9, np.random.default_rng(0)),
    ]


def test_networks_learn_the_same_from_a_sample_of_everything() -> None:
    # Sequences of unequal length, blocks that are not filled, items that only stand in the histories.
    batch = np.arange(len(SEQUENCES))
    for whole, sampled in zip(tasks(), tasks(sampled_beyond=0, samples=10**6), strict=True):
        told = []
        for task in (whole, sampled):
            loss = task.loss(batch, np.random.default_rng(5))
            loss.backward()  # type: ignore[no-untyped-call]
            told.append([loss.detach(), *(each.grad for each in task.network.parameters())])
        for one, other in zip(*told, strict=True):
            np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-3, atol=1e-6, err_msg=whole.name)


def test_networks_learn_from_few_of_the_items() -> None:
    for task in tasks(sampled_beyond=0, samples=2):
        batch = np.arange(len(SEQUENCES))
        one, again, other = (float(task.loss(batch, np.random.default_rng(seed)).detach()) for seed in (5, 5, 6))
        assert one == again != other, task.name


class Stopped(Exception):
    """Somebody ended the training."""


def test_a_training_by_samples_goes_on_and_ends_at_the_same_bits(tmp_path: Path) -> None:
    sampled = replace(CONFIG, sampled_beyond=10, samples=8)
    undisturbed = train(None, network=sampled)

    def stop(_stage: str, done: int, _total: int) -> None:
        if done == 6:
            raise Stopped

    with pytest.raises(Stopped):
        train(tmp_path, stop, network=sampled)
    seen: list[int] = []
    resumed = train(tmp_path, lambda stage, done, total: seen.append(done), network=sampled)
    assert seen[0] == 6, "it did not begin anew"
    for name in ("embedding", "mix", "lag", "inner", "outer"):
        assert getattr(resumed, name).tobytes() == getattr(undisturbed, name).tobytes()
    whole = train(None)
    assert whole.embedding.tobytes() != undisturbed.embedding.tobytes()
