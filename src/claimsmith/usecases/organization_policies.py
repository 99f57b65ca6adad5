"""Read and change the policies that organizations have of their own."""

from collections.abc import Sequence
from dataclasses import asdict, replace

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.gates import ORGANIZATION_POLICIES
from claimsmith.domain.gates import PASSKEYS as PASSKEY_SIGN_IN
from claimsmith.domain.organization_policies import (
    MFA,
    PASSKEYS,
    OrganizationMfa,
    OrganizationPasskeys,
)
from claimsmith.domain.policies import MfaPolicy, PasskeyPolicy
from claimsmith.domain.uris import shown
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.gates import require
from claimsmith.usecases.organizations import find_organization
from claimsmith.usecases.policies import check_factors

PASSKEY_POLICIES = ("off", "optional", "mandatory")


async def change_organization_mfa(
    context: Context,
    organization_code: str,
    *,
    enabled_factors: Sequence[str] | None = None,
    is_recovery_codes_enabled: bool | None = None,
    exempt_role_ids: Sequence[str] | None = None,
) -> OrganizationMfa:
    """Give an organization second factors of its own, in place of those of the environment.

    What is not given stays; at first it is as in the environment, and nobody is exempt. Raises `NotFound`,
    `InvalidInput`, `PlanRequired`.
    """
    factors = check_factors(enabled_factors) if enabled_factors is not None else None
    if factors == ():
        raise InvalidInput(
            "An organization needs at least one second factor; list one in enabled_factors.",
            field="enabled_factors",
            code="FACTORS_REQUIRED",
        )
    await require(context, ORGANIZATION_POLICIES)
    async with context.changing() as work:
        await find_organization(work, organization_code)
        environment = (await work.policies.all()).mfa
        changed = (await work.organization_policies.find(organization_code)).mfa or OrganizationMfa(
            environment.enabled_factors
        )
        if factors is not None:
            changed = replace(changed, enabled_factors=factors)
        if is_recovery_codes_enabled is not None:
            changed = replace(changed, is_recovery_codes_enabled=is_recovery_codes_enabled)
        if exempt_role_ids is not None:
            changed = replace(changed, exempt_role_ids=await _check_roles(work, exempt_role_ids))
        await work.organization_policies.put(organization_code, MFA, asdict(changed))
        work.record("organization", organization_code, "changed")
    return changed


async def get_organization_mfa(
    context: Context, organization_code: str
) -> tuple[OrganizationMfa | None, MfaPolicy]:
    """Return what an organization has of its own, if anything, and the policy that counts in it.

    Raises `NotFound`.
    """
    async with context.reading() as work:
        organization = await find_organization(work, organization_code)
        own = await work.organization_policies.find(organization_code)
        policies = await work.policies.all()
    return own.mfa, own.mfa_over(policies, is_enforced=organization.is_enforce_mfa)


async def _check_roles(work: Work, role_ids: Sequence[str]) -> tuple[str, ...]:
    for position, role_id in enumerate(role_ids):
        if not isinstance(role_id, str) or await work.roles.find(role_id) is None:
            raise InvalidInput(
                f"exempt_role_ids[{position}] is {shown(role_id)}, which is no role; give ids of roles.",
                field=f"exempt_role_ids[{position}]",
            )
    return tuple(dict.fromkeys(role_ids))


async def get_organization_passkeys(
    context: Context, organization_code: str
) -> tuple[OrganizationPasskeys, PasskeyPolicy]:
    """Return what an organization has of its own, and the policy of the environment. Raises `NotFound`."""
    async with context.reading() as work:
        await find_organization(work, organization_code)
        own = await work.organization_policies.find(organization_code)
        return own.passkeys, (await work.policies.all()).passkeys


async def change_organization_passkeys(
    context: Context,
    organization_code: str,
    *,
    policy: str | None = None,
    is_override_environment_passkey_settings: bool | None = None,
) -> tuple[OrganizationPasskeys, PasskeyPolicy]:
    """Change what is given of the policy of passkeys that an organization has of its own.

    Raises `NotFound`, `InvalidInput`, `PlanRequired`.
    """
    if policy is not None and policy not in PASSKEY_POLICIES:
        raise InvalidInput(f"policy is {shown(policy)}; use {', '.join(PASSKEY_POLICIES)}.", field="policy")
    async with context.changing() as work:
        await find_organization(work, organization_code)
        before = changed = (await work.organization_policies.find(organization_code)).passkeys
        if policy is not None:
            changed = replace(changed, policy=policy)  # type: ignore[arg-type]  # checked above
        if is_override_environment_passkey_settings is not None:
            changed = replace(
                changed,
                is_override_environment_passkey_settings=is_override_environment_passkey_settings,
            )
        if _offers(changed) and not _offers(before):
            await require(context, PASSKEY_SIGN_IN, field="policy")
            await require(context, ORGANIZATION_POLICIES)
        await work.organization_policies.put(organization_code, PASSKEYS, asdict(changed))
        work.record("organization", organization_code, "changed")
        return changed, (await work.policies.all()).passkeys


def _offers(passkeys: OrganizationPasskeys) -> bool:
    return passkeys.is_override_environment_passkey_settings and passkeys.policy != "off"
