"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="account_pkey"),
        sa.UniqueConstraint("email", name="account_email_key"),
    )
    op.create_table(
        "audit",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("before", JSONB(), nullable=True),
        sa.Column("after", JSONB(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name="audit_pkey"),
    )
    op.create_index(
        "audit_shop_id_subject_subject_id_idx", "audit", ["shop_id", "subject", "subject_id"], unique=False
    )
    op.create_table(
        "call",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bot_user_id", sa.BigInteger(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("request", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "id", name="call_pkey"),
    )
    op.create_index("call_not_before_idx", "call", ["not_before"], unique=False)
    op.create_index("call_shop_id_bot_user_id_idx", "call", ["shop_id", "bot_user_id"], unique=False)
    op.create_table(
        "fault",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("bot_user_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name="fault_pkey"),
    )
    op.create_index("fault_shop_id_flow_id_idx", "fault", ["shop_id", "flow", "id"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name="inbox_pkey"),
    )
    op.create_index("inbox_shop_id_bot_id_idx", "inbox", ["shop_id", "bot_id"], unique=False)
    op.create_table(
        "lane",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "bot_id", name="lane_pkey"),
    )
    op.create_table(
        "lead",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("bot_user_id", sa.BigInteger(), nullable=False),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'new'"), nullable=False),
        sa.Column("values", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("source", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("comment", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status in ('new', 'in_work', 'done', 'rejected')", name=op.f("lead_status_check")
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name="lead_pkey"),
        sa.UniqueConstraint(
            "shop_id", "bot_user_id", "turn", "place", name="lead_shop_id_bot_user_id_turn_place_key"
        ),
    )
    op.create_index("lead_shop_id_created_at_idx", "lead", ["shop_id", "created_at"], unique=False)
    op.create_table(
        "message",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bot_user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("direction", sa.SmallInteger(), nullable=False),
        sa.Column("body", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status in ('queued', 'sent', 'failed', 'ambiguous', 'received')",
            name=op.f("message_status_check"),
        ),
        sa.CheckConstraint("direction in (1, 2, 3)", name=op.f("message_direction_check")),
        sa.PrimaryKeyConstraint("shop_id", "bot_user_id", "seq", name="message_pkey"),
    )
    op.create_table(
        "outbox",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("bot_user_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("body", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("parts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("dead", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name="outbox_pkey"),
        postgresql_with={"autovacuum_vacuum_scale_factor": 0.05, "autovacuum_vacuum_cost_delay": 0},
    )
    op.create_index("outbox_shop_id_bot_id_id_idx", "outbox", ["shop_id", "bot_id", "id"], unique=False)
    op.create_table(
        "shop",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), server_default=sa.text("'UTC'"), nullable=False),
        sa.Column("currency", sa.Text(), server_default=sa.text("'USD'"), nullable=False),
        sa.Column("lang_code", sa.Text(), server_default=sa.text("'en'"), nullable=False),
        sa.Column("publication", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="shop_pkey"),
    )
    op.create_table(
        "timer",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bot_user_id", sa.BigInteger(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "id", name="timer_pkey"),
        sa.UniqueConstraint(
            "shop_id", "bot_user_id", "flow", "step", name="timer_shop_id_bot_user_id_flow_step_key"
        ),
    )
    op.create_index("timer_run_at_idx", "timer", ["run_at"], unique=False)
    op.create_table(
        "bot",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("credentials", sa.LargeBinary(), nullable=True),
        sa.Column("hook_secret", sa.LargeBinary(), nullable=True),
        sa.Column("nickname", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("link", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("avatar_url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status in (1, 3, 5)", name=op.f("bot_status_check")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="bot_shop_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id", name="bot_pkey"),
    )
    op.create_table(
        "flow",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("draft", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("draft_revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("published_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="flow_shop_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id", name="flow_pkey"),
        sa.UniqueConstraint("shop_id", "key", name="flow_shop_id_key_key"),
    )
    op.create_table(
        "lead_form",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fields", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="lead_form_shop_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id", name="lead_form_pkey"),
        sa.UniqueConstraint("shop_id", "key", name="lead_form_shop_id_key_key"),
    )
    op.create_table(
        "member",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "role in ('owner', 'partner', 'editor', 'operator', 'viewer')", name=op.f("member_role_check")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="member_account_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="member_shop_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "account_id", name="member_pkey"),
    )
    op.create_index("member_account_id_idx", "member", ["account_id"], unique=False)
    op.create_table(
        "tag",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="tag_shop_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id", name="tag_pkey"),
        sa.UniqueConstraint("shop_id", "name", name="tag_shop_id_name_key"),
    )
    op.create_table(
        "token",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="token_account_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="token_pkey"),
        sa.UniqueConstraint("hash", name="token_hash_key"),
    )
    op.create_index("token_account_id_idx", "token", ["account_id"], unique=False)
    op.create_table(
        "variable",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dtype", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "dtype in ('text', 'number', 'bool', 'image', 'json')", name=op.f("variable_dtype_check")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="variable_shop_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id", name="variable_pkey"),
        sa.UniqueConstraint("shop_id", "name", name="variable_shop_id_name_key"),
    )
    op.create_table(
        "bot_user",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("messenger_user_id", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("avatar_url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("messenger_user_url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("lang_code", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("start_parameter", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("subscribed", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("reachable", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("variables", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("tags", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("state", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("api_state", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "taken", sa.Boolean(), sa.Computed("state @> '{\"taken\": true}'", persisted=True), nullable=False
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("seen", sa.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["shop_id", "bot_id"],
            ["bot.shop_id", "bot.id"],
            name="bot_user_shop_id_bot_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name="bot_user_pkey"),
        sa.UniqueConstraint(
            "shop_id", "bot_id", "messenger_user_id", name="bot_user_shop_id_bot_id_messenger_user_id_key"
        ),
        postgresql_with={"fillfactor": 80},
    )
    op.create_table(
        "revision",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("flow_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("document", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("comment", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "flow_id"],
            ["flow.shop_id", "flow.id"],
            name="revision_shop_id_flow_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name="revision_pkey"),
        sa.UniqueConstraint("shop_id", "flow_id", "number", name="revision_shop_id_flow_id_number_key"),
    )


def downgrade() -> None:
    op.drop_table("revision")
    op.drop_table("bot_user")
    op.drop_table("variable")
    op.drop_table("token")
    op.drop_table("tag")
    op.drop_table("member")
    op.drop_table("lead_form")
    op.drop_table("flow")
    op.drop_table("bot")
    op.drop_table("timer")
    op.drop_table("shop")
    op.drop_table("outbox")
    op.drop_table("message")
    op.drop_table("lead")
    op.drop_table("lane")
    op.drop_table("inbox")
    op.drop_table("fault")
    op.drop_table("call")
    op.drop_table("audit")
    op.drop_table("account")
