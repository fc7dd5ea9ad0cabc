"""What was set aside is of a person, and is forgotten with him."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbox", sa.Column("bot_user_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("inbox", "bot_user_id")
