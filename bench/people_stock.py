"""Fill a database, SQLite or PostgreSQL, with very many users.

The server has created and migrated the database; it must not be running meanwhile. Each user has a proved
address and is a member of one organization. Some of them, spread over all, have a password and a session.
"""

import asyncio
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

ORGANIZATIONS = 1_000
ACTIVE = 1_000
PASSWORD = "orange kettle over nine hills"
_BATCH = 50_000
_SESSION_SECONDS = 86_400
_NUMBERS = (
    "WITH RECURSIVE counter(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM counter WHERE n < {last})"
)
_USER = "'kp_be0c4' || {digits}"
_ORGANIZATION = "'org_be0c4' || substr({digits}, 22)"
_DIGITS = {"sqlite": "printf('%027d', {n})", "postgresql": "lpad(({n})::text, 27, '0')"}


@dataclass(frozen=True, slots=True)
class Person:
    """Name one user that takes part: id, address, and the token of a live session."""

    user_id: str
    email: str
    session: str


def fill(database_url: str | None, data: Path, users: int) -> list[Person]:
    """Put so many users into the database of a data folder, or the one at a URL; return who takes part."""
    return asyncio.run(_fill(database_url, data, users))


async def _fill(database_url: str | None, data: Path, users: int) -> list[Person]:
    # Imported here so that everything else can be measured without the server.
    from claimsmith.storage.database import Database, sqlite_url

    database = Database(database_url or sqlite_url(data), now=lambda: datetime.now(UTC))
    people = [_person(number) for number in _chosen(users)]
    try:
        async with database.across_environments() as connection:
            environment = (await connection.execute(text("SELECT id FROM environments"))).scalar_one()
        async with database.across_environments(writes=True) as connection:
            await _add_organizations(connection, environment)
        for statement in _statements("sqlite" if database.is_sqlite else "postgresql", environment, users):
            async with database.across_environments(writes=True) as connection:
                await connection.exec_driver_sql(statement)
        async with database.across_environments(writes=True) as connection:
            await _add_active(connection, environment, people)
            await connection.execute(text("ANALYZE"))
        async with database.across_environments() as connection:
            await _check(connection, users, len(people))
    finally:
        await database.close()
    return people


def _chosen(users: int) -> Sequence[int]:
    active = min(ACTIVE, users)
    return range(1, users + 1, users // active)[:active]


def _person(number: int) -> Person:
    token = f"sso_{secrets.token_hex(32)}"
    return Person(f"kp_be0c4{number:027d}", f"person{number:09d}@people.test", token)


def _statements(dialect: str, environment: str, users: int) -> Iterator[str]:
    """Return the statements that add users, addresses and memberships, in batches."""
    at = f"'{datetime.now(UTC) - timedelta(days=30):%Y-%m-%d %H:%M:%S}.000000{_zone(dialect)}'"
    own = f"'{environment}'"
    digits = _DIGITS[dialect].format(n="n")
    organization = _ORGANIZATION.format(digits=_DIGITS[dialect].format(n=f"n % {ORGANIZATIONS}"))
    user = _USER.format(digits=digits)
    address = f"'person' || substr({digits}, 19) || '@people.test'"
    rows = {
        "users": {
            "id": user,
            "first_name": "'Person'",
            "last_name": "'Number ' || n",
            "created_at": at,
            "updated_at": at,
            "total_sign_ins": "0",
            "failed_sign_ins": "0",
        },
        "identities": {
            "id": f"'identity_be0c4' || {digits}",
            "user_id": user,
            "type": "'email'",
            "value": address,
            "shown_value": address,
            "is_verified": "TRUE",
            "is_primary": "TRUE",
            "total_sign_ins": "0",
            "created_at": at,
        },
        "memberships": {"user_id": user, "organization_code": organization, "joined_at": at},
    }
    for first in range(1, users + 1, _BATCH):
        last = min(users, first + _BATCH - 1)
        for table, columns in rows.items():
            filled = {"environment_id": own, **dict.fromkeys(_flags(table), "FALSE"), **columns}
            yield _insert(table, filled, first, last)


def _zone(dialect: str) -> str:
    return "+00" if dialect == "postgresql" else ""


def _flags(table: str) -> list[str]:
    """Return the columns of a table that are true or false and never empty."""
    from claimsmith.storage.tables import metadata

    return [
        column.name
        for column in metadata.tables[table].columns
        if column.type.python_type is bool and not column.nullable
    ]


def _insert(table: str, columns: dict[str, str], first: int, last: int) -> str:
    names, values = ", ".join(columns), ", ".join(columns.values())
    numbers = _NUMBERS.format(first=first, last=last)
    return f"INSERT INTO {table} ({names}) {numbers} SELECT {values} FROM counter"


async def _add_organizations(connection: AsyncConnection, environment: str) -> None:
    from claimsmith.storage.tables import organizations

    common = {"environment_id": environment, "created_at": datetime.now(UTC)}
    rows = [
        {**common, "code": f"org_be0c4{number:06d}", "name": f"Organization {number}"}
        for number in range(ORGANIZATIONS)
    ]
    await connection.execute(insert(organizations), rows)


async def _add_active(connection: AsyncConnection, environment: str, people: Sequence[Person]) -> None:
    from claimsmith.crypto.password_hashing import PasswordHashing
    from claimsmith.crypto.secrets import hash_secret
    from claimsmith.domain.passwords import OWN_METHOD
    from claimsmith.domain.secrets import PlainSecret
    from claimsmith.storage.tables import passwords, sso_sessions

    hashing = PasswordHashing()
    hashed = await hashing.hash(PlainSecret(PASSWORD))
    hashing.close()
    now = datetime.now(UTC)
    common: dict[str, Any] = {"environment_id": environment}
    owned = [{**common, "user_id": each.user_id} for each in people]
    password = {"method": OWN_METHOD, "hash": hashed, "parameters": {}, "changed_at": now}
    session = {
        "authenticated_at": now,
        "methods": ["pwd"],
        "lifetime_seconds": _SESSION_SECONDS,
        "created_at": now,
        "last_seen_at": now,
        "expires_at": now + timedelta(seconds=_SESSION_SECONDS),
    }
    await connection.execute(insert(passwords), [{**row, **password} for row in owned])
    sessions = [
        {**row, **session, "id": secrets.token_hex(16), "hash": bytes(hash_secret(each.session))}
        for row, each in zip(owned, people, strict=True)
    ]
    await connection.execute(insert(sso_sessions), sessions)


async def _check(connection: AsyncConnection, users: int, active: int) -> None:
    for table, expected in (
        ("users", users),
        ("identities", users),
        ("memberships", users),
        ("passwords", active),
        ("sso_sessions", active),
    ):
        count = (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
        if count < expected:
            raise SystemExit(f"bench: {table} holds {count} rows; at least {expected} were expected.")
