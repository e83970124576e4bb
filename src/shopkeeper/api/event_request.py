"""How a request's body of events is read: as typed lines where all of it is as most senders write it, else as JSON."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from shopkeeper.api.event_line import read_lines
from shopkeeper.api.event_many import MANY
from shopkeeper.api.field import MAX_ROWS
from shopkeeper.api.quick_json import read_json


class EventRoute(APIRoute):
    """A route whose bodies are events, and may be large; see `APIRouter(route_class=...)`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_events(request: Request) -> Response:
            return await handle(_EventRequest(request.scope, request.receive))

        return handle_events


class _EventRequest(Request):
    """A request whose `json` is a LineBatch of many events in our own words, and otherwise `read_json`."""

    async def json(self) -> Any:
        body = await self.body()
        batch = None if "format" in self.query_params else read_lines(body)
        return batch if batch and MANY <= len(batch.lines) <= MAX_ROWS else read_json(body)
