"""Sealing every stored secret with the current key, while everything runs."""

from typing import NamedTuple

from engine.secrets import SecretFault, Vault
from engine.store.unit import Database

SEALED = (
    ("bot", "credentials"),
    ("bot", "hook_secret"),
    ("language_model", "key"),
    ("payment_method", "secret"),
)
"""Columns that hold what the vault sealed, for the place `table.column`."""
_PAGE = 500


class Resealed(NamedTuple):
    """`renewed` secrets are under the current key now; `faults` cannot be opened and were left alone."""

    renewed: int
    faults: list[SecretFault]


async def reseal(database: Database, vault: Vault) -> Resealed:
    """Afterwards the earlier keys can be taken out of the settings, unless there are faults."""
    done = Resealed(0, [])
    for table, column in SEALED:
        after = (0, 0)
        while page := await _page(database, table, column, after):
            renewed = []
            for shop_id, id, sealed in page:
                try:
                    anew = vault.reseal(shop_id, f"{table}.{column}", id, sealed)
                except SecretFault as fault:
                    done.faults.append(fault)
                    continue
                if anew is not None:
                    renewed.append((shop_id, id, sealed, anew))
            # A secret that was changed since it was read is sealed with the current key already.
            update = f"UPDATE {table} SET {column} = $4 WHERE shop_id = $1 AND id = $2 AND {column} = $3"
            async with database.connection() as connection:
                await connection.executemany(update, renewed)
            done = done._replace(renewed=done.renewed + len(renewed))
            after = page[-1][:2]
    return done


async def _page(
    database: Database, table: str, column: str, after: tuple[int, int]
) -> list[tuple[int, int, bytes]]:
    query = f"""
        SELECT shop_id, id, {column} FROM {table} WHERE (shop_id, id) > ($1, $2) AND {column} IS NOT NULL
        ORDER BY shop_id, id LIMIT {_PAGE}
    """
    async with database.connection() as connection:
        return [(row[0], row[1], row[2]) for row in await connection.fetch(query, *after)]
