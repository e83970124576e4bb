"""Commands on a trained shop."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]


def test_recommend_and_search_give_lists(run: Run, toy: Path) -> None:
    answer = run("recommend", toy, "trending", "-n", 3, "--json").json
    assert len(answer["items"]) == 3
    title = answer["items"][0]["title"]
    assert answer["items"][0]["item_id"] in run("recommend", toy, "trending").out
    assert "€" in run("recommend", toy, "trending").out
    found = run("search", toy, title, "--json").json
    assert found["items"][0]["title"] == title


def test_a_market_without_offers_is_told(run: Run, toy: Path) -> None:
    ran = run("recommend", toy, "home", "--market", "oslo")
    assert ran.code == 0
    assert "Market 'oslo' has no offers" in ran.out
    assert "no offers" in run("search", toy, "tea", "--market", "oslo", "--json").json["note"]


def test_a_search_counts_its_products(run: Run, toy: Path) -> None:
    milk = ("search", toy, "milk", "--filter", "department = 'Dairy' AND item_id = 'milk'")
    told = run(*milk, "--facet", "brand", "--facet", "price", "--json").json
    assert told["found"] == 1
    assert told["facets"]["brand"]["values"] == [{"value": "Toy", "count": 1, "level": None}]
    words = run(*milk, "--facet", "department", "--facet", "price", "--facet-values", 1).out
    assert "Products that match: 1" in words
    assert "€1.19 to €1.19" in words
    ran = run("search", toy, "milk", "--facet", "colour")
    assert (ran.code, "There are: brand, category, department, price; no product has attributes." in ran.err) == (
        2,
        True,
    )
    ran = run("search", toy, "milk", "--facet", "attribute.colour")
    assert (ran.code, "No product has an attribute 'colour'" in ran.err) == (2, True)


def test_a_bad_filter_and_an_unknown_surface_are_told(run: Run, toy: Path) -> None:
    ran = run("search", toy, "tea", "--filter", "secret = 1")
    assert (ran.code, ran.out) == (2, "")
    assert "secret" in ran.err
    assert "There are: home" in run("recommend", toy, "nowhere").err


def test_bundles_are_listed_verified_published_and_rolled_back(run: Run, toy: Path) -> None:
    (first,) = run("bundle", "list", toy, "--json").json
    assert first["served"] is True
    assert first["size_mb"] > 0
    assert " kB" in run("bundle", "list", toy).out
    assert run("bundle", "verify", toy, first["bundle_id"]).code == 0
    assert run("train", toy, "--force", "--json").code == 0
    second, _ = run("bundle", "list", toy, "--json").json
    assert second["served"] is True
    assert run("bundle", "rollback", toy, "--json").json["bundle_id"] == first["bundle_id"]
    assert run("bundle", "publish", toy, second["bundle_id"]).code == 0
    assert run("bundle", "publish", toy, "nothing").code == 3


def test_the_card_of_a_bundle_is_shown(run: Run, toy: Path) -> None:
    ran = run("bundle", "card", toy)
    assert ran.out.startswith("# Model card: Toy shop, bundle ")
    bundle_id = run("bundle", "list", toy, "--json").json[0]["bundle_id"]
    told = run("bundle", "card", toy, bundle_id, "--json").json
    assert told == {"bundle_id": bundle_id, "card": ran.out}
    assert run("bundle", "card", toy, "nothing").code == 3


def test_a_damaged_bundle_is_found(run: Run, toy: Path) -> None:
    (entry,) = run("bundle", "list", toy, "--json").json
    member = next((toy / "bundles" / entry["bundle_id"]).glob("*.safetensors"))
    member.write_bytes(member.read_bytes()[:-1] + b"!")
    ran = run("bundle", "verify", toy, entry["bundle_id"])
    assert ran.code == 6
    assert member.name in ran.err
    findings = {finding["what"]: finding["level"] for finding in run("doctor", toy, "--json").json}
    assert findings["bundle"] == "fail"
    assert run("doctor", toy).code == 1


def test_train_is_skipped_where_nothing_has_changed(run: Run, toy: Path) -> None:
    ran = run("train", toy, "--json")
    assert ran.json["skipped"] is True
    assert ran.json["bundle_id"] == run("bundle", "list", toy, "--json").json[0]["bundle_id"]


def test_evaluate_prints_a_table_for_each_task(run: Run, toy: Path) -> None:
    ran = run("evaluate", toy)
    assert ran.code == 0
    assert "NDCG@10" in ran.out
    assert "Next basket, 12 customers asked" in ran.out


def test_what_answers_to_items_asks_for_them_in_the_words_of_the_door(run: Run, toy: Path) -> None:
    assert "'similar' needs --item: the item looked at" in run("recommend", toy, "similar").err
