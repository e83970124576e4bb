"""What is known of items and does not change in training, and its products with what does."""

from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from shopkeeper.model.full_softmax import softmax_kind
from shopkeeper.pipeline.lists import Float32, Int64

AT_ONCE: Final = 2048  # rows that are worked on in 32 bits


class Projected(torch.autograd.Function):
    """own + feature @ projection for a constant feature (n, f), whose transpose is `turned`.

    Products are of numbers as `feature` has them, sums of float32. PyTorch's own gradient would turn the feature at
    every step: of 12,101 x 1,536 numbers it took 26 ms, by a turned copy 11.
    """

    @staticmethod
    def forward(context: Any, own: Tensor, feature: Tensor, turned: Tensor, projection: Tensor) -> Tensor:
        context.turned = turned
        return own + feature @ projection.to(feature.dtype)

    @staticmethod
    def backward(context: Any, slope: Tensor) -> tuple[Tensor, None, None, Tensor]:
        turned: Tensor = context.turned
        return slope, None, None, (turned @ slope.to(turned.dtype)).float()


class FrozenFeature(nn.Module):
    """(n_items, f) numbers; where products are of 16 bits, rounded to these and kept as such alone: 12,101 x 1,536
    numbers of 32 bits beside them would be 74 MB more."""

    def __init__(self, value: Float32) -> None:
        super().__init__()
        self._value = torch.from_numpy(value)
        self._turned: Tensor | None = None

    def projected(self, own: Tensor, projection: Tensor, rows: Int64 | None = None) -> Tensor:
        """(k, d) `own` (n_items, d) plus the projection of the feature, of some rows or of all."""
        feature, turned = self._pair()
        if rows is not None:
            own, feature = own[torch.from_numpy(rows)], feature[torch.from_numpy(rows)]
            turned = feature.T
        product: Tensor = Projected.apply(own, feature, turned, projection)  # type: ignore[no-untyped-call]
        return product

    def plain(self, own: Float32, projection: Float32) -> Float32:
        """(n_items, d) the same by products and sums of 32 bits, for a model that is served."""
        told = np.empty_like(own)
        for start in range(0, len(own), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            told[part] = own[part] + self._value[part].float().numpy() @ projection
        return told

    def settle(self) -> None:
        """Round as products round now: where a training begins, so that one that goes on only to end, without any
        product, ends at the same bits."""
        self._value = self._value.to(softmax_kind())

    def _pair(self) -> tuple[Tensor, Tensor]:
        """The feature and its transpose, each in the order in which its product reads it."""
        self.settle()
        if self._turned is None or self._turned.dtype != self._value.dtype:
            self._turned = self._value.T.contiguous()
        return self._value, self._turned
