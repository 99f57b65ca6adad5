"""Import scopes from OpenAPI documents, and keep the history of imports."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.apis import Scope, ScopeImport, ScopeOrigin
from claimsmith.domain.errors import NotFound
from claimsmith.domain.gates import OPENAPI_IMPORT
from claimsmith.domain.keys_and_names import check_name
from claimsmith.domain.openapi_scopes import DerivedScopes, ImportPlan, derive_scopes, plan_import
from claimsmith.storage.work import Work
from claimsmith.usecases.apis import find_api, find_own_api
from claimsmith.usecases.context import Context
from claimsmith.usecases.gates import require
from claimsmith.usecases.openapi_documents import parse_openapi_document

LONGEST_FILENAME = 255


async def import_document(context: Context, api_id: str, *, filename: str, content: bytes) -> ScopeImport:
    """Make an API's imported scopes those of an OpenAPI document, in one transaction.

    Scopes the API lacks are made, imported ones that the document lacks are removed also where they are
    enabled, and all others stay as they are. The import becomes the active one. Raises `InvalidInput` for a
    document that cannot be read, `NotFound`, `NotPermitted` for the management API, and `PlanRequired`.
    """
    check_name(filename, "filename", LONGEST_FILENAME)
    async with context.reading() as work:
        await find_own_api(work, api_id)
    await require(context, OPENAPI_IMPORT)
    derived = await asyncio.to_thread(_read, filename, content)
    async with context.changing() as work:
        await find_own_api(work, api_id)
        existing = await work.apis.scopes_of(api_id)
        imported = [scope for scope in existing if scope.origin is ScopeOrigin.IMPORT]
        plan = plan_import(
            derived,
            {scope.key: scope.origin.value for scope in existing},
            {scope.key for scope in imported},
        )
        record = _record(work, api_id, filename, derived, plan)
        await _apply(work, record, plan, imported)
        await work.scope_imports.add(record)
        _note(work, record, "created", scopes_changed=bool(plan.created or plan.removed))
    return record


async def list_imports(context: Context, api_id: str) -> list[ScopeImport]:
    """Return the imports of an API, newest first. Raises `NotFound`."""
    async with context.reading() as work:
        await find_api(work, api_id)
        return await work.scope_imports.of_api(api_id)


async def get_import(context: Context, api_id: str, import_id: str) -> ScopeImport:
    """Return one import of an API with its log. Raises `NotFound`."""
    async with context.reading() as work:
        await find_api(work, api_id)
        return await _find_import(work, api_id, import_id)


async def delete_import(context: Context, api_id: str, import_id: str) -> int:
    """Delete an import and the scopes it made; return how many scopes went.

    A scope that a later import also had belongs to that one and stays, as do scopes made by hand. After the
    active import is deleted no import is active, until the next one. Raises `NotFound`.
    """
    async with context.changing() as work:
        await find_api(work, api_id)
        record = await _find_import(work, api_id, import_id)
        made = [
            scope.id
            for scope in await work.apis.scopes_of(api_id)
            if scope.origin is ScopeOrigin.IMPORT and scope.import_id == import_id
        ]
        await work.apis.remove_scopes(made)
        await work.scope_imports.remove(import_id)
        _note(work, record, "deleted", scopes_changed=bool(made))
    return len(made)


def _read(filename: str, content: bytes) -> DerivedScopes:
    document: Mapping[Any, Any] = parse_openapi_document(filename, content)
    return derive_scopes(document)


async def _find_import(work: Work, api_id: str, import_id: str) -> ScopeImport:
    found = await work.scope_imports.find(api_id, import_id)
    if found is None:
        raise NotFound(f"The API has no scope import {import_id!r}.", code="SCOPE_IMPORT_NOT_FOUND")
    return found


def _record(work: Work, api_id: str, filename: str, derived: DerivedScopes, plan: ImportPlan) -> ScopeImport:
    return ScopeImport(
        id=f"scope_import_{random_hex(32)}",
        api_id=api_id,
        filename=filename,
        title=derived.title,
        document_version=derived.document_version,
        created_count=len(plan.created),
        duplicate_count=len(plan.duplicates),
        removed_count=len(plan.removed),
        skipped_count=len(plan.skipped),
        log=tuple(asdict(line) for line in plan.log),
        is_active=True,
        imported_at=work.now,
    )


async def _apply(work: Work, record: ScopeImport, plan: ImportPlan, imported: Iterable[Scope]) -> None:
    removed = frozenset(plan.removed)
    await work.apis.remove_scopes([scope.id for scope in imported if scope.key in removed])
    await work.apis.move_scopes(record.api_id, {scope.key for scope in plan.duplicates}, record.id)
    await work.apis.add_scopes(
        [
            Scope(
                id=f"api_scope_{random_hex(32)}",
                api_id=record.api_id,
                key=scope.key,
                description=scope.description,
                origin=ScopeOrigin.IMPORT,
                import_id=record.id,
            )
            for scope in plan.created
        ]
    )


def _note(work: Work, record: ScopeImport, action: str, *, scopes_changed: bool) -> None:
    """Record the import itself, and the API when tokens for it may be other than before."""
    work.record("scope_import", record.id, action)
    if scopes_changed:
        work.record("api", record.api_id, "changed")
