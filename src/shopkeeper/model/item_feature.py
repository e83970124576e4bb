"""What is known of items before any training of a network: their texts, their words, and what they are bought with."""

from dataclasses import dataclass

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.language.whiten import unit
from shopkeeper.model.item_svd import ItemSVD, ItemSVDConfig
from shopkeeper.model.learner import Run
from shopkeeper.model.term_overlap import term_matrix, words_of
from shopkeeper.model.truncated_svd import truncated_svd
from shopkeeper.pipeline.lists import Float32


@dataclass(frozen=True, slots=True)
class ItemFeatures:
    """(n_items, *) unit rows each: whitened text, factors of words, and factors of pairs, as an item that something
    follows (`before`) and as one that follows something (`after`)."""

    text: Float32
    word: Float32
    before: Float32
    after: Float32


def item_features(dataset: Dataset, run: Run, pairs: ItemSVDConfig, word_factors: int) -> ItemFeatures:
    """The features of every item; a row of zeros where nothing is known."""
    met = ItemSVD(pairs).fit(dataset, run)
    text = run.vectors.of(np.arange(len(dataset.items), dtype=np.int32))
    word = unit(truncated_svd(term_matrix(words_of(dataset.items)), word_factors, run.rng, run.threads)[0])
    return ItemFeatures(text, word, unit(met.query), unit(met.answer))
