"""Serve `/api/v1/organization(s)` with their values of feature flags and properties."""

from typing import Any

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.organizations import Organization
from claimsmith.edge.management.feature_flags import given_value, shown_value
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.edge.management.properties import shown_value as shown_property
from claimsmith.usecases import feature_flags, organizations, properties

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


class Value(Body):
    """Hold a value of a feature flag, as text or as the value itself."""

    value: Any


class Values(Body):
    """Hold values of properties by key; `null` takes one away."""

    properties: dict[str, str | bool | None]


@operations.operation("GET /organization", "getOrganization", scope="read:organizations")
async def get_organization(context: Caller, code: str, expand: str | None = None) -> dict[str, Any]:
    """Read one organization."""
    return _shown(await organizations.get_organization(context, code))


@operations.operation("POST /organization", "createOrganization", scope="create:organizations")
async def create_organization(context: Caller, body: NewOrganization) -> dict[str, Any]:
    """Create an organization."""
    if body.is_create_billing_customer or body.billing_email or body.billing_plan_code:
        raise InvalidInput(
            "This server has no billing; leave is_create_billing_customer and billing_* out.",
            field="is_create_billing_customer",
            code="BILLING_NOT_AVAILABLE",
        )
    members = body.model_dump(
        exclude_none=True, exclude={"name", "feature_flags", "is_create_billing_customer"}
    )
    made = await organizations.create_organization(
        context, name=body.name, members=members, feature_flags=body.feature_flags or {}
    )
    return ok("Organization created", "ORGANIZATION_CREATED", organization={"code": made.code})


@operations.operation("GET /organizations", "getOrganizations", scope="read:organizations")
async def get_organizations(
    context: Caller, sort: str | None = None, page_size: int | None = None, next_token: str | None = None
) -> dict[str, Any]:
    """List organizations, a page at a time."""
    page = await organizations.list_organizations(
        context, sort=sort, page_size=page_size, next_token=next_token
    )
    shown = [
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
    "DELETE /organization/{org_code}/handle",
    "DeleteOrganizationHandle",
    scope="delete:organization_handles",
)
async def delete_organization_handle(context: Caller, org_code: str) -> dict[str, Any]:
    """Take the handle of an organization away."""
    await organizations.clear_handle(context, org_code)
    return ok("Organization handle deleted", "ORGANIZATION_HANDLE_DELETED")


@operations.operation(
    "GET /organizations/{org_code}/feature_flags",
    "GetOrganizationFeatureFlags",
    scope="read:organization_feature_flags",
)
async def get_organization_feature_flags(context: Caller, org_code: str) -> dict[str, Any]:
    """List the flags that an organization overrides, with its values."""
    values = await feature_flags.organization_values(context, org_code)
    return ok(feature_flags={flag.key: shown_value(flag, value) for flag, value in values})


@operations.operation(
    "DELETE /organizations/{org_code}/feature_flags",
    "DeleteOrganizationFeatureFlagOverrides",
    scope="delete:organization_feature_flags",
)
async def delete_organization_feature_flags(context: Caller, org_code: str) -> dict[str, Any]:
    """Clear every value of an organization."""
    await feature_flags.clear_organization_values(context, org_code)
    return ok("Feature flag overrides deleted", "ORGANIZATION_FEATURE_FLAG_OVERRIDES_DELETED")


@operations.operation(
    "PATCH /organizations/{org_code}/feature_flags/{feature_flag_key}",
    "UpdateOrganizationFeatureFlagOverride",
    scope="update:organization_feature_flags",
)
async def update_organization_feature_flag(
    context: Caller,
    org_code: str,
    feature_flag_key: str,
    value: str | None = None,
    body: Value | None = None,
) -> dict[str, Any]:
    """Override a flag for an organization."""
    given = given_value(value, body)
    await feature_flags.set_organization_value(context, org_code, feature_flag_key, given)
    return ok("Feature flag override updated", "ORGANIZATION_FEATURE_FLAG_OVERRIDE_UPDATED")


@operations.operation(
    "DELETE /organizations/{org_code}/feature_flags/{feature_flag_key}",
    "DeleteOrganizationFeatureFlagOverride",
    scope="delete:organization_feature_flags",
)
async def delete_organization_feature_flag(
    context: Caller, org_code: str, feature_flag_key: str
) -> dict[str, Any]:
    """Clear an organization's value of a flag."""
    await feature_flags.clear_organization_value(context, org_code, feature_flag_key)
    return ok("Feature flag override deleted", "ORGANIZATION_FEATURE_FLAG_OVERRIDE_DELETED")


@operations.operation(
    "GET /organizations/{org_code}/properties",
    "GetOrganizationPropertyValues",
    scope="read:organization_properties",
)
async def get_organization_properties(context: Caller, org_code: str) -> dict[str, Any]:
    """List every organization property with this organization's value."""
    values = await properties.values_of_organization(context, org_code)
    return ok(properties=[shown_property(value) for value in values], next_token=None)


@operations.operation(
    "PATCH /organizations/{org_code}/properties",
    "UpdateOrganizationProperties",
    scope="update:organization_properties",
)
async def update_organization_properties(context: Caller, org_code: str, body: Values) -> dict[str, Any]:
    """Set several values of an organization, all or none."""
    await properties.set_organization_values(context, org_code, body.properties)
    return ok("Properties updated", "PROPERTIES_UPDATED")


@operations.operation(
    "PUT /organizations/{org_code}/properties/{property_key}",
    "UpdateOrganizationProperty",
    scope="update:organization_properties",
)
async def update_organization_property(
    context: Caller, org_code: str, property_key: str, value: str
) -> dict[str, Any]:
    """Set one value of an organization."""
    await properties.set_organization_values(context, org_code, {property_key: value})
    return ok("Property updated", "PROPERTY_UPDATED")


def _shown(item: Organization) -> dict[str, Any]:
    colours = {
        name: {"raw": text, "hex": text, "hsl": None}
        for name, text in item.branding.items()
        if name in organizations.COLOURS
    }
    return {
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
        **colours,
        "theme_code": item.branding.get("theme_code"),
        "sender_name": item.branding.get("sender_name"),
        "sender_email": item.branding.get("sender_email"),
        "is_suspended": item.is_suspended,
        "suspended_on": item.suspended_at.isoformat() if item.suspended_at else None,
        "created_on": item.created_at.isoformat() if item.created_at else None,
    }
