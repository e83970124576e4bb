"""Markets sorted by code point in every database: which of very many are the first is no matter of its language."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say how one column is sorted, and make its indexes anew; no row is touched. SQLite sorts so anyway."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute('ALTER TABLE offer ALTER COLUMN market TYPE text COLLATE "C"')
