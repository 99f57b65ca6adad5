"""Read and save token profiles. `token_previews.py` shows the tokens that they make."""

from dataclasses import dataclass, replace

from claimsmith.claims.profile_rules import (
    Choice,
    check_kind,
    check_profile,
    claim_choices,
    flag_choices,
    flags_block,
    property_choices,
)
from claimsmith.domain.errors import Conflict, InvalidInput, NotFound
from claimsmith.domain.gates import API_SCOPES_IN_PERMISSIONS
from claimsmith.domain.token_profiles import TokenKind, TokenProfile, default_profile
from claimsmith.domain.views import ClientView, EnvironmentView
from claimsmith.storage.views import client_view, environment_view
from claimsmith.storage.work import Work
from claimsmith.usecases.applications import find_application
from claimsmith.usecases.context import Context
from claimsmith.usecases.gates import require
from claimsmith.usecases.keys import keep_keys


@dataclass(frozen=True, slots=True)
class ProfileChoices:
    """Hold everything a profile could choose, with what blocks each thing that cannot be chosen.

    `scopes_switch_blocked_because` says why the scopes switch has no effect here, if it has none;
    `feature_flags_blocked_because` why this kind of token carries no flags at all.
    """

    additional_claims: tuple[Choice, ...]
    feature_flags: tuple[Choice, ...]
    properties: tuple[Choice, ...]
    scopes_switch_blocked_because: str | None
    feature_flags_blocked_because: str | None


async def get_profile(context: Context, application_id: str, kind: TokenKind) -> TokenProfile:
    """Return the saved profile, or the default one.

    Raises `NotFound`; `InvalidInput` for a kind of token that the application never gets.
    """
    async with context.reading() as work:
        check_kind(await find_application(work, application_id), kind)
        saved = await work.token_profiles.find(application_id, kind)
    return saved or default_profile(application_id, kind)


async def put_profile(
    context: Context, profile: TokenProfile, *, expected_version: int | None = None
) -> TokenProfile:
    """Save a profile after checking that it can work; return it with its new version.

    `expected_version` is the version the editor saw. Raises `Conflict` when it was changed since,
    `InvalidInput` naming the field of a profile that cannot work, `PlanRequired` when the scopes switch is
    turned on and the plan does not include it, `NotFound`.
    """
    async with context.changing() as work:
        application = await find_application(work, profile.application_id)
        check_kind(application, profile.kind)
        saved = await work.token_profiles.find(profile.application_id, profile.kind)
        version = saved.version if saved else 0
        if expected_version is not None and expected_version != version:
            raise Conflict(
                f"The profile is at version {version}, not {expected_version}: someone saved it meanwhile. "
                "Read it again and repeat the change.",
                code="VERSION_CONFLICT",
            )
        check_profile(profile, application, await environment_view(work, context.environment))
        access_only = profile.kind is TokenKind.ACCESS
        if access_only and profile.lifetime_seconds >= application.refresh_token_lifetime_seconds:
            raise InvalidInput(
                f"lifetime_seconds is {profile.lifetime_seconds}; the refresh token's lifetime, "
                f"{application.refresh_token_lifetime_seconds} seconds, must exceed it.",
                field="lifetime_seconds",
                code="TOKEN_PROFILE_INVALID",
            )
        before = saved or default_profile(profile.application_id, profile.kind)
        if turns_on_scopes(before, profile):
            await require(context, API_SCOPES_IN_PERMISSIONS, field="include_api_scopes_in_permissions")
        await keep_keys(work, before, profile)
        stored = replace(profile, version=version + 1, updated_at=work.now)
        await work.token_profiles.put(stored)
        work.record("application", profile.application_id, "changed")
    return stored


def turns_on_scopes(before: TokenProfile, after: TokenProfile) -> bool:
    """Tell whether a profile turns the scopes switch on. What is on already may stay, whatever the plan."""
    return after.include_api_scopes_in_permissions and not before.include_api_scopes_in_permissions


async def profile_choices(context: Context, application_id: str, kind: TokenKind) -> ProfileChoices:
    """Return what an editor of this profile can offer, with the reason for all it cannot."""
    async with context.reading() as work:
        view, shared = await views_of(context, work, application_id)
    check_kind(view.application, kind)
    blocked = None
    if kind is TokenKind.ID:
        blocked = "An ID token goes to no API, so it carries no API scopes."
    elif not view.grants:
        blocked = "This application is authorized for no API yet; authorize it for one and enable scopes."
    elif kind is TokenKind.ACCESS:
        if not any(grant.scope_ids for grant in view.grants.values()):
            blocked = "The APIs of this application have no scopes yet; add one to an API."
    elif not any(grant.enabled for grant in view.grants.values()):
        blocked = "No scope is enabled for this application yet; enable one at an API."
    return ProfileChoices(
        tuple(claim_choices(kind, view.application)),
        tuple(flag_choices(kind, shared)),
        tuple(property_choices(kind, view.application, shared)),
        blocked,
        flags_block(kind),
    )


async def views_of(context: Context, work: Work, application_id: str) -> tuple[ClientView, EnvironmentView]:
    """Return the views that a profile of an application is judged by, as they are now. Raises `NotFound`."""
    shared = await environment_view(work, context.environment)
    view = await client_view(work, shared, application_id)
    if view is None:
        raise NotFound(f"There is no application {application_id!r}.", code="APPLICATION_NOT_FOUND")
    return view, shared
