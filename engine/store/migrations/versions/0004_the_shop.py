"""Goods, prices, ways to deliver and to pay, orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_LARGEST = 10**15


def upgrade() -> None:
    _goods()
    _terms()
    _orders()


def downgrade() -> None:
    for table in ("order_counter", "shop_order", "payment_method", "delivery_method", "promo_code"):
        op.drop_table(table)
    for table in ("variant", "product", "category"):
        op.drop_table(table)


def _goods() -> None:
    op.create_table(
        "category",
        *_key("category"),
        _words("key"),
        _words("title"),
        _big("parent_id", nullable=True),
        _big("position", "0"),
        _yes_no("hidden", "false"),
        *_moments(),
        _of_shop("category"),
        sa.UniqueConstraint("shop_id", "key", name=op.f("category_shop_id_key_key")),
        _within("category", "parent_id", "category", "SET NULL (parent_id)"),
        sa.CheckConstraint("parent_id <> id", name=op.f("category_parent_check")),
    )
    _in_order("category", "parent_id")
    op.create_table(
        "product",
        *_key("product"),
        _big("category_id", nullable=True),
        _words("sku", "''"),
        _words("title"),
        _words("description", "''"),
        sa.Column("pictures", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        _big("position", "0"),
        _yes_no("hidden", "false"),
        *_moments(),
        _of_shop("product"),
        _within("product", "category_id", "category", "SET NULL (category_id)"),
    )
    _in_order("product", "category_id")
    op.create_index(
        op.f("product_shop_id_sku_key"),
        "product",
        ["shop_id", "sku"],
        unique=True,
        postgresql_where=sa.text("sku <> ''"),
    )
    op.create_table(
        "variant",
        *_key("variant"),
        _big("product_id"),
        _words("title", "''"),
        _words("sku", "''"),
        _big("price"),
        _big("old_price", nullable=True),
        _big("stock", nullable=True),
        _big("position", "0"),
        _within("variant", "product_id", "product", "CASCADE"),
        _amount("variant", "price"),
        _amount("variant", "old_price"),
        sa.CheckConstraint("stock >= 0", name=op.f("variant_stock_check")),
    )
    _in_order("variant", "product_id")


def _terms() -> None:
    op.create_table(
        "promo_code",
        *_key("promo_code"),
        _words("code"),
        sa.Column("percent", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        _big("amount", "0"),
        _big("least", "0"),
        _yes_no("active", "true"),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        _big("uses_left", nullable=True),
        *_moments(),
        _of_shop("promo_code"),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("promo_code_percent_check")),
        _amount("promo_code", "amount"),
        _amount("promo_code", "least"),
        sa.CheckConstraint("uses_left >= 0", name=op.f("promo_code_uses_left_check")),
    )
    op.create_index(
        op.f("promo_code_shop_id_code_key"), "promo_code", ["shop_id", sa.text("lower(code)")], unique=True
    )
    op.create_table(
        "delivery_method",
        *_key("delivery_method"),
        _words("title"),
        _big("price", "0"),
        _big("free_from", nullable=True),
        _yes_no("needs_address", "false"),
        _big("position", "0"),
        _yes_no("active", "true"),
        _of_shop("delivery_method"),
        _amount("delivery_method", "price"),
        _amount("delivery_method", "free_from"),
    )
    op.create_table(
        "payment_method",
        *_key("payment_method"),
        _words("title"),
        _words("kind"),
        _yes_no("online", "false"),
        _json("settings", "'{}'"),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        _big("position", "0"),
        _yes_no("active", "true"),
        _of_shop("payment_method"),
    )


def _orders() -> None:
    statuses = "'new', 'accepted', 'paid', 'delivering', 'done', 'cancelled'"
    op.create_table(
        "shop_order",
        *_key("shop_order"),
        _big("number"),
        _big("bot_user_id", nullable=True),
        _big("bot_id"),
        _words("status", "'new'"),
        _json("contact", "'{}'"),
        _json("items", "'[]'"),
        _words("currency"),
        _big("subtotal"),
        _big("discount", "0"),
        _words("promo", "''"),
        _big("delivery_id", nullable=True),
        _words("delivery_title", "''"),
        _big("delivery_price", "0"),
        _big("payment_id", nullable=True),
        _words("payment_title", "''"),
        _big("total"),
        _words("comment", "''"),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        _big("turn"),
        _big("place", "0"),
        *_moments(),
        _of_shop("shop_order"),
        sa.UniqueConstraint("shop_id", "number", name=op.f("shop_order_shop_id_number_key")),
        sa.UniqueConstraint(
            "shop_id",
            "bot_user_id",
            "turn",
            "place",
            name=op.f("shop_order_shop_id_bot_user_id_turn_place_key"),
        ),
        sa.CheckConstraint(f"status in ({statuses})", name=op.f("shop_order_status_check")),
    )
    op.create_index(op.f("shop_order_shop_id_created_at_idx"), "shop_order", ["shop_id", "created_at"])
    op.create_table(
        "order_counter",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        _big("last"),
        _of_shop("order_counter"),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("order_counter_pkey")),
    )


def _key(table: str) -> tuple[sa.Column[int], sa.Column[int], sa.PrimaryKeyConstraint]:
    return (
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f(f"{table}_pkey")),
    )


def _words(name: str, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default and sa.text(default), nullable=False)


def _big(name: str, default: str | None = None, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=default and sa.text(default), nullable=nullable)


def _yes_no(name: str, default: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.text(default), nullable=False)


def _json(name: str, default: str) -> sa.Column[object]:
    return sa.Column(name, JSONB(), server_default=sa.text(default), nullable=False)


def _moments() -> tuple[sa.Column[object], sa.Column[object]]:
    return _moment("created_at"), _moment("updated_at")


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _of_shop(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"{table}_shop_id_fkey")
    return sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=name, ondelete="CASCADE")


def _within(table: str, column: str, parent: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"{table}_shop_id_{column}_fkey")
    there = [f"{parent}.shop_id", f"{parent}.id"]
    return sa.ForeignKeyConstraint(["shop_id", column], there, name=name, ondelete=ondelete)


def _amount(table: str, column: str) -> sa.CheckConstraint:
    name = op.f(f"{table}_{column}_check")
    return sa.CheckConstraint(f"{column} BETWEEN 0 AND {_LARGEST}", name=name)


def _in_order(table: str, column: str) -> None:
    columns = ["shop_id", column, "position", "id"]
    op.create_index(op.f(f"{table}_shop_id_{column}_position_id_idx"), table, columns)
