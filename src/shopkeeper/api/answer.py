"""The shape of a list in the API's documentation, and its ready bytes."""

from pydantic import BaseModel, Field
from pydantic_core import to_json
from starlette.responses import Response

from shopkeeper.operation.answer import tell_answers
from shopkeeper.record import Answer
from shopkeeper.serving import Engine


class PlaceOut(BaseModel):
    """One place of a list."""

    item_id: str
    title: str
    price: float | None = Field(description="in major units; null where no price is known")
    currency: str | None
    score: float = Field(description="comparable within this list only")
    source: str = Field(description="the recommender that contributed most")
    reason: str = Field(description="in plain words")
    reason_code: str
    cause_item_id: str | None = Field(description="the item that this place answers to")


class FacetValueOut(BaseModel):
    """How many products have one value of a field."""

    value: str = Field(description="of a category its path, broad to narrow: Drinks > Tea")
    count: int = Field(description="products, not variants")
    level: int | None = Field(description="how deep a category lies, from 1; null of other fields")


class PriceRangeOut(BaseModel):
    """What the products cost that have a price in one currency."""

    currency: str
    min: float = Field(description="in major units")
    max: float
    count: int


class FacetOut(BaseModel):
    """The products that match, by one field. The filter's own conditions on this field do not count here."""

    values: list[FacetValueOut] = Field(description="the most frequent first, equal ones by name; none of prices")
    distinct: int = Field(description="how many values there are, told here or not")
    ranges: list[PriceRangeOut] = Field(description="of prices alone: one for each currency")


class AnswerOut(BaseModel):
    """A list, best first."""

    recommendation_id: str = Field(description="send it with the events that this list leads to")
    surface: str
    bundle_id: str = Field(description="the trained bundle that answered")
    items: list[PlaceOut]
    fallback: str | None = Field(description="the stand-in that filled the list, where the models had nothing to say")
    note: str | None = Field(description="in plain words: what is not known, not found, or has no offers")
    found: int | None = Field(
        None,
        description="only where facets were asked for: how many products match the text and the filter. Those match "
        "that hold every word, and those that the list is chosen from, the best 100 (or n) by words and by meaning",
    )
    facets: dict[str, FacetOut] | None = Field(None, description="only where they were asked for: by field")


class AnswersOut(BaseModel):
    """A list for each query, in their order."""

    answers: list[AnswerOut]


def answer_response(engine: Engine, answer: Answer) -> Response:
    """One list."""
    return Response(to_json(tell_answers(engine, [answer])[0]), media_type="application/json")
