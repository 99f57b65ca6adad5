"""Describe an authorization request whose client and parameters were found good."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """Hold one authorization request (OpenID Connect Core §3.1.2.1, RFC 6749 §4.1.1), checked.

    `scopes` are the OIDC scopes, `audiences` those of APIs the application is authorized for. `prompts` are
    the words of `prompt`. `requested_at` is in seconds since the epoch. `marketing` are the tags that become
    properties at sign-up. `original` are the parameters as they were sent, for `reauth_state`.
    """

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    audiences: tuple[str, ...] = ()
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    response_mode: str = "query"
    prompts: tuple[str, ...] = ()
    max_age_seconds: int | None = None
    login_hint: str | None = None
    expected_subject: str | None = None
    acr_values: tuple[str, ...] = ()
    language: str | None = None
    connection_id: str | None = None
    organization_code: str | None = None
    creates_organization: bool = False
    organization_name: str | None = None
    invitation_code: str | None = None
    supports_reauth: bool = False
    plan_interest: str | None = None
    pricing_table_key: str | None = None
    marketing: Mapping[str, str] = field(default_factory=dict)
    original: Mapping[str, str] = field(default_factory=dict)
    requested_at: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return what storage keeps."""
        return {name: getattr(self, name) for name in _MEMBERS}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "AuthorizationRequest":
        """Return the request that storage kept."""
        values = dict(stored)
        for name in ("scopes", "audiences", "prompts", "acr_values"):
            values[name] = tuple(values[name])
        return cls(**values)


_MEMBERS = tuple(each.name for each in fields(AuthorizationRequest))
