"""Serve `/api/v1/users/{user_id}/billing_customer`."""

from typing import Any

from claimsmith.edge.management.answers import Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases.billed_owners import Billing, bill_user

operations = Operations("Users")


class NewUserCustomer(Body):
    """Hold how a user becomes a billing customer."""

    org_code: str | None = None
    billing_email: str | None = None
    billing_plan_code: str | None = None


class ShownUserCustomer(Shown):
    """Hold the billing customer that a user is, and its agreement if it has one."""

    id: str
    agreement_id: str | None


@operations.operation(
    "POST /users/{user_id}/billing_customer",
    "createUserBillingCustomer",
    scope="create:user_billing_customers",
    status=201,
    answer={"billing_customer": ShownUserCustomer},
)
async def create_user_billing_customer(
    context: Caller, user_id: str, body: NewUserCustomer
) -> dict[str, Any]:
    """Make a user a billing customer with a plan: the named one, or the default one for users if any."""
    found = await bill_user(
        context,
        user_id,
        Billing(body.billing_email, body.billing_plan_code),
        organization_code=body.org_code,
    )
    shown: ShownUserCustomer = {
        "id": found.customer.id,
        "agreement_id": found.agreement.id if found.agreement else None,
    }
    return ok("Billing customer created", "BILLING_CUSTOMER_CREATED", billing_customer=shown)
