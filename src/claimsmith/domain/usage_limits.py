"""Name what is counted of an installation itself, month by month, and can be limited by an operator's plan.

These limits are soft: they are shown, and events tell when they are nearly or wholly used. Nobody is refused
a token by one.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CountedUse:
    """Hold one count. `key` is its name in a plans file, `words` what people call it."""

    key: str
    words: str
    unit: str


COUNTED_USE: Mapping[str, CountedUse] = {
    each.key: each
    for each in (
        CountedUse("usage.monthly_active_users", "monthly active users", "user"),
        CountedUse("usage.monthly_active_organizations", "monthly active organizations", "organization"),
        CountedUse("usage.m2m_tokens", "M2M tokens in a month", "token"),
    )
}
"""Every count by its key, in the order in which a person reads them."""


@dataclass(frozen=True, slots=True)
class UsedOfLimit:
    """Hold what a business used in a month, and the limit of its plan: `None` for any number."""

    use: CountedUse
    used: int
    limit: int | None

    @property
    def percent(self) -> int | None:
        """Return the share of the limit that is used, without fractions; `None` without a limit."""
        return None if self.limit is None else self.used * 100 // self.limit
