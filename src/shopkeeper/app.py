"""The composition root: which parts make up the command line, and which a server."""

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shopkeeper.cli import ServePlan, create_cli, run_cli

if TYPE_CHECKING:  # heavy; a server imports them, `--help` does not
    from socket import socket

    from fastapi import FastAPI

# Libraries of linear algebra start a thread for each core; with a process for each core they only slow each other.
THREADS: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
NAMED: Final = (
    "Other computers may reach this address, and the storefront names your customers and shows their lists to anybody. "
    "Where strangers can reach it, set customers = false under [storefront] in shop.toml."
)


def main() -> None:
    """The program `shopkeeper`."""
    for name in THREADS:
        os.environ.setdefault(name, "1")
    sys.exit(run_cli(create_cli(serve), sys.argv[1:]))


def create_server(folder: Path) -> "FastAPI":
    """The HTTP application of the shop in `folder`: API and storefront around one engine."""
    from shopkeeper.api import create_app
    from shopkeeper.operation.serve import open_engine, open_recorder, published_report, rounds_pages
    from shopkeeper.operation.shop import open_shop
    from shopkeeper.storefront import error_page, pages

    shop = open_shop(folder)
    with ExitStack() as opened:  # closes in the reverse order, at once where a part cannot be opened
        opened.callback(shop.close)
        recorder = open_recorder(shop)
        if recorder is not None:
            opened.callback(recorder.close)
        engine = open_engine(shop, recorder)
        opened.callback(engine.close)
        close = opened.pop_all().close

    return create_app(
        engine,
        shop.setting,
        shop.store,
        pages=pages(
            engine,
            shop.setting.shop.name,
            attributes=shop.setting.storefront.attributes,
            customers=shop.store.events.user_ids if shop.setting.storefront.customers else None,
            markets=shop.store.prices.markets,
            is_market=shop.store.prices.is_market,
            report=partial(published_report, shop),
            rounds=partial(rounds_pages, shop),
        ),
        page_error=partial(error_page, shop.setting.shop.name, choosing=shop.setting.storefront.customers),
        on_close=close,
    )


def serve(plan: ServePlan) -> None:
    """Serve until told to stop: in this process, or in several that share one socket."""
    from shopkeeper.operation.publish import why_nothing_is_served
    from shopkeeper.setting import load_setting

    whole = load_setting(plan.folder)
    setting = whole.serve
    host = plan.host or setting.host
    listening = _listen(host, setting.port if plan.port is None else plan.port)
    url = f"http://{'127.0.0.1' if host in {'', '0.0.0.0', '::'} else host}:{listening.getsockname()[1]}"
    workers = plan.workers or setting.workers

    waiting = why_nothing_is_served(plan.folder)
    # Told by the address that it was bound to: a name may stand for any.
    strangers = not ip_address(listening.getsockname()[0]).is_loopback

    def announce() -> None:
        plan.announce(url)
        if waiting:
            plan.warn(waiting)
        if strangers and whole.storefront.customers:
            plan.warn(NAMED)

    with listening:
        if workers == 1:
            _serve_here(create_server(plan.folder), listening, announce)
        else:
            announce()
            _serve_in(workers, plan.folder, listening)


def _serve_here(app: "FastAPI", listening: "socket", announce: Callable[[], None]) -> None:
    """One process: this one. uvicorn takes the first Ctrl-C as a request to finish, the second as an order to stop."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=10))
    with suppress(KeyboardInterrupt):  # uvicorn raises it again after it has stopped as it was told
        announce()
        server.run(sockets=[listening])


def _serve_in(workers: int, folder: Path, listening: "socket") -> None:
    """Several processes, spawned: Polars hangs after a fork."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from shopkeeper.operation.shop import open_shop

    open_shop(folder).close()  # what is wrong with the shop is told here, once, not by every worker
    config = uvicorn.Config(
        partial(create_server, folder),
        factory=True,
        workers=workers,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=10,
    )
    Multiprocess(config, sockets=[listening]).run()


def _listen(host: str, port: int) -> "socket":
    """A listening socket. Raises SettingError where the port is taken or the address is not this machine's."""
    import errno
    import socket

    from shopkeeper.error import SettingError

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, for asyncio turns Nagle's delay (40 ms on an answer of two writes) off only where it is.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as problem:
        listening.close()
        if problem.errno == errno.EADDRINUSE:
            raise SettingError(
                f"Port {port} is in use on {host}. Stop what uses it, or choose another: --port 0 takes a free one."
            ) from None
        raise SettingError(f"Cannot listen on {host} port {port}: {problem.strerror}. Choose another --host.") from None
    listening.set_inheritable(True)
    return listening
