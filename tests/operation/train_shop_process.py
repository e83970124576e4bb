"""One training in a process of its own, for tests that kill it: train_shop_process.py FOLDER [publish BUNDLE].

Each stage is told on a line of its own as it begins, so that the one who watches can kill it there.
"""

import sys
from pathlib import Path

from shopkeeper.operation.publish import publish_bundle
from shopkeeper.operation.shop import open_shop
from shopkeeper.operation.train import train_shop


def tell(stage: str, done: int, total: int) -> None:
    sys.stdout.write(f"{stage}\n")
    sys.stdout.flush()


def main(folder: str, *publish: str) -> None:
    with open_shop(Path(folder)) as shop:
        tell("ready", 0, 1)
        while publish:
            publish_bundle(shop, publish[1])
        train_shop(shop, progress=tell, force=True)
        tell("done", 1, 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
