"""shopkeeper serve."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from shopkeeper.cli.output import JsonFlag, ShopFolder, say, say_json


@dataclass(frozen=True, slots=True)
class ServePlan:
    """What to serve where; None takes the value of shop.toml.

    `announce` is told the URL once it is listened on, and `warn` what keeps lists from being served.
    """

    folder: Path
    host: str | None
    port: int | None
    workers: int | None
    announce: Callable[[str], None]
    warn: Callable[[str], None]


Serve = Callable[[ServePlan], None]


def serve_command(serve: Serve) -> Callable[..., None]:
    """The command around a server that it knows nothing of."""

    def run(
        shop: ShopFolder,
        host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="shop.toml")] = None,
        port: Annotated[
            int | None, typer.Option(min=0, max=65535, help="TCP port; 0 takes a free one.", show_default="shop.toml")
        ] = None,
        workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes.", show_default="shop.toml")] = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Serve the storefront and the API. They are at / and /v1, the documentation at /docs; Ctrl-C stops it.

        Examples:

            shopkeeper serve myshop

            shopkeeper serve myshop --host 0.0.0.0 --port 8080 --workers 4
        """

        def announce(url: str) -> None:
            if as_json:
                say_json({"url": url, "docs": f"{url}/docs", "health": f"{url}/readyz"})
            else:
                say(f"Storefront  {url}/\nAPI docs    {url}/docs\nReport      {url}/report\nCtrl-C stops it.")

        def warn(words: str) -> None:
            typer.echo(f"Warning: {words}", err=True)

        serve(ServePlan(shop, host, port, workers, announce, warn))
        if not as_json:
            say("\nStopped. What was acknowledged is kept.")

    return run
