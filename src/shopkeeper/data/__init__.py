"""From outside formats and the store to columns: readers, Dataset, ItemTable, Vocabulary, splits."""

from shopkeeper.data.dataset import Dataset, load_dataset, weight_column
from shopkeeper.data.item_table import ItemTable, item_texts
from shopkeeper.data.vocabulary import Vocabulary

__all__ = ["Dataset", "ItemTable", "Vocabulary", "item_texts", "load_dataset", "weight_column"]
