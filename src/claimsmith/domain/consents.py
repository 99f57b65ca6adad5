"""Describe consents: the rights that a user allowed an application, kept so that nobody is asked twice."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

PROFILE = ""
"""The audience of OIDC scopes: they are rights at no API but at this server."""


@dataclass(frozen=True, slots=True)
class Consent:
    """Hold what a user allowed an application at one audience, within one organization or outside of any.

    An `audience` of `PROFILE` means the OIDC scopes.
    """

    user_id: str
    client_id: str
    organization_code: str | None
    audience: str
    scopes: tuple[str, ...]
    given_at: datetime


def is_more_than(asked: Mapping[str, Collection[str]], given: Mapping[str, Collection[str]]) -> bool:
    """Tell whether something is asked for, by audience, that was not allowed; an audience alone is enough."""
    return any(
        audience not in given or not set(scopes) <= set(given[audience]) for audience, scopes in asked.items()
    )
