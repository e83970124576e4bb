"""An import that is killed at any moment, and repeated, leaves the store as if nothing had happened."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from shopkeeper.data.reader import READERS, ReadOption
from shopkeeper.operation.staging import build_stage
from shopkeeper.record import silent
from shopkeeper.store import open_store
from shopkeeper.store.frame import CATALOGUE_COLUMN
from shopkeeper.testing.logged import logged

PROGRAM = Path(__file__).with_name("ingest_shop.py")
NOW = 1_514_764_800_000_000


def write_files(folder: Path) -> list[Path]:
    """500 items with prices, 30,000 events of 200 people."""
    items = pl.DataFrame({"number": range(500)}).select(
        pl.format("p{}", "number").alias("item_id"),
        pl.format("Thing {}", "number").alias("title"),
        price=pl.col("number") + 1,
    )
    number = pl.int_range(30_000)
    events = pl.select(
        pl.format("u{}", number % 200).alias("user_id"),
        pl.format("p{}", number * 7 % 500).alias("item_id"),
        pl.lit("buy").alias("event"),
        (1_483_228_800 + number * 60).alias("time"),
    )
    paths = [folder / "items.csv", folder / "events.csv"]
    for path, frame in zip(paths, (items, events), strict=True):
        frame.write_csv(path)
    return paths


def start(shop: Path, files: list[Path]) -> subprocess.Popen[bytes]:
    shop.mkdir(exist_ok=True)
    arguments = [f"sqlite:///{shop}/shop.db", str(shop / "staging"), *map(str, files)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
    return subprocess.Popen([sys.executable, str(PROGRAM), *arguments], env=environment)


def content(shop: Path) -> tuple[pl.DataFrame, pl.DataFrame, bytes]:
    """The catalogue, the log and one history; change numbers aside, which count commits."""
    store = open_store(f"sqlite:///{shop}/shop.db")
    catalogue = store.catalogue.frame(NOW).select([name for name in CATALOGUE_COLUMN if name != "change"])
    history = store.events.history("u7", None)
    log = logged(store)
    store.close()
    return catalogue, log, history.total.tobytes() + history.recent.tobytes()


def kill_when(process: subprocess.Popen[bytes], shop: Path, moment: str) -> None:
    """SIGKILL once the import has come to a moment: staging, or that many committed batches."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        stages = list((shop / "staging").glob("stage-*")) if (shop / "staging").is_dir() else []
        receipts = next((stage / "receipts.jsonl" for stage in stages if (stage / "receipts.jsonl").is_file()), None)
        committed = receipts.read_bytes().count(b"\n") if receipts else 0
        if (moment == "staging" and stages) or (moment.isdigit() and committed >= int(moment)):
            break
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_files(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, files: list[Path]
) -> tuple[pl.DataFrame, pl.DataFrame, bytes]:
    shop = tmp_path_factory.mktemp("undisturbed")
    assert start(shop, files).wait() == 0
    return content(shop)


@pytest.mark.parametrize("moment", ["staging", "1", "3", "9"])
def test_a_killed_import_is_finished_by_the_next(
    tmp_path: Path, files: list[Path], undisturbed: tuple[pl.DataFrame, pl.DataFrame, bytes], moment: str
) -> None:
    shop = tmp_path / "shop"
    process = start(shop, files)
    kill_when(process, shop, moment)
    assert process.returncode == -signal.SIGKILL
    assert start(shop, files).wait() == 0
    catalogue, log, history = content(shop)
    assert catalogue.equals(undisturbed[0])
    assert log.equals(undisturbed[1])
    assert history == undisturbed[2]
    assert log.height == 30_000
    assert list((shop / "staging").iterdir()) == []


def test_a_stage_of_a_killed_process_of_the_same_id_does_not_block(tmp_path: Path, files: list[Path]) -> None:
    folder = tmp_path / "staging" / "stage-f"
    left = folder.with_name(f"stage-f.part-{os.getpid()}")
    left.mkdir(parents=True)
    (left / "item-00000.parquet").write_bytes(b"half")
    chunks = READERS["csv"].read(files[0], ReadOption(NOW, "USD"))
    stage = build_stage(folder, chunks, pl.Series(dtype=pl.String), silent)
    assert stage.tally.staged == {"item": 500, "offer": 500}
