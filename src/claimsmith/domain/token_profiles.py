"""Describe token profiles: what one application's tokens of one kind carry.

This is the record behind "token customization". The rules for saving one are in
`check_profile`; what each switch puts into a token is in `claims/sources`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Literal


class TokenKind(StrEnum):
    """Name the three kinds of token that can be customized."""

    ACCESS = "access"
    ID = "id"
    M2M = "m2m"

    @property
    def label(self) -> str:
        """Return the words a person reads."""
        return {"access": "Access token", "id": "ID token", "m2m": "M2M token"}[self.value]


DEFAULT_LIFETIME_SECONDS = {TokenKind.ACCESS: 86_400, TokenKind.ID: 3_600, TokenKind.M2M: 86_400}
DEFAULT_SIZE_BUDGET_BYTES = 4_096
MOST_REMEMBERED = 256
"""How many default profiles are kept; they are wanted for each token of a user."""

FlagChoice = Literal["none", "all"] | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TokenProfile:
    """Hold what one application's tokens of one kind carry.

    `feature_flags` is `"none"`, `"all"` or the chosen flag keys; `properties` the chosen property keys;
    `lifetime_seconds` the time from `iat` to `exp`; `size_budget_bytes` the length of the compact token
    above which the editor and the log warn. `version` is 0 for the default that was never saved, and
    grows by one with each save.
    """

    application_id: str
    kind: TokenKind
    include_api_scopes_in_permissions: bool = False
    additional_claims: tuple[str, ...] = ()
    feature_flags: FlagChoice = "none"
    properties: tuple[str, ...] = ()
    hasura_mapping: bool = False
    lifetime_seconds: int = 86_400
    size_budget_bytes: int = DEFAULT_SIZE_BUDGET_BYTES
    version: int = 0
    updated_at: datetime | None = field(default=None, compare=False)


@lru_cache(MOST_REMEMBERED)
def default_profile(application_id: str, kind: TokenKind) -> TokenProfile:
    """Return the profile of an application that never saved one.

    User access tokens carry every feature flag, as the SDKs expect; ID and M2M tokens carry none.
    """
    return TokenProfile(
        application_id=application_id,
        kind=kind,
        feature_flags="all" if kind is TokenKind.ACCESS else "none",
        lifetime_seconds=DEFAULT_LIFETIME_SECONDS[kind],
    )
