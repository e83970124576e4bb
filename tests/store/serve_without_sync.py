"""The program `shopkeeper`, but SQLite is told not to wait for the disk: what a test of waiting must find."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

from shopkeeper.app import main


def _hurry(connection: Any, _record: object, _proxy: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")


if __name__ == "__main__":
    event.listen(Pool, "checkout", _hurry)
    main()
