"""Where things lie inside a bundle's folder."""

from typing import Final

CATALOGUE_FILE: Final = "catalogue.parquet"
VECTOR_FILE: Final = "vectors.safetensors"
SEARCH_FOLDER: Final = "search"


def source_file(name: str) -> str:
    """The arrays of one fitted source."""
    return f"model-{name}.safetensors"
