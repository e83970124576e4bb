"""`benchmark serve` with real servers on the toy shop, which stays as it was."""

from pathlib import Path

from shopkeeper.operation.benchmark.serve import BARE, EVENTS, ROUTE, SHOPKEEPER, benchmark_serve
from shopkeeper.operation.shop import open_shop

ROUNDS = 6


def test_it_asks_real_servers_in_turns_and_leaves_the_shop_alone(measured_shop: Path) -> None:
    before = _events(measured_shop)
    result = benchmark_serve(measured_shop, rounds=ROUNDS)
    lists = [(SHOPKEEPER, route) for route in ROUTE.values()]
    bare = [(system, f"as large as {route}") for route in ROUTE.values() for system in BARE.values()]
    assert [(row["system"], row["route"]) for row in result.rows] == [*lists, (SHOPKEEPER, EVENTS), *bare]
    assert {row["requests"] for row in result.rows} == {ROUNDS}
    sizes = {row["route"]: row["bytes"] for row in result.rows if row["system"] == BARE["bytes"]}
    assert all(int(str(size)) > 50 for size in sizes.values())
    assert _events(measured_shop) == before


def test_its_ratios_are_medians_over_those_of_the_bare_routes(measured_shop: Path) -> None:
    result = benchmark_serve(measured_shop, rounds=ROUNDS)
    median = {(row["system"], row["route"]): float(str(row["median_ms"])) for row in result.rows}
    ours, peer = median[SHOPKEEPER, ROUTE["search"]], median[BARE["dict"], f"as large as {ROUTE['search']}"]
    assert result.ratios["search median"] == round(ours / peer, 3)
    assert set(result.ratios) == {
        f"{name} median{words}" for name in ("recommend", "similar", "search") for words in ("", " over ready bytes")
    }


def test_a_store_elsewhere_is_read_but_not_written(measured_shop: Path, tmp_path: Path) -> None:
    settings = (measured_shop / "shop.toml").read_text("utf-8")
    url = f"sqlite:///{measured_shop.resolve() / 'shop.db'}"
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "shop.toml").write_text(
        settings.replace("[store]\n", f'[store]\nurl = "{url}"\n', 1).replace(
            "[bundle]\n", f'[bundle]\nfolder = "{measured_shop.resolve() / "bundles"}"\n', 1
        ),
        "utf-8",
    )
    before = _events(measured_shop)
    row = benchmark_serve(folder, rounds=2).rows[-1]
    assert (row["route"], row["note"]) == (EVENTS, "not measured: the store is no SQLite file of the shop's folder")
    assert _events(measured_shop) == before


def _events(folder: Path) -> int:
    with open_shop(folder) as shop:
        return shop.store.events.count()
