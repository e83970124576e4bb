"""Progress in a log: long stages are told now and then, quick ones not at all."""

from io import StringIO

from shopkeeper.cli.progress import Lines


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
