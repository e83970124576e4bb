"""Fusion: how much the words count in a search, and how much the meaning.

The maps are fixed for all queries, never fitted to one list: a source that found nothing good for a query must not look
as sure as one that did. Reciprocal rank fusion, which looks at ranks alone, cannot tell the two apart.
"""

from collections.abc import Mapping
from math import log1p
from types import MappingProxyType
from typing import Final

import numpy as np

from shopkeeper.pipeline.blend import Blend, ScoreMap
from shopkeeper.pipeline.lists import Float32, Reason

LEXICAL: Final = "lexical"
MEANING: Final = "meaning"

MEANING_FLOOR: Final = 0.15  # the cosine of whitened vectors below which two texts have nothing in common
MEANING_FULL: Final = 0.75  # the cosine from which on they say the same
POPULARITY_SHARE: Final = 0.35  # of its score, that the most popular item gets on top

SEARCH_WEIGHT: Final[Mapping[str, float]] = MappingProxyType({LEXICAL: 0.55, MEANING: 0.45})
# Both sources score 1 for a full answer; the maps are all but straight lines through 0 and 1.
_STRAIGHT: Final = ScoreMap(centre=4.0, spread=log1p(1 / 4.0))
SEARCH_MAP: Final[Mapping[str, ScoreMap]] = MappingProxyType({LEXICAL: _STRAIGHT, MEANING: _STRAIGHT})


def search_ranker() -> Blend:
    """The ranker of a search pipeline."""
    reason = {LEXICAL: Reason.MATCHES_TEXT, MEANING: Reason.MATCHES_MEANING}
    return Blend(SEARCH_WEIGHT, SEARCH_MAP, reason)


def popularity_boost(popularity: Float32) -> Float32:
    """(n_items,) what a score is multiplied with: 1 for what never sold, growing with the logarithm of popularity.

    The most popular item gets 1 + POPULARITY_SHARE. So of two equal answers the one that people buy comes first, and a
    best-seller never passes an item that answers clearly better.
    """
    liked = np.maximum(popularity, 0)
    if not liked.any():
        return np.ones(len(popularity), np.float32)
    grown = np.log1p(liked / np.median(liked[liked > 0]))
    boost: Float32 = (1 + POPULARITY_SHARE * grown / grown.max()).astype(np.float32)
    return boost
