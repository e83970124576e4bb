"""Curves: what is written is what TensorBoard reads."""

import sys
from pathlib import Path

import pytest

from shopkeeper.error import MissingPart
from shopkeeper.model.neural import Epoch
from shopkeeper.training.curve import Curves


def test_tensorboard_reads_the_curves(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    curves = Curves(tmp_path, 0)
    curves.add(0, Epoch(2.5, 0.125, 1.0))
    curves.add(1, Epoch(1.5, None, 1.0))
    curves.close()
    read = EventAccumulator(str(tmp_path)).Reload()
    assert [(point.step, point.value) for point in read.Scalars("loss")] == [(0, 2.5), (1, 1.5)]
    assert [point.value for point in read.Scalars("NDCG@10 on validation")] == [0.125]


def test_without_tensorboard_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(MissingPart, match=r"shopkeeper\[tensorboard\]"):
        Curves(tmp_path, 0)
