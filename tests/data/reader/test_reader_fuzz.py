"""Whatever bytes a file holds, a reader gives chunks or one of our errors."""

import contextlib
import gzip
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopkeeper.data.reader import READERS, ReadOption, RowKind
from shopkeeper.data.reader.protocol import COLUMNS
from shopkeeper.error import ShopkeeperError

NOW = 1_514_764_800_000_000
CSV = (
    b"user_id,item_id,event,time,quantity,price,currency,extra\n"
    b'u1,p1,view,2017-11-20T08:30:00Z,1,2.50,USD,"a ""b""\nc"\n'
    b"u2,p2,purchase,1511166600,2,$3,,x\n"
)
JSONL = (
    b'{"user_id":"u1","item_id":"p1","event":"view","time":"2017-11-20","x":{"y":[1]}}\n'
    b'{"user_id":2,"item_id":"p2","event":"purchase","time":1511166600,"quantity":1.5,"value":2}\n'
)


def _parquet() -> bytes:
    buffer = io.BytesIO()
    pl.read_csv(CSV).write_parquet(buffer)
    return buffer.getvalue()


SOUND = {"csv": CSV, "jsonl": JSONL, "parquet": _parquet()}
SUFFIX = {"csv": "log.csv", "jsonl": "log.jsonl", "parquet": "log.parquet"}


def _reads_or_refuses(name: str, content: bytes, kind: RowKind | None) -> None:
    with TemporaryDirectory() as folder, contextlib.suppress(ShopkeeperError):
        path = Path(folder) / SUFFIX[name]
        path.write_bytes(content)
        for chunk in READERS[name].read(path, ReadOption(NOW, "USD", {}, kind)):
            assert dict(chunk.frame.schema) == dict(COLUMNS[chunk.entity])
            assert len(chunk.line) == chunk.frame.height


def _mutated(data: st.DataObject, content: bytes) -> bytes:
    """The content with a few stretches overwritten, cut out or doubled."""
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(len(content), start + 20)))
        content = content[:start] + data.draw(st.binary(max_size=12)) + content[end:]
    return gzip.compress(content) if data.draw(st.booleans()) else content


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), name=st.sampled_from(sorted(SOUND)), kind=st.sampled_from([None, *RowKind]))
def test_mutated_files_never_crash_a_reader(data: st.DataObject, name: str, kind: RowKind | None) -> None:
    _reads_or_refuses(name, _mutated(data, SOUND[name]), kind)


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=300), name=st.sampled_from(sorted(SOUND)), kind=st.sampled_from([None, *RowKind]))
def test_arbitrary_bytes_never_crash_a_reader(content: bytes, name: str, kind: RowKind | None) -> None:
    _reads_or_refuses(name, content, kind)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.lists(st.text(max_size=12), min_size=8, max_size=8), min_size=1, max_size=5),
    kind=st.sampled_from(list(RowKind)),
)
def test_arbitrary_values_never_crash_a_reader(rows: list[list[str]], kind: RowKind) -> None:
    frame = pl.DataFrame(
        rows, schema=["user_id", "item_id", "event", "time", "quantity", "price", "currency", "x"], orient="row"
    )
    _reads_or_refuses("csv", frame.write_csv().encode(), kind)
    _reads_or_refuses("jsonl", frame.write_ndjson().encode(), kind)


@settings(max_examples=100, deadline=None)
@given(
    values=st.lists(
        st.one_of(st.integers(), st.floats(), st.text("0123456789-+:TZ. eE", max_size=25)), min_size=1, max_size=8
    )
)
def test_arbitrary_times_and_amounts_never_crash_a_reader(values: list[object]) -> None:
    lines = [
        f'{{"user_id":"u","item_id":"p","time":"{value}","quantity":"{value}","value":"{value}"}}' for value in values
    ]
    _reads_or_refuses("jsonl", "\n".join(lines).encode(), None)
