"""Channels to the shop's staff, and what goes through them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "notification_channel",
        *_key(),
        sa.Column("type", sa.SmallInteger(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("tg_user_id", sa.BigInteger(), nullable=True),
        sa.Column("tg_user_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("tags", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        _moment("created_at"),
        _moment("updated_at"),
        sa.CheckConstraint(
            "(type = 1 AND email IS NOT NULL AND tg_user_id IS NULL)"
            " OR (type = 2 AND tg_user_id IS NOT NULL AND email IS NULL)",
            name=op.f("notification_channel_address_check"),
        ),
        _of_shop("notification_channel"),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("notification_channel_pkey")),
    )
    op.create_table(
        "notification",
        *_key(),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("bot_user_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'queued'"), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        _moment("not_before"),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        _moment("created_at"),
        sa.CheckConstraint("status in ('queued', 'sent', 'failed')", name=op.f("notification_status_check")),
        _of_shop("notification"),
        sa.ForeignKeyConstraint(
            ["shop_id", "channel_id"],
            ["notification_channel.shop_id", "notification_channel.id"],
            name=op.f("notification_shop_id_channel_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("notification_pkey")),
    )
    waiting = sa.text("status = 'queued'")
    op.create_index("notification_waiting", "notification", ["not_before"], postgresql_where=waiting)
    op.create_index(op.f("notification_shop_id_channel_id_idx"), "notification", ["shop_id", "channel_id"])


def downgrade() -> None:
    op.drop_table("notification")
    op.drop_table("notification_channel")


def _key() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
    )


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=_NOW, nullable=False)


def _of_shop(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"{table}_shop_id_fkey")
    return sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=name, ondelete="CASCADE")
