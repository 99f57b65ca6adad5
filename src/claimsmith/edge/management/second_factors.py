"""Serve the second factors and passkeys of users, and what organizations have of their own about both.

A factor belongs to its user, in every organization: the paths of an organization lead to the same factors,
for its members alone.
"""

from datetime import datetime
from typing import Any, Literal

from claimsmith.domain.mfa import Factor, FactorType, UserFactors
from claimsmith.domain.organization_policies import OrganizationPasskeys
from claimsmith.domain.passkeys import Passkey
from claimsmith.domain.policies import PasskeyPolicy
from claimsmith.edge.management.answers import Moment, Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import mfa, organization_policies, passkeys

operations = Operations("Second factors and passkeys")


class OrganizationMfaBody(Body):
    """Hold the body of `PUT /organizations/{org_code}/mfa`: of the rest, what is absent stays."""

    enabled_factors: list[str]
    is_recovery_codes_enabled: bool | None = None
    exempt_role_ids: list[str] | None = None


class OrganizationPasskeyBody(Body):
    """Hold the body of `PUT /organizations/{org_code}/passkey`: what is absent stays."""

    policy: Literal["off", "optional", "mandatory"] | None = None
    is_override_environment_passkey_settings: bool | None = None


class ShownFactor(Shown):
    """Hold one second factor. `name` is the address of a factor by mail."""

    id: str
    type: Literal["authenticator_app", "email"]
    created_on: Moment | None
    name: str | None
    is_verified: bool
    usage_count: int
    last_used_on: Moment | None


class ShownPasskey(Shown):
    """Hold one passkey."""

    id: str
    name: str
    is_backed_up: bool
    total_sign_ins: int
    last_signed_in_on: Moment | None
    created_on: Moment | None


Policy = Literal["off", "optional", "mandatory"]
FACTORS = {"mfa": ShownFactor | None, "factors": list[ShownFactor], "recovery_codes_left": int}
PASSKEY_SETTINGS = {
    "enabled": bool,
    "policy": Policy,
    "is_override_environment_passkey_settings": bool,
    "environment_policy": Policy,
}


@operations.operation("GET /users/{user_id}/mfa", "GetUsersMFA", scope="read:user_mfa", answer=FACTORS)
async def get_user_mfa(context: Caller, user_id: str) -> dict[str, Any]:
    """Read the second factors of a user: `mfa` is the first of `factors`."""
    found = await mfa.get_factors(context, user_id)
    return ok(mfa=_first(found), factors=_factors(found), recovery_codes_left=found.recovery_codes_left)


@operations.operation("DELETE /users/{user_id}/mfa", "ResetUsersMFAAll", scope="delete:user_mfa")
async def reset_user_mfa(context: Caller, user_id: str) -> dict[str, Any]:
    """Take every second factor of a user away, with recovery codes and locks; the user may be asked again."""
    await mfa.reset_factors(context, user_id)
    return ok("MFA reset", "MFA_RESET")


@operations.operation("DELETE /users/{user_id}/mfa/{factor_id}", "ResetUsersMFA", scope="delete:user_mfa")
async def delete_user_factor(context: Caller, user_id: str, factor_id: str) -> dict[str, Any]:
    """Take one second factor of a user away; with the last one go the recovery codes."""
    await mfa.remove_factor(context, user_id, factor_id)
    return ok("Factor deleted", "FACTOR_DELETED")


@operations.operation(
    "GET /organizations/{org_code}/users/{user_id}/mfa",
    "GetOrgUserMFA",
    scope="read:organization_user_mfa",
    answer=FACTORS,
)
async def get_member_mfa(context: Caller, org_code: str, user_id: str) -> dict[str, Any]:
    """Read the second factors of a member: `mfa` is the first of `factors`."""
    found = await mfa.get_factors(context, user_id, organization_code=org_code)
    return ok(mfa=_first(found), factors=_factors(found), recovery_codes_left=found.recovery_codes_left)


@operations.operation(
    "DELETE /organizations/{org_code}/users/{user_id}/mfa",
    "ResetOrgUserMFAAll",
    scope="delete:organization_user_mfa",
)
async def reset_member_mfa(context: Caller, org_code: str, user_id: str) -> dict[str, Any]:
    """Take every second factor of a member away, in every organization."""
    await mfa.reset_factors(context, user_id, organization_code=org_code)
    return ok("MFA reset", "MFA_RESET")


@operations.operation(
    "DELETE /organizations/{org_code}/users/{user_id}/mfa/{factor_id}",
    "ResetOrgUserMFA",
    scope="delete:organization_user_mfa",
)
async def delete_member_factor(
    context: Caller, org_code: str, user_id: str, factor_id: str
) -> dict[str, Any]:
    """Take one second factor of a member away, in every organization."""
    await mfa.remove_factor(context, user_id, factor_id, organization_code=org_code)
    return ok("Factor deleted", "FACTOR_DELETED")


@operations.operation(
    "PUT /organizations/{org_code}/mfa", "ReplaceOrganizationMFA", scope="update:organization_mfa"
)
async def replace_organization_mfa(
    context: Caller, org_code: str, body: OrganizationMfaBody
) -> dict[str, Any]:
    """Give an organization second factors in place of those of the environment.

    Members whose roles are all among `exempt_role_ids` are asked for none in it.
    """
    await organization_policies.change_organization_mfa(context, org_code, **body.model_dump())
    return ok("Organization MFA updated", "ORGANIZATION_MFA_UPDATED")


@operations.operation(
    "GET /organizations/{org_code}/passkey",
    "GetOrganizationPasskey",
    scope="read:organization_passkey",
    answer=PASSKEY_SETTINGS,
)
async def get_organization_passkey(context: Caller, org_code: str) -> dict[str, Any]:
    """Read whether people of an organization are offered passkeys."""
    own, environment = await organization_policies.get_organization_passkeys(context, org_code)
    return ok(
        enabled=_in_force(own, environment) != "off",
        policy=own.policy,
        is_override_environment_passkey_settings=own.is_override_environment_passkey_settings,
        environment_policy=environment.policy,
    )


@operations.operation(
    "PUT /organizations/{org_code}/passkey",
    "UpdateOrganizationPasskey",
    scope="update:organization_passkey",
    answer=PASSKEY_SETTINGS,
)
async def update_organization_passkey(
    context: Caller, org_code: str, body: OrganizationPasskeyBody
) -> dict[str, Any]:
    """Say whether people of an organization are offered passkeys."""
    own, environment = await organization_policies.change_organization_passkeys(
        context, org_code, **body.model_dump()
    )
    return ok(
        "Organization passkey policy updated",
        "ORGANIZATION_PASSKEY_UPDATED",
        enabled=_in_force(own, environment) != "off",
        policy=own.policy,
        is_override_environment_passkey_settings=own.is_override_environment_passkey_settings,
        environment_policy=environment.policy,
    )


@operations.operation(
    "GET /users/{user_id}/passkeys",
    "getUserPasskeys",
    scope="read:user_passkeys",
    answer={"passkeys": list[ShownPasskey]},
)
async def get_user_passkeys(context: Caller, user_id: str) -> dict[str, Any]:
    """List the passkeys of a user, the oldest first."""
    found = await passkeys.list_passkeys(context, user_id)
    return ok(passkeys=[_passkey(each) for each in found])


@operations.operation(
    "DELETE /users/{user_id}/passkeys/{passkey_id}", "deleteUserPasskey", scope="delete:user_passkeys"
)
async def delete_user_passkey(context: Caller, user_id: str, passkey_id: str) -> dict[str, Any]:
    """Take one passkey of a user away."""
    await passkeys.remove_passkey(context, user_id, passkey_id)
    return ok("Passkey deleted", "PASSKEY_DELETED")


def _in_force(own: OrganizationPasskeys, environment: PasskeyPolicy) -> str:
    return own.policy if own.is_override_environment_passkey_settings else environment.policy


def _first(found: UserFactors) -> ShownFactor | None:
    return next(iter(_factors(found)), None)


def _factors(found: UserFactors) -> list[ShownFactor]:
    return [_factor(each) for each in found.factors]


def _factor(factor: Factor) -> ShownFactor:
    is_app = factor.type is FactorType.AUTHENTICATOR_APP
    return {
        "id": factor.id,
        "type": "authenticator_app" if is_app else "email",
        "created_on": _moment(factor.created_at),
        "name": factor.name,
        "is_verified": True,
        "usage_count": factor.total_uses,
        "last_used_on": _moment(factor.last_used_at),
    }


def _passkey(passkey: Passkey) -> ShownPasskey:
    return {
        "id": passkey.id,
        "name": passkey.name,
        "is_backed_up": passkey.is_backed_up,
        "total_sign_ins": passkey.total_sign_ins,
        "last_signed_in_on": _moment(passkey.last_signed_in_at),
        "created_on": _moment(passkey.created_at),
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
