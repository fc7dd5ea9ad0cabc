"""The shop's language model, and what it spent."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "language_model",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        _whole("price_in"),
        _whole("price_out"),
        sa.Column("monthly_limit", sa.BigInteger(), nullable=True),
        _moment("created_at"),
        _moment("updated_at"),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name="language_model_shop_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name="language_model_pkey"),
        sa.UniqueConstraint("shop_id", name="language_model_shop_id_key"),
    )
    op.create_table(
        "language_model_spend",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("month", sa.BigInteger(), autoincrement=False, nullable=False),
        _whole("tokens_in"),
        _whole("tokens_out"),
        _whole("spent"),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name="language_model_spend_shop_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "month", name="language_model_spend_pkey"),
    )


def downgrade() -> None:
    op.drop_table("language_model_spend")
    op.drop_table("language_model")


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
