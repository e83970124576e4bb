"""Whatever bytes a file holds, a reader gives chunks or one of our errors."""

import contextlib
import gzip
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopkeeper.data.reader import READERS, ReadOption, RowKind
from shopkeeper.data.reader.protocol import COLUMNS
from shopkeeper.data.reader.recognise import recognised
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


FIXTURE = Path(__file__).parent / "fixture"
# For each format: its sound examples, each a file or a folder of files, by their names.
SOUND: dict[str, list[dict[str, bytes]]] = {
    "csv": [{"log.csv": CSV}],
    "jsonl": [{"log.jsonl": JSONL}],
    "parquet": [{"log.parquet": _parquet()}],
}
for entry in sorted(FIXTURE.iterdir()):
    reader = recognised(entry, READERS)
    files = sorted(entry.iterdir()) if entry.is_dir() else [entry]
    content = {str(file.relative_to(FIXTURE)): file.read_bytes() for file in files}
    SOUND.setdefault(next(name for name, each in READERS.items() if each is reader), []).append(content)


def _reads_or_refuses(name: str, files: dict[str, bytes], kind: RowKind | None) -> None:
    """Read the file, or the folder that holds the files."""
    with TemporaryDirectory() as folder, contextlib.suppress(ShopkeeperError):
        for file, content in files.items():
            path = Path(folder) / file
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        for chunk in READERS[name].read(Path(folder) / Path(file).parts[0], ReadOption(NOW, "USD", {}, kind)):
            assert dict(chunk.frame.schema) == dict(COLUMNS[chunk.entity])
            assert len(chunk.line) == chunk.frame.height


def _mutated(data: st.DataObject, content: bytes) -> bytes:
    """The content with a few stretches overwritten, cut out or doubled."""
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(len(content), start + 20)))
        content = content[:start] + data.draw(st.binary(max_size=12)) + content[end:]
    return gzip.compress(content) if data.draw(st.booleans()) else content


def test_every_format_has_an_example() -> None:
    # The files of the one are a package's; those of the other are ours, and its own tests write them.
    assert set(READERS) - set(SOUND) == {"completejourney", "export"}


@pytest.mark.parametrize("name", sorted(SOUND))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), kind=st.sampled_from([None, *RowKind]))
def test_mutated_files_never_crash_a_reader(name: str, data: st.DataObject, kind: RowKind | None) -> None:
    files = dict(data.draw(st.sampled_from(SOUND[name])))
    chosen = data.draw(st.sampled_from(sorted(files)))
    _reads_or_refuses(name, files | {chosen: _mutated(data, files[chosen])}, kind)


@pytest.mark.parametrize("name", sorted(SOUND))
@settings(max_examples=12, deadline=None)
@given(data=st.data(), content=st.binary(max_size=300), kind=st.sampled_from([None, *RowKind]))
def test_arbitrary_bytes_never_crash_a_reader(
    name: str, data: st.DataObject, content: bytes, kind: RowKind | None
) -> None:
    files = dict(SOUND[name][0])
    _reads_or_refuses(name, files | {data.draw(st.sampled_from(sorted(files))): content}, kind)


# A JSON value in the place of any other of a sound record: what a sender's next release may do.
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner, max_size=2),
    max_leaves=2,
)
SHAPED = ("ga4", "google_retail", "json_ld", "segment", "ubi")


@pytest.mark.parametrize("name", SHAPED)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_values_of_any_type_never_crash_a_shape(name: str, data: st.DataObject) -> None:
    text = next(iter(data.draw(st.sampled_from(SOUND[name])).values()))
    records = [json.loads(line) for line in text.splitlines()]
    record = data.draw(st.sampled_from(records))
    for _ in range(data.draw(st.integers(1, 3))):
        holders = list(_holders(record))
        holder = data.draw(st.sampled_from(holders))
        place = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
        holder[place] = data.draw(VALUE)
    _reads_or_refuses(name, {"a.jsonl": "\n".join(map(json.dumps, records)).encode()}, None)


def _holders(value: Any) -> Iterator[Any]:
    """Every object and list within a value that is not empty, itself included."""
    if isinstance(value, dict | list) and value:
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _holders(inner)


@pytest.mark.parametrize("name", ["jsonl", *SHAPED])
@pytest.mark.parametrize("depth", [900, 990, 100_000])
def test_deep_nesting_is_read_or_refused(name: str, depth: int) -> None:
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    for record in (
        deep,
        b'{"batch":[' + deep + b"]}",
        b'{"type":"track","event":"x","userId":"u","products":' + deep + b"}",
    ):
        _reads_or_refuses(name, {"a.jsonl": JSONL + record + b"\n"}, None)
        _reads_or_refuses(name, {"a.json": b"[" + JSONL.strip().replace(b"\n", b",\n") + b",\n" + record + b"]"}, None)


@pytest.mark.slow
@pytest.mark.parametrize("begin", [b'{"a": "', b"[", b'[{"a": "', b'"', b"<rss><channel><item><title>", b"a,"])
def test_a_line_of_100_megabytes_costs_no_such_memory(begin: bytes, tmp_path: Path) -> None:
    path = tmp_path / "long"
    with path.open("wb") as stream:
        stream.write(begin)
        for _ in range(100):
            stream.write(b"x" * (1 << 20) if begin != b"[" else b"[" * (1 << 20))
    told = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(path)], capture_output=True, text=True, check=True, timeout=300
    )
    grown = json.loads(told.stdout)
    assert max(grown.values()) < 80, grown  # megabytes


# Reads a file as every format in turn, and says by how many megabytes the most memory ever held has grown.
READ_ALL = """
import contextlib, json, resource, sys
from pathlib import Path
from shopkeeper.data.reader import READERS, ReadOption
from shopkeeper.error import ShopkeeperError
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
grown = {}
for name, reader in READERS.items():
    if name == "completejourney":
        continue  # reads its package, whatever it is given
    before = peak()
    with contextlib.suppress(ShopkeeperError):
        for chunk in reader.read(Path(sys.argv[1]), ReadOption(1, "USD")):
            pass
    grown[name] = peak() - before
print(json.dumps(grown))
"""


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.lists(st.text(max_size=12), min_size=8, max_size=8), min_size=1, max_size=5),
    kind=st.sampled_from(list(RowKind)),
)
def test_arbitrary_values_never_crash_a_reader(rows: list[list[str]], kind: RowKind) -> None:
    frame = pl.DataFrame(
        rows, schema=["user_id", "item_id", "event", "time", "quantity", "price", "currency", "x"], orient="row"
    )
    _reads_or_refuses("csv", {"log.csv": frame.write_csv().encode()}, kind)
    _reads_or_refuses("jsonl", {"log.jsonl": frame.write_ndjson().encode()}, kind)


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
    _reads_or_refuses("jsonl", {"log.jsonl": "\n".join(lines).encode()}, None)
