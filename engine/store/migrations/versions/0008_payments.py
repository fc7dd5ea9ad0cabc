"""What was paid for orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payment",
        *_key(),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("method_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("facts", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        sa.CheckConstraint("status in ('paid', 'failed')", name=op.f("payment_status_check")),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("payment_shop_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("payment_pkey")),
        sa.UniqueConstraint(
            "shop_id",
            "method_id",
            "external_id",
            name=op.f("payment_shop_id_method_id_external_id_key"),
        ),
    )
    op.create_index(op.f("payment_shop_id_number_idx"), "payment", ["shop_id", "number"])
    op.create_table(
        "shown_bill",
        *_key(),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("bot_user_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        _moment("created_at"),
        sa.ForeignKeyConstraint(
            ["shop_id", "bot_user_id"],
            ["bot_user.shop_id", "bot_user.id"],
            name=op.f("shown_bill_shop_id_bot_user_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("shown_bill_pkey")),
        sa.UniqueConstraint("shop_id", "number", name=op.f("shown_bill_shop_id_number_key")),
    )


def downgrade() -> None:
    op.drop_table("shown_bill")
    op.drop_table("payment")


def _key() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
    )


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
