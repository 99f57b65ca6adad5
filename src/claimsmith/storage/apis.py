"""Store APIs, their scopes, and which application may use which."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields
from typing import Any

from sqlalchemy import and_, select

from claimsmith.domain.apis import (
    Api,
    AuthorizedApi,
    AuthorizedApplication,
    Scope,
    ScopeOrigin,
    SigningAlgorithm,
    TokenShape,
)
from claimsmith.domain.paging import Page
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import api_application_scopes as enabled_scopes
from claimsmith.storage.tables import api_applications as authorizations
from claimsmith.storage.tables import api_scopes, apis, applications

Grant = tuple[Api, frozenset[str], Mapping[str, str]]


class ApiStore(Store):
    """Store the APIs of one environment, with their scopes and authorized applications."""

    async def find(self, api_id: str) -> Api | None:
        """Return one API, or `None`."""
        row = await self.find_one(apis, id=api_id)
        return _api(row) if row else None

    async def find_by_audience(self, audience: str) -> Api | None:
        """Return the API with an audience, or `None`."""
        row = await self.find_one(apis, audience=audience)
        return _api(row) if row else None

    async def all(self) -> list[Api]:
        """Return every API in the order of their names."""
        rows = await self.rows(self.select(apis).order_by(apis.c.name, apis.c.id))
        return [_api(row) for row in rows]

    async def page_by_name(self, *, page_size: int | None, next_token: str | None) -> Page[Api]:
        """Return one page of APIs in the order of their names."""
        return await self.page(
            self.select(apis),
            (apis.c.name, apis.c.id),
            _api,
            page_size=page_size,
            next_token=next_token,
        )

    async def add(self, api: Api) -> None:
        """Insert one API."""
        await self.insert(apis, **_api_columns(api))

    async def replace(self, api: Api) -> None:
        """Write every member of an API that exists, but when it was created."""
        values = _api_columns(api)
        del values["created_at"]
        await self.change(apis, {"id": api.id}, **values)

    async def remove(self, api_id: str) -> bool:
        """Delete one API with its scopes, imports and authorizations; tell whether it was there."""
        return await self.remove_all(apis, id=api_id) > 0

    async def scopes_of(self, api_id: str) -> list[Scope]:
        """Return the scopes of one API in the order of their keys."""
        return (await self.scopes_by_api([api_id]))[api_id]

    async def scopes_by_api(self, api_ids: Sequence[str]) -> dict[str, list[Scope]]:
        """Return the scopes of several APIs, by API, each in the order of their keys: one query."""
        found: dict[str, list[Scope]] = {api_id: [] for api_id in api_ids}
        rows = await self.rows(self.select(api_scopes, api_scopes.c.api_id.in_(api_ids)))
        for scope in sorted((scope_of(row) for row in rows), key=_key):
            found[scope.api_id].append(scope)
        return found

    async def find_scope(self, api_id: str, scope_id: str) -> Scope | None:
        """Return one scope of one API, or `None`."""
        row = await self.row(
            self.select(api_scopes, api_scopes.c.id == scope_id, api_scopes.c.api_id == api_id)
        )
        return scope_of(row) if row else None

    async def find_scope_by_id(self, scope_id: str) -> Scope | None:
        """Return the scope with an id, of whichever API, or `None`."""
        row = await self.find_one(api_scopes, id=scope_id)
        return scope_of(row) if row else None

    async def find_scope_by_key(self, api_id: str, key: str) -> Scope | None:
        """Return the scope of one API that has a key, or `None`."""
        row = await self.row(self.select(api_scopes, api_scopes.c.api_id == api_id, api_scopes.c.key == key))
        return scope_of(row) if row else None

    async def add_scope(self, scope: Scope) -> None:
        """Insert one scope."""
        await self.add_scopes([scope])

    async def add_scopes(self, scopes: Sequence[Scope]) -> None:
        """Insert several scopes; none is fine."""
        await self.insert_many(api_scopes, [_scope_columns(scope) for scope in scopes])

    async def replace_scope(self, scope: Scope) -> None:
        """Write every member of a scope that exists."""
        await self.change(api_scopes, {"id": scope.id}, **_scope_columns(scope))

    async def move_scopes(self, api_id: str, keys: AbstractSet[str], import_id: str) -> None:
        """Ascribe imported scopes of one API, named by their keys, to another import."""
        for some in _in_batches(sorted(keys)):
            await self.run(
                self.update(
                    api_scopes,
                    api_scopes.c.api_id == api_id,
                    api_scopes.c.origin == ScopeOrigin.IMPORT.value,
                    api_scopes.c.key.in_(some),
                ).values(import_id=import_id)
            )

    async def remove_scope(self, scope_id: str) -> bool:
        """Delete one scope, also where it is enabled; tell whether it was there."""
        return await self.remove_scopes([scope_id]) > 0

    async def remove_scopes(self, scope_ids: Sequence[str]) -> int:
        """Delete scopes, also where they are enabled; return how many were there."""
        removed = 0
        for some in _in_batches(scope_ids):
            removed += await self.run(self.delete(api_scopes, api_scopes.c.id.in_(some)))
        return removed

    async def authorized_applications(self, api_id: str) -> list[AuthorizedApplication]:
        """Return the applications authorized for one API, by name, with the scopes enabled for each."""
        rows = await self.rows(
            select(applications.c.id, applications.c.name, applications.c.type)
            .join_from(authorizations, applications, _same(authorizations, applications, "application_id"))
            .where(self.within(authorizations), authorizations.c.api_id == api_id)
            .order_by(applications.c.name, applications.c.id)
        )
        enabled: dict[str, list[str]] = {}
        for row in await self.rows(
            self.select(enabled_scopes, enabled_scopes.c.api_id == api_id).order_by(enabled_scopes.c.scope_id)
        ):
            enabled.setdefault(row["application_id"], []).append(row["scope_id"])
        return [
            AuthorizedApplication(row["id"], row["name"], row["type"], tuple(enabled.get(row["id"], ())))
            for row in rows
        ]

    async def is_authorized(self, api_id: str, application_id: str) -> bool:
        """Tell whether an application is authorized for an API."""
        return await self.exists(authorizations, *_pair(authorizations, api_id, application_id))

    async def authorize(self, api_id: str, application_id: str) -> None:
        """Authorize an application for an API, with no scope; one that is authorized stays as it is."""
        values = {"api_id": api_id, "application_id": application_id}
        await self.upsert(authorizations, values, ("api_id", "application_id"), {})

    async def revoke(self, api_id: str, application_id: str) -> bool:
        """Take an authorization away with the scopes it had; tell whether it was there."""
        pair = _pair(authorizations, api_id, application_id)
        return await self.run(self.delete(authorizations, *pair)) > 0

    async def enable_scopes(self, api_id: str, application_id: str, scope_ids: Sequence[str]) -> None:
        """Enable scopes for an authorized application; those that are enabled stay as they are."""
        rows = [{"api_id": api_id, "application_id": application_id, "scope_id": each} for each in scope_ids]
        await self.insert_missing(enabled_scopes, rows)

    async def disable_scope(self, api_id: str, application_id: str, scope_id: str) -> bool:
        """Disable a scope for an application; tell whether it was enabled."""
        pair = _pair(enabled_scopes, api_id, application_id)
        statement = self.delete(enabled_scopes, *pair, enabled_scopes.c.scope_id == scope_id)
        return await self.run(statement) > 0

    async def enabled_scope_ids(self, api_id: str, application_id: str) -> frozenset[str]:
        """Return the ids of the scopes that are enabled for an application at an API."""
        rows = await self.rows(self.select(enabled_scopes, *_pair(enabled_scopes, api_id, application_id)))
        return frozenset(row["scope_id"] for row in rows)

    async def apis_of_application(self, application_id: str) -> list[AuthorizedApi]:
        """Return the APIs an application is authorized for, by name, with all their scopes: two queries."""
        granted = await self.rows(
            select(apis)
            .join_from(authorizations, apis, _same(authorizations, apis, "api_id"))
            .where(self.within(authorizations), authorizations.c.application_id == application_id)
            .order_by(apis.c.name, apis.c.id)
        )
        is_enabled = and_(
            enabled_scopes.c.environment_id == api_scopes.c.environment_id,
            enabled_scopes.c.scope_id == api_scopes.c.id,
            enabled_scopes.c.application_id == application_id,
        )
        at_api = and_(
            api_scopes.c.environment_id == authorizations.c.environment_id,
            api_scopes.c.api_id == authorizations.c.api_id,
        )
        rows = await self.rows(
            select(api_scopes, enabled_scopes.c.scope_id.label("enabled_id"))
            .select_from(authorizations.join(api_scopes, at_api).outerjoin(enabled_scopes, is_enabled))
            .where(self.within(authorizations), authorizations.c.application_id == application_id)
        )
        return [_authorized(_api(row), rows) for row in granted]

    async def grants_of(self, application_id: str) -> list[Grant]:
        """Return what compiling an application's view needs, in two queries.

        For each API it is authorized for: the API, the keys of the scopes enabled for the application, and
        the ids of all the API's scopes by key.
        """
        return [
            (
                found.api,
                frozenset(scope.key for scope in found.scopes if scope.id in found.enabled_scope_ids),
                {scope.key: scope.id for scope in found.scopes},
            )
            for found in await self.apis_of_application(application_id)
        ]


def _same(linking: Any, target: Any, column: str) -> Any:
    return and_(linking.c.environment_id == target.c.environment_id, linking.c[column] == target.c.id)


def _pair(table: Any, api_id: str, application_id: str) -> tuple[Any, Any]:
    return table.c.api_id == api_id, table.c.application_id == application_id


def _in_batches(values: Sequence[str], size: int = 500) -> list[Sequence[str]]:
    """Part values so that no statement has more parameters than a database takes."""
    return [values[start : start + size] for start in range(0, len(values), size)]


def _key(scope: Scope) -> str:
    return scope.key


def _authorized(api: Api, rows: Sequence[Row]) -> AuthorizedApi:
    own = [row for row in rows if row["api_id"] == api.id]
    return AuthorizedApi(
        api,
        tuple(sorted((scope_of(row) for row in own), key=_key)),
        frozenset(row["id"] for row in own if row["enabled_id"] is not None),
    )


def _api_columns(api: Api) -> dict[str, Any]:
    values = {field.name: getattr(api, field.name) for field in fields(Api)}
    values["signing_algorithm"] = api.signing_algorithm.value
    values["token_shape"] = api.token_shape.value
    return values


def _api(row: Row) -> Api:
    values = {field.name: row[field.name] for field in fields(Api)}
    values["signing_algorithm"] = SigningAlgorithm(row["signing_algorithm"])
    values["token_shape"] = TokenShape(row["token_shape"])
    return Api(**values)


def _scope_columns(scope: Scope) -> dict[str, Any]:
    values = {field.name: getattr(scope, field.name) for field in fields(Scope)}
    values["origin"] = scope.origin.value
    return values


def scope_of(row: Row) -> Scope:
    """Return the scope of a row of its table."""
    values = {field.name: row[field.name] for field in fields(Scope)}
    values["origin"] = ScopeOrigin(row["origin"])
    return Scope(**values)
