"""Decide whether a token profile can work, before it is saved.

The same catalogue tells the editor what can be chosen and why the rest cannot: nothing is hidden.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from claimsmith.claims.hasura import HASURA_NAMES
from claimsmith.claims.pipeline import RESERVED
from claimsmith.claims.sources.identity import NO_PROVIDERS
from claimsmith.domain.applications import Application, check_lifetime
from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.properties import Property, PropertyContext
from claimsmith.domain.token_profiles import TokenKind, TokenProfile
from claimsmith.domain.views import EnvironmentView

SOCIAL_IDENTITY = "social_identity"
"""What asks for `ext_provider`, the claim about an identity provider that a user signed in with."""

ADDITIONAL_CLAIMS: dict[TokenKind, tuple[str, ...]] = {
    TokenKind.ACCESS: ("org_name", "external_org_id", "roles", "email", "entitlements"),
    TokenKind.ID: (SOCIAL_IDENTITY, "organizations"),
    TokenKind.M2M: ("org_name", "external_org_id", "entitlements"),
}
"""What `additional_claims` may hold, by kind of token."""

PIPELINE_CLAIMS = frozenset(
    [
        "permissions",
        "feature_flags",
        "org_code",
        "org_codes",
        "user_properties",
        "organization_properties",
        "application_properties",
        "has_trial_period",
        "trial_expires_on",
    ]
) | frozenset(HASURA_NAMES.values())
"""The claims that a switch of the profile makes: asking for one as an additional claim would collide."""

LEAST_BUDGET_BYTES = 256
MOST_BUDGET_BYTES = 65_536
MOST_CHOSEN = 1_000


@dataclass(frozen=True, slots=True)
class Choice:
    """Hold one thing a profile could choose: its key, a label, and why it cannot be chosen, if it cannot."""

    key: str
    label: str
    blocked_because: str | None = None


def check_profile(profile: TokenProfile, application: Application, shared: EnvironmentView) -> None:
    """Refuse a profile that cannot work. Raises `InvalidInput` that names the field and the remedy."""
    check_kind(application, profile.kind)
    if profile.include_api_scopes_in_permissions and profile.kind is TokenKind.ID:
        raise _refused(
            "include_api_scopes_in_permissions", "An ID token goes to no API, so it carries no API scopes."
        )
    _check_claims(profile, application)
    _check_flags(profile, shared)
    _check_properties(profile, application, shared)
    check_lifetime(profile.lifetime_seconds, "lifetime_seconds")
    if not LEAST_BUDGET_BYTES <= profile.size_budget_bytes <= MOST_BUDGET_BYTES:
        raise _refused(
            "size_budget_bytes",
            f"{profile.size_budget_bytes} bytes is no budget; choose {LEAST_BUDGET_BYTES} to "
            f"{MOST_BUDGET_BYTES}.",
        )


def check_kind(application: Application, kind: TokenKind) -> None:
    """Refuse a kind of token that applications of this type never get."""
    if kind not in application.type.token_kinds:
        kinds = ", ".join(each.value for each in application.type.token_kinds)
        raise InvalidInput(
            f"An application of type {application.type.value} gets no {kind.value} tokens; it gets: {kinds}.",
            field="kind",
            code="TOKEN_KIND_NOT_SUPPORTED",
        )


def claim_choices(kind: TokenKind, application: Application) -> Iterator[Choice]:
    """List every additional claim that a kind of token can have, with what blocks it here."""
    for claim in ADDITIONAL_CLAIMS[kind]:
        blocked = None
        if kind is TokenKind.M2M and application.organization_code is None:
            blocked = "This application belongs to no organization; register another one for an organization."
        if claim == SOCIAL_IDENTITY:
            blocked = NO_PROVIDERS
        yield Choice(claim, claim, blocked)


def flags_block(kind: TokenKind) -> str | None:
    """Say why a kind of token can carry no feature flags at all; `None` when it can."""
    if kind is TokenKind.ID:
        return "An ID token says who signed in; feature flags are in the access token."
    return None


def flag_choices(kind: TokenKind, shared: EnvironmentView) -> Iterator[Choice]:
    """List every feature flag of the environment, with what blocks it in this kind of token."""
    for flag in sorted(shared.flags.values(), key=lambda each: each.key):
        yield Choice(flag.key, flag.name, flags_block(kind))


def property_choices(kind: TokenKind, application: Application, shared: EnvironmentView) -> Iterator[Choice]:
    """List every property of the environment, with what blocks it in this kind of token."""
    for item in sorted(shared.properties.values(), key=lambda each: (each.context, each.key)):
        yield Choice(item.key, item.name, _property_block(item, kind, application))


def _property_block(item: Property, kind: TokenKind, application: Application) -> str | None:
    if item.is_private:
        return "This property is private; make it public to let it into tokens."
    if kind is not TokenKind.M2M:
        return None
    if item.context is PropertyContext.USER:
        return "An M2M token is about no user, so it carries no user properties."
    if item.context is PropertyContext.ORGANIZATION and application.organization_code is None:
        return (
            "This application belongs to no organization, so it has no organization properties; "
            "register another one for an organization."
        )
    return None


def _check_claims(profile: TokenProfile, application: Application) -> None:
    blocked = {choice.key: choice.blocked_because for choice in claim_choices(profile.kind, application)}
    seen: set[str] = set()
    for position, claim in enumerate(profile.additional_claims):
        field = f"additional_claims[{position}]"
        if claim in seen:
            raise _refused(field, f"{claim!r} is named twice.")
        seen.add(claim)
        if claim in RESERVED:
            raise _refused(field, f"{claim!r} belongs to the protocol and cannot be asked for or replaced.")
        if claim in PIPELINE_CLAIMS:
            raise _refused(
                field, f"{claim!r} would collide with the claim of that name; use the switch that makes it."
            )
        if claim not in blocked:
            known = ", ".join(blocked) or "none"
            raise _refused(
                field, f"{claim!r} is no claim that {profile.kind.label}s can have; those are: {known}."
            )
        if blocked[claim]:
            raise _refused(field, f"{claim!r} cannot be chosen: {blocked[claim]}")


def _check_flags(profile: TokenProfile, shared: EnvironmentView) -> None:
    choice, block = profile.feature_flags, flags_block(profile.kind)
    if isinstance(choice, str):
        if choice not in ("none", "all"):
            raise _refused("feature_flags", f'{choice!r} is neither "none", "all" nor a list of keys.')
        if choice == "all" and block:
            raise _refused("feature_flags", block)
        return
    _check_list("feature_flags", choice)
    for position, key in enumerate(choice):
        if key not in shared.flags:
            raise _refused(
                f"feature_flags[{position}]",
                f"There is no feature flag {key!r}; create it first or take it out.",
            )
        if block:
            raise _refused(f"feature_flags[{position}]", f"{key!r} cannot be chosen: {block}")


def _check_properties(profile: TokenProfile, application: Application, shared: EnvironmentView) -> None:
    _check_list("properties", profile.properties)
    for position, key in enumerate(profile.properties):
        field = f"properties[{position}]"
        item = shared.properties.get(key)
        if item is None:
            raise _refused(field, f"There is no property {key!r}; create it first or take it out.")
        block = _property_block(item, profile.kind, application)
        if block:
            raise _refused(field, f"{key!r} cannot be chosen: {block}")


def _check_list(field: str, keys: tuple[str, ...]) -> None:
    if len(keys) > MOST_CHOSEN:
        raise _refused(field, f"{len(keys)} keys are too many; {MOST_CHOSEN} is the most.")
    repeated = {key for key in keys if keys.count(key) > 1} if len(set(keys)) != len(keys) else set()
    if repeated:
        raise _refused(field, f"{sorted(repeated)[0]!r} is named twice.")


def _refused(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, field=field, code="TOKEN_PROFILE_INVALID")
