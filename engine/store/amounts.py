"""Columns of money, and of what is counted, kept within bounds by the database as well."""

from sqlalchemy import CheckConstraint

from flows.trade.money import LARGEST


def amount(column: str) -> CheckConstraint:
    """Minor units: nothing to the largest amount there is, or NULL where the column allows it."""
    return CheckConstraint(f"{column} BETWEEN 0 AND {LARGEST}", name=column)


def counted(column: str) -> CheckConstraint:
    """Never below nothing; NULL: not counted."""
    return CheckConstraint(f"{column} >= 0", name=column)
