"""Familiarity: whether a catalogue speaks of what a shopper typed at all, or whether any neighbour would be chance.

The nearest of 20,000 texts is near to everything: whitened cosines cannot tell "zzzzqqq" from "something crunchy". How
much of the encoder's own vector lies in the directions in which the catalogue varies can (docs/LOG.md has the figures).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from shopkeeper.language import TextEncoder, Whitening
from shopkeeper.language.segment import words
from shopkeeper.pipeline.lists import Float32

SAMPLES: Final = 512  # texts of each sort that the floor is fitted on: half a second of the encoder
NOISE_BELOW: Final = 0.95  # share of texts of random letters that must not be answered
SPEECH_ABOVE: Final = 0.95  # share of the catalogue's own words that must be, whatever becomes of the noise
GROWN: Final = 1.5  # times the texts it was fitted on: a catalogue that has grown as much may speak of other things
_LETTERS: Final = np.array(list("abcdefghijklmnopqrstuvwxyz"))


@dataclass(frozen=True, slots=True)
class Familiarity:
    """`floor`: the share of a text's vector that must lie in the catalogue's directions; `texts`: fitted on how many.

    The default knows everything.
    """

    floor: float = 0.0
    texts: int = 0

    @classmethod
    def fit(
        cls,
        whitening: Whitening,
        encoder: TextEncoder,
        titles: Sequence[str],
        texts: int,
        rng: np.random.Generator,
    ) -> Self:
        """The floor between texts of random letters and titles with words left out, for a catalogue of `texts` texts.

        No query takes part in it. Where the two overlap (titles that are but article numbers) the titles count.
        Raises LanguageError.
        """
        told = _queries(titles, rng)
        if not told:
            return cls()
        noise = whitening.within(encoder.encode(_noise(rng)))
        speech = whitening.within(encoder.encode(told))
        floor = min(np.quantile(noise, NOISE_BELOW), np.quantile(speech, 1 - SPEECH_ABOVE))
        return cls(float(floor), texts)

    def knows(self, raw: Float32, whitening: Whitening, texts: int) -> bool:
        """Whether a catalogue of `texts` texts speaks of what the encoder's vector `raw` (D,) means."""
        return texts > GROWN * self.texts or bool(whitening.within(raw.reshape(1, -1))[0] >= self.floor)

    def array(self) -> npt.NDArray[np.float64]:
        """What a bundle saves."""
        return np.array([self.floor, self.texts], np.float64)

    @classmethod
    def restore(cls, array: npt.NDArray[np.generic]) -> Self:
        """The inverse of `array`."""
        floor, texts = array.tolist()
        return cls(floor, int(texts))


def _noise(rng: np.random.Generator) -> list[str]:
    """Texts of one to three words of random letters."""
    return [
        " ".join("".join(rng.choice(_LETTERS, rng.integers(3, 10))) for _ in range(rng.integers(1, 4)))
        for _ in range(SAMPLES)
    ]


def _queries(titles: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Titles drawn at random, as somebody might type them: two to four of their words, or what there is."""
    said = [told for told in map(words, dict.fromkeys(titles)) if told]
    if not said:
        return []
    queries = []
    for row in rng.integers(0, len(said), SAMPLES).tolist():
        kept = int(rng.integers(2, 5))
        first = int(rng.integers(0, max(len(said[row]) - kept, 0) + 1))
        queries.append(" ".join(said[row][first : first + kept]))
    return queries
