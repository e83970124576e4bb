"""The largest request body, kept to while it arrives, not after it has filled the memory."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shopkeeper.api.problem import problem_response
from shopkeeper.operation.problem import http_problem


class BodyLimit:
    """Pure ASGI middleware: answers 413 to a body that is, or turns out, too large."""

    def __init__(self, app: ASGIApp, megabytes: int) -> None:
        self._app = app
        self._limit = megabytes * 1_000_000
        self._words = f"The body is larger than {megabytes} MB. Send it in smaller batches, or use shopkeeper import."

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif _announced(scope) > self._limit:
            await problem_response(http_problem(413, self._words))(scope, receive, send)
        else:
            await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        """A `receive` that gives up once more than the limit has come."""
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:
                raise HTTPException(413, self._words)
            return message

        return counted


def _announced(scope: Scope) -> int:
    """The Content-Length, 0 where there is none that can be read."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0
