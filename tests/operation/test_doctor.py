"""Doctor: each finding says what is wrong and what to do, and examining changes nothing."""

from pathlib import Path

from shopkeeper.operation.doctor import Finding, examine
from shopkeeper.operation.shop import init_shop, open_shop


def findings(folder: Path) -> dict[str, Finding]:
    return {finding.what: finding for finding in examine(folder)}


def test_a_folder_that_is_no_shop_fails_at_once(tmp_path: Path) -> None:
    (only,) = examine(tmp_path)
    assert (only.what, only.level) == ("settings", "fail")
    assert "shopkeeper init" in only.words


def test_a_new_shop_is_well_but_empty_and_stays_untouched(tmp_path: Path) -> None:
    init_shop(tmp_path)
    found = findings(tmp_path)
    assert {what: finding.level for what, finding in found.items()} == {
        "settings": "ok",
        "store": "warn",
        "encoder": "ok",
        "models": "ok",
        "disk": "ok",
        "threads": "ok",
        "parts": "ok",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["shop.toml"]


def test_a_shop_without_a_bundle_is_told_to_train(tmp_path: Path) -> None:
    init_shop(tmp_path)
    open_shop(tmp_path).close()
    found = findings(tmp_path)
    assert found["store"] == Finding("store", "ok", "0 items (no prices), 0 events.")
    assert found["bundle"].level == "warn"
    assert "shopkeeper train" in found["bundle"].advice


def test_a_bundle_that_is_gone_fails(tmp_path: Path) -> None:
    init_shop(tmp_path)
    with open_shop(tmp_path) as shop:
        shop.store.office.publish("gone")
    assert findings(tmp_path)["bundle"].level == "fail"


def test_a_store_that_is_no_database_fails_and_the_rest_is_still_looked_at(tmp_path: Path) -> None:
    init_shop(tmp_path)
    (tmp_path / "shop.db").write_bytes(b"not a database at all" * 100)
    found = findings(tmp_path)
    assert found["store"].level == "fail"
    assert found["encoder"].level == "ok"


def test_a_model_that_there_is_not_is_told_before_a_training_is(tmp_path: Path) -> None:
    init_shop(tmp_path)
    path = tmp_path / "shop.toml"
    path.write_text('[training]\nmodels = ["ease"]\n[model.item_item]\nlags = 3\n')
    assert findings(tmp_path)["models"] == Finding(
        "models", "ok", "Training fits the recipe's sources and ease, with other values of together."
    )
    path.write_text('[training]\nmodels = ["easy"]\n')
    told = findings(tmp_path)["models"]
    assert (told.level, "Did you mean ease" in told.words) == ("fail", True)


def test_more_threads_than_cores_are_warned_of(tmp_path: Path) -> None:
    init_shop(tmp_path)
    (tmp_path / "shop.toml").write_text("[serve]\nworkers = 64\n[language]\nthreads = 64\n")
    assert findings(tmp_path)["threads"].level == "warn"


def test_an_encoder_that_nobody_knows_fails(tmp_path: Path) -> None:
    init_shop(tmp_path)
    (tmp_path / "shop.toml").write_text('[language]\nencoder = "magic"\n')
    assert findings(tmp_path)["encoder"].level == "fail"
