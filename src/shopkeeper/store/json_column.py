"""JSON in columns of text: which values are objects."""

import json

import polars as pl


def json_objects(texts: pl.Series) -> pl.Series:
    """(n,) Boolean: which texts, none of them null, are JSON objects. Equal texts are read once."""
    distinct = texts.unique().to_list()
    sound = pl.DataFrame(
        {"text": pl.Series(distinct, dtype=pl.String), "sound": [_is_object(text) for text in distinct]}
    )
    return texts.to_frame("text").join(sound, on="text", how="left", maintain_order="left")["sound"].cast(pl.Boolean)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
