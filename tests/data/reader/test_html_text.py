"""HTML as plain text."""

import polars as pl
import pytest

from shopkeeper.data.reader.html_text import plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Cool &amp; light.</p>\n<ul><li>Linen</li><li>Porto</li></ul>", "Cool & light. Linen Porto"),
        ("Smells of <b>vanilla</b>.<br/>Burns 30&nbsp;h", "Smells of vanilla. Burns 30 h"),
        ("<style>p { color: red }</style><!-- <p>no</p> -->yes<script>if (a < b) {}</script>", "yes"),
        ("5 < 6 & 7 > 6", "5 < 6 & 7 > 6"),
        ("it&#8217;s &#x2764; &lt;b&gt; &unknown; &#0;", "it’s ❤ <b> &unknown; \ufffd"),
        ('<a title="x > y" href="/">link</a>', 'y" href="/">link'),  # as far as a pattern sees
        ("", ""),
        (None, None),
    ],
)
def test_text_is_what_a_reader_sees(html: str | None, text: str | None) -> None:
    assert plain_text(pl.Series("body", [html], pl.String)).to_list() == [text]
