"""Which events are of bots and staff, by a shop's own rule: the same for what is sent and for what is imported."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from shopkeeper.record import Mark

USER_AGENT = "user_agent"  # the member of an event's context that tells the program


@dataclass(frozen=True, slots=True)
class MarkRule:
    """`staff_users` are ids; `bot_agents` are parts of a user agent's name, in lower case."""

    staff_users: frozenset[str] = frozenset()
    bot_agents: tuple[str, ...] = ()

    @classmethod
    def of(cls, staff_users: Iterable[str], bot_agents: Iterable[str]) -> "MarkRule":
        """The rule of a shop's settings; an empty part of a name would be in every name, and is left out."""
        return cls(frozenset(staff_users), tuple(part.lower() for part in bot_agents if part))

    def mark_of(self, user_id: str | None, user_agent: object) -> Mark | None:
        """The mark of who did something with a program; None: a shopper."""
        if user_id in self.staff_users:
            return Mark.STAFF
        name = user_agent.lower() if isinstance(user_agent, str) else ""
        return Mark.BOT if any(part in name for part in self.bot_agents) else None

    def marked(self, events: pl.DataFrame) -> pl.DataFrame:
        """The events (EVENT_COLUMN) with their marks; one that has a mark keeps it."""
        asked = events["context"].str.contains(f'"{USER_AGENT}"', literal=True).fill_null(value=False)
        if self.staff_users:
            asked |= events["user_id"].is_in(list(self.staff_users)).fill_null(value=False)
        asked &= events["mark"].is_null()
        if not asked.any():
            return events
        who = events.select("user_id", "context").filter(asked).unique()
        marks = [self.mark_of(user_id, _agent_of(context)) for user_id, context in who.iter_rows()]
        told = who.with_columns(pl.Series("told", marks, pl.String)).filter(pl.col("told").is_not_null())
        if told.is_empty():
            return events
        on = ["user_id", "context"]
        joined = events.join(told, on=on, how="left", nulls_equal=True, maintain_order="left")
        return joined.with_columns(pl.coalesce("mark", "told").alias("mark")).drop("told")


NO_RULE: Final = MarkRule()  # only what is sent with a mark has one


def _agent_of(context: str | None) -> object:
    """The user agent that a context tells, None where it is no JSON object or tells none."""
    try:
        told = json.loads(context or "{}")
    except (ValueError, RecursionError):
        return None
    return told.get(USER_AGENT) if isinstance(told, dict) else None
