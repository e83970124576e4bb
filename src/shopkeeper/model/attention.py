"""A transformer's layers in NumPy: how a fitted one is asked, without PyTorch. `transformer_task` trains the same."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from shopkeeper.model.packing import Packing
from shopkeeper.pipeline.lists import Float32

EPSILON: Final = 1e-5  # added to a variance
NEVER: Final = np.float32(-1e9)  # added to what a step may not look at


def attended(weight: Mapping[str, Float32], state: Float32, packing: Packing) -> Float32:
    """(T, d) what each step makes of itself and its past; `state` (T, d) are the steps' items.

    `weight` has the arrays that Transformer holds, by name.
    """
    bias = _bias(weight["lag"], packing)
    for layer in range(len(weight["mix"])):
        scale, shift, mix = weight["norm_scale"][layer], weight["norm_shift"][layer], weight["mix"][layer]
        state = state + _attention(_normed(state, scale[0], shift[0]), mix, bias[layer], packing)
        inner = _normed(state, scale[1], shift[1]) @ weight["inner"][layer] + weight["inner_shift"][layer]
        state = state + np.maximum(inner, 0) @ weight["outer"][layer] + weight["outer_shift"][layer]
    return _normed(state, weight["last_scale"], weight["last_shift"])


def _bias(lag: Float32, packing: Packing) -> Float32:
    """(layers, blocks, heads, size, 2 size) what is added to the likeness of two steps: by how far apart they are."""
    bias: Float32 = np.where(packing.seen[:, None], lag[:, None, :, packing.lag], NEVER)
    return bias


def _attention(normed: Float32, mix: Float32, bias: Float32, packing: Packing) -> Float32:
    """(T, d) a mean of the past of each step, weighed by likeness; `mix` (4, d, d): query, key, value, output."""
    heads, width = bias.shape[1], normed.shape[1] // bias.shape[1]
    query, key, value = (_blocks(normed @ mix[part], heads, packing) for part in range(3))
    key, value = _with_previous(key), _with_previous(value)
    likeness = np.matmul(query, key.swapaxes(2, 3)) * np.float32(width**-0.5) + bias
    likeness -= likeness.max(axis=3, keepdims=True)
    np.exp(likeness, out=likeness)
    likeness /= likeness.sum(axis=3, keepdims=True)
    mean = np.matmul(likeness, value).swapaxes(1, 2).reshape(-1, heads * width)
    mixed: Float32 = mean[: packing.steps] @ mix[3]
    return mixed


def _blocks(state: Float32, heads: int, packing: Packing) -> Float32:
    """(blocks, heads, size, d / heads) of (T, d)."""
    whole = np.zeros((packing.blocks * packing.size, state.shape[1]), np.float32)
    whole[: packing.steps] = state
    return whole.reshape(packing.blocks, packing.size, heads, -1).swapaxes(1, 2)


def _with_previous(block: Float32) -> Float32:
    """(blocks, heads, 2 size, width) each block with the one before it in front, zeros before the first."""
    previous = np.concatenate([np.zeros_like(block[:1]), block[:-1]])
    return np.concatenate([previous, block], axis=2)


def _normed(state: Float32, scale: Float32, shift: Float32) -> Float32:
    """Rows of mean 0 and variance 1, then scaled and shifted. Ba, Kiros and Hinton, Layer Normalization, 2016."""
    centred = state - state.mean(axis=1, keepdims=True)
    variance = np.square(centred).mean(axis=1, keepdims=True)
    normed: Float32 = centred / np.sqrt(variance + np.float32(EPSILON)) * scale + shift
    return normed
