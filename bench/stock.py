"""Fill a database with very many applications, organizations and flags.

The server has created and migrated the database and holds one configured application; this copies rows of
it in bulk, so that each copy is a complete application with the same secret, rights and token profile. The
server must not be running meanwhile.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, insert, select

_APPLICATION_ID = "printf('be0c4%027d', n)"
_TEMPLATE_ORGANIZATION = "org_be0c4000000"


@dataclass(frozen=True, slots=True)
class Stock:
    """Say how much a database holds besides the measured application."""

    applications: int
    organizations: int
    flags: int


TEN = Stock(10, 10, 10)
FULL = Stock(100_000, 1_000_000, 1_000)


def find_database(data: Path) -> Path:
    """Return the one SQLite file in a data folder."""
    found = [path for path in sorted(data.rglob("*")) if path.is_file() and _is_sqlite(path)]
    if len(found) != 1:
        raise SystemExit(f"bench: {data.name} holds {len(found)} SQLite files; exactly one was expected.")
    return found[0]


def fill(data: Path, stock: Stock, template_client_id: str, template_flag: str = "dark_mode") -> int:
    """Copy the measured application and its like until the stock is there; return the database's bytes."""
    path = find_database(data)
    _add_template_organization(path, template_client_id)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-262144")
        connection.execute("BEGIN IMMEDIATE")
        _copy_applications(connection, stock.applications, template_client_id)
        _copy(
            connection,
            "organizations",
            {"code": "printf('org_%011x', n)", "name": "printf('Organization %d', n)"},
            ("code", _TEMPLATE_ORGANIZATION),
            stock.organizations,
        )
        _copy(
            connection,
            "feature_flags",
            {
                "key": "printf('flag_%d', n)",
                "id": "printf('flag_be0c4%d', n)",
                "name": "printf('Flag %d', n)",
            },
            ("key", template_flag),
            stock.flags,
        )
        connection.execute("DELETE FROM organizations WHERE code = ?", (_TEMPLATE_ORGANIZATION,))
        connection.execute("COMMIT")
        _check(connection, stock)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.stat().st_size


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(15) == b"SQLite format 3"


def _add_template_organization(path: Path, client_id: str) -> None:
    # Imported here so that the comparison and the bare signatures can be measured without the server.
    from claimsmith.storage.tables import applications, organizations

    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        environment_id = connection.execute(
            select(applications.c.environment_id).where(applications.c.id == client_id)
        ).scalar_one()
        connection.execute(
            insert(organizations).values(
                environment_id=environment_id,
                code=_TEMPLATE_ORGANIZATION,
                name="Template",
                created_at=datetime.now(UTC),
            )
        )
    engine.dispose()


def _copy_applications(connection: sqlite3.Connection, count: int, template: str) -> None:
    name = "printf('Application %d', n)"
    _copy(connection, "applications", {"id": _APPLICATION_ID, "name": name}, ("id", template), count)
    changed = {"application_id": _APPLICATION_ID}
    secret_id = {"id": "printf('be0c5%027d', n)"}
    _copy(connection, "client_secrets", {**changed, **secret_id}, ("application_id", template), count)
    for table in ("token_profiles", "api_applications", "api_application_scopes"):
        _copy(connection, table, changed, ("application_id", template), count)
    _copy(connection, "property_values", {"owner_id": _APPLICATION_ID}, ("owner_id", template), count)


def _copy(
    connection: sqlite3.Connection,
    table: str,
    changed: dict[str, str],
    template: tuple[str, str],
    count: int,
) -> None:
    """Copy the rows of a table that belong to a template, with expressions over `n` for some columns."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(changed.get(column, f'"{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    where, value = template
    connection.execute(
        f"WITH RECURSIVE counter(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < {count:d}) "
        f'INSERT INTO {table} ({names}) SELECT {values} FROM counter, {table} WHERE "{where}" = ?',
        (value,),
    )


def _check(connection: sqlite3.Connection, stock: Stock) -> None:
    broken = connection.execute("PRAGMA foreign_key_check").fetchmany(3)
    if broken:
        raise SystemExit(f"bench: the filled database has dangling references: {broken}")
    for table, least in (
        ("applications", stock.applications),
        ("client_secrets", stock.applications),
        ("token_profiles", stock.applications),
        ("api_application_scopes", 2 * stock.applications),
        ("property_values", stock.applications),
        ("organizations", stock.organizations),
        ("feature_flags", stock.flags),
    ):
        (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        if count < least:
            raise SystemExit(
                f"bench: {table} holds {count} rows after filling; at least {least} were expected."
            )
