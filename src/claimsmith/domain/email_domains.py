"""Decide by the domain of an email address who may come in."""

import re
from collections.abc import Iterable, Sequence

from claimsmith.domain.errors import InvalidInput

MOST_DOMAINS = 100
DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{0,58}[a-z0-9])", re.ASCII
)
"""A domain of an email address, in lower case."""


def check_domains(value: Sequence[str] | None, field: str) -> tuple[str, ...]:
    """Return bare domains in lower case, each once. Raises `InvalidInput`, also above 100."""
    if isinstance(value, str) or not all(isinstance(each, str) for each in value or ()):
        raise InvalidInput(f"{field} must be a list of domains such as example.com.", field=field)
    domains = tuple(dict.fromkeys(domain.lower() for domain in value or ()))
    if len(domains) > MOST_DOMAINS:
        raise InvalidInput(f"{len(domains)} domains are too many; {MOST_DOMAINS} is the most.", field=field)
    for position, domain in enumerate(domains):
        if not DOMAIN.fullmatch(domain):
            place = f"{field}[{position}]"
            raise InvalidInput(
                f"{place} is {domain!r}; it must be a domain such as example.com.", field=place
            )
    return domains


def is_of_domain(email: str | None, domains: Iterable[str]) -> bool:
    """Tell whether an address belongs to one of the domains exactly: no subdomain, no part of a name.

    The domain is what follows the last `@`; without one, or without an address, the answer is no.
    """
    local, at, domain = (email or "").rpartition("@")
    return bool(local and at) and domain.lower() in set(domains)
