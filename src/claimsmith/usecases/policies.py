"""Read and change the policies of an environment: who may come in, how people sign in, what protects them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from claimsmith.domain.applications import ApplicationType
from claimsmith.domain.branding import COLOURS, LARGEST_RADIUS, RADII, THEMES, is_colour
from claimsmith.domain.email_domains import check_domains
from claimsmith.domain.errors import InvalidInput, NotFound
from claimsmith.domain.gates import PASSKEYS, TERMS_ACCEPTANCE, Capability
from claimsmith.domain.keys_and_names import check_switch
from claimsmith.domain.policies import (
    POLICIES,
    AccessPolicy,
    EnvironmentPolicies,
    MfaPolicy,
    PasskeyPolicy,
    Policy,
    policy_to_json,
)
from claimsmith.domain.uris import shown
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.gates import require

FACTORS = ("mfa:authenticator_app", "mfa:email")
INVITING_TYPES = (ApplicationType.REG, ApplicationType.SPA)


async def get_policies(context: Context) -> EnvironmentPolicies:
    """Return every policy of the environment."""
    async with context.reading() as work:
        return await work.policies.all()


async def get_policy(context: Context, name: str) -> Policy:
    """Return one policy by its name: `access`, `protection`, `mfa`, `passkeys`, `refresh`,
    `branding`. Raises `NotFound`.
    """
    check_policy_name(name)
    return _of(await get_policies(context), name)


async def change_policy(context: Context, name: str, members: Mapping[str, Any]) -> Policy:
    """Change the given members of one policy; it holds at the next page, code and token.

    Raises `NotFound` for an unknown policy, `InvalidInput` for an unknown member or a bad value,
    `PlanRequired` for what the plan does not include.
    """
    check_policy_name(name)
    async with context.changing() as work:
        policy = _of(await work.policies.all(), name)
        changed = replace(policy, **{each: _checked(name, each, value) for each, value in members.items()})
        await _check_whole(work, changed)
        await _check_plan(context, policy, changed)
        await work.policies.put(name, policy_to_json(changed))
        work.record("policy", name, "changed")
    return changed


def check_policy_name(name: str) -> None:
    """Refuse a name that no policy has. Raises `NotFound`."""
    if name not in POLICIES:
        raise NotFound(
            f"There is no policy {shown(name)}; there are {', '.join(POLICIES)}.", code="POLICY_NOT_FOUND"
        )


def check_factors(value: object, field: str = "enabled_factors") -> tuple[str, ...]:
    """Return second factors, each once. Raises `InvalidInput` for one that this server does not offer."""
    if not isinstance(value, list | tuple):
        raise InvalidInput(f"{field} must be a list of {', '.join(FACTORS)}.", field=field)
    for position, factor in enumerate(value):
        if factor not in FACTORS:
            raise InvalidInput(
                f"{field}[{position}] is {shown(factor)}; use {', '.join(FACTORS)}.",
                field=f"{field}[{position}]",
                code="FACTOR_NOT_SUPPORTED",
            )
    return tuple(dict.fromkeys(value))


def _of(policies: EnvironmentPolicies, name: str) -> Policy:
    return cast(Policy, getattr(policies, name))


def _checked(policy: str, member: str, value: object) -> Any:
    check = _CHECKS[policy].get(member)
    if check is None:
        raise InvalidInput(
            f"The policy {policy!r} has no member {member!r}; it has {', '.join(_CHECKS[policy])}.",
            field=member,
            code="POLICY_MEMBER_UNKNOWN",
        )
    return check(value, member)


async def _check_whole(work: Work, policy: Policy) -> None:
    """Check what depends on several members, or on other objects."""
    if isinstance(policy, MfaPolicy) and policy.policy == "required" and not policy.enabled_factors:
        raise InvalidInput(
            "A second factor is required but none is enabled; enable one in enabled_factors.",
            field="enabled_factors",
            code="FACTORS_REQUIRED",
        )
    if isinstance(policy, AccessPolicy) and policy.invite_application_id is not None:
        await _check_invite_application(work, policy.invite_application_id)
    if isinstance(policy, AccessPolicy) and policy.device_application_id is not None:
        await _check_device_application(work, policy.device_application_id)


async def _check_plan(context: Context, before: Policy, after: Policy) -> None:
    """Refuse to switch on what the plan does not include; what is on may stay on."""
    for capability, field in _gated(after) - _gated(before):
        await require(context, capability, field=field)


def _gated(policy: Policy) -> set[tuple[Capability, str]]:
    """Return what is switched on in a policy and may be missing in a plan, with the member that does it."""
    if isinstance(policy, PasskeyPolicy) and policy.policy != "off":
        return {(PASSKEYS, "policy")}
    if isinstance(policy, AccessPolicy) and policy.is_terms_acceptance_asked:
        return {(TERMS_ACCEPTANCE, "is_terms_acceptance_asked")}
    return set()


async def _check_device_application(work: Work, application_id: str) -> None:
    application = await work.applications.find(application_id)
    if application is None or application.type is not ApplicationType.DEVICE:
        raise InvalidInput(
            f"There is no application {shown(application_id)} of type device.",
            field="device_application_id",
            code="DEVICE_APPLICATION_UNFIT",
        )


async def _check_invite_application(work: Work, application_id: str) -> None:
    application = await work.applications.find(application_id)
    field = "invite_application_id"
    if application is None:
        raise InvalidInput(
            f"There is no application {shown(application_id)}.", field=field, code="INVITE_APPLICATION_UNFIT"
        )
    if application.type not in INVITING_TYPES or not application.login_uri:
        raise InvalidInput(
            f"Invitations cannot lead to {application.name!r}: choose a back-end web or front-end "
            "application and give it a login_uri.",
            field=field,
            code="INVITE_APPLICATION_UNFIT",
        )


def _number(least: int, most: int) -> Callable[[object, str], int]:
    def check(value: object, field: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise InvalidInput(
                f"{field} is {_shown(value)}; choose a whole number from {least} to {most}.", field=field
            )
        return value

    return check


def _choice(*choices: str) -> Callable[[object, str], str]:
    def check(value: object, field: str) -> str:
        if value not in choices:
            raise InvalidInput(f"{field} is {shown(value)}; use {', '.join(choices)}.", field=field)
        return value

    return check


def _domains(value: object, field: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise InvalidInput(f"{field} must be a list of domains such as example.com.", field=field)
    return check_domains(value, field)


def _colour(value: object, field: str) -> str | None:
    if value is None or value == "":
        return None
    if not is_colour(value):
        raise InvalidInput(f"{field} is {_shown(value)}; give a colour such as #1a2b3c.", field=field)
    return str(value)


def _reference(value: object, field: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise InvalidInput(f"{field} is {shown(value)}; give an id or null.", field=field)
    return value or None


def _shown(value: object) -> str:
    return str(value) if isinstance(value, int) and abs(value) < 10**12 else shown(value)


_CHECKS: Mapping[str, Mapping[str, Callable[[object, str], Any]]] = {
    "access": {
        "is_self_sign_up_allowed": check_switch,
        "allowed_domains": _domains,
        "is_organization_creation_allowed": check_switch,
        "is_most_recent_organization_used": check_switch,
        "is_default_organization_joined": check_switch,
        "are_invitations_allowed": check_switch,
        "invite_application_id": _reference,
        "device_application_id": _reference,
        "is_enumeration_protected": check_switch,
        "is_terms_acceptance_asked": check_switch,
        "is_pricing_table_shown": check_switch,
        "code_lifetime_seconds": _number(60, 86_400),
    },
    "protection": {
        "attempts_before_lockout": _number(1, 20),
        "lockout_seconds": _number(60, 3_600),
    },
    "mfa": {
        "policy": _choice("off", "optional", "required"),
        "enabled_factors": check_factors,
        "is_recovery_codes_enabled": check_switch,
    },
    "passkeys": {"policy": _choice("off", "optional", "mandatory")},
    "refresh": {"grace_seconds": _number(0, 300), "absolute_lifetime_seconds": _number(0, 157_680_000)},
    "branding": {
        "theme_code": _choice(*THEMES),
        **dict.fromkeys(COLOURS, _colour),
        **dict.fromkeys(RADII, _number(0, LARGEST_RADIUS)),
    },
}
"""How each member of each policy is checked. A test compares the names with those of the policies."""
