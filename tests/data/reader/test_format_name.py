"""What formats are called."""

from shopkeeper.data.reader import READERS
from shopkeeper.data.reader.format_name import FORMAT_NAME


def test_every_format_has_a_name_for_people() -> None:
    assert list(FORMAT_NAME) == list(READERS)
