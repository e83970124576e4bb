"""The bare application that a served list is compared with: FastAPI and nothing else, answering with constants.

Run as a process of its own: `python -m shopkeeper.operation.benchmark.bare SOCKET_NUMBER BODIES.json`.
"""

import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.responses import Response


def create_bare(bodies: dict[str, Any]) -> FastAPI:
    """Two routes for each body: /dict/NAME gives it as a user of FastAPI would, /bytes/NAME as ready bytes."""
    app = FastAPI()
    for name, body in bodies.items():
        app.get(f"/dict/{name}", response_model=None)(_dict_route(body))
        app.get(f"/bytes/{name}", response_model=None)(_bytes_route(body))
    return app


def _dict_route(body: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    def constant() -> dict[str, Any]:
        return body

    return constant


def _bytes_route(body: dict[str, Any]) -> Callable[[], Response]:
    ready = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()

    def constant() -> Response:
        return Response(ready, media_type="application/json")

    return constant


def main(number: str, bodies: str) -> None:
    """Serve on a listening socket that was opened by the parent, with the settings of the shop's own server."""
    app = create_bare(json.loads(Path(bodies).read_text("utf-8")))
    config = uvicorn.Config(app, log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(number))])


if __name__ == "__main__":
    main(*sys.argv[1:])
