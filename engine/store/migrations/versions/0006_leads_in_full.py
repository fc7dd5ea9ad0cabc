"""Tags, sources and assignees of leads."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _many("lead", "tags")
    op.execute(
        "ALTER TABLE lead ALTER source DROP DEFAULT, ALTER source TYPE jsonb USING"
        " CASE source WHEN '' THEN '{}' ELSE jsonb_build_object('start_parameter', source) END,"
        " ALTER source SET DEFAULT '{}'"
    )
    _many("lead_form", "notify_tags")
    op.add_column(
        "lead_form", sa.Column("assign_tag", sa.Text(), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("lead_form", sa.Column("assignee_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for column in ("assignee_id", "assign_tag", "notify_tags"):
        op.drop_column("lead_form", column)
    op.execute(
        "ALTER TABLE lead ALTER source DROP DEFAULT,"
        " ALTER source TYPE text USING coalesce(source ->> 'start_parameter', ''),"
        " ALTER source SET DEFAULT ''"
    )
    op.drop_column("lead", "tags")


def _many(table: str, column: str) -> None:
    none = sa.text("'{}'")
    op.add_column(table, sa.Column(column, sa.ARRAY(sa.Text()), server_default=none, nullable=False))
