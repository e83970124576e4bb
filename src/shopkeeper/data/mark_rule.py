"""Which events are of bots and staff, by a shop's own rule: the same for what is sent and for what is imported."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from shopkeeper.record import Mark

USER_AGENT = "user_agent"  # the member of an event's context that tells the program
_AGENT: Final = f'"{USER_AGENT}"'
_TELLS_AGENT: Final = pl.col("context").str.contains(_AGENT, literal=True).fill_null(value=False)


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

    def concerns(self, user_ids: Iterable[str | None], contexts: Iterable[str | None]) -> bool:
        """Whether events of these may get a mark; quicker to ask than `marked`."""
        return not self.staff_users.isdisjoint(user_ids) or _AGENT in "".join(filter(None, contexts))

    def marked(self, events: pl.DataFrame) -> pl.DataFrame:
        """The events (EVENT_COLUMN) with their marks; one that has a mark keeps it."""
        asked = _TELLS_AGENT
        if self.staff_users:
            asked |= pl.col("user_id").is_in(list(self.staff_users)).fill_null(value=False)
        unmarked = events.select(asked & pl.col("mark").is_null()).to_series()
        if not unmarked.any():
            return events
        who = events.select("user_id", "context").filter(unmarked).unique()
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
