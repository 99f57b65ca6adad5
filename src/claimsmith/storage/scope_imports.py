"""Store the history of scope imports."""

from dataclasses import fields
from typing import Any

from claimsmith.domain.apis import ScopeImport
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import scope_imports


class ScopeImportStore(Store):
    """Store the scope imports of one environment."""

    async def of_api(self, api_id: str) -> list[ScopeImport]:
        """Return the imports of one API, newest first."""
        rows = await self.rows(
            self.select(scope_imports, scope_imports.c.api_id == api_id).order_by(
                scope_imports.c.imported_at.desc(), scope_imports.c.is_active.desc(), scope_imports.c.id
            )
        )
        return [_import(row) for row in rows]

    async def find(self, api_id: str, import_id: str) -> ScopeImport | None:
        """Return one import of one API, or `None`."""
        row = await self.row(
            self.select(scope_imports, scope_imports.c.id == import_id, scope_imports.c.api_id == api_id)
        )
        return _import(row) if row else None

    async def add(self, record: ScopeImport) -> None:
        """Insert one import; when it is active, no other import of its API is active afterwards."""
        if record.is_active:
            await self.run(
                self.update(scope_imports, scope_imports.c.api_id == record.api_id).values(is_active=False)
            )
        await self.insert(scope_imports, **_columns(record))

    async def remove(self, import_id: str) -> bool:
        """Delete one import's record; tell whether it was there. Its scopes are not touched."""
        return await self.remove_all(scope_imports, id=import_id) > 0


def _columns(record: ScopeImport) -> dict[str, Any]:
    values = {field.name: getattr(record, field.name) for field in fields(ScopeImport)}
    values["log"] = [dict(line) for line in record.log]
    return values


def _import(row: Row) -> ScopeImport:
    values = {field.name: row[field.name] for field in fields(ScopeImport)}
    values["log"] = tuple(dict(line) for line in row["log"])
    return ScopeImport(**values)
