"""Serve `/api/v1/billing/customers`, and what customers are entitled to."""

from typing import Any, Literal

from claimsmith.domain.billing_customers import BillingCustomer
from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.paging import slice_page
from claimsmith.edge.management.answers import Moment, Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import billing_customers
from claimsmith.usecases.entitlements import ListedEntitlement, listed, read_entitlements

operations = Operations("Billing customers")


class NewCustomer(Body):
    """Hold the body of `POST /billing/customers`: a user or an organization."""

    user_id: str | None = None
    org_code: str | None = None
    email: str | None = None
    zone: str | None = None


class CustomerChanges(Body):
    """Hold the body of `PATCH /billing/customers/{customer_id}`: only what is present is changed."""

    email: str | None = None
    zone: str | None = None


class ShownBillingCustomer(Shown):
    """Hold a billing customer: a user or an organization."""

    id: str
    type: str
    user_id: str | None
    org_code: str | None
    email: str | None
    zone: str
    created_on: Moment


class ShownEntitlement(Shown):
    """Hold one entitlement: a feature, or a fixed charge, which has `fixed_charge`. Amounts are in cents."""

    id: str
    fixed_charge: int | None
    price_name: str
    unit_amount: int | None
    feature_code: str
    feature_name: str
    entitlement_limit_max: int | None
    entitlement_limit_min: int | None


class ShownSubscription(Shown):
    """Hold one plan in force."""

    code: str
    subscribed_on: Moment


@operations.operation(
    "GET /billing/customers",
    "getBillingCustomers",
    scope="read:billing_customers",
    answer={"customers": list[ShownBillingCustomer], "next_token": str | None},
)
async def get_customers(
    context: Caller, page_size: int | None = None, next_token: str | None = None
) -> dict[str, Any]:
    """List billing customers, the oldest first, a page at a time."""
    page = await billing_customers.list_customers(context, page_size=page_size, next_token=next_token)
    return ok(customers=[_shown(each) for each in page.items], next_token=page.next_token)


@operations.operation(
    "POST /billing/customers",
    "createBillingCustomer",
    scope="update:billing_customers",
    status=201,
    answer={"customer": ShownBillingCustomer},
)
async def create_customer(context: Caller, body: NewCustomer) -> dict[str, Any]:
    """Make a user or an organization a billing customer; one that is stays the one it is."""
    made = await billing_customers.create_customer(
        context, user_id=body.user_id, organization_code=body.org_code, email=body.email, zone=body.zone
    )
    return ok("Billing customer created", "BILLING_CUSTOMER_CREATED", customer=_shown(made))


@operations.operation(
    "GET /billing/customers/{customer_id}",
    "getBillingCustomer",
    scope="read:billing_customers",
    answer={"customer": ShownBillingCustomer},
)
async def get_customer(context: Caller, customer_id: str) -> dict[str, Any]:
    """Read one billing customer."""
    return ok(customer=_shown(await billing_customers.get_customer(context, customer_id)))


@operations.operation(
    "PATCH /billing/customers/{customer_id}",
    "updateBillingCustomer",
    scope="update:billing_customers",
    answer={"customer": ShownBillingCustomer},
)
async def update_customer(context: Caller, customer_id: str, body: CustomerChanges) -> dict[str, Any]:
    """Change the address for bills, or the time zone that later agreements are counted in."""
    changed = await billing_customers.change_customer(
        context, customer_id, body.model_dump(exclude_unset=True)
    )
    return ok("Billing customer updated", "BILLING_CUSTOMER_UPDATED", customer=_shown(changed))


@operations.operation(
    "GET /billing/entitlements",
    "getBillingEntitlements",
    scope="read:billing_entitlements",
    answer={
        "has_more": bool,
        "entitlements": list[ShownEntitlement],
        "plans": list[ShownSubscription] | None,
    },
)
async def get_entitlements(
    context: Caller,
    *,
    customer_id: str,
    page_size: int | None = None,
    starting_after: str | None = None,
    ending_before: str | None = None,
    max_value: str | None = None,
    expand: Literal["plans"] | None = None,
) -> dict[str, Any]:
    """List what a customer may use now; `max_value` stands for the limit of what has none."""
    found = await read_entitlements(context, customer_id)
    page = slice_page(
        listed(found, max_value=_max_value(max_value)),
        lambda each: each.id,
        page_size=page_size,
        starting_after=starting_after,
        ending_before=ending_before,
    )
    plans: list[ShownSubscription] | None = None
    if expand == "plans":
        plans = [{"code": each.key, "subscribed_on": each.subscribed_on.isoformat()} for each in found.plans]
    return ok(has_more=page.has_more, entitlements=[_entitlement(each) for each in page.items], plans=plans)


def _max_value(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise InvalidInput(
            f"max_value is {text[:32]!r}; use a whole number.", field="max_value", code="MAX_VALUE_INVALID"
        )
    return int(text)


def _shown(customer: BillingCustomer) -> ShownBillingCustomer:
    return {
        "id": customer.id,
        "type": customer.type.value,
        "user_id": customer.user_id,
        "org_code": customer.organization_code,
        "email": customer.email,
        "zone": customer.zone,
        "created_on": customer.created_at.isoformat(),
    }


def _entitlement(entitlement: ListedEntitlement) -> ShownEntitlement:
    return {
        "id": entitlement.id,
        "fixed_charge": entitlement.fixed_charge,
        "price_name": entitlement.price_name,
        "unit_amount": entitlement.unit_amount,
        "feature_code": entitlement.feature_key,
        "feature_name": entitlement.feature_name,
        "entitlement_limit_max": entitlement.limit_max,
        "entitlement_limit_min": entitlement.limit_min,
    }
