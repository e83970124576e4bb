"""The program `shopkeeper`, but its database is told not to wait for the disk: what a test of waiting must find."""

import sqlite3
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

from shopkeeper.app import main


def _hurry(connection: Any, _record: object, _proxy: object) -> None:
    is_file = isinstance(connection, sqlite3.Connection)
    connection.execute("PRAGMA synchronous = OFF" if is_file else "SET synchronous_commit = off")


if __name__ == "__main__":
    event.listen(Pool, "checkout", _hurry)
    main()
