"""Who trains networks: epochs are chosen once, on validation, and repeated after; a kill costs neither."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from shopkeeper.error import InputError
from shopkeeper.operation.shop import Shop
from shopkeeper.operation.workshop import Workshop
from shopkeeper.record import parse_time, silent
from shopkeeper.setting import SHOP_FILE, load_setting

SECTION = """
[model.two_tower]
width = 8
steps = 40
epochs = 4
checkpoint_seconds = 0
"""
FROM, TO = parse_time("2024-02-26"), parse_time("2024-03-11")


@pytest.fixture
def asking(shop: Shop) -> Shop:
    """The toy shop, set up for small towers."""
    path = shop.folder / SHOP_FILE
    path.write_text(path.read_text("utf-8") + SECTION, "utf-8")
    return replace(shop, setting=load_setting(shop.folder))


def workshop_of(shop: Shop, stages: list[str]) -> Workshop:
    def note(stage: str, done: int, total: int) -> None:
        stages.append(stage)

    return Workshop(shop, shop.store.change_number(), note, ("two_tower",))


def test_later_fits_have_as_many_epochs_as_were_best(asking: Shop) -> None:
    stages: list[str] = []
    workshop = workshop_of(asking, stages)
    towers = {"two_tower": workshop.unfitted["two_tower"]}
    validation, test = workshop.snapshot(FROM), workshop.snapshot(TO)
    chosen = workshop.fit(towers, validation, "choosing", later=test)["two_tower"].best[0] + 1  # type: ignore[attr-defined]
    assert json.loads((workshop.folder / "epochs-two_tower.json").read_text("utf-8")) == {"two_tower": chosen}
    again = workshop.fit(towers, test, "repeating")["two_tower"].best[0] + 1  # type: ignore[attr-defined]
    assert again == chosen
    assert stages[-2] == "repeating, training two_tower"
    assert any(stage.startswith("choosing, training two_tower: epoch 2, NDCG@10 0.") for stage in stages)


def test_a_training_that_was_stopped_goes_on_and_says_so(asking: Shop) -> None:
    """In the midst of the third epoch."""
    workshop = workshop_of(asking, [])
    towers = {"two_tower": workshop.unfitted["two_tower"]}
    validation, test = workshop.snapshot(FROM), workshop.snapshot(TO)

    def stop(stage: str, done: int, total: int) -> None:
        if "epoch 3" in stage and done % (total // 4) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(workshop, progress=stop).fit(towers, validation, "choosing", later=test)
    stages: list[str] = []
    replace(workshop, progress=lambda stage, done, total: stages.append(stage)).fit(
        towers, validation, "choosing", later=test
    )
    assert "choosing, training two_tower (went on from a checkpoint in epoch 3)" in stages
    assert not any("epoch 1" in stage for stage in stages)


def test_what_is_too_large_is_refused_before_the_rest_is_fitted(shop: Shop) -> None:
    path = shop.folder / SHOP_FILE
    path.write_text(path.read_text("utf-8") + "\n[model.ease]\nmax_items = 5\n", "utf-8")
    stages: list[str] = []
    workshop = replace(workshop_of(replace(shop, setting=load_setting(shop.folder)), stages), models=("ease",))
    validation = workshop.snapshot(FROM)
    with pytest.raises(InputError, match=r"More than 5 items .* are refused"):
        workshop.fit(workshop.unfitted, validation, "fitting")
    assert stages[-1] == "fitting: ease"
    assert "fitting: popular" not in stages


def test_where_nobody_can_be_asked_the_trainer_has_a_number_of_its_own(asking: Shop) -> None:
    workshop = Workshop(asking, asking.store.change_number(), silent, ("two_tower",))
    towers = {"two_tower": workshop.unfitted["two_tower"]}
    test = workshop.snapshot(TO)
    fitted = workshop.fit(towers, test, "choosing", later=test)["two_tower"]
    assert fitted.best.tolist() == [9]  # type: ignore[attr-defined]
    assert not Path(workshop.folder / "epochs-two_tower.json").exists()
