"""Describe APIs (resource servers), their scopes, and which application may use which."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SigningAlgorithm(StrEnum):
    """Name the algorithms a token can be signed with (RFC 7518 §3.1, RFC 8037 §3.1)."""

    RS256 = "RS256"
    ES256 = "ES256"
    EDDSA = "EdDSA"


class TokenShape(StrEnum):
    """Name the shapes of an access token: the platform's own, or RFC 9068's `at+jwt`."""

    PLATFORM = "platform"
    RFC9068 = "at+jwt"


class ScopeOrigin(StrEnum):
    """Name where a scope came from: made by hand, or imported from an OpenAPI document."""

    MANUAL = "manual"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Scope:
    """Hold one scope of one API. `key` never changes; ids look like `api_scope_` and 32 hex characters."""

    id: str
    api_id: str
    key: str
    description: str | None = None
    origin: ScopeOrigin = ScopeOrigin.MANUAL
    import_id: str | None = None


@dataclass(frozen=True, slots=True)
class Api:
    """Hold one registered API. `audience` never changes and is unique in its environment."""

    id: str
    name: str
    audience: str
    is_management_api: bool = False
    signing_algorithm: SigningAlgorithm = SigningAlgorithm.RS256
    token_shape: TokenShape = TokenShape.PLATFORM
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuthorizedApplication:
    """Hold one application's standing at one API, with the ids of the scopes enabled for it."""

    application_id: str
    application_name: str
    application_type: str
    enabled_scope_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorizedApi:
    """Hold one API that an application is authorized for, with the scopes enabled for it."""

    api: Api
    scopes: tuple[Scope, ...]
    enabled_scope_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class ScopeImport:
    """Hold the record of one import of scopes from an OpenAPI document.

    `log` is a list of `{level, key, message}`. `is_active` marks the newest import of its API.
    """

    id: str
    api_id: str
    filename: str
    title: str | None
    document_version: str | None
    created_count: int
    duplicate_count: int
    removed_count: int
    skipped_count: int
    log: tuple[dict[str, str], ...]
    is_active: bool
    imported_at: datetime
