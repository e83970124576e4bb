"""Every error as application/problem+json (RFC 9457), whoever raised it: we, FastAPI, Starlette, or a bug."""

import logging
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from pydantic_core import ErrorDetails, to_json
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shopkeeper.error import ShopkeeperError
from shopkeeper.operation.problem import Problem, http_problem, problem_of

PageError = Callable[[Request, Problem], Response]

MEDIA_TYPE: Final = "application/problem+json"
TAGS: Final = frozenset({"one", "many"})  # names of union branches, of no interest to a caller
SEND_JSON: Final = "send JSON with content-type: application/json"
SEND_OBJECT: Final = "send a JSON object with content-type: application/json"
_NO_OBJECT: Final = frozenset({"model_type", "model_attributes_type", "dict_type", "missing"})

_log = logging.getLogger(__name__)


class Complaint(BaseModel):
    """One thing that is wrong in a request."""

    where: str = Field(description="the field, such as queries[0].n")
    reason: str


class RowComplaint(BaseModel):
    """One row of a batch that was not taken."""

    row: int = Field(description="its position in the batch, from 0")
    reason: str


class ProblemOut(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(description="a URI that names the kind of problem", examples=["urn:shopkeeper:filter-error"])
    title: str
    status: int
    detail: str = Field(description="what happened, and what to do next")
    errors: list[Complaint] | None = Field(None, description="each field that is wrong")
    rejected: list[RowComplaint] | None = Field(None, description="each row that was refused")


def documented(words: str) -> dict[str, Any]:
    """A problem as an answer in the API's documentation."""
    return {"description": words, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}}


PROBLEM_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    400: documented("the body is not JSON"),
    404: documented("what was named does not exist"),
    413: documented("the body is too large"),
    422: {"model": ProblemOut, **documented("something in the request cannot be used")},
    503: documented("no bundle is served yet, or the store is away"),
}


def problem_response(
    problem: Problem, extra: Mapping[str, object] = MappingProxyType({}), headers: Mapping[str, str] | None = None
) -> Response:
    """The answer that tells a problem; `extra` are extension members."""
    body = to_json({**problem.as_dict(), **extra})
    return Response(body, problem.status, headers, media_type=MEDIA_TYPE)


def field_name(location: Iterable[int | str]) -> str:
    """queries[0].n of ("body", "queries", 0, "n")."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part not in TAGS:
            path += f".{part}" if path else part
    return path


def complaints(errors: Iterable[ErrorDetails | dict[str, Any]]) -> list[dict[str, str]]:
    """(where, reason) of each validation error."""
    found = []
    for error in errors:
        location = error["loc"]
        path = location[1:] if location and location[0] in {"body", "query", "path"} else location
        where = field_name(path) or str(location[0] if location else "body")
        found.append({"where": where, "reason": _reason(error, whole=where == "body")})
    return found


def _reason(error: ErrorDetails | dict[str, Any], *, whole: bool) -> str:
    """What is wrong; of a whole body that was not read as JSON, or is no object, what to send instead."""
    if whole and isinstance(error.get("input"), bytes):
        return SEND_JSON
    if whole and error["type"] in _NO_OBJECT:
        return SEND_OBJECT
    return str(error["msg"]).removeprefix("Value error, ")


def install_problems(app: FastAPI, page_error: PageError | None) -> None:
    """Make every error of an application a problem; readers of pages get theirs as a page."""

    def tell(
        request: Request,
        problem: Problem,
        extra: Mapping[str, object] = MappingProxyType({}),
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        if page_error is not None and _wants_page(request):
            return page_error(request, problem)
        return problem_response(problem, extra, headers)

    def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, ShopkeeperError)
        return tell(request, problem_of(error))

    def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return tell(request, *_invalid(error))

    def protocol(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return tell(request, _http(request, error), headers=error.headers)

    def bug(request: Request, error: Exception) -> Response:
        _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return tell(request, http_problem(500, "Shopkeeper failed on this request. Its log says where and why."))

    app.add_exception_handler(ShopkeeperError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, protocol)
    app.add_exception_handler(Exception, bug)


def _invalid(error: RequestValidationError) -> tuple[Problem, dict[str, object]]:
    """A body that is no JSON is told apart from JSON that does not fit."""
    errors = error.errors()
    broken = next((found for found in errors if found["type"] == "json_invalid"), None)
    if broken is not None:
        reason = broken.get("ctx", {}).get("error", "it cannot be read")
        where = f" at character {broken['loc'][-1]}" if isinstance(broken["loc"][-1], int) else ""
        return http_problem(400, f"The body is not valid JSON: {reason}{where}."), {}
    found = complaints(errors)
    words = "; ".join(f"{item['where']}: {item['reason']}" for item in found[:5])
    more = f"; and {len(found) - 5} more" if len(found) > 5 else ""
    return http_problem(422, f"The request cannot be used. {words}{more}."), {"errors": found}


def _http(request: Request, error: HTTPException) -> Problem:
    """Words of ours for the errors that Starlette raises itself."""
    method, path = request.method, request.url.path
    if error.status_code == 404:
        return http_problem(404, f"There is nothing at {path}. /docs lists what there is.")
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        return http_problem(405, f"{path} does not take {method}" + (f", only {allowed}." if allowed else "."))
    return http_problem(error.status_code, str(error.detail))


def _wants_page(request: Request) -> bool:
    """A browser asks for a page: not the API, and HTML before JSON."""
    if request.url.path.startswith(("/v1/", "/api/")):
        return False
    return "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers
