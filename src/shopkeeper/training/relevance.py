"""Which places of lists were right."""

import numpy as np

from shopkeeper.evaluation.truth import Truth
from shopkeeper.pipeline.lists import Bool, ItemLists


def relevant_in(lists: ItemLists, truth: Truth) -> Bool:
    """(N,) which places hold an item that was right for their list."""
    size = np.int64(max(lists.item.max(initial=0), truth.item.max(initial=0))) + 1
    found: Bool = np.isin(lists.row * size + lists.item, truth.row * size + truth.item)
    return found
