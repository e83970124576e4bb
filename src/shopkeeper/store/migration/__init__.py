"""The schema's versions: which one a database has, and how it is brought to this code's."""

from pathlib import Path
from threading import Lock
from typing import Final

import sqlalchemy as sa

from shopkeeper.error import StoreError

SCHEMA_VERSION: Final = "0005"  # the newest revision in versions/; revisions are numbered so that texts sort

_ALONE = Lock()  # Alembic keeps the migration that is under way in globals; other databases of this process wait


def database_version(connection: sa.Connection) -> str | None:
    """The schema version that a database has; None where it has no schema yet."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return version


def check_version(connection: sa.Connection) -> bool:
    """Whether a database has this code's schema. Raises StoreError where its schema is newer."""
    version = database_version(connection)
    if version is not None and version > SCHEMA_VERSION:
        raise StoreError(
            f"the store has schema version {version}, newer than version {SCHEMA_VERSION} of this code. "
            "Upgrade Shopkeeper, or restore a backup that was made with this version."
        )
    return version == SCHEMA_VERSION


def migrate(connection: sa.Connection) -> None:
    """Bring a database to this code's schema inside the caller's transaction. Raises StoreError where it is newer."""
    if check_version(connection):
        return
    # Late: Alembic takes a fifth of a second to import, and nearly every start finds the schema as it should be.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with _ALONE:
        command.upgrade(config, "head")
