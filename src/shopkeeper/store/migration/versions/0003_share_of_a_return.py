"""What share of a purchase a return takes back."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to the table of events; what was returned before takes back the whole, as it did."""
    op.add_column("event", sa.Column("share", sa.Double()))
