"""Store the users and organizations that plans are given to."""

from dataclasses import asdict, fields
from typing import Any

from claimsmith.domain.billing_customers import BillingCustomer
from claimsmith.domain.paging import Page
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import billing_customers


class BillingCustomerStore(Store):
    """Store the billing customers of one environment."""

    async def find(self, customer_id: str) -> BillingCustomer | None:
        """Return one customer, or `None`."""
        row = await self.find_one(billing_customers, id=customer_id)
        return customer_of(row) if row else None

    async def of_user(self, user_id: str) -> BillingCustomer | None:
        """Return the customer that a user is, or `None`."""
        row = await self.find_one(billing_customers, user_id=user_id)
        return customer_of(row) if row else None

    async def of_organization(self, code: str) -> BillingCustomer | None:
        """Return the customer that an organization is, or `None`."""
        row = await self.find_one(billing_customers, organization_code=code)
        return customer_of(row) if row else None

    async def ids_of_users(self, user_ids: list[str]) -> dict[str, str]:
        """Return the ids of the customers that some users are, by the users' ids."""
        if not user_ids:
            return {}
        statement = self.select(billing_customers, billing_customers.c.user_id.in_(user_ids))
        return {row["user_id"]: row["id"] for row in await self.rows(statement)}

    async def add(self, customer: BillingCustomer) -> bool:
        """Insert one customer unless its user or organization is one; tell whether it was inserted."""
        return await self.insert_if_free(billing_customers, **asdict(customer))

    async def replace(self, customer: BillingCustomer) -> None:
        """Write the members of a customer that may change."""
        values: dict[str, Any] = {"email": customer.email, "zone": customer.zone}
        await self.change(billing_customers, {"id": customer.id}, **values)

    async def page_by_age(self, *, page_size: int | None, next_token: str | None) -> Page[BillingCustomer]:
        """Return one page of customers, the oldest first."""
        return await self.page(
            self.select(billing_customers),
            (billing_customers.c.created_at, billing_customers.c.id),
            customer_of,
            page_size=page_size,
            next_token=next_token,
        )


def customer_of(row: Row) -> BillingCustomer:
    """Return the customer of a row of its table."""
    return BillingCustomer(**{field.name: row[field.name] for field in fields(BillingCustomer)})
