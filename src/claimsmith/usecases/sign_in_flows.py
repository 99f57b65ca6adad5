"""Lead one person through one sign-in: begin a flow, find it again, move it on, finish or refuse it.

A flow is known by an opaque token in the address of its pages. The token alone opens nothing: the browser
that began the flow holds a second one, the binder, in a cookie. Of both only the hash is stored. Each step
raises the flow's version, so that of two answers to one page one wins.
"""

from dataclasses import dataclass
from datetime import timedelta

from claimsmith.crypto.secrets import hash_secret, make_opaque_token
from claimsmith.domain.applications import Application
from claimsmith.domain.authorization_answers import AuthorizationAnswer
from claimsmith.domain.authorization_requests import AuthorizationRequest
from claimsmith.domain.errors import Conflict, DomainError, NotFound
from claimsmith.domain.secrets import PlainSecret, SecretHash
from claimsmith.domain.sign_in_flows import FlowState, SignInFlow
from claimsmith.domain.sso_sessions import Browser, SsoSession
from claimsmith.domain.users import IdentityType
from claimsmith.oauth.authorization.answers import error_answer, expired_answer, success_answer
from claimsmith.oauth.errors import AccessDenied, LoginRequired, OAuthError
from claimsmith.storage.work import Work
from claimsmith.usecases import sso_sessions
from claimsmith.usecases.context import Context
from claimsmith.usecases.grants import add_grant
from claimsmith.usecases.sso_sessions import SignedIn

LIFETIME_SECONDS = 3_600
DEVICE_MODE = "device"
"""The response mode of a sign-in to answer a device: no code goes to the application, and the person goes on
at the page of devices. No request that was sent can ask for it."""

TOKEN_PREFIX = "flow"  # noqa: S105 - a prefix
BINDER_PREFIX = "bind"


class FlowOver(DomainError):
    """Say that a sign-in is finished, refused or out of time.

    `request` is what it was for. `answer` is set when the application wants to hear of it, so that it can
    begin again (`supports_reauth`); without one, a page says so.
    """

    default_code = "SIGN_IN_OVER"

    def __init__(
        self, message: str, *, request: AuthorizationRequest, answer: AuthorizationAnswer | None
    ) -> None:
        super().__init__(message)
        self.request = request
        self.answer = answer


@dataclass(frozen=True, slots=True)
class FinishedFlow:
    """Hold what a sign-in came to: the answer for the application, and the session of the browser.

    `session_token` goes into the SSO cookie when there is one; without one the cookie stays as it is.
    """

    answer: AuthorizationAnswer
    session: SsoSession | None = None
    session_token: PlainSecret | None = None


async def begin_flow(
    context: Context, request: AuthorizationRequest, state: FlowState, *, binder: PlainSecret | None
) -> tuple[PlainSecret, PlainSecret]:
    """Begin a sign-in; return the token of the flow and the binder of the browser.

    A browser keeps the binder it has, so that sign-ins in several tabs do not undo each other.
    """
    token = make_opaque_token(TOKEN_PREFIX)
    if binder is None or not _is_binder(binder):
        binder = make_opaque_token(BINDER_PREFIX)
    async with context.storing() as work:
        flow = SignInFlow(
            hash=bytes(hash_secret(token.reveal())),
            request=request,
            state=state,
            version=0,
            created_at=work.now,
            expires_at=work.now + timedelta(seconds=LIFETIME_SECONDS),
        )
        await work.sign_in_flows.add(flow, bytes(hash_secret(binder.reveal())))
    return token, binder


async def load_flow(context: Context, token: str, binder: str | None) -> SignInFlow:
    """Return the flow of a token and the binder of its browser.

    Raises `NotFound` for an unknown token and for another browser's alike, `FlowOver`.
    """
    async with context.reading() as work:
        found = await work.sign_in_flows.find(bytes(hash_secret(token)))
        now = work.now
    if found is None or not SecretHash(found[1]).matches(binder or ""):
        raise NotFound(
            "This sign-in is unknown here, or was begun in another browser. Go back to the application and "
            "sign in again.",
            code="SIGN_IN_NOT_FOUND",
        )
    flow = found[0]
    if flow.ended_at is not None:
        raise _over(context, flow, "This sign-in is over. Go back to the application.")
    if flow.expires_at <= now:
        raise _over(context, flow, "This sign-in took too long. Go back to the application and begin again.")
    return flow


async def save_flow(work: Work, flow: SignInFlow, state: FlowState) -> SignInFlow:
    """Move a flow on; return it as it is now. Raises `Conflict` when somebody moved it meanwhile."""
    return moved_on(await work.sign_in_flows.advance(flow, state, work.now))


def moved_on(flow: SignInFlow | None) -> SignInFlow:
    """Return a flow that was moved. Raises `Conflict` when there is none: somebody moved it meanwhile."""
    if flow is None:
        raise _conflict()
    return flow


async def refuse_flow(context: Context, flow: SignInFlow, error: OAuthError) -> AuthorizationAnswer:
    """End a flow with a refusal; return what goes to the application. Raises `Conflict`."""
    async with context.storing() as work:
        await end_flow(work, flow)
    return error_answer(flow.request, context.environment.issuer, error)


async def finish_flow(
    context: Context, work: Work, flow: SignInFlow, state: FlowState, browser: Browser
) -> FinishedFlow:
    """End a flow whose steps are all done: renew the session, begin the grant, answer the application.

    All of it is one transaction, that of the last step. Whether the person may still sign in, and is in the
    organization, is read in it once more. Raises `Conflict` when the flow was moved or ended meanwhile.
    """
    finished = await complete(context, work, flow.request, state, browser)
    await end_flow(work, flow)
    return finished


async def complete(
    context: Context, work: Work, request: AuthorizationRequest, state: FlowState, browser: Browser
) -> FinishedFlow:
    """Do within a transaction what `finish_flow` does once the flow has ended."""
    issuer = context.environment.issuer
    try:
        if state.user_id is None:
            raise _nobody()
        application = await _application(context, work, request.client_id)
        await _check_allowed(work, application, request, state)
        session, token = await _session(work, application, state, browser)
    except OAuthError as error:
        return FinishedFlow(error_answer(request, issuer, error))
    if request.response_mode == DEVICE_MODE:
        return FinishedFlow(_to_device(request), session, token)
    begun = await add_grant(
        work,
        request=request,
        user_id=state.user_id,
        organization_code=state.organization_code,
        session=session,
    )
    return FinishedFlow(success_answer(request, issuer, begun.code), session, token)


async def find_application(context: Context, work: Work, client_id: str) -> Application | None:
    """Return an application as its current view has it; without one, as the database has it."""
    cached = context.platform.directory.cached(context.environment.id, client_id)
    return cached.view.application if cached is not None else await work.applications.find(client_id)


async def end_flow(work: Work, flow: SignInFlow) -> None:
    """End a flow within a transaction. Raises `Conflict` when somebody moved or ended it meanwhile."""
    if not await work.sign_in_flows.end(flow, work.now):
        raise _conflict()


def _to_device(request: AuthorizationRequest) -> AuthorizationAnswer:
    return AuthorizationAnswer(request.redirect_uri, "query", (("user_code", request.state or ""),))


async def _application(context: Context, work: Work, client_id: str) -> Application:
    found = await find_application(context, work, client_id)
    if found is None:
        raise AccessDenied("The application was deleted.", reason="client_unknown")
    return found


async def _check_allowed(
    work: Work, application: Application, request: AuthorizationRequest, state: FlowState
) -> None:
    """Refuse a person who may not have what was asked for. Raises `LoginRequired`, `AccessDenied`."""
    if state.user_id is None or request.expected_subject not in (None, state.user_id):
        raise LoginRequired("Another user signed in than the request names.", reason="another_user_signed_in")
    subject = await work.subjects.read(state.user_id, state.organization_code)
    if subject is None or subject.user.is_suspended:
        raise AccessDenied("The user is suspended or was deleted.", reason="user_suspended")
    if state.organization_code is not None and not (
        subject.is_member and subject.organization is not None and not subject.organization.is_suspended
    ):
        raise AccessDenied(
            "The user is not a member of this organization, or it is suspended.",
            reason="organization_not_allowed",
        )
    if application.options.is_access_control_enabled:
        allowed = {role.id for role in await work.roles.access_roles(application.id)}
        if allowed.isdisjoint(subject.role_ids):
            raise AccessDenied(
                "None of the roles of the user may use this application.", reason="application_not_allowed"
            )


def _nobody() -> LoginRequired:
    return LoginRequired("User authentication is required", reason="login_required")


async def _session(
    work: Work, application: Application, state: FlowState, browser: Browser
) -> tuple[SsoSession, PlainSecret | None]:
    """Return the session that a sign-in goes on with or begins; with a token when it has a new one.

    What was proved in a session that has ended since is proved no more. Raises `LoginRequired`.
    """
    if state.session_id is not None:
        session = await sso_sessions.find_live(work, browser.session_token)
        is_same = session is not None and (session.id, session.user_id) == (state.session_id, state.user_id)
        known = session if is_same else await work.sso_sessions.find(state.session_id)
        if known is None or int(known.authenticated_at.timestamp()) == state.authenticated_at:
            if session is None or not is_same:
                raise _nobody()
            if session.methods == state.methods:
                organization_code = state.organization_code
                return await sso_sessions.touch(work, session, organization_code=organization_code), None
    return await _new_session(work, application, state, browser)


async def _new_session(
    work: Work, application: Application, state: FlowState, browser: Browser
) -> tuple[SsoSession, PlainSecret]:
    if state.user_id is None or state.authenticated_at is None:
        raise _nobody()
    code = state.organization_code
    organization = await work.organizations.find(code) if code is not None else None
    signed_in = SignedIn(state.user_id, state.methods, state.authenticated_at, organization)
    identity = None if state.identity is None else (IdentityType(state.identity[0]), state.identity[1])
    await work.users.note_sign_in(state.user_id, identity, state.organization_code, work.now)
    return await sso_sessions.begin_session(work, signed_in, application, browser)


def _over(context: Context, flow: SignInFlow, message: str) -> FlowOver:
    request = flow.request
    answer = expired_answer(request, context.environment.issuer) if request.supports_reauth else None
    return FlowOver(message, request=request, answer=answer)


def _conflict() -> Conflict:
    return Conflict(
        "This page was answered already, in another tab or by a second click. Open the sign-in again.",
        code="SIGN_IN_MOVED_ON",
    )


def _is_binder(binder: PlainSecret) -> bool:
    """Tell whether a text can be a binder this server made: nobody may plant a short one."""
    text = binder.reveal()
    return text.startswith(f"{BINDER_PREFIX}_") and 40 <= len(text) <= 60 and text.isascii()
