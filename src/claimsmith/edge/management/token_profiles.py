"""Serve `/api/v1/applications/{application_id}/token_profiles/{kind}`: customization and preview."""

import re
from dataclasses import asdict
from typing import Annotated, Any, NotRequired

from fastapi import Header, Response
from pydantic import Field

from claimsmith.claims.model import TracedClaim, TracedOmission
from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.token_profiles import TokenKind, TokenProfile, default_profile
from claimsmith.edge.management.answers import Moment, Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import token_previews, token_profiles

operations = Operations("Token profiles")


class ProfileBody(Body):
    """Hold a token profile. A member left out takes its default, as `PUT` replaces the whole profile."""

    include_api_scopes_in_permissions: bool = False
    additional_claims: list[str] = Field(default_factory=list)
    feature_flags: str | list[str] | None = None
    properties: list[str] = Field(default_factory=list)
    hasura_mapping: bool = False
    lifetime_seconds: int | None = None
    size_budget_bytes: int | None = None


class PreviewBody(Body):
    """Hold the body of a preview: an unsaved profile, or none for the saved one; audiences and scope.

    `audience` may be one text, space-separated, or a list. Tokens of users need `user_id`, which may also be
    an email address or a username; `org_code` is the organization signed in to, without it the only one.
    """

    profile: ProfileBody | None = None
    audience: str | list[str] | None = None
    scope: str = ""
    user_id: str | None = None
    org_code: str | None = None


class ShownProfile(Shown):
    """Hold a token profile; `feature_flags` is `"none"`, `"all"` or a list of keys."""

    application_id: str
    kind: str
    include_api_scopes_in_permissions: bool
    additional_claims: list[str]
    feature_flags: str | list[str]
    properties: list[str]
    hasura_mapping: bool
    lifetime_seconds: int
    size_budget_bytes: int
    version: int
    updated_on: Moment | None


class ShownDifference(Shown):
    """Hold the names of claims that differ from those under the saved profile."""

    added: list[str]
    removed: list[str]
    changed: list[str]


class ShownStart(Shown):
    """Hold the call that starts a trial."""

    method: str
    path: str
    body: dict[str, str]


class ShownOffer(Shown):
    """Hold the trial of a plan, and how the business stands with it: `open`, `running` or `used`."""

    plan: str
    state: str
    days: int
    ends_on: Moment | None


class ShownNeed(Shown):
    """Hold what the unsaved profile turns on and the plan does not include, and what brings it."""

    feature: str
    plan: str
    plans: list[str]
    trial: NotRequired[ShownOffer]
    start_trial: NotRequired[ShownStart]
    because: str
    remedy: str


@operations.operation(
    "GET /applications/{application_id}/token_profiles/{kind}",
    "getTokenProfile",
    scope="read:application_token_profiles",
    answer={"token_profile": ShownProfile},
)
async def get_token_profile(
    context: Caller, application_id: str, kind: str, response: Response
) -> dict[str, Any]:
    """Read what an application's tokens of one kind carry. `ETag` is the profile's version."""
    profile = await token_profiles.get_profile(context, application_id, token_kind(kind))
    response.headers["ETag"] = etag(profile)
    return ok(token_profile=shown(profile))


@operations.operation(
    "PUT /applications/{application_id}/token_profiles/{kind}",
    "putTokenProfile",
    scope="update:application_token_profiles",
    answer={"token_profile": ShownProfile},
)
async def put_token_profile(  # noqa: PLR0917 - FastAPI passes them by name
    context: Caller,
    application_id: str,
    kind: str,
    body: ProfileBody,
    response: Response,
    if_match: Annotated[str | None, Header()] = None,
) -> dict[str, Any]:
    """Replace a profile. With `If-Match`, only while it is still at the version that was read (412)."""
    profile = _profile(application_id, token_kind(kind), body)
    saved = await token_profiles.put_profile(context, profile, expected_version=_version(if_match))
    response.headers["ETag"] = etag(saved)
    return ok("Token profile updated", "TOKEN_PROFILE_UPDATED", token_profile=shown(saved))


@operations.operation(
    "POST /applications/{application_id}/token_profiles/{kind}/preview",
    "previewToken",
    scope="read:application_token_profiles",
    answer={
        "header": dict[str, Any],
        "claims": dict[str, Any],
        "size_bytes": int,
        "bytes_by_claim": dict[str, int],
        "budget_bytes": int,
        "trace": list[TracedClaim],
        "omitted": list[TracedOmission],
        "diff": ShownDifference,
        "needs": list[ShownNeed],
    },
)
async def preview_token(context: Caller, application_id: str, kind: str, body: PreviewBody) -> dict[str, Any]:
    """Show the token that would be issued now, claim by claim, under a profile that need not be saved."""
    which = token_kind(kind)
    audiences = [body.audience] if isinstance(body.audience, str) else body.audience or []
    found = await token_previews.preview(
        context,
        application_id,
        which,
        token_previews.PreviewRequest(
            profile=_profile(application_id, which, body.profile) if body.profile else None,
            audiences=audiences,
            scope=body.scope,
            user=body.user_id,
            organization_code=body.org_code,
        ),
    )
    return ok(
        header=found.header,
        claims=found.claims,
        size_bytes=found.size_bytes,
        bytes_by_claim=found.bytes_by_claim,
        budget_bytes=found.budget_bytes,
        trace=[asdict(line) for line in found.trace],
        omitted=[asdict(line) for line in found.omitted],
        diff=found.diff,
        needs=[each.needs for each in found.needs],
    )


def token_kind(text: str) -> TokenKind:
    """Return a kind of token by its word in a path."""
    try:
        return TokenKind(text)
    except ValueError:
        raise InvalidInput(
            f"kind is {text!r}; use access, id or m2m.", field="kind", code="TOKEN_KIND_INVALID"
        ) from None


def etag(profile: TokenProfile) -> str:
    """Return the entity tag of a profile: its version (RFC 9110 §8.8.3)."""
    return f'"{profile.version}"'


def shown(profile: TokenProfile) -> ShownProfile:
    """Return a profile as the management API shows it."""
    flags = profile.feature_flags
    return {
        "application_id": profile.application_id,
        "kind": profile.kind.value,
        "include_api_scopes_in_permissions": profile.include_api_scopes_in_permissions,
        "additional_claims": list(profile.additional_claims),
        "feature_flags": flags if isinstance(flags, str) else list(flags),
        "properties": list(profile.properties),
        "hasura_mapping": profile.hasura_mapping,
        "lifetime_seconds": profile.lifetime_seconds,
        "size_budget_bytes": profile.size_budget_bytes,
        "version": profile.version,
        "updated_on": profile.updated_at.isoformat() if profile.updated_at else None,
    }


def _profile(application_id: str, kind: TokenKind, body: ProfileBody) -> TokenProfile:
    default = default_profile(application_id, kind)
    flags = body.feature_flags
    if flags is None:
        flags = default.feature_flags if isinstance(default.feature_flags, str) else []
    return TokenProfile(
        application_id=application_id,
        kind=kind,
        include_api_scopes_in_permissions=body.include_api_scopes_in_permissions,
        additional_claims=tuple(body.additional_claims),
        feature_flags=_choice(flags),
        properties=tuple(body.properties),
        hasura_mapping=body.hasura_mapping,
        lifetime_seconds=default.lifetime_seconds if body.lifetime_seconds is None else body.lifetime_seconds,
        size_budget_bytes=(
            default.size_budget_bytes if body.size_budget_bytes is None else body.size_budget_bytes
        ),
    )


def _choice(flags: str | list[str]) -> Any:
    if isinstance(flags, str):
        if flags not in ("none", "all"):
            raise InvalidInput(
                f'feature_flags is {flags!r}; use "none", "all" or a list of keys.',
                field="feature_flags",
                code="TOKEN_PROFILE_INVALID",
            )
        return flags
    return tuple(flags)


def _version(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    found = re.fullmatch(r'(?:W/)?"([0-9]{1,9})"', if_match.strip(), re.ASCII)
    if found is None:
        raise InvalidInput(
            f"If-Match is {if_match!r}; send the ETag that the profile was read with.", field="If-Match"
        )
    return int(found[1])
