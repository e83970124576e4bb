"""The dials of the trainer, the same for every network."""

from dataclasses import dataclass
from typing import Annotated

from shopkeeper.model.bound import Bound
from shopkeeper.model.search_range import Range


@dataclass(frozen=True, slots=True)
class TrainerConfig:
    """How a network is trained. AdamW: Loshchilov and Hutter, Decoupled Weight Decay Regularization, ICLR 2019."""

    epochs: int = 60  # rounds over the data, at most
    patience: int = 6  # epochs without a better one, after which it ends
    minutes: float = 0.0  # of training, after which no further epoch begins; 0: as many as it takes
    unjudged: int = 10  # epochs where nobody can be asked which of them was best
    learning_rate: Annotated[float, Range(3e-4, 2e-2, log=True)] = 3e-3  # of a step, once it has warmed up
    warm_up: Annotated[int, Bound()] = 100  # steps in which the rate grows to this
    clip: Annotated[float, Bound(above=0)] = 5.0  # longest gradient
    # decay: L2, the share of a weight that goes at each step, times the rate; not of norms and shifts
    decay: Annotated[float, Range(1e-4, 1.0, log=True), Bound()] = 0.01
    l1: float = 0.0  # added to each weight's gradient, against its sign
    # mean: share that the running mean of the weights keeps at each step; it is what is judged and kept
    mean: Annotated[float, Bound(most=1)] = 0.98
    bf16: bool | None = None  # products of numbers rounded to 16 bits; absent: where the processor has units for it
    checkpoint_seconds: float = 60.0  # between checkpoints at most, where they are kept
