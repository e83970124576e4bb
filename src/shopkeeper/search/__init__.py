"""Retrieval by text: by words (tantivy), by meaning (vectors), and both fused."""

from shopkeeper.search.fuse import LEXICAL, MEANING, SEARCH_MAP, SEARCH_WEIGHT, search_ranker
from shopkeeper.search.source import LexicalSource, QueryEncoder, SemanticSource
from shopkeeper.search.text_search import TextSearch

__all__ = [
    "LEXICAL",
    "MEANING",
    "SEARCH_MAP",
    "SEARCH_WEIGHT",
    "LexicalSource",
    "QueryEncoder",
    "SemanticSource",
    "TextSearch",
    "search_ranker",
]
