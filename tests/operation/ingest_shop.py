"""One import in a process of its own, for tests that kill it: ingest_shop.py STORE_URL STAGING ITEMS EVENTS."""

import sys
from pathlib import Path

from shopkeeper.operation import ingest, staging
from shopkeeper.store import open_store

NOW = 1_514_764_800_000_000


def main(url: str, folder: str, *files: str) -> None:
    staging.PART_ROWS = 2_000  # type: ignore[misc]  # many batches, so that a kill finds one half done
    store = open_store(url)
    ingest.import_files(store, [Path(file) for file in files], staging=Path(folder), now=NOW)
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
