"""News of orders that bot users have not heard yet."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_news",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("bot_user_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("paid", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["shop_id", "bot_user_id"],
            ["bot_user.shop_id", "bot_user.id"],
            name="order_news_shop_id_bot_user_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name="order_news_pkey"),
    )
    op.create_index("order_news_created_at_idx", "order_news", ["created_at"])


def downgrade() -> None:
    op.drop_table("order_news")
