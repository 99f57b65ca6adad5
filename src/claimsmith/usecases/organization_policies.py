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
from claimsmith.domain.policies import PasskeyPolicy
from claimsmith.domain.uris import shown
from claimsmith.usecases.context import Context
from claimsmith.usecases.gates import require
from claimsmith.usecases.organizations import find_organization
from claimsmith.usecases.policies import check_factors

PASSKEY_POLICIES = ("off", "optional", "mandatory")


async def change_organization_mfa(
    context: Context,
    organization_code: str,
    *,
    enabled_factors: Sequence[str],
    is_recovery_codes_enabled: bool | None = None,
) -> None:
    """Give an organization second factors of its own, in place of those of the environment.

    Raises `NotFound`, `InvalidInput`, `PlanRequired`.
    """
    factors = check_factors(enabled_factors)
    if not factors:
        raise InvalidInput(
            "An organization needs at least one second factor; list one in enabled_factors.",
            field="enabled_factors",
            code="FACTORS_REQUIRED",
        )
    await require(context, ORGANIZATION_POLICIES)
    async with context.changing() as work:
        await find_organization(work, organization_code)
        before = (await work.organization_policies.find(organization_code)).mfa
        kept = before.is_recovery_codes_enabled if before else True
        enabled = kept if is_recovery_codes_enabled is None else is_recovery_codes_enabled
        values = asdict(OrganizationMfa(factors, enabled))
        await work.organization_policies.put(organization_code, MFA, values)
        work.record("organization", organization_code, "changed")


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
