"""What is due is found bot by bot."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TABLES = {"timer": "run_at", "call": "not_before"}


def upgrade() -> None:
    for table, moment in _TABLES.items():
        op.add_column(table, sa.Column("bot_id", sa.BigInteger(), nullable=True))
        op.execute(
            f"UPDATE {table} t SET bot_id = u.bot_id FROM bot_user u"
            " WHERE u.shop_id = t.shop_id AND u.id = t.bot_user_id"
        )
        op.execute(f"DELETE FROM {table} WHERE bot_id IS NULL")
        op.alter_column(table, "bot_id", nullable=False)
        name = op.f(f"{table}_shop_id_bot_id_{moment}_id_idx")
        op.create_index(name, table, ["shop_id", "bot_id", moment, "id"])
        op.drop_index(op.f(f"{table}_{moment}_idx"), table)
        op.create_index(op.f(f"{table}_{moment}_idx"), table, [moment], postgresql_where=sa.text("token > 0"))


def downgrade() -> None:
    for table, moment in _TABLES.items():
        op.drop_index(op.f(f"{table}_{moment}_idx"), table)
        op.create_index(op.f(f"{table}_{moment}_idx"), table, [moment])
        op.drop_index(op.f(f"{table}_shop_id_bot_id_{moment}_id_idx"), table)
        op.drop_column(table, "bot_id")
