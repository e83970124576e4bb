"""What a load balancer, and an operator, is told of a server."""

import shutil
from pathlib import Path

from starlette.testclient import TestClient

from shopkeeper.api import create_app
from shopkeeper.operation.serve import open_engine
from shopkeeper.operation.shop import open_shop


def test_a_server_that_cannot_load_the_newest_bundle_is_ready_and_says_what_is_amiss(
    trained: Path, tmp_path: Path
) -> None:
    shutil.copytree(trained, tmp_path / "shop")
    shop = open_shop(tmp_path / "shop")
    engine = open_engine(shop)
    client = TestClient(create_app(engine, shop.setting, shop.store))
    engine.refresh()
    well = client.get("/readyz")
    shop.store.office.publish("gone")
    engine.refresh()
    ill = client.get("/readyz")
    engine.close()
    shop.close()

    assert (well.status_code, well.json()["reason"]) == (200, None)
    assert (ill.status_code, ill.json()["bundle_id"]) == (200, well.json()["bundle_id"])
    assert "gone" in ill.json()["reason"]
