"""Read, save and preview token profiles."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from claimsmith.claims.model import TracedClaim, TracedOmission
from claimsmith.claims.pipeline import difference
from claimsmith.claims.profile_rules import (
    Choice,
    check_kind,
    check_profile,
    claim_choices,
    flag_choices,
    flags_block,
    property_choices,
)
from claimsmith.claims.size import bytes_by_claim
from claimsmith.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted
from claimsmith.domain.token_profiles import TokenKind, TokenProfile, default_profile
from claimsmith.domain.views import ClientView, EnvironmentView
from claimsmith.oauth.errors import OAuthError
from claimsmith.oauth.grants import client_credentials
from claimsmith.oauth.issue import PreparedToken, prepare, size_bytes
from claimsmith.oauth.token_endpoint import new_token_id
from claimsmith.storage.views import client_view, environment_view
from claimsmith.storage.work import Work
from claimsmith.usecases.applications import find_application
from claimsmith.usecases.context import Context
from claimsmith.usecases.keys import keep_keys, open_keyring


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """Say which token to preview: an unsaved profile (`None`: the saved one), audiences and scope.

    Without audiences the preview takes the application's only API, as the token endpoint does.
    """

    profile: TokenProfile | None = None
    audiences: Sequence[str] = ()
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """Hold a token as it would be issued now, without its signature.

    `size_bytes` is the length of the compact token; `bytes_by_claim` the bytes of its payload.
    """

    header: dict[str, Any]
    claims: dict[str, Any]
    size_bytes: int
    bytes_by_claim: dict[str, int]
    budget_bytes: int
    trace: tuple[TracedClaim, ...]
    omitted: tuple[TracedOmission, ...]
    diff: dict[str, list[str]]


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
    `InvalidInput` naming the field of a profile that cannot work, `NotFound`.
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
        await keep_keys(work, before, profile)
        stored = replace(profile, version=version + 1, updated_at=work.now)
        await work.token_profiles.put(stored)
        work.record("application", profile.application_id, "changed")
    return stored


async def profile_choices(context: Context, application_id: str, kind: TokenKind) -> ProfileChoices:
    """Return what an editor of this profile can offer, with the reason for all it cannot."""
    async with context.reading() as work:
        view, shared = await _views(context, work, application_id)
    check_kind(view.application, kind)
    blocked = None
    if kind is TokenKind.ID:
        blocked = "An ID token goes to no API, so it carries no API scopes."
    elif not view.grants:
        blocked = "This application is authorized for no API yet; authorize it for one and enable scopes."
    elif not any(grant.enabled for grant in view.grants.values()):
        blocked = "No scope is enabled for this application yet; enable one at an API."
    return ProfileChoices(
        tuple(claim_choices(kind, view.application)),
        tuple(flag_choices(kind, shared)),
        tuple(property_choices(kind, view.application, shared)),
        blocked,
        flags_block(kind),
    )


async def preview(context: Context, application_id: str, kind: TokenKind, request: PreviewRequest) -> Preview:
    """Return the token that would be issued now under a profile that need not be saved.

    The claims come from the function that issues tokens. Raises `InvalidInput` for a profile that cannot be
    saved either and for a request the token endpoint would refuse; `NotPermitted` for a kind of token that
    this server does not issue.
    """
    async with context.reading() as work:
        view, shared = await _views(context, work, application_id)
        keys = open_keyring(context.platform.sealer, context.environment.id, await work.signing_keys.all())
    check_kind(view.application, kind)
    if kind is not TokenKind.M2M:
        raise NotPermitted(
            f"{kind.label}s are issued when people sign in, which this server does not offer; only M2M "
            "tokens can be previewed.",
            code="TOKEN_KIND_NOT_ISSUED",
        )
    if request.profile is not None:
        check_profile(request.profile, view.application, shared)
    now = context.platform.now().timestamp()
    issued_at, token_id = int(now), new_token_id()
    try:
        authorization = client_credentials.authorize_for(
            view, audiences=client_credentials.words(list(request.audiences)), scope=request.scope
        )
        saved = prepare(authorization, issued_at=issued_at, token_id=token_id)
        chosen = saved
        if request.profile is not None:
            chosen = prepare(authorization, issued_at=issued_at, token_id=token_id, profile=request.profile)
    except OAuthError as error:
        raise InvalidInput(error.description, code=error.error.upper()) from error
    signer = keys.signer(chosen.algorithm.value, now)
    claims = chosen.stamped(issued_at, token_id)
    return Preview(
        header=signer.header(chosen.typ),
        claims=claims,
        size_bytes=size_bytes(chosen, claims, signer),
        bytes_by_claim=bytes_by_claim(claims),
        budget_bytes=chosen.profile.size_budget_bytes,
        trace=chosen.claim_set.trace,
        omitted=chosen.claim_set.omitted,
        diff=_difference(saved, chosen),
    )


def _difference(saved: PreparedToken, chosen: PreparedToken) -> dict[str, list[str]]:
    return difference(saved.claim_set.claims, chosen.claim_set.claims)


async def _views(context: Context, work: Work, application_id: str) -> tuple[ClientView, EnvironmentView]:
    shared = await environment_view(work, context.environment)
    view = await client_view(work, shared, application_id)
    if view is None:
        raise NotFound(f"There is no application {application_id!r}.", code="APPLICATION_NOT_FOUND")
    return view, shared
