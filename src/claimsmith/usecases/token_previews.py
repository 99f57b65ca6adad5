"""Show a token before it exists: as it would be issued now, under a profile that need not be saved.

The claims come from the functions that issue tokens; a preview stops before the signature.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from claimsmith.claims.model import TracedClaim, TracedOmission
from claimsmith.claims.pipeline import difference
from claimsmith.claims.profile_rules import check_kind, check_profile
from claimsmith.claims.size import bytes_by_claim
from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.gates import API_SCOPES_IN_PERMISSIONS, Gate
from claimsmith.domain.identities import identity_value
from claimsmith.domain.oidc_scopes import OPENID
from claimsmith.domain.plan_access import UNLOCKED
from claimsmith.domain.subjects import SessionFacts, SubjectView
from claimsmith.domain.token_profiles import TokenKind, TokenProfile
from claimsmith.domain.users import IdentityType
from claimsmith.domain.views import ClientView
from claimsmith.oauth.authorization.audience import allowed_audiences
from claimsmith.oauth.authorization.scope import granted
from claimsmith.oauth.errors import InvalidGrant, OAuthError
from claimsmith.oauth.grants import authorization_code, client_credentials
from claimsmith.oauth.issue import Authorization, prepare, size_bytes
from claimsmith.oauth.proved_grants import check_subject
from claimsmith.oauth.token_endpoint import new_token_id
from claimsmith.oauth.user_tokens import authorize_user, id_authorization
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.keys import open_keyring
from claimsmith.usecases.token_profiles import turns_on_scopes, views_of

USUAL_SCOPE = "openid profile email"
_EXAMPLE_METHODS = ("pwd",)


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """Say which token to preview: an unsaved profile (`None`: the saved one), audiences and scope.

    Without audiences the preview of a machine's token takes the application's only API, as the token
    endpoint does. Tokens of users need a user, named by id, email address or username; without an
    organization they are for the user's only one, or for none. Without a scope they are for
    `openid profile email`.
    """

    profile: TokenProfile | None = None
    audiences: Sequence[str] = ()
    scope: str = ""
    user: str | None = None
    organization_code: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """Hold a token as it would be issued now, without its signature.

    `size_bytes` is the length of the compact token; `bytes_by_claim` the bytes of its payload. `needs` says
    what the unsaved profile turns on that the plan does not include: the preview shows it all the same, as it
    would be issued with a plan that does.
    """

    header: dict[str, Any]
    claims: dict[str, Any]
    size_bytes: int
    bytes_by_claim: dict[str, int]
    budget_bytes: int
    trace: tuple[TracedClaim, ...]
    omitted: tuple[TracedOmission, ...]
    diff: dict[str, list[str]]
    needs: tuple[Gate, ...] = ()


async def preview(context: Context, application_id: str, kind: TokenKind, request: PreviewRequest) -> Preview:
    """Return the token that would be issued now under a profile that need not be saved.

    Raises `InvalidInput` for a profile that cannot be saved either, for a request that would be refused, and
    without a user for a token of a user; `NotFound` for the application.
    """
    async with context.reading() as work:
        view, shared = await views_of(context, work, application_id)
        keys = open_keyring(context.platform.sealer, context.environment.id, await work.signing_keys.all())
        check_kind(view.application, kind)
        if request.profile is not None:
            check_profile(request.profile, view.application, shared)
        subject = None if kind is TokenKind.M2M else await _subject(work, view, request)
    now = context.platform.now().timestamp()
    issued_at, token_id = int(now), new_token_id()
    try:
        authorization = _authorization(view, kind, request, subject, issued_at)
        saved = prepare(authorization, issued_at=issued_at, token_id=token_id)
        chosen, needs = saved, _needs(view, kind, request, now)
        if request.profile is not None:
            wanted = _unlocked(authorization) if needs else authorization
            chosen = prepare(wanted, issued_at=issued_at, token_id=token_id, profile=request.profile)
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
        diff=difference(saved.claim_set.claims, chosen.claim_set.claims),
        needs=needs,
    )


def _needs(view: ClientView, kind: TokenKind, request: PreviewRequest, now: float) -> tuple[Gate, ...]:
    """Return what the profile turns on that the plan does not include: it could not be saved."""
    access = view.environment.access
    if request.profile is None or not turns_on_scopes(view.profile(kind), request.profile):
        return ()
    if access.includes(API_SCOPES_IN_PERMISSIONS, now):
        return ()
    return (access.told(API_SCOPES_IN_PERMISSIONS, now),)


def _unlocked(authorization: Authorization) -> Authorization:
    """Return the same right under a plan that includes everything."""
    environment = replace(authorization.client.environment, access=UNLOCKED)
    return replace(authorization, client=replace(authorization.client, environment=environment))


async def find_user_id(work: Work, text: str) -> str:
    """Return the id of the user whom an id, an email address or a username names. Raises `InvalidInput`."""
    found = await work.users.find(text)
    for type in (IdentityType.EMAIL, IdentityType.USERNAME):
        if found is None:
            try:
                found = await work.users.find_by_identity(type, identity_value(type, text)[0])
            except InvalidInput:  # what cannot be an identity belongs to nobody
                continue
    if found is None:
        raise InvalidInput(
            f"There is no user {text!r}. Name one by id, email address or username.",
            field="user_id",
            code="USER_NOT_FOUND",
        )
    return found.id


async def _subject(work: Work, view: ClientView, request: PreviewRequest) -> SubjectView:
    if not request.user:
        raise InvalidInput(
            "The token is about a user: name one by id, email address or username.",
            field="user_id",
            code="USER_MISSING",
        )
    user_id = await find_user_id(work, request.user)
    subject = await work.subjects.read(user_id, request.organization_code)
    if subject is not None and request.organization_code is None and len(subject.organizations) == 1:
        subject = await work.subjects.read(user_id, next(iter(subject.organizations)))
    try:
        return check_subject(view, subject, request.organization_code)
    except InvalidGrant as error:
        field = "user_id" if error.reason == "user_not_active" else "org_code"
        raise InvalidInput(error.description, field=field, code=error.reason.upper()) from error


def _authorization(
    view: ClientView,
    kind: TokenKind,
    request: PreviewRequest,
    subject: SubjectView | None,
    now: int,
) -> Authorization:
    """Return the right that the request stands for: a user signs in just now, with a password."""
    if subject is None:
        return client_credentials.authorize_for(
            view, audiences=client_credentials.words(list(request.audiences)), scope=request.scope
        )
    scopes = granted(request.scope or USUAL_SCOPE)
    if kind is TokenKind.ID and OPENID not in scopes:
        raise InvalidInput("An ID token is issued with the scope openid alone.", field="scope")
    access = authorize_user(
        view,
        subject,
        grant_type=authorization_code.GRANT_TYPE,
        scopes=scopes,
        audiences=allowed_audiences(view, request.audiences, ()),
        session=SessionFacts(now, now, session_id=new_token_id(), methods=_EXAMPLE_METHODS),
    )
    return access if kind is TokenKind.ACCESS else id_authorization(access, "the access token beside it")
