"""Who is no shopper: by id, and by the name of a program; one by one as in columns."""

import json

import polars as pl
import pytest

from shopkeeper.data.mark_rule import MarkRule
from shopkeeper.record import Mark
from shopkeeper.setting import Setting

RULE = MarkRule.of(["anna"], Setting().mark.bot_agents)
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
CUBOT = "Mozilla/5.0 (Linux; Android 9; CUBOT X19 S) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/106.0.0.0 Mobile"


@pytest.mark.parametrize(
    ("user_id", "agent", "mark"),
    [
        ("anna", None, Mark.STAFF),
        ("anna", "Googlebot/2.1", Mark.STAFF),
        ("bob", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Mark.BOT),
        (None, "Mozilla/5.0 (compatible; bingbot/2.0)", Mark.BOT),
        (None, "Mozilla/5.0 (compatible; Baiduspider/2.0)", Mark.BOT),
        (None, "Mozilla/5.0 (compatible; GPTBot/1.2)", Mark.BOT),
        (None, "Mozilla/5.0 (compatible; Yahoo! Slurp)", Mark.BOT),
        (None, "Mozilla/5.0 HeadlessChrome/120.0", Mark.BOT),
        (None, "python-requests/2.31", Mark.BOT),
        (None, CHROME, None),
        (None, CUBOT, None),
        ("Anna", None, None),
        (None, ["Googlebot/2.1"], None),
        (None, None, None),
    ],
)
def test_staff_are_known_by_id_and_bots_by_name(user_id: str | None, agent: object, mark: Mark | None) -> None:
    assert RULE.mark_of(user_id, agent) is mark
    context = json.dumps({"a": 1, "user_agent": agent})
    frame = pl.DataFrame({"user_id": [user_id], "context": [context], "mark": [None]}, schema_overrides=_TEXT)
    assert RULE.marked(frame)["mark"].to_list() == [mark]
    assert mark is None or RULE.concerns(frame["user_id"], frame["context"])


def test_whom_no_rule_can_mean_it_does_not_concern() -> None:
    assert not RULE.concerns([None, "bob"], [None, '{"a":1}'])


_TEXT = {"user_id": pl.String, "context": pl.String, "mark": pl.String}


def test_rows_keep_their_order_and_the_marks_they_have() -> None:
    bot = '{"user_agent":"x-crawler"}'
    rows = [("u", bot, "staff"), ("u", None, None), (None, bot, None), ("anna", None, None), ("u", "{broken", None)]
    frame = pl.DataFrame(rows, _TEXT, orient="row")
    assert RULE.marked(frame)["mark"].to_list() == ["staff", None, "bot", "staff", None]
    assert RULE.marked(frame).drop("mark").equals(frame.drop("mark"))


def test_no_rule_marks_nobody() -> None:
    frame = pl.DataFrame([("anna", '{"user_agent":"Googlebot/2.1"}', None)], _TEXT, orient="row")
    assert MarkRule.of([], ["", ""]).marked(frame).equals(frame)
    assert MarkRule().mark_of("anna", "Googlebot/2.1") is None
