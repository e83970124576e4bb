"""Gorse's own Python SDK, unchanged, against a server that really runs."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree

import pytest
import uvicorn
from gorse import AsyncGorse, Gorse, GorseException

from shopkeeper.app import create_server

KEY = "open sesame"
DAY = "2024-03-30"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The URL of the shop's server, in a thread of its own."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(create_server(folder), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def url(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("gorse") / "shop"
    copytree(trained, folder)
    text = (folder / "shop.toml").read_text("utf-8")
    (folder / "shop.toml").write_text(text.replace("[gorse]\n", f'[gorse]\napi_key = "{KEY}"\n'), "utf-8")
    with served(folder) as url:
        yield url


@pytest.fixture
def gorse(url: str) -> Gorse:
    return Gorse(url, KEY, timeout=30)


def test_the_readme_of_the_sdk(gorse: Gorse) -> None:
    repositories = ["vuejs:vue", "d3:d3", "dogfalo:materialize"]
    feedback = [
        {"FeedbackType": "star", "UserId": "bob", "ItemId": item, "Timestamp": f"2022-02-2{day}"}
        for day, item in enumerate(repositories, start=4)
    ]
    assert gorse.insert_feedbacks(feedback) == {"RowAffected": 3}
    assert gorse.insert_feedbacks(feedback) == {"RowAffected": 3}  # once more changes nothing
    assert gorse.list_feedbacks("star", "bob") == [
        {**sent, "Timestamp": f"{sent['Timestamp']}T00:00:00Z", "Value": 0, "Comment": ""} for sent in feedback
    ]
    places = gorse.get_recommend("bob", n=5)
    assert len(places) == 5
    assert [place.score for place in places] == sorted((place.score for place in places), reverse=True)
    assert not {place.id for place in places} & set(repositories)  # what he has starred is no news to him


def test_items_are_kept_as_sent(gorse: Gorse) -> None:
    item = {
        "ItemId": "cake",
        "IsHidden": False,
        "Categories": ["Bakery", "Cakes"],
        "Timestamp": "2024-03-29T00:00:00Z",
        "Labels": {"sweet": True, "tags": ["nuts"]},
        "Comment": "Carrot cake",
    }
    assert gorse.insert_item(item) == {"RowAffected": 1}
    assert gorse.get_item("cake") == item
    assert gorse.update_item("cake", is_hidden=True, labels=["plain"]) == {"RowAffected": 1}
    assert gorse.get_item("cake") == {**item, "IsHidden": True, "Labels": ["plain"]}
    gorse.update_item("cake", is_hidden=False, comment="Walnut cake", categories=["Bakery"])
    assert gorse.get_item("cake")["Comment"] == "Walnut cake"
    assert [found["ItemId"] for found in gorse.search_items("walnut cake", n=1)] == ["cake"]
    assert gorse.delete_item("cake") == {"RowAffected": 1}
    with pytest.raises(GorseException) as refused:
        gorse.get_item("cake")
    assert refused.value.status_code == 404


def test_items_and_users_and_feedback_page_by_page(gorse: Gorse) -> None:
    for pages, key, wanted in (
        (gorse.get_items, "ItemId", {"milk", "caviar", "soap"}),
        (gorse.get_users, "UserId", {"u1", "u12"}),
        (gorse.get_feedbacks, "ItemId", {"milk", "tea-green"}),
    ):
        rows, cursor = pages(7)
        while cursor:
            more, cursor = pages(7, cursor)
            rows += more
        assert wanted <= {row[key] for row in rows}
        if key != "ItemId":
            assert len({row[key] for row in rows}) == len(rows)


def test_feedback_is_taken_back(gorse: Gorse) -> None:
    gorse.insert_feedback("like", "ann", "soap", DAY)
    gorse.insert_feedback("rate", "ann", "soap", DAY, value=4)
    gorse.insert_feedback("purchase", "ann", "milk", DAY, value=2)
    assert [(told["ItemId"], told["Value"]) for told in gorse.list_feedbacks("rate", "ann")] == [("soap", 4)]
    assert [(told["ItemId"], told["Value"]) for told in gorse.list_feedbacks("purchase", "ann")] == [("milk", 2)]
    assert gorse.delete_feedback("ann", "soap") == {"RowAffected": 2}
    assert gorse.list_feedbacks("like", "ann") == gorse.list_feedbacks("rate", "ann") == []


def test_lists(gorse: Gorse) -> None:
    biscuits = gorse.get_recommend("stranger", category="Biscuits", n=5)
    assert {place.id for place in biscuits} == {"biscuit-ginger", "biscuit-oat"}
    two, three = gorse.get_recommend("u1", n=2, offset=1), gorse.get_recommend("u1", n=3)
    assert [place.id for place in two] == [place.id for place in three[1:]]
    near = gorse.get_neighbors("tea-black", n=3)
    assert near[0]["Id"] == "tea-green"
    assert gorse.get_neighbors("nobody-knows-it") == []
    session = gorse.session_recommend([{"FeedbackType": "read", "UserId": "", "ItemId": "milk", "Timestamp": DAY}], n=3)
    assert len(session) == 3
    assert "milk" not in {place["Id"] for place in session}


def test_a_list_is_noted_as_read(gorse: Gorse) -> None:
    shown = gorse.get_recommend("reader", n=2, write_back_type="read", write_back_delay="10m")
    assert [told["ItemId"] for told in gorse.list_feedbacks("read", "reader")] == [place.id for place in shown]
    assert gorse.list_feedbacks("read", "reader")[0]["Timestamp"].startswith("2024-04-01T00:1")  # ten minutes on
    with pytest.raises(GorseException) as refused:
        gorse.get_recommend("reader", write_back_type="purchase")
    assert refused.value.status_code == 422


def test_users(gorse: Gorse) -> None:
    carl = {"UserId": "carl", "Labels": {"city": "Ulm"}, "Comment": "Carl", "Subscribe": []}
    assert gorse.insert_user(carl) == {"RowAffected": 1}
    assert gorse.insert_users([{"UserId": "dora"}, {"UserId": "emil", "Labels": ["x"]}]) == {"RowAffected": 2}
    assert gorse.get_user("carl") == carl
    assert gorse.get_user("emil")["Labels"] == ["x"]
    assert gorse.delete_user("carl") == {"RowAffected": 1}
    assert gorse.delete_user("carl") == {"RowAffected": 0}
    with pytest.raises(GorseException) as missing:
        gorse.get_user("carl")
    assert missing.value.status_code == 404
    with pytest.raises(GorseException) as refused:
        gorse.insert_feedback("star", "carl", "milk", DAY)
    assert refused.value.status_code == 422
    assert "stays forgotten" in refused.value.message


def test_another_key_is_refused(url: str) -> None:
    for key in ("", "open", "öffne"):
        with pytest.raises(GorseException) as refused:
            Gorse(url, key).get_users(1)
        assert refused.value.status_code == 401


def test_the_sdk_for_asyncio(url: str) -> None:
    async def calls() -> list[str]:
        client = AsyncGorse(url, KEY)
        await client.insert_feedback("star", "ines", "milk", DAY)
        return [told["ItemId"] for told in await client.list_feedbacks("star", "ines")]

    assert asyncio.run(calls()) == ["milk"]
