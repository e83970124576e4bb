"""Attributes of products as columns: which item has which value of which attribute."""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from shopkeeper.error import UnknownAttribute
from shopkeeper.record import ItemKind

ATTRIBUTE: Final = "attribute."  # before an attribute's name, where a field or a column is named
LONGEST_NAME: Final = 100  # characters; longer names and values are nothing that a shopper chooses from
LONGEST_VALUE: Final = 200
_TOLD: Final = 20  # names that a sentence tells
_NONE: Final = "{}"

Bool = npt.NDArray[np.bool_]
Int32 = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class AttributeValues:
    """The values of one attribute: `item` (p,) int32, sorted, has `value` (p,), a text; some items have several."""

    item: Int32
    value: pl.Series

    @property
    def number(self) -> pl.Series:
        """(p,) the values as numbers, null where one is none."""
        number = self.value.cast(pl.Float64, strict=False)
        return number.set(~number.is_finite().fill_null(value=True), None)

    def patched(self, touched: Bool, now: "AttributeValues") -> "AttributeValues":
        """With the values `now` of the items that are `touched` (n_items,); itself where those are as before."""
        gone = touched[self.item]
        before = self.value.filter(pl.Series(gone))
        if np.array_equal(self.item[gone], now.item) and before.equals(now.value):
            return self
        item = np.concatenate([self.item[~gone], now.item])
        order = np.argsort(item, kind="stable")
        return AttributeValues(item[order], pl.concat([self.value.filter(pl.Series(~gone)), now.value])[order])


_EMPTY: Final = AttributeValues(np.empty(0, np.int32), pl.Series("value", [], pl.String))


class Attributes:
    """The attributes of one catalogue's products. Thread-safe; read when first asked for: 0.5 s for 92,331 with six.

    Texts, numbers, true and false are values, alone or in lists; objects and what is nested deeper are left out. So are
    the attributes of other kinds, for a campaign's may name the customers that it was sent to.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        """`frame` has columns of CATALOGUE_COLUMN, and item_index i in row i."""
        self._told = frame.select("item_index", "kind", "deleted", "attributes")
        self._values: Mapping[str, AttributeValues] | None = None
        self._reading = threading.Lock()

    def after(self, frame: pl.DataFrame, changed: Int32) -> "Attributes":
        """Those of a later catalogue that differs in these items; only theirs are read, where all were before."""
        later = Attributes(frame)
        if self._values is not None:
            touched = np.zeros(frame.height, bool)
            touched[changed] = True
            now = _read(later._told.filter(pl.Series(touched)))
            patched = {
                name: self._values.get(name, _EMPTY).patched(touched, now.get(name, _EMPTY))
                for name in {**self._values, **now}
            }
            later._values = {name: values for name, values in patched.items() if len(values.item)}
        return later

    def names(self) -> list[str]:
        """Those of most products first."""
        values = self._all()
        return sorted(values, key=lambda name: (-np.unique(values[name].item).size, name))

    def told(self) -> str:
        """The first of the names, as a sentence tells them; "" where there are none."""
        names = self.names()
        more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
        return f"{', '.join(names[:_TOLD])}{more}"

    def find(self, name: str) -> AttributeValues:
        """The values of an attribute. Raises UnknownAttribute, which tells those that there are."""
        found = self._all().get(name)
        if found is None:
            raise UnknownAttribute(name, f"No product has an attribute {name[:LONGEST_NAME]!r}. {self._help()}")
        return found

    def _help(self) -> str:
        told = self.told()
        if not told:
            return "None has any; of a bundle that an earlier version made: shopkeeper train SHOP --force"
        return f"There are: {told}."

    def _all(self) -> Mapping[str, AttributeValues]:
        if self._values is None:
            with self._reading:
                if self._values is None:
                    self._values = _read(self._told)
        return self._values


def attribute_of(field: str) -> str | None:
    """The name that a field says: `attribute.colour`, or `attribute."screen size"`; None where it is no attribute."""
    if not field.startswith(ATTRIBUTE):
        return None
    name = field.removeprefix(ATTRIBUTE)
    quoted = len(name) > 1 and name[0] == name[-1] == '"'
    return name[1:-1].replace('""', '"') if quoted else name


def attributes_of(text: str | None) -> dict[str, tuple[str, ...]]:
    """What one product's attributes, a JSON object, say: the values of each as texts, in the order of the object."""
    return {name: tuple(values) for name, values in _flat(text or _NONE)}


def served_attributes(frame: pl.DataFrame) -> pl.Series:
    """(n_items,) what serving reads of the column of attributes, JSON objects; "{}" of all kinds but products."""
    texts = {text: _served(text) for text in _of_products(frame)["attributes"].unique()}
    kept = pl.col("attributes").replace_strict(texts, default=_NONE, return_dtype=pl.String)
    product = pl.col("kind") == ItemKind.PRODUCT.value
    return frame.select(pl.when(product).then(kept).otherwise(pl.lit(_NONE)).fill_null(_NONE).alias("attributes"))[
        "attributes"
    ]


def _served(text: str) -> str:
    kept = {name: values[0] if len(values) == 1 else values for name, values in _flat(text)}
    return json.dumps(kept, ensure_ascii=False)


def _read(told: pl.DataFrame) -> dict[str, AttributeValues]:
    """The values of every attribute. Each distinct text is read once."""
    held = _of_products(told)
    text = held["attributes"].unique(maintain_order=True)
    names, places, values = [], [], []
    for place, each in enumerate(text):
        for name, several in _flat(each):
            names += [name] * len(several)
            places += [place] * len(several)
            values += several
    said = pl.DataFrame(
        {"name": names, "place": places, "value": values},
        schema={"name": pl.Categorical(), "place": pl.UInt32(), "value": pl.String()},
    )
    number = text.alias("attributes").to_frame().with_row_index("place")
    item = held.select("item_index", "attributes").join(number, on="attributes", maintain_order="left")
    pairs = item.select("item_index", "place").join(said, on="place", maintain_order="left_right")
    return {
        str(name): AttributeValues(part["item_index"].to_numpy().astype(np.int32), part["value"])
        for (name,), part in pairs.partition_by("name", as_dict=True, include_key=False).items()
    }


def _of_products(told: pl.DataFrame) -> pl.DataFrame:
    """The rows that have something to read."""
    known = pl.col("attributes").fill_null(_NONE) != _NONE
    return told.filter(known, pl.col("kind") == ItemKind.PRODUCT.value, ~pl.col("deleted").fill_null(value=True))


def _flat(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each attribute of a JSON object with its values as texts; numbers as they are written, 5.0 as 5."""
    for name, value in _READER.decode(text).items():
        several = value if isinstance(value, list) else (value,)
        words = [word for each in several if 0 < len(word := _word(each)) <= LONGEST_VALUE]
        if words and 0 < len(name) <= LONGEST_NAME:
            yield name, words if len(words) == 1 else list(dict.fromkeys(words))


def _word(value: Any) -> str:
    """A value as a text; "" of what is none."""
    if isinstance(value, str):
        return value
    return ("true" if value else "false") if isinstance(value, bool) else ""


_READER: Final = json.JSONDecoder(
    parse_int=str, parse_float=lambda number: number.removesuffix(".0"), parse_constant=str
)
