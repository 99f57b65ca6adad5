"""Store environments themselves, and read what changed inside them."""

from dataclasses import fields
from typing import Any

from sqlalchemy import RowMapping, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from claimsmith.domain.changes import Change
from claimsmith.domain.environments import Environment
from claimsmith.storage import tables


class EnvironmentStore:
    """Store environments, over a connection that may cross them."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Bind the store to a connection in a transaction."""
        self.connection = connection

    async def lock(self) -> None:
        """Let nobody else make or change an environment before this transaction ends."""
        if self.connection.dialect.name == "postgresql":
            await self.connection.execute(text("LOCK TABLE environments IN SHARE ROW EXCLUSIVE MODE"))

    async def all(self) -> list[Environment]:
        """Return every environment, the default one first."""
        found = await self.connection.execute(
            select(tables.environments).order_by(
                tables.environments.c.is_default.desc(), tables.environments.c.code
            )
        )
        return [_environment(row) for row in found.mappings()]

    async def versions(self) -> dict[str, int]:
        """Return the version of every environment by its id."""
        found = await self.connection.execute(select(tables.environments.c.id, tables.environments.c.version))
        return {row[0]: int(row[1]) for row in found}

    async def changes_since(self, environment_id: str, version: int) -> list[Change]:
        """Return what changed in an environment after a version, oldest first."""
        found = await self.connection.execute(
            select(tables.changes.c.noun, tables.changes.c.object_id, tables.changes.c.action)
            .where(tables.changes.c.environment_id == environment_id, tables.changes.c.version > version)
            .order_by(tables.changes.c.version, tables.changes.c.ordinal)
        )
        return [Change(row[0], row[1], row[2]) for row in found]

    async def add(self, environment: Environment) -> None:
        """Insert one environment."""
        await self.connection.execute(insert(tables.environments).values(**_columns(environment)))

    async def set_issuer(self, environment_id: str, issuer: str, *, is_derived: bool) -> None:
        """Change the issuer of one environment."""
        await self.connection.execute(
            update(tables.environments)
            .where(tables.environments.c.id == environment_id)
            .values(issuer=issuer, issuer_is_derived=is_derived)
        )


def _columns(environment: Environment) -> dict[str, Any]:
    return {field.name: getattr(environment, field.name) for field in fields(Environment)}


def _environment(row: RowMapping) -> Environment:
    return Environment(**{field.name: row[field.name] for field in fields(Environment)})
