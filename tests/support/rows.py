"""Put people into a database, row by row: what tests of tokens need before pages and APIs make them."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert

from claimsmith.storage import tables
from claimsmith.storage.work import Work

USER = "kp_0f1e2d3c4b5a69788796a5b4c3d2e1f0"


async def put(work: Work, table: str, **values: Any) -> None:
    """Insert one row into the environment of a transaction."""
    await work.connection.execute(
        insert(tables.metadata.tables[table]).values(environment_id=work.environment_id, **values)
    )


async def put_user(work: Work, user_id: str = USER, **values: Any) -> str:
    """Insert a user."""
    await put(work, "users", id=user_id, created_at=work.now, updated_at=work.now, **values)
    return user_id


async def put_identity(
    work: Work, user_id: str, type: str, value: str, *, primary: bool = True, verified: bool = True
) -> None:
    """Insert an identity of a user."""
    await put(
        work,
        "identities",
        id=f"identity_{type}_{value}"[:64],
        user_id=user_id,
        type=type,
        value=value,
        shown_value=value,
        is_primary=primary,
        is_verified=verified,
        created_at=work.now,
    )


async def put_organization(work: Work, code: str, **values: Any) -> str:
    """Insert an organization."""
    await put(work, "organizations", code=code, created_at=work.now, **{"name": code, **values})
    return code


async def put_member(work: Work, user_id: str, code: str, at: datetime | None = None) -> None:
    """Make a user a member of an organization."""
    await put(work, "memberships", user_id=user_id, organization_code=code, joined_at=at or work.now)
