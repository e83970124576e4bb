"""Progress in a log: long stages are told now and then, quick ones not at all."""

from io import StringIO

from rich.console import Console
from rich.progress import Progress

from shopkeeper.cli.progress import Bars, Far, Left, Lines
from shopkeeper.record.progress import UNKNOWN, AtMost


def test_quick_stages_pass_silently() -> None:
    stream = StringIO()
    lines = Lines(stream, iter([0.0, 1.0, 1.9]).__next__)
    for done in (0, 1, 2):
        lines("reading", done, 2)
    assert stream.getvalue() == ""


def test_long_stages_are_told_after_two_seconds_then_every_ten_and_at_their_end() -> None:
    stream = StringIO()
    lines = Lines(stream, iter([0.0, 2.0, 5.0, 12.0, 20.0]).__next__)
    for done in (0, 1000, 2000, 3000, 4000):
        lines("reading", done, 4000)
    assert stream.getvalue().splitlines() == [
        "reading: 25 %, 6 s left",
        "reading: 75 %, 4 s left",
        "reading: done in 20 s",
    ]


def test_what_takes_minutes_is_told_in_minutes() -> None:
    stream = StringIO()
    lines = Lines(stream, iter([0.0, 30.0]).__next__)
    for done in (0, 10):
        lines("training", done, 100)
    assert stream.getvalue() == "training: 10 %, 4 min left\n"  # 30 s for a tenth: 270 s for the rest


def test_a_stage_with_a_changing_detail_is_one_stage() -> None:
    stream = StringIO()
    lines = Lines(stream, iter([0.0, 3.0, 6.0]).__next__)
    for done, name in enumerate(("popular", "als", "als")):
        lines(f"fitting: {name}", done, 2)
    assert stream.getvalue().splitlines() == ["fitting: als: 50 %, 3 s left", "fitting: done in 6 s"]


def test_work_that_may_end_sooner_is_told_as_at_most_so_long() -> None:
    stream = StringIO()
    lines = Lines(stream, iter([0.0, 30.0, 45.0]).__next__)
    for done in (0, 10):
        lines(f"training: epoch {done}", done, AtMost(100))
    lines("training", 1, 1)
    assert stream.getvalue().splitlines() == ["training: epoch 10: at most 4 min left", "training: done in 45 s"]
    with Progress(Left(), console=Console(file=StringIO(), width=80)) as shown:
        bars = Bars(shown)
        for stage, total in (("training", AtMost(100)), ("fitting", 100)):
            bars(stage, 0, total)
        least, sure = (Left().render(task).plain for task in shown.tasks)
        assert (least, sure) == ("at most -:--:--", "-:--:--")


def test_no_time_is_promised_where_less_than_a_second_is_left() -> None:
    stream = StringIO()
    lines = Lines(stream, iter([0.0, 2.0, 12.5]).__next__)
    for done in (0, 90, 99):
        lines("checking", done, 100)
    assert stream.getvalue().splitlines() == ["checking: 90 %", "checking: 99 %"]


def test_a_stage_that_cannot_know_its_end_is_counted() -> None:
    stream = StringIO()
    lines = Lines(stream, iter([0.0, 3.0, 6.0]).__next__)
    for done, total in ((10, UNKNOWN), (2_000, UNKNOWN), (2_500, 2_500)):
        lines("reading", done, total)
    assert stream.getvalue().splitlines() == ["reading: 2,000 so far", "reading: done in 6 s"]
    with Progress(Far(), console=Console(file=StringIO(), width=80)) as shown:
        Bars(shown)("reading", 2_000, UNKNOWN)
        assert Far().render(shown.tasks[0]).plain == "2,000"
        Bars(shown)("checking", 1, 4)
        assert Far().render(shown.tasks[1]).plain == " 25 %"


def test_a_terminal_shows_one_bar_for_it_too() -> None:
    stream = StringIO()
    with Progress(
        *Progress.get_default_columns(), console=Console(file=stream, force_terminal=True, width=80)
    ) as shown:
        bars = Bars(shown)
        for done, name in enumerate(("popular", "als", "als")):
            bars(f"fitting: {name}", done, 2)
        assert [(task.description, task.completed, task.total) for task in shown.tasks] == [("fitting", 2, 2)]
