"""Describe the policies that an organization has in place of those of its environment."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from claimsmith.domain.policies import EnvironmentPolicies, MfaPolicy, PasskeyPolicy

MFA = "mfa"
PASSKEYS = "passkeys"


@dataclass(frozen=True, slots=True)
class OrganizationMfa:
    """Hold the second factors of an organization, in place of those of the environment.

    A member whose roles are all among `exempt_role_ids` is asked for none in it.
    """

    enabled_factors: tuple[str, ...]
    is_recovery_codes_enabled: bool = True
    exempt_role_ids: tuple[str, ...] = ()

    def exempts(self, role_ids: Collection[str]) -> bool:
        """Tell whether a member with these roles is asked for no second factor; one without roles is."""
        return bool(role_ids) and set(role_ids) <= set(self.exempt_role_ids)


@dataclass(frozen=True, slots=True)
class OrganizationPasskeys:
    """Hold whether the people of an organization are offered passkeys.

    The policy counts only while `is_override_environment_passkey_settings`.
    """

    policy: Literal["off", "optional", "mandatory"] = "off"
    is_override_environment_passkey_settings: bool = False


@dataclass(frozen=True, slots=True)
class OrganizationPolicies:
    """Hold what one organization has of its own."""

    mfa: OrganizationMfa | None = None
    passkeys: OrganizationPasskeys = OrganizationPasskeys()

    def mfa_over(self, environment: EnvironmentPolicies, *, is_enforced: bool) -> MfaPolicy:
        """Return the policy of second factors in this organization.

        `is_enforced` is the organization's own switch; what the environment requires, no organization lifts.
        """
        policy = environment.mfa
        factors, recovery_codes = policy.enabled_factors, policy.is_recovery_codes_enabled
        if self.mfa is not None:
            factors, recovery_codes = self.mfa.enabled_factors, self.mfa.is_recovery_codes_enabled
        requirement = "required" if is_enforced else policy.policy
        return MfaPolicy(requirement, factors, recovery_codes)

    def passkeys_over(self, environment: EnvironmentPolicies) -> PasskeyPolicy:
        """Return the policy of passkeys in this organization."""
        if self.passkeys.is_override_environment_passkey_settings:
            return PasskeyPolicy(self.passkeys.policy)
        return environment.passkeys


def organization_policies_from_json(stored: Mapping[str, Mapping[str, Any]]) -> OrganizationPolicies:
    """Return the policies from what is stored by name."""
    mfa, passkeys = stored.get(MFA), stored.get(PASSKEYS)
    return OrganizationPolicies(
        mfa=OrganizationMfa(
            tuple(mfa["enabled_factors"]),
            mfa["is_recovery_codes_enabled"],
            tuple(mfa.get("exempt_role_ids", ())),
        )
        if mfa
        else None,
        passkeys=OrganizationPasskeys(**passkeys) if passkeys else OrganizationPasskeys(),
    )
