"""Where things lie inside a bundle's folder."""

from typing import Final

CATALOGUE_FILE: Final = "catalogue.parquet"
VECTOR_FILE: Final = "vectors.safetensors"
SEARCH_FOLDER: Final = "search"
FACT_FILE: Final = "facts.safetensors"
CARD_FILE: Final = "card.md"


def source_file(name: str) -> str:
    """The arrays of one fitted source."""
    return f"model-{name}.safetensors"


def ranker_file(name: str) -> str:
    """The trees of one learned ranker, in LightGBM's own text."""
    return f"ranker-{name}.txt"
