"""Training and publishing, killed by SIGKILL: the shop serves the bundle that it had, and the next training goes on."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shopkeeper.bundle import BundleShelf
from shopkeeper.language.registry import open_encoder
from shopkeeper.operation.publish import list_bundles, publish_bundle, rollback_bundle, verify_bundle
from shopkeeper.operation.shop import Shop, open_shop
from shopkeeper.operation.train import train_shop
from shopkeeper.record import Event, EventType, Query, parse_time
from shopkeeper.serving import Engine
from shopkeeper.testing.shop import NOW

PROCESS = Path(__file__).parent / "train_shop_process.py"


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    return shutil.copytree(trained, tmp_path / "shop")


def killed(folder: Path, stage: str, pause: float, *arguments: str) -> None:
    """Start a training, wait until a stage begins, wait a little more, and kill it."""
    command = [sys.executable, str(PROCESS), str(folder), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            if line.startswith(stage):
                break
        else:
            pytest.fail(f"no stage {stage!r}")
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)


def check_usable(shop: Shop, bundle_id: str) -> None:
    """The bundle that the shop had is served, listed and whole."""
    verify_bundle(shop, bundle_id)
    assert [entry.bundle_id for entry in list_bundles(shop) if entry.served] == [bundle_id]
    for entry in list_bundles(shop):
        verify_bundle(shop, entry.bundle_id)
    encoder = open_encoder(shop.setting.language)
    engine = Engine(shop.store, BundleShelf(shop.bundles), encoder, shop.setting, shop.clock)
    engine.refresh()
    assert engine.readiness().bundle_id == bundle_id
    (answer,) = engine.recommend([Query("home", user_id="u1")])
    assert answer.items[0].item_id == "milk"
    assert answer.fallback is None


def check_killed_training(folder: Path, stage: str, pause: float) -> None:
    """Kill a training of a shop that has a bundle; then train again."""
    with open_shop(folder) as shop:
        before = shop.store.office.publications()[0].bundle_id
        purchase = Event(EventType.PURCHASE, parse_time(NOW) - 1, user_id="u1", item_id="caviar")
        assert shop.store.events.append([purchase]).accepted == 1
    killed(folder, stage, pause)
    with open_shop(folder) as shop:
        served = shop.store.office.publications()[0].bundle_id
        check_usable(shop, served)
        result = train_shop(shop)
        assert result.skipped == (served != before), "a killed training is not taken for a finished one"
        check_usable(shop, result.bundle_id)
        assert result.bundle_id != before


@pytest.mark.parametrize("stage", ["fitting on everything: als", "writing the bundle"])
def test_a_killed_training_leaves_the_shop_as_it_was(folder: Path, stage: str) -> None:
    check_killed_training(folder, stage, 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("pause", [0.0, 0.03, 0.1])
@pytest.mark.parametrize(
    "stage",
    [
        "ready",
        "reading the log",
        "fitting before validation: semantic",
        "fitting blend weights",
        "evaluating",
        "fitting on everything: together",
        "writing the bundle",
    ],
)
def test_a_training_may_be_killed_at_any_moment(folder: Path, stage: str, pause: float) -> None:
    check_killed_training(folder, stage, pause)


def test_a_killed_publishing_leaves_one_of_the_two_served(folder: Path) -> None:
    """A process that publishes over and over is killed in the midst of it."""
    with open_shop(folder) as shop:
        first = shop.store.office.publications()[0].bundle_id
        second = train_shop(shop, force=True).bundle_id
        publish_bundle(shop, first)
        many = len(shop.store.office.publications())
    killed(folder, "ready", 1.0, "publish", second)
    with open_shop(folder) as shop:
        publications = shop.store.office.publications()
        assert len(publications) > many, "it did publish"
        assert {one.bundle_id for one in publications[:-many]} == {second}
        check_usable(shop, second)
        assert rollback_bundle(shop).bundle_id == first
        check_usable(shop, first)


def test_what_was_finished_is_not_fitted_again(folder: Path) -> None:
    """Files of learners that the killed training had finished are the very files that the next one reads."""
    with open_shop(folder) as shop:
        shop.store.events.append([Event(EventType.PURCHASE, parse_time(NOW) - 1, user_id="u1", item_id="soap")])
    killed(folder, "fitting on everything: together", 0.0)

    def finished() -> dict[Path, int]:
        """Of the last stage, and when each file was written."""
        stages = sorted((folder / "runs").glob("train-*/as-of-*"))
        return {path: path.stat().st_mtime_ns for path in stages[-1].glob("model-*.safetensors")}

    before = finished()
    assert {path.stem for path in before} >= {"model-popular", "model-als"}
    seen: list[dict[Path, int]] = []

    def look(stage: str, done: int, total: int) -> None:
        if stage == "writing the bundle" and done == 0:
            seen.append(finished())

    with open_shop(folder) as shop:
        train_shop(shop, progress=look)
        assert {path: seen[0].get(path) for path in before} == before
        assert len(seen[0]) > len(before)
        bundle = BundleShelf(shop.bundles).bundles()[0].folder
        assert (bundle / "model-als.safetensors").is_file()
    assert list((folder / "runs").glob("train-*/as-of-*")) == [], "what is finished is tidied up"
