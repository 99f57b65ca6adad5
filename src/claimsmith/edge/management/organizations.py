"""Serve `/api/v1/organization(s)` with their values of feature flags and properties."""

from typing import Any, NotRequired, cast

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.organizations import Organization
from claimsmith.edge.management.answers import Moment, Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import organizations
from claimsmith.usecases.billed_owners import Billing, BillingState, billing_of_organization
from claimsmith.usecases.billed_owners import create_organization as create_billed_organization

operations = Operations("Organizations")


class OrganizationMembers(Body):
    """Hold what both creating and changing an organization may set."""

    external_id: str | None = None
    background_color: str | None = None
    button_color: str | None = None
    button_text_color: str | None = None
    link_color: str | None = None
    background_color_dark: str | None = None
    button_color_dark: str | None = None
    button_text_color_dark: str | None = None
    link_color_dark: str | None = None
    theme_code: str | None = None
    button_border_radius: int | None = None
    card_border_radius: int | None = None
    input_border_radius: int | None = None
    logo_uri: str | None = None
    logo_dark_uri: str | None = None
    handle: str | None = None
    is_allow_registrations: bool | None = None
    is_auto_membership_enabled: bool | None = None
    sender_name: str | None = None
    sender_email: str | None = None


class NewOrganization(OrganizationMembers):
    """Hold the body of `POST /organization`."""

    name: str
    feature_flags: dict[str, Any] | None = None
    is_create_billing_customer: bool | None = None
    billing_email: str | None = None
    billing_plan_code: str | None = None


class OrganizationChanges(OrganizationMembers):
    """Hold the body of `PATCH /organization/{org_code}`: only what is present is changed."""

    name: str | None = None
    is_auto_join_domain_list: bool | None = None
    allowed_domains: list[str] | None = None
    is_enable_advanced_orgs: bool | None = None
    is_enforce_mfa: bool | None = None
    is_suspended: bool | None = None


class SessionChanges(Body):
    """Hold the body of `PATCH /organizations/{org_code}/sessions`: only what is present is changed."""

    is_use_org_sso_session_policy: bool | None = None
    sso_session_persistence_mode: str | None = None
    is_use_org_authenticated_session_lifetime: bool | None = None
    authenticated_session_lifetime: int | None = None


class MadeOrganization(Shown):
    """Hold the code of an organization that was made, and the customer that it is, if it was to be one."""

    code: str
    billing_customer_id: NotRequired[str]


class ShownShortOrganization(Shown):
    """Hold an organization as the list shows it."""

    code: str
    name: str
    handle: str | None
    is_default: bool
    external_id: str | None
    is_auto_membership_enabled: bool


class ShownColour(Shown):
    """Hold a colour of hosted pages, as it was given."""

    raw: str
    hex: str
    hsl: str | None


class ShownBillingAgreement(Shown):
    """Hold the agreement of a customer by its id, with the plan in force."""

    plan_code: str
    agreement_id: str


class ShownBilling(Shown):
    """Hold the customer that an organization is, with its agreement if there is one in force."""

    billing_customer_id: str
    agreements: list[ShownBillingAgreement]


class ShownOrganization(ShownShortOrganization):
    """Hold an organization; a colour is there once it was set, `billing` with expand=billing."""

    is_allow_registrations: bool
    is_auto_join_domain_list: bool
    is_enable_advanced_orgs: bool
    is_enforce_mfa: bool
    allowed_domains: list[str]
    background_color: NotRequired[ShownColour]
    button_color: NotRequired[ShownColour]
    button_text_color: NotRequired[ShownColour]
    link_color: NotRequired[ShownColour]
    background_color_dark: NotRequired[ShownColour]
    button_color_dark: NotRequired[ShownColour]
    button_text_color_dark: NotRequired[ShownColour]
    link_color_dark: NotRequired[ShownColour]
    theme_code: str | None
    button_border_radius: int | None
    card_border_radius: int | None
    input_border_radius: int | None
    logo_uri: str | None
    logo_dark_uri: str | None
    sender_name: str | None
    sender_email: str | None
    is_suspended: bool
    suspended_on: Moment | None
    created_on: Moment | None
    billing: NotRequired[ShownBilling]


@operations.operation(
    "GET /organization", "getOrganization", scope="read:organizations", answer=ShownOrganization
)
async def get_organization(context: Caller, code: str, expand: str | None = None) -> ShownOrganization:
    """Read one organization; expand=billing says which customer it is."""
    item = await organizations.get_organization(context, code)
    billing = await billing_of_organization(context, code) if expand == "billing" else None
    return _shown(item, billing)


@operations.operation(
    "POST /organization",
    "createOrganization",
    scope="create:organizations",
    answer={"organization": MadeOrganization},
)
async def create_organization(context: Caller, body: NewOrganization) -> dict[str, Any]:
    """Create an organization, as a billing customer with a plan if asked."""
    if not body.is_create_billing_customer and (body.billing_email or body.billing_plan_code):
        raise InvalidInput(
            "billing_email and billing_plan_code are of a billing customer; set is_create_billing_customer, "
            "or leave them out.",
            field="is_create_billing_customer",
            code="BILLING_CUSTOMER_NOT_ASKED",
        )
    billed = {"is_create_billing_customer", "billing_email", "billing_plan_code"}
    made = await create_billed_organization(
        context,
        name=body.name,
        members=body.model_dump(exclude_none=True, exclude={"name", "feature_flags", *billed}),
        feature_flags=body.feature_flags or {},
        billing=Billing(body.billing_email, body.billing_plan_code)
        if body.is_create_billing_customer
        else None,
    )
    shown: MadeOrganization = {"code": made.organization.code}
    if made.customer is not None:
        shown["billing_customer_id"] = made.customer.id
    return ok("Organization created", "ORGANIZATION_CREATED", organization=shown)


@operations.operation(
    "GET /organizations",
    "getOrganizations",
    scope="read:organizations",
    answer={"organizations": list[ShownShortOrganization], "next_token": str | None},
)
async def get_organizations(
    context: Caller, sort: str | None = None, page_size: int | None = None, next_token: str | None = None
) -> dict[str, Any]:
    """List organizations, a page at a time."""
    page = await organizations.list_organizations(
        context, sort=sort, page_size=page_size, next_token=next_token
    )
    shown: list[ShownShortOrganization] = [
        {
            "code": item.code,
            "name": item.name,
            "handle": item.handle,
            "is_default": item.is_default,
            "external_id": item.external_id,
            "is_auto_membership_enabled": item.is_auto_membership_enabled,
        }
        for item in page.items
    ]
    return ok(organizations=shown, next_token=page.next_token)


@operations.operation("PATCH /organization/{org_code}", "updateOrganization", scope="update:organizations")
async def update_organization(
    context: Caller, org_code: str, body: OrganizationChanges, expand: str | None = None
) -> dict[str, Any]:
    """Change the members that are present; suspending ends what the organization's machines may do."""
    await organizations.change_organization(context, org_code, body.model_dump(exclude_unset=True))
    return ok("Organization updated", "ORGANIZATION_UPDATED")


@operations.operation("DELETE /organization/{org_code}", "deleteOrganization", scope="delete:organizations")
async def delete_organization(context: Caller, org_code: str) -> dict[str, Any]:
    """Delete an organization with the applications that are scoped to it."""
    await organizations.delete_organization(context, org_code)
    return ok("Organization deleted", "ORGANIZATION_DELETED")


@operations.operation(
    "PATCH /organizations/{org_code}/sessions", "UpdateOrganizationSessions", scope="update:organizations"
)
async def update_organization_sessions(
    context: Caller, org_code: str, body: SessionChanges
) -> dict[str, Any]:
    """Set how long sessions of people who sign in to an organization last."""
    await organizations.change_sessions(context, org_code, body.model_dump(exclude_unset=True))
    return ok("Organization sessions updated", "ORGANIZATION_SESSIONS_UPDATED")


@operations.operation(
    "DELETE /organization/{org_code}/handle",
    "DeleteOrganizationHandle",
    scope="delete:organization_handles",
)
async def delete_organization_handle(context: Caller, org_code: str) -> dict[str, Any]:
    """Take the handle of an organization away."""
    await organizations.clear_handle(context, org_code)
    return ok("Organization handle deleted", "ORGANIZATION_HANDLE_DELETED")


def _shown(item: Organization, billing: BillingState | None = None) -> ShownOrganization:
    colours: dict[str, ShownColour] = {
        name: {"raw": text, "hex": text, "hsl": None}
        for name, text in item.branding.items()
        if name in organizations.COLOURS
    }
    shown: ShownOrganization = {
        "code": item.code,
        "name": item.name,
        "handle": item.handle,
        "is_default": item.is_default,
        "external_id": item.external_id,
        "is_allow_registrations": item.is_allow_registrations,
        "is_auto_membership_enabled": item.is_auto_membership_enabled,
        "is_auto_join_domain_list": item.is_auto_join_domain_list,
        "is_enable_advanced_orgs": item.is_enable_advanced_orgs,
        "is_enforce_mfa": item.is_enforce_mfa,
        "allowed_domains": list(item.allowed_domains),
        "theme_code": item.branding.get("theme_code"),
        "button_border_radius": _radius(item, "button_border_radius"),
        "card_border_radius": _radius(item, "card_border_radius"),
        "input_border_radius": _radius(item, "input_border_radius"),
        "logo_uri": item.branding.get("logo_uri"),
        "logo_dark_uri": item.branding.get("logo_dark_uri"),
        "sender_name": item.branding.get("sender_name"),
        "sender_email": item.branding.get("sender_email"),
        "is_suspended": item.is_suspended,
        "suspended_on": item.suspended_at.isoformat() if item.suspended_at else None,
        "created_on": item.created_at.isoformat() if item.created_at else None,
    }
    if billing is not None:
        held = [billing.agreement] if billing.agreement else []
        shown["billing"] = {
            "billing_customer_id": billing.customer.id,
            "agreements": [{"plan_code": each.plan_key, "agreement_id": each.id} for each in held],
        }
    return cast(ShownOrganization, {**shown, **colours})


def _radius(item: Organization, name: str) -> int | None:
    kept = item.branding.get(name)
    return int(kept) if kept is not None else None
