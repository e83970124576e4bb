"""Progress in a log: long stages are told now and then, quick ones not at all."""

from io import StringIO

from rich.console import Console
from rich.progress import Progress

from shopkeeper.cli.progress import Bars, Lines


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
        "reading: 1,000 of 4,000",
        "reading: 3,000 of 4,000",
        "reading: done in 20 s",
    ]


def test_a_stage_with_a_changing_detail_is_one_stage() -> None:
    stream = StringIO()
    lines = Lines(stream, iter([0.0, 3.0, 6.0]).__next__)
    for done, name in enumerate(("popular", "als", "als")):
        lines(f"fitting: {name}", done, 2)
    assert stream.getvalue().splitlines() == ["fitting: als: 1 of 2", "fitting: done in 6 s"]


def test_a_terminal_shows_one_bar_for_it_too() -> None:
    stream = StringIO()
    with Progress(
        *Progress.get_default_columns(), console=Console(file=stream, force_terminal=True, width=80)
    ) as shown:
        bars = Bars(shown)
        for done, name in enumerate(("popular", "als", "als")):
            bars(f"fitting: {name}", done, 2)
        assert [(task.description, task.completed, task.total) for task in shown.tasks] == [("fitting", 2, 2)]
