"""What became of a batch: rows that could not be read and rows that the store refused, under their own numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import polars as pl
from pydantic import BaseModel, Field
from pydantic_core import to_json
from starlette.responses import Response

from shopkeeper.api.problem import RowComplaint, problem_response
from shopkeeper.operation.problem import http_problem
from shopkeeper.store import Receipt, Refusal

T = TypeVar("T")


class ReceiptOut(BaseModel):
    """Told only once what was accepted is committed."""

    accepted: int
    duplicate: int = Field(description="rows that were known already; sending a row twice does no harm")
    repaired: int = Field(0, description="accepted rows that were changed; `note` says how")
    marked: int = Field(0, description="accepted events of bots and staff: kept, and not learned from")
    rejected: list[RowComplaint]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Sifted(Generic[T]):
    """Rows that can go to the engine, and those that cannot."""

    rows: tuple[T, ...]
    numbers: tuple[int, ...]  # in the batch, of each row that the store's receipt counts: items, and then their offers
    refused: tuple[Refusal, ...]

    def rejected(self, receipt: Receipt) -> list[dict[str, Any]]:
        """All refused rows, in order, under their numbers in the batch, each for the first reason."""
        return rejected_rows(self.refused, receipt, self.numbers)


@dataclass(frozen=True, slots=True, eq=False)
class SiftedEvents:
    """`Sifted` of many events at once, in a frame of EVENT_COLUMN."""

    rows: pl.DataFrame
    numbers: Sequence[int]
    refused: Sequence[Refusal]

    def rejected(self, receipt: Receipt) -> list[dict[str, Any]]:
        """As `Sifted.rejected`."""
        return rejected_rows(self.refused, receipt, self.numbers)


def rejected_rows(refused: Sequence[Refusal], receipt: Receipt, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """What was refused at once, and by the store, whose row i has a number of its own in the batch."""
    reasons = {refusal.row: refusal.reason for refusal in refused}
    for refusal in receipt.rejected:
        reasons.setdefault(numbers[refusal.row], refusal.reason)
    return [{"row": row, "reason": reason} for row, reason in sorted(reasons.items())]


def receipt_response(
    receipt: Receipt, rejected: Sequence[dict[str, Any]], status: int, repaired: int = 0, note: str | None = None
) -> Response:
    """`status` with the counts, or 422 where nothing could be accepted."""
    if rejected and not receipt.accepted and not receipt.duplicate:
        words = f"Nothing was accepted; row {rejected[0]['row']}: {rejected[0]['reason']}"
        return problem_response(http_problem(422, words), {"rejected": rejected})
    body = {
        "accepted": receipt.accepted,
        "duplicate": receipt.duplicate,
        "repaired": repaired,
        "marked": receipt.marked,
        "rejected": rejected,
        "note": note,
    }
    return Response(to_json(body), status, media_type="application/json")
