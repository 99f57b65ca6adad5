"""Describe second factors, and decide when one is asked for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from claimsmith.domain.policies import MfaPolicy
from claimsmith.domain.sign_in_flows import Step

PROVED = "mfa"
"""The `amr` value that says a second factor was proved (RFC 8176)."""


class FactorType(StrEnum):
    """Name the second factors by the words of the management API."""

    AUTHENTICATOR_APP = "mfa:authenticator_app"
    EMAIL = "mfa:email"


@dataclass(frozen=True, slots=True)
class Factor:
    """Hold one second factor that a user has set up. `name` is the address of a factor by mail."""

    id: str
    user_id: str
    type: FactorType
    name: str | None = None
    total_uses: int = 0
    last_used_at: datetime | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UserFactors:
    """Hold what one user has: factors that work, how many recovery codes are left, and a "not now"."""

    factors: tuple[Factor, ...] = ()
    recovery_codes_left: int = 0
    is_declined: bool = False

    def usable(self, policy: MfaPolicy) -> tuple[FactorType, ...]:
        """Return the kinds of factor that the user has and the policy allows, the app first."""
        had = {factor.type for factor in self.factors}
        return tuple(type for type in FactorType if type in had and type in policy.enabled_factors)

    def of_type(self, type: FactorType) -> Factor | None:
        """Return the user's factor of a kind, or `None`."""
        return next((factor for factor in self.factors if factor.type is type), None)


def second_factor_needed(policy: MfaPolicy, factors: UserFactors, methods: Collection[str]) -> Step | None:
    """Return the page on which a second factor is asked for or set up, or `None` when none is needed.

    `policy` is the one that counts in the organization signed in to (`OrganizationPolicies.mfa_over`);
    `methods` what was proved so far. Whoever has a factor is asked for it, also where none is required: who
    set one up wants to be asked. A passkey is no second factor. Setting one up is never a way around one
    that is there.
    """
    if policy.policy == "off" or PROVED in methods:
        return None
    if factors.usable(policy):
        return Step.MFA
    if policy.policy == "required":
        return Step.MFA_SETUP
    return None if factors.is_declined or not policy.enabled_factors else Step.MFA_SETUP


def may_decline(policy: MfaPolicy) -> bool:
    """Tell whether setting up a second factor may be put off."""
    return policy.policy == "optional"


def addable_factors(policy: MfaPolicy, factors: UserFactors, *, has_address: bool) -> tuple[FactorType, ...]:
    """Return what somebody can set up besides a sign-in: what the policy allows and is not there yet.

    `has_address` tells whether there is a proved address, without which there are no codes by mail.
    """
    if policy.policy == "off":
        return ()
    return tuple(
        type
        for type in FactorType
        if type in policy.enabled_factors
        and factors.of_type(type) is None
        and (has_address or type is not FactorType.EMAIL)
    )
