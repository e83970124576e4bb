"""Real processes: what they took, and what they said when they failed."""

from contextlib import closing
from pathlib import Path

import pytest

from shopkeeper.error import ShopkeeperError
from shopkeeper.operation.benchmark.client import Call, Client
from shopkeeper.operation.benchmark.process import run_command, shop_server
from shopkeeper.record import silent


def test_a_command_is_timed_and_its_memory_watched(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    usage = run_command(
        ["init", str(tmp_path / "s")],
        stage="init",
        expected=3,
        limit=60,
        progress=lambda *step: told.append(step),
    )
    assert (tmp_path / "s" / "shop.toml").is_file()
    assert usage.seconds > 0
    assert usage.peak_mb > 5
    assert told[-1] == ("init", 3, 3)


def test_a_command_that_fails_is_told_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(ShopkeeperError, match=r"`shopkeeper train .*` failed: Error: .* is no shop"):
        run_command(["train", str(tmp_path)], stage="train", expected=1, limit=60, progress=silent)


def test_a_command_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(ShopkeeperError, match="took more than 0 s and was stopped"):
        run_command(["init", str(tmp_path / "s")], stage="init", expected=1, limit=0.0, progress=silent)


def test_a_server_that_does_not_come_up_says_why(tmp_path: Path) -> None:
    with pytest.raises(ShopkeeperError, match=r"did not come up: .*is no shop"), shop_server(tmp_path):
        pytest.fail("there is no shop to serve")


def test_an_answer_that_is_an_error_ends_the_measuring(measured_shop: Path) -> None:
    def ask() -> None:
        with shop_server(measured_shop) as (url, _), closing(Client(url)) as client:
            assert client.send(Call("/v1/recommend/home?user_id=u1&n=3"))[0] > 0
            client.send(Call("/v1/recommend/nowhere"))

    with pytest.raises(ShopkeeperError, match=r"GET /v1/recommend/nowhere answered 404.*last words: it said nothing"):
        ask()
