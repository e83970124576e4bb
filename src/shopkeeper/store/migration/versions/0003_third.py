"""No index of the events' times: only retention and training ask for them, both seldom, and every event paid for it."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop one index; no row is touched."""
    op.drop_index("ix_event_time", "event")
