"""Describe billing customers: the users and organizations that plans are given to."""

from dataclasses import dataclass
from datetime import datetime

from claimsmith.domain.plans import CustomerType


@dataclass(frozen=True, slots=True)
class BillingCustomer:
    """Hold one customer: a user or an organization, never both.

    `id` is `customer_` and 32 hexadecimal characters. `zone` is the time zone in whose calendar the periods
    of its agreements are counted.
    """

    id: str
    created_at: datetime
    user_id: str | None = None
    organization_code: str | None = None
    email: str | None = None
    zone: str = "UTC"

    @property
    def type(self) -> CustomerType:
        """Tell whether the customer is a user or an organization."""
        return CustomerType.USER if self.user_id else CustomerType.ORGANIZATION

    @property
    def owner_id(self) -> str:
        """Return the id of the user, or the code of the organization."""
        return self.user_id or self.organization_code or ""
