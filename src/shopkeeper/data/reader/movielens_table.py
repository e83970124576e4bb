"""The tables of MovieLens: which file is which, in its three generations, and what their columns mean."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from shopkeeper.data.reader.delimited_table import TableForm
from shopkeeper.data.reader.protocol import FIELD, RowKind
from shopkeeper.data.reader.sample import Sample
from shopkeeper.data.reader.value import clean
from shopkeeper.record import EventType

_NO_GENRES: Final = "(no genres listed)"
# The flags at the end of a row of u.item, in this order.
GENRES_100K: Final = (
    "unknown Action Adventure Animation Children's Comedy Crime Documentary Drama Fantasy Film-Noir Horror Musical "
    "Mystery Romance Sci-Fi Thriller War Western"
).split()
_100K: Final = ("movieId", "title", "release_date", "video_release_date", "url", *GENRES_100K)
_1M_USER: Final = ("userId", "gender", "age", "occupation", "zip_code")
_100K_USER: Final = ("userId", "age", "gender", "occupation", "zip_code")
_RATING: Final = ("userId", "movieId", "rating", "timestamp")
_TAG: Final = ("userId", "movieId", "tag", "timestamp")
_MOVIE: Final = ("movieId", "title", "genres")


def _as_it_is(rows: pl.DataFrame) -> pl.DataFrame:
    return rows


def _film(rows: pl.DataFrame) -> pl.DataFrame:
    """`genre` (the first), `genres` (a list) and `year` from the title's end."""
    listed = clean(pl.col(FIELD + "genres"))
    names = pl.when(listed != _NO_GENRES).then(listed.str.split("|"))
    return _with_genres(rows, names).drop(FIELD + "genres")


def _film_100k(rows: pl.DataFrame) -> pl.DataFrame:
    flags = [pl.when(pl.col(FIELD + name).str.strip_chars() == "1").then(pl.lit(name)) for name in GENRES_100K[1:]]
    names = pl.concat_list(flags).list.drop_nulls()
    return _with_genres(rows, names).drop(FIELD + name for name in GENRES_100K)


def _with_genres(rows: pl.DataFrame, names: pl.Expr) -> pl.DataFrame:
    year = pl.col(FIELD + "title").str.extract(r"\((\d{4})\)\s*$").cast(pl.Int64)
    some = pl.when(names.list.len() > 0).then(names)
    return rows.with_columns(some.list.first().alias(FIELD + "genre"), genres=some, year=year)


def _tag(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.lit(EventType.REVIEW.value).alias(FIELD + "event"))


@dataclass(frozen=True)
class FilmTable:
    """One file: what its rows are, how it is written, what its columns mean, and what is made of them.

    `name` is what the file is called; `line` how its first line looks; `prepare` makes the columns that `known`
    ({column: field}) speaks of; `typed` are columns without FIELD that go to the attributes with their types.
    """

    name: str
    kind: RowKind
    form: TableForm
    line: re.Pattern[str]
    known: Mapping[str, str]
    prepare: Callable[[pl.DataFrame], pl.DataFrame] = _as_it_is
    made: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


_ACT: Final = {"userId": "user_id", "movieId": "item_id", "timestamp": "time"}
_RATED: Final = {**_ACT, "rating": "rating"}
_TAGGED: Final = {**_ACT, "tag": "text", "event": "type"}
_ITEM: Final = {"movieId": "item_id", "title": "title", "genre": "category", "url": "url"}
_USER: Final = {"userId": "user_id"}
_MADE: Final = (("genre",), ("genres", "year"))


def _dat(*header: str) -> TableForm:
    return TableForm("::", header, quoted=False, latin1=True)


# In the order in which a folder is read: what is spoken of comes before who speaks of it.
FILM_TABLES: Final = (
    FilmTable(
        "movies.csv",
        RowKind.ITEMS,
        TableForm(","),
        re.compile("movieId,title,genres"),
        _ITEM,
        _film,
        *_MADE,
        ("genres",),
    ),
    FilmTable(
        "movies.dat",
        RowKind.ITEMS,
        _dat(*_MOVIE),
        re.compile(r"\d+::.+\(\d{4}\)::[^:]+"),
        _ITEM,
        _film,
        *_MADE,
        ("genres",),
    ),
    FilmTable(
        "u.item",
        RowKind.ITEMS,
        TableForm("|", _100K, quoted=False, latin1=True),
        re.compile(r"\d+\|.*(?:\|[01]){19}"),
        _ITEM,
        _film_100k,
        *_MADE,
        tuple(GENRES_100K),
    ),
    FilmTable("users.dat", RowKind.USERS, _dat(*_1M_USER), re.compile(r"\d+::[MF]::\d+::\d+::\S+"), _USER),
    FilmTable(
        "u.user",
        RowKind.USERS,
        TableForm("|", _100K_USER, quoted=False, latin1=True),
        re.compile(r"\d+\|\d+\|[MF]\|\w+\|\w+"),
        _USER,
    ),
    FilmTable("ratings.csv", RowKind.EVENTS, TableForm(","), re.compile("userId,movieId,rating,timestamp"), _RATED),
    FilmTable("ratings.dat", RowKind.EVENTS, _dat(*_RATING), re.compile(r"\d+::\d+::\d(?:\.\d)?::\d+"), _RATED),
    FilmTable(
        "u.data", RowKind.EVENTS, TableForm("\t", _RATING, quoted=False), re.compile(r"\d+\t\d+\t[1-5]\t\d{9}"), _RATED
    ),
    FilmTable(
        "tags.csv",
        RowKind.EVENTS,
        TableForm(","),
        re.compile("userId,movieId,tag,timestamp"),
        _TAGGED,
        _tag,
        ("event",),
    ),
    FilmTable("tags.dat", RowKind.EVENTS, _dat(*_TAG), re.compile(r"\d+::\d+::.*\D.*::\d+"), _TAGGED, _tag, ("event",)),
)


def film_table(sample: Sample) -> FilmTable | None:
    """The table whose first line looks like this file's; None where no table's does."""
    first = sample.lines[0].strip() if sample.lines else ""
    return next((table for table in FILM_TABLES if table.line.fullmatch(first)), None)
