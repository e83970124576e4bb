"""What bodies in Gorse's words share: their names, times and labels, and how rows that were refused are told."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Final

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_pascal
from pydantic_core import to_json
from starlette.responses import Response

from shopkeeper.api.field import LATEST_MICROSECONDS, Id, JsonObject, Moment
from shopkeeper.api.problem import RowComplaint, problem_response
from shopkeeper.operation.problem import http_problem
from shopkeeper.record import format_time
from shopkeeper.record.clock import MICROSECONDS

NO_TIME: Final = "0001-01-01T00:00:00Z"  # what Go writes, and wants to read, where there is no time
PAGE: Final = 10  # rows of a page where the request names none, as in Gorse
MAX_PAGE: Final = 10_000

_LABELS: Final = "Labels"
_OBJECT: Final[TypeAdapter[dict[str, Any]]] = TypeAdapter(JsonObject)


class GorseModel(BaseModel):
    """A body whose fields are written as Gorse writes them: UserId for user_id."""

    model_config = ConfigDict(alias_generator=to_pascal, validate_by_alias=True, validate_by_name=False)


class RowAffected(GorseModel):
    """How many rows are as they were sent."""

    row_affected: int
    rejected: list[RowComplaint] = Field(
        default_factory=list, description="rows that were not taken; absent where all were, as in Gorse"
    )


def _no_time(value: object) -> object:
    """None of what Gorse's clients send for no time."""
    return None if isinstance(value, str) and (not value or value.startswith(NO_TIME[:10])) else value


def _json(value: object) -> object:
    """Any JSON that a store can hold. Raises ValueError."""
    _OBJECT.validate_python({_LABELS: value})
    return value


Stamp = Annotated[Moment | None, BeforeValidator(_no_time)]
Labels = Annotated[Any, AfterValidator(_json), Field(description="any JSON; kept as attributes")]
Name = Annotated[Id, Path(description="without a slash, as in Gorse")]
Length = Annotated[int, Query(ge=1, le=MAX_PAGE, description="how many")]
Offset = Annotated[int, Query(ge=0, le=MAX_PAGE, description="how many places of the list are passed over")]
NumberCursor = Annotated[
    str, Query(pattern=r"^[0-9]{0,18}$", description="as the page before gave it; empty: the first")
]


def attributes_of(labels: object, **more: object) -> dict[str, Any]:
    """Attributes that hold labels: an object's members one by one, anything else as Labels; beside them what `more`
    names, unless it is empty."""
    kept = {name: value for name, value in more.items() if value}
    if isinstance(labels, dict) and not {_LABELS, *more} & labels.keys():
        return {**labels, **kept}
    return {**({} if labels is None else {_LABELS: labels}), **kept}


def labels_of(attributes: Mapping[str, object], *others: str) -> object:
    """The labels that `attributes_of` kept; `others` are the names of what it kept beside them."""
    rest = {name: value for name, value in attributes.items() if name not in others}
    return rest.get(_LABELS, rest or None)


def stamp(time: int | None) -> str:
    """RFC 3339, with microseconds where there are any."""
    if time is None:
        return NO_TIME
    second, rest = format_time(min(time, LATEST_MICROSECONDS - 1)), time % MICROSECONDS
    return f"{second[:-1]}.{rest:06d}Z" if rest else second


def json_response(content: object) -> Response:
    """The content as JSON."""
    return Response(to_json(content), media_type="application/json")


def affected(rows: int, rejected: Sequence[Mapping[str, Any]] = ()) -> Response:
    """Gorse's RowAffected, and the rows that were refused, where any were; 422 where all were."""
    if rejected and not rows:
        words = f"Nothing was accepted; row {rejected[0]['row']}: {rejected[0]['reason']}"
        return problem_response(http_problem(422, words), MappingProxyType({"rejected": rejected}))
    return json_response({"RowAffected": rows, **({"Rejected": rejected} if rejected else {})})
