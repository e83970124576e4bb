"""A really running server: it tells its address, answers, stops when told, and says when a port is taken."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE = 60.0  # seconds


@contextmanager
def serving(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its URL."""
    command = [sys.executable, "-m", "shopkeeper", "serve", *map(str, arguments), "--port", "0", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        told = ""
        while not told.endswith("}\n"):
            line = process.stdout.readline()
            assert line, process.communicate(timeout=PATIENCE)
            told += line
        yield process, json.loads(told)["url"]
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_it_serves_until_it_is_told_to_stop(toy: Path) -> None:
    with serving(toy) as (process, url):
        assert [status_of(f"{url}{path}") for path in ("/healthz", "/readyz", "/", "/docs", "/v1/x")] == [200] * 4 + [
            404
        ]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out, err) == (0, "", "")


def test_a_shop_without_a_bundle_is_served_with_a_word_about_it(run: Callable[..., object], tmp_path: Path) -> None:
    run("init", tmp_path / "new")
    with serving(tmp_path / "new") as (process, url):
        assert status_of(url) == 503
        page = urllib.request.Request(url, headers={"accept": "text/html"})
        with pytest.raises(urllib.error.HTTPError) as told:
            urllib.request.urlopen(page, timeout=PATIENCE)
        assert "No bundle is published yet. Import items first: " in told.value.read().decode()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    new = tmp_path / "new"
    steps = f"Import items first: shopkeeper import {new} FILES... and then run: shopkeeper train {new}"
    assert err.startswith(f"Warning: No bundle is published yet. {steps} (")


def test_ctrl_c_ends_with_a_calm_word(toy: Path) -> None:
    command = [sys.executable, "-m", "shopkeeper", "serve", str(toy), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        assert lines[-1] == "Ctrl-C stops it.\n"
        assert status_of(f"{lines[0].split()[-1]}healthz") == 200  # it is announced a moment before it runs
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (0, "\nStopped. What was acknowledged is kept.\n", "")


def test_several_processes_share_one_port(toy: Path) -> None:
    with serving(toy, "--workers", 2) as (process, url):
        assert [status_of(f"{url}/readyz") for _ in range(4)] == [200] * 4
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0


def test_a_port_in_use_is_told_in_a_sentence(toy: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "shopkeeper", "serve", str(toy), "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == (
        f"Error: Port {port} is in use on 127.0.0.1. Stop what uses it, or choose another: --port 0 takes a free one.\n"
    )


def test_events_that_were_acknowledged_outlive_a_killed_server(toy: Path) -> None:
    with serving(toy) as (process, url):
        item = json.loads(urllib.request.urlopen(f"{url}/v1/recommend/trending?n=1", timeout=PATIENCE).read())["items"][
            0
        ]
        event = json.dumps({"type": "purchase", "user_id": "survivor", "item_id": item["item_id"]}).encode()
        request = urllib.request.Request(f"{url}/v1/events", event, {"content-type": "application/json"})
        assert urllib.request.urlopen(request, timeout=PATIENCE).status == 202
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
    with serving(toy) as (_, url):
        answer = urllib.request.urlopen(f"{url}/v1/recommend/buy-again?user_id=survivor", timeout=PATIENCE).read()
    assert [place["item_id"] for place in json.loads(answer)["items"]] == [item["item_id"]]


@pytest.mark.parametrize("host", ["203.0.113.7"])
def test_an_address_of_another_machine_is_told(toy: Path, host: str) -> None:
    command = [sys.executable, "-m", "shopkeeper", "serve", str(toy), "--host", host, "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 4
    assert f"Cannot listen on {host}" in done.stderr


@pytest.mark.parametrize("customers", [True, False])
def test_who_names_customers_to_other_computers_is_warned(
    toy: Path, customers: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPKEEPER_STOREFRONT__CUSTOMERS", str(customers))
    with serving(toy, "--host", "0.0.0.0") as (process, url):
        assert status_of(url) == 200
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    assert ("the storefront names your customers" in err) is customers
