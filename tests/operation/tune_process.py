"""One tuning in a process of its own, for tests that kill it: tune_process.py FOLDER MODEL TRIALS.

Each trial is told on a line of its own when it has ended, so that the one who watches can kill it there.
"""

import json
import sys
from pathlib import Path

from shopkeeper.operation.shop import open_shop
from shopkeeper.operation.tune import TuneTrial, tune_shop


def tell(trial: TuneTrial) -> None:
    sys.stdout.write(json.dumps([trial.number, trial.value, dict(trial.values)]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with open_shop(Path(sys.argv[1])) as shop:
        tune_shop(shop, sys.argv[2], trials=int(sys.argv[3]), told=tell)
