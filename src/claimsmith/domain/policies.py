"""Describe the policies of an environment: who may sign up, how people sign in, what protects them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from claimsmith.domain.email_domains import is_of_domain

Requirement = Literal["off", "optional", "required"]


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """Hold who may come in, and where they land.

    `allowed_domains` empty means any domain. `invite_application_id` is the application that invitations lead
    to; its login URI must be set. With `is_terms_acceptance_asked`, whoever signs up must accept the
    application's terms of use and privacy policy, as far as it has them. With
    `is_pricing_table_shown`, whoever signs up, and who has no plan yet, is asked for one, if there is a live
    pricing table.
    """

    is_self_sign_up_allowed: bool = True
    allowed_domains: tuple[str, ...] = ()
    is_organization_creation_allowed: bool = True
    is_most_recent_organization_used: bool = False
    is_default_organization_joined: bool = True
    are_invitations_allowed: bool = True
    invite_application_id: str | None = None
    device_application_id: str | None = None
    is_enumeration_protected: bool = True
    is_terms_acceptance_asked: bool = False
    is_pricing_table_shown: bool = False
    code_lifetime_seconds: int = 7_200

    def allows_sign_up(self, email: str | None) -> bool:
        """Tell whether somebody with this address, or with none, may sign up by themselves."""
        if not self.is_self_sign_up_allowed:
            return False
        return not self.allowed_domains or is_of_domain(email, self.allowed_domains)


@dataclass(frozen=True, slots=True)
class ProtectionPolicy:
    """Hold after how many failures a password is locked, and for how long."""

    attempts_before_lockout: int = 5
    lockout_seconds: int = 300


@dataclass(frozen=True, slots=True)
class MfaPolicy:
    """Hold whether a second factor is asked for, and which: `mfa:authenticator_app`, `mfa:email`."""

    policy: Requirement = "off"
    enabled_factors: tuple[str, ...] = ("mfa:authenticator_app",)
    is_recovery_codes_enabled: bool = True


@dataclass(frozen=True, slots=True)
class PasskeyPolicy:
    """Hold whether people are offered passkeys."""

    policy: Literal["off", "optional", "mandatory"] = "off"


@dataclass(frozen=True, slots=True)
class RefreshPolicy:
    """Hold for how long the previous refresh token still answers with the same successor; 0 means never.

    So long after a sign-in as `absolute_lifetime_seconds`, its refresh tokens end however used; 0 means
    that they go on as long as they are used.
    """

    grace_seconds: int = 30
    absolute_lifetime_seconds: int = 7_776_000


@dataclass(frozen=True, slots=True)
class BrandingPolicy:
    """Hold how the pages of people look: colours in hexadecimal, radii in pixels; `None` is our own look.

    Organizations may have values of their own, which count over these.
    """

    theme_code: Literal["light", "dark", "user_preference"] = "user_preference"
    background_color: str | None = None
    background_color_dark: str | None = None
    button_color: str | None = None
    button_color_dark: str | None = None
    button_text_color: str | None = None
    button_text_color_dark: str | None = None
    link_color: str | None = None
    link_color_dark: str | None = None
    button_border_radius: int = 8
    card_border_radius: int = 14
    input_border_radius: int = 8

    @property
    def values(self) -> Mapping[str, object]:
        """Return what is not as by default, by its name."""
        every = {each.name: (getattr(self, each.name), each.default) for each in fields(self)}
        return {name: value for name, (value, default) in every.items() if value != default}


@dataclass(frozen=True, slots=True)
class EnvironmentPolicies:
    """Hold every policy of one environment."""

    access: AccessPolicy = AccessPolicy()
    protection: ProtectionPolicy = ProtectionPolicy()
    mfa: MfaPolicy = MfaPolicy()
    passkeys: PasskeyPolicy = PasskeyPolicy()
    refresh: RefreshPolicy = RefreshPolicy()
    branding: BrandingPolicy = BrandingPolicy()


Policy = AccessPolicy | BrandingPolicy | ProtectionPolicy | MfaPolicy | PasskeyPolicy | RefreshPolicy

POLICIES: Mapping[str, type[Policy]] = {
    "access": AccessPolicy,
    "protection": ProtectionPolicy,
    "mfa": MfaPolicy,
    "passkeys": PasskeyPolicy,
    "refresh": RefreshPolicy,
    "branding": BrandingPolicy,
}
"""The policies by their names, which are also the members of `EnvironmentPolicies`."""


def policy_to_json(policy: Policy) -> dict[str, Any]:
    """Return the members of a policy as JSON values: lists, not tuples."""
    values = {each.name: getattr(policy, each.name) for each in fields(policy)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def policies_from_json(stored: Mapping[str, Mapping[str, Any]]) -> EnvironmentPolicies:
    """Return every policy from the members that are stored by its name; what is not stored is as by default.

    Names and members that this version does not know are passed over, so that an older version can read what
    a newer one wrote.
    """
    return EnvironmentPolicies(
        **{  # type: ignore[arg-type]  # the names of POLICIES are those of the members
            name: policy(**_known_members(policy, stored.get(name, {}))) for name, policy in POLICIES.items()
        }
    )


def _known_members(policy: type[Policy], stored: Mapping[str, Any]) -> dict[str, Any]:
    names = [each.name for each in fields(policy) if each.name in stored]
    return {name: tuple(value) if isinstance(value := stored[name], list) else value for name in names}
