"""A process that takes one snapshot of a shop and tells how long it took: `python -m ... SHOP`, one JSON object out."""

import json
import sys
import time
from pathlib import Path

from shopkeeper.data import load_dataset
from shopkeeper.operation.shop import open_shop


def main(shop: str) -> None:
    """Load the Dataset of everything in the shop."""
    with open_shop(Path(shop)) as opened:
        began = time.perf_counter()
        dataset = load_dataset(opened.store, opened.setting.weights, opened.clock.now())
        seconds = time.perf_counter() - began
    sys.stdout.write(json.dumps({"events": len(dataset), "seconds": round(seconds, 3)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
