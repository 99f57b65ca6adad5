"""Serve `/api/v1/apis/{api_id}/scope_imports`: scopes from OpenAPI documents."""

import asyncio
from typing import Any, cast

from fastapi import Request
from starlette.requests import ClientDisconnect

from claimsmith.domain.apis import ScopeImport
from claimsmith.domain.errors import InvalidInput
from claimsmith.edge.management.answers import Moment, Shown
from claimsmith.edge.management.operations import Caller, Operations, ok
from claimsmith.usecases import scope_imports
from claimsmith.usecases.openapi_documents import LARGEST_FILE_BYTES

UPLOAD_SECONDS = 120.0
FILE_NAMES = {
    "application/json": "openapi.json",
    "application/yaml": "openapi.yaml",
    "text/yaml": "openapi.yaml",
    "application/octet-stream": "",
}
"""The content types of a document, each with the name of a file that is sent without one."""

_RAW_BODY = {
    "required": True,
    "content": {media_type: {"schema": {}} for media_type in FILE_NAMES},
}

operations = Operations("API scope imports")


class ShownImport(Shown):
    """Hold the record of one import, without its log."""

    id: str
    filename: str
    title: str | None
    version: str | None
    created_count: int
    duplicate_count: int
    removed_count: int
    skipped_count: int
    is_active: bool
    imported_on: Moment


class ShownLogLine(Shown):
    """Hold one line of the log of an import; `key` is empty where no scope was derived."""

    level: str
    key: str
    message: str


class ShownWholeImport(ShownImport):
    """Hold the record of one import with its log."""

    log: list[ShownLogLine]


@operations.operation(
    "POST /apis/{api_id}/scope_imports",
    "importAPIScopes",
    scope="update:apis",
    status=201,
    answer={"scope_import": ShownWholeImport},
    request_body=_RAW_BODY,
)
async def import_api_scopes(
    context: Caller, api_id: str, request: Request, filename: str | None = None
) -> dict[str, Any]:
    """Make an API's imported scopes those of an OpenAPI 3.x or Swagger 2.0 document, sent as the body.

    The document is a `.json`, `.yaml` or `.yml` file of at most 20 MiB; `filename` may be left out when the
    content type says which.
    """
    name = filename or _name_by_type(request)
    content = await _read_document(request)
    record = await scope_imports.import_document(context, api_id, filename=name, content=content)
    return ok("Scopes imported", "SCOPES_IMPORTED", scope_import=_shown_with_log(record))


@operations.operation(
    "GET /apis/{api_id}/scope_imports",
    "getAPIScopeImports",
    scope="read:apis",
    answer={"scope_imports": list[ShownImport]},
)
async def get_api_scope_imports(context: Caller, api_id: str) -> dict[str, Any]:
    """List the imports of an API, newest first, without their logs."""
    found = await scope_imports.list_imports(context, api_id)
    return ok(scope_imports=[_shown(record) for record in found])


@operations.operation(
    "GET /apis/{api_id}/scope_imports/{import_id}",
    "getAPIScopeImport",
    scope="read:apis",
    answer={"scope_import": ShownWholeImport},
)
async def get_api_scope_import(context: Caller, api_id: str, import_id: str) -> dict[str, Any]:
    """Read one import with its log."""
    return ok(scope_import=_shown_with_log(await scope_imports.get_import(context, api_id, import_id)))


@operations.operation(
    "DELETE /apis/{api_id}/scope_imports/{import_id}",
    "deleteAPIScopeImport",
    scope="update:apis",
    answer={"removed_count": int},
)
async def delete_api_scope_import(context: Caller, api_id: str, import_id: str) -> dict[str, Any]:
    """Delete an import with the scopes it made. Scopes of a later import and those made by hand stay."""
    removed = await scope_imports.delete_import(context, api_id, import_id)
    return ok("Scope import deleted", "SCOPE_IMPORT_DELETED", removed_count=removed)


def _name_by_type(request: Request) -> str:
    """Return a file name for a document that came without one."""
    sent = request.headers.get("content-type", "")
    media_type = sent.partition(";")[0].strip().lower()
    name = FILE_NAMES.get(media_type, "")
    if not name:
        raise InvalidInput(
            f"filename is missing, and the content type {sent!r} does not say what the document is; add "
            "?filename=openapi.yaml, or send application/json or application/yaml.",
            field="filename",
            code="FILENAME_REQUIRED",
        )
    return name


async def _read_document(request: Request) -> bytes:
    """Return the body of an upload, reading no more than the largest document."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise InvalidInput(
            "The document is compressed; send it as it is, without Content-Encoding.",
            field="file",
            code="FILE_ENCODED",
        )
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > LARGEST_FILE_BYTES:
                    raise InvalidInput(
                        f"The document has more than {LARGEST_FILE_BYTES} bytes; split it.",
                        field="file",
                        code="FILE_TOO_LARGE",
                    )
                parts.append(part)
    except (TimeoutError, ClientDisconnect):
        raise InvalidInput(
            f"The document did not arrive whole within {UPLOAD_SECONDS:g} seconds; send it again.",
            field="file",
            code="FILE_INCOMPLETE",
        ) from None
    return b"".join(parts)


def _shown(record: ScopeImport) -> ShownImport:
    return {
        "id": record.id,
        "filename": record.filename,
        "title": record.title,
        "version": record.document_version,
        "created_count": record.created_count,
        "duplicate_count": record.duplicate_count,
        "removed_count": record.removed_count,
        "skipped_count": record.skipped_count,
        "is_active": record.is_active,
        "imported_on": record.imported_at.isoformat(),
    }


def _shown_with_log(record: ScopeImport) -> ShownWholeImport:
    return {**_shown(record), "log": [cast(ShownLogLine, dict(line)) for line in record.log]}
