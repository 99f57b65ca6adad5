"""Store roles and connections, and which of them an application has."""

from dataclasses import fields
from typing import Any

from sqlalchemy import select

from claimsmith.domain.paging import Page
from claimsmith.domain.roles import Connection, Role
from claimsmith.storage.questions import Question, Row, given, own
from claimsmith.storage.store import Store
from claimsmith.storage.tables import (
    application_access_roles,
    application_connections,
    connections,
    roles,
)


def _same(linking: Any, target: Any, column: str) -> Any:
    return (linking.c.environment_id == target.c.environment_id) & (linking.c[column] == target.c.id)


_ALL_CONNECTIONS = Question(
    select(connections).where(own(connections)).order_by(connections.c.name, connections.c.id)
)
_OFFERED = Question(
    select(connections)
    .select_from(
        application_connections.join(
            connections, _same(application_connections, connections, "connection_id")
        )
    )
    .where(
        own(application_connections),
        application_connections.c.application_id == given(application_connections.c.application_id),
    )
    .order_by(connections.c.name, connections.c.id)
)


class RoleStore(Store):
    """Store the roles of one environment."""

    async def find(self, role_id: str) -> Role | None:
        """Return one role, or `None`."""
        row = await self.find_one(roles, id=role_id)
        return role_of(row) if row else None

    async def all(self) -> list[Role]:
        """Return every role in the order of their keys."""
        rows = await self.rows(self.select(roles).order_by(roles.c.key))
        return [role_of(row) for row in rows]

    async def find_by_key(self, key: str) -> Role | None:
        """Return the role with a key, or `None`."""
        row = await self.find_one(roles, key=key)
        return role_of(row) if row else None

    async def page_sorted(
        self, *, page_size: int | None, next_token: str | None, order_by_key: bool, descending: bool
    ) -> Page[Role]:
        """Return one page of roles in the order of their names or keys."""
        column = roles.c.key if order_by_key else roles.c.name
        return await self.page(
            self.select(roles),
            (column, roles.c.id),
            role_of,
            page_size=page_size,
            next_token=next_token,
            descending=descending,
        )

    async def add(self, role: Role) -> None:
        """Insert one role."""
        await self.insert(roles, **_columns(role))

    async def replace(self, role: Role) -> None:
        """Write every member of a role that exists."""
        await self.change(roles, {"id": role.id}, **_columns(role))

    async def remove(self, role_id: str) -> bool:
        """Delete one role, also where it is allowed; tell whether it was there."""
        return await self.remove_all(roles, id=role_id) > 0

    async def guarded_by(self, permission_id: str) -> list[Role]:
        """Return the roles that only holders of a permission may assign, in the order of their keys."""
        statement = self.select(roles, roles.c.assignment_permission_id == permission_id)
        return [role_of(row) for row in await self.rows(statement.order_by(roles.c.key))]

    async def access_roles(self, application_id: str) -> list[Role]:
        """Return the roles that may use an application, in the order of their ids."""
        linking = application_access_roles
        rows = await self.rows(
            select(roles)
            .select_from(linking.join(roles, _same(linking, roles, "role_id")))
            .where(self.within(linking), linking.c.application_id == application_id)
            .order_by(roles.c.id)
        )
        return [role_of(row) for row in rows]

    async def allow(self, application_id: str, role_id: str) -> None:
        """Let a role use an application; one that may stays as it is."""
        values = {"application_id": application_id, "role_id": role_id}
        await self.upsert(application_access_roles, values, ("application_id", "role_id"), {})

    async def disallow(self, application_id: str, role_id: str) -> bool:
        """Stop a role from using an application; tell whether it could."""
        linking = application_access_roles
        condition = (linking.c.application_id == application_id, linking.c.role_id == role_id)
        return await self.run(self.delete(linking, *condition)) > 0


class ConnectionStore(Store):
    """Store the connections of one environment."""

    async def find(self, connection_id: str) -> Connection | None:
        """Return one connection, or `None`."""
        row = await self.find_one(connections, id=connection_id)
        return _connection(row) if row else None

    async def all(self) -> list[Connection]:
        """Return every connection in the order of their names."""
        return [_connection(row) for row in await self.ask_rows(_ALL_CONNECTIONS)]

    async def add(self, connection: Connection) -> None:
        """Insert one connection."""
        await self.insert(
            connections, **{field.name: getattr(connection, field.name) for field in fields(Connection)}
        )

    async def of_application(self, application_id: str) -> list[Connection]:
        """Return the connections that an application offers, in the order of their names."""
        return [_connection(row) for row in await self.ask_rows(_OFFERED, application_id=application_id)]

    async def enable(self, application_id: str, connection_id: str) -> None:
        """Offer a connection in an application; one that is offered stays as it is."""
        values = {"application_id": application_id, "connection_id": connection_id}
        await self.upsert(application_connections, values, ("application_id", "connection_id"), {})

    async def disable(self, application_id: str, connection_id: str) -> bool:
        """Stop offering a connection in an application; tell whether it was offered."""
        linking = application_connections
        condition = (linking.c.application_id == application_id, linking.c.connection_id == connection_id)
        return await self.run(self.delete(linking, *condition)) > 0


def _columns(role: Role) -> dict[str, Any]:
    return {field.name: getattr(role, field.name) for field in fields(Role)}


def role_of(row: Row) -> Role:
    """Return the role of a row of its table."""
    return Role(**{field.name: row[field.name] for field in fields(Role)})


def _connection(row: Row) -> Connection:
    return Connection(**{field.name: row[field.name] for field in fields(Connection)})
