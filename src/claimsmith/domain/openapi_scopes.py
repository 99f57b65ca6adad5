"""Derive API scopes from an OpenAPI 3.x or Swagger 2.0 document that is already a mapping.

One operation makes one scope, `{method}:{path}` with the path normalized: braces dropped, lower case, each
run of characters other than ASCII letters and digits written as one `_`, none at either end. Characters
outside ASCII count as their UTF-8 bytes in hexadecimal, so that two such paths do not become one. The root
path is `root`. A key longer than 64 characters is cut and ends in `_` and eight hexadecimal digits of the
SHA-256 of the whole key. Documents are written by strangers: nothing in them but the stated limits can stop
an import.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal
from urllib.parse import quote

from claimsmith.domain.apis import ScopeOrigin
from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.keys_and_names import LONGEST_KEY, RESERVED_SCOPES

METHODS = frozenset({"get", "post", "put", "patch", "delete", "options", "head", "trace"})
MOST_OPERATIONS = 2_000
LONGEST_DESCRIPTION = 512
LONGEST_PATH_SHOWN = 256
LONGEST_TITLE = 128

_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_UNREADABLE = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff]+")
_HASH_DIGITS = 8


@dataclass(frozen=True, slots=True)
class DerivedScope:
    """Hold one scope made from one operation. `method` is in upper case.

    `path` is as the document has it, shortened to 256 characters; `description` to 512.
    """

    key: str
    description: str
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class SkippedOperation:
    """Hold one part of the document that made no scope, and why.

    `method` and `key` are empty when a whole path, not one operation, was skipped.
    """

    method: str
    path: str
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class DerivedScopes:
    """Hold what one document gives, in its order.

    `document_version` is `info.version`, `title` is `info.title`; `None` where the document has none.
    """

    scopes: tuple[DerivedScope, ...]
    skipped: tuple[SkippedOperation, ...]
    document_version: str | None
    title: str | None


@dataclass(frozen=True, slots=True)
class ImportLogLine:
    """Hold one line of an import's log. `key` is a scope key, or empty where none was derived."""

    level: Literal["info", "warning"]
    key: str
    message: str


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Hold what an import will do: scopes to create, those that exist already, and keys to remove."""

    created: tuple[DerivedScope, ...]
    duplicates: tuple[DerivedScope, ...]
    removed: tuple[str, ...]
    skipped: tuple[SkippedOperation, ...]
    log: tuple[ImportLogLine, ...]


def scope_key(method: str, path: str) -> str:
    """Return the scope key of an operation: `GET /carts/{cartId}/items` gives `get:carts_cartid_items`."""
    plain = path.replace("{", "").replace("}", "")
    ascii_only = _NOT_ASCII.sub(lambda found: quote(found.group(), errors="surrogatepass"), plain)
    normalized = _NOT_ALPHANUMERIC.sub("_", ascii_only.lower()).strip("_")
    key = f"{method.lower()}:{normalized or 'root'}"
    if len(key) <= LONGEST_KEY:
        return key
    digest = sha256(key.encode()).hexdigest()[:_HASH_DIGITS]
    return key[: LONGEST_KEY - _HASH_DIGITS - 1].rstrip("_") + "_" + digest


def derive_scopes(document: Mapping[object, object]) -> DerivedScopes:
    """Return the scopes of every operation of a document, and what was skipped.

    Raises `InvalidInput` (field `file`) for a document of another kind, without `paths`, or with more than
    2,000 operations and skipped parts.
    """
    _check_kind(document)
    paths = document.get("paths")
    if not isinstance(paths, Mapping):
        found = "has none" if paths is None else f"holds {type(paths).__name__} there"
        raise _refusal(
            f"The document needs paths, an object of paths to operations, and {found}.",
            "OPENAPI_PATHS_REQUIRED",
        )
    scopes, skipped = _collected(_operations(paths))
    info = document.get("info")
    facts: Mapping[object, object] = info if isinstance(info, Mapping) else {}
    return DerivedScopes(
        scopes,
        skipped,
        _text(facts.get("version"), LONGEST_TITLE),
        _text(facts.get("title"), LONGEST_TITLE),
    )


def plan_import(
    derived: DerivedScopes, existing: Mapping[str, str], previously_imported: AbstractSet[str]
) -> ImportPlan:
    """Compare a document with the scopes an API has, and return what importing it changes.

    `existing` maps the key of every scope of the API to its origin (`manual` or `import`);
    `previously_imported` are the keys that earlier imports made. Scopes made by hand are never removed.
    """
    wanted = {scope.key for scope in derived.scopes}
    created = tuple(scope for scope in derived.scopes if scope.key not in existing)
    duplicates = tuple(scope for scope in derived.scopes if scope.key in existing)
    removed = tuple(
        sorted(key for key in previously_imported - wanted if existing.get(key) == ScopeOrigin.IMPORT)
    )
    log = (
        *(ImportLogLine("info", s.key, f"Created from {s.method} {s.path}.") for s in created),
        *(_duplicate_line(scope, existing[scope.key]) for scope in duplicates),
        *(ImportLogLine("info", key, "Removed: the document no longer has it.") for key in removed),
        *(_skipped_line(operation) for operation in derived.skipped),
    )
    return ImportPlan(created, duplicates, removed, derived.skipped, log)


def _collected(
    entries: Iterable[DerivedScope | SkippedOperation],
) -> tuple[tuple[DerivedScope, ...], tuple[SkippedOperation, ...]]:
    """Part the entries into scopes with distinct, unreserved keys and the rest."""
    scopes: dict[str, DerivedScope] = {}
    skipped: list[SkippedOperation] = []
    for entry in entries:
        if len(scopes) + len(skipped) >= MOST_OPERATIONS:
            raise _refusal(
                f"The document has more than {MOST_OPERATIONS} operations; split it into several APIs.",
                "OPENAPI_TOO_LARGE",
            )
        if isinstance(entry, SkippedOperation):
            skipped.append(entry)
        elif entry.key in RESERVED_SCOPES:
            skipped.append(_skip(entry, "The name is reserved for OpenID Connect."))
        elif entry.key in scopes:
            first = scopes[entry.key]
            skipped.append(_skip(entry, f"Duplicate: {first.method} {first.path} has the same scope name."))
        else:
            scopes[entry.key] = entry
    return tuple(scopes.values()), tuple(skipped)


def _duplicate_line(scope: DerivedScope, origin: str) -> ImportLogLine:
    if origin == ScopeOrigin.IMPORT:
        return ImportLogLine("info", scope.key, "Duplicate: an earlier import made it; it stays as it is.")
    return ImportLogLine("warning", scope.key, "Duplicate: it was made by hand; it stays as it is.")


def _skipped_line(skipped: SkippedOperation) -> ImportLogLine:
    what = f"{skipped.method} {skipped.path}".strip()
    return ImportLogLine("warning", skipped.key, f"Skipped {what}. {skipped.reason}")


def _check_kind(document: Mapping[object, object]) -> None:
    if not isinstance(document, Mapping):
        raise _refusal("The document is not an object; give an OpenAPI 3.x or Swagger 2.0 document.")
    openapi, swagger = _version(document.get("openapi")), _version(document.get("swagger"))
    if re.match(r"3(\.|$)", openapi) or re.match(r"2(\.0+)?$", swagger):
        return
    if openapi or swagger:
        raise _refusal(
            f"The document says version {openapi or swagger!r}; OpenAPI 3.x and Swagger 2.0 can be imported."
        )
    raise _refusal('The document is not OpenAPI: give it openapi: "3.1.0" or swagger: "2.0" at its top.')


def _version(value: object) -> str:
    return (_text(value, 16) or "") if isinstance(value, str | float | int) else ""


def _operations(paths: Mapping[object, object]) -> Iterator[DerivedScope | SkippedOperation]:
    for path, item in paths.items():
        if not isinstance(path, str):
            yield SkippedOperation("", _kind(path), "", "The path is not a text; put it in quotes.")
        elif path[:2].lower() == "x-":
            continue
        elif not path.startswith("/"):
            yield SkippedOperation("", _shown_path(path), "", "A path begins with a slash; add it.")
        elif not isinstance(item, Mapping):
            yield SkippedOperation("", _shown_path(path), "", "The path holds no object of operations.")
        else:
            yield from _operations_of(path, item)


def _operations_of(path: str, item: Mapping[object, object]) -> Iterator[DerivedScope | SkippedOperation]:
    shown = _shown_path(path)
    if "$ref" in item:
        yield SkippedOperation(
            "", shown, "", "References to path items ($ref) are not followed; write the operations out."
        )
    for name, operation in item.items():
        if not isinstance(name, str) or name.lower() not in METHODS:
            continue
        method, key = name.upper(), scope_key(name, path)
        if isinstance(operation, Mapping):
            yield DerivedScope(key, _description(operation, f"{method} {shown}"), method, shown)
        else:
            yield SkippedOperation(method, shown, key, "The operation is not an object.")


def _description(operation: Mapping[object, object], otherwise: str) -> str:
    for name in ("summary", "operationId"):
        value = operation.get(name)
        text = _text(value, LONGEST_DESCRIPTION) if isinstance(value, str) else None
        if text:
            return text
    return otherwise


def _text(value: object, most: int) -> str | None:
    """Return a readable text on one line, shortened to `most` characters, or `None` for another type."""
    if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool)):
        value = str(value) if abs(value) < 10**9 else None
    if not isinstance(value, str):
        return None
    text = _UNREADABLE.sub(" ", value[: 4 * most]).strip()
    return (text if len(text) <= most else text[: most - 1].rstrip() + "…") or None


def _shown_path(path: str) -> str:
    return _text(path, LONGEST_PATH_SHOWN) or ""


def _kind(value: object) -> str:
    return f"({type(value).__name__})"


def _skip(scope: DerivedScope, reason: str) -> SkippedOperation:
    return SkippedOperation(scope.method, scope.path, scope.key, reason)


def _refusal(message: str, code: str = "OPENAPI_INVALID") -> InvalidInput:
    return InvalidInput(message, field="file", code=code)
