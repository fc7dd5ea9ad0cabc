"""Lanes belong to processes that live; what goes to many waits for what answers somebody."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lane_owner",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("lives_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", name="lane_owner_pkey"),
    )
    op.drop_column("lane", "lease_until")
    op.create_index("lane_owner_idx", "lane", ["owner"])
    op.add_column("outbox", sa.Column("bulk", sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    op.drop_column("outbox", "bulk")
    op.drop_index("lane_owner_idx", "lane")
    op.add_column(
        "lane",
        sa.Column("lease_until", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.alter_column("lane", "lease_until", server_default=None)
    op.drop_table("lane_owner")
