"""Decide what becomes of an authorization request: a page, an answer, or a sign-in to begin.

The checks of the request are in `oauth/authorization`. Here is what needs to know who is signed in: the rules
of `prompt`, `max_age` and the hints (OpenID Connect Core §3.1.2), and the silent way through.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from claimsmith.domain.applications import Application
from claimsmith.domain.authorization_answers import AuthorizationAnswer
from claimsmith.domain.authorization_requests import AuthorizationRequest
from claimsmith.domain.mfa import PROVED
from claimsmith.domain.organizations import Organization
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.sign_in_flows import FlowState, Step
from claimsmith.domain.sign_in_steps import first_step
from claimsmith.domain.sso_sessions import Browser, SsoSession
from claimsmith.oauth.authorization.answers import error_answer
from claimsmith.oauth.authorization.asked import Asked, Parameters
from claimsmith.oauth.authorization.reauth_state import with_earlier
from claimsmith.oauth.authorization.request import answerable, judge
from claimsmith.oauth.authorization.target import (
    matched_redirect,
    named_client,
    unknown_client,
    unknown_redirect,
)
from claimsmith.oauth.errors import (
    AccountSelectionRequired,
    ConsentRequired,
    InteractionRequired,
    InvalidRequest,
    LoginRequired,
    OAuthError,
    OrganizationSuspended,
)
from claimsmith.storage.work import Work
from claimsmith.usecases.connections import offered_connections
from claimsmith.usecases.context import Context
from claimsmith.usecases.directory import Runtime
from claimsmith.usecases.sign_in import SignInRefused, settle
from claimsmith.usecases.sign_in_flows import FinishedFlow, begin_flow, complete
from claimsmith.usecases.sign_in_hints import enter_with_hint
from claimsmith.usecases.sso_sessions import find_live

_FRESH = frozenset({"login", "create", "select_account"})
"""The prompts that an existing session does not answer."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Hold what a page tells a person; the application is not told, because it must not or need not be."""

    error: OAuthError


@dataclass(frozen=True, slots=True)
class Answered:
    """Hold what goes to the application at once. `error` is set when it is a refusal."""

    answer: AuthorizationAnswer
    error: OAuthError | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """Hold a sign-in that begins: its first page, its token and the binder for the browser's cookie."""

    step: Step
    token: PlainSecret
    binder: PlainSecret


Outcome = Refusal | Answered | Begun


async def authorize(
    context: Context,
    runtime: Runtime,
    pairs: Sequence[tuple[str, str]],
    browser: Browser,
    binder: PlainSecret | None,
    *,
    language: str = "en",
) -> Outcome:
    """Return what becomes of a request, given its parameters as they came and what the browser holds.

    `language` is that of a code that is sent at once.
    """
    parameters = with_earlier(Parameters.of(pairs))
    now = context.platform.now().timestamp()
    try:
        client_id = named_client(parameters)
        client = await context.platform.directory.find(runtime.id, client_id)
        if client is None:
            raise unknown_client()
        redirect_uri, match = matched_redirect(client.view, parameters)
    except OAuthError as error:
        return Refusal(error)
    asked = Asked(client.view, redirect_uri, parameters, lambda token: runtime.verify_hint(token, now))
    try:
        request = judge(asked, requested_at=int(now))
    except OAuthError as error:
        error.client_id = client_id
        return Answered(error_answer(answerable(asked), runtime.issuer, error), error)
    decision = _Decision(context, runtime, client.view.application, request, browser)
    outcome = await decision.outcome(binder, match.handle)
    is_faceless = client.view.application.options.is_allow_faceless_auth and request.connection_id is not None
    if is_faceless and isinstance(outcome, Begun) and outcome.step in (Step.SIGN_IN, Step.SIGN_UP):
        step = await enter_with_hint(
            context, runtime.view, (outcome.token, outcome.binder), browser=browser, language=language
        )
        return replace(outcome, step=step)
    return outcome


class _Decision:
    """Decide about one checked request."""

    def __init__(
        self,
        context: Context,
        runtime: Runtime,
        application: Application,
        request: AuthorizationRequest,
        browser: Browser,
    ) -> None:
        self._context = context
        self._runtime = runtime
        self._application = application
        self._request = request
        self._browser = browser

    async def outcome(self, binder: PlainSecret | None, handle: str | None) -> Outcome:
        try:
            async with self._context.reading() as work:
                refusal = await self._settle_organization(work, handle)
                if refusal is not None:
                    return refusal
                await self._check_connection(work)
                state = await self._state(work)
            if state.user_id is not None:
                state, finished = await self._silently(state)
                if finished is not None:
                    return Answered(finished.answer)
            if "none" in self._request.prompts:
                raise _required(state)
        except SignInRefused as refused:
            return self._refused(refused.as_oauth_error())
        except OAuthError as error:
            return self._refused(error)
        token, kept = await begin_flow(self._context, self._request, state, binder=binder)
        return Begun(state.step, token, kept)

    async def _settle_organization(self, work: Work, handle: str | None) -> Refusal | None:
        """Check the organization asked for. One that the redirect URI names is the only one allowed."""
        request = self._request
        organization: Organization | None = None
        if handle is not None:
            organization = await work.organizations.find_by_handle(handle)
            other = request.organization_code not in (None, organization.code if organization else None)
            if organization is None or other or request.creates_organization:
                return Refusal(unknown_redirect(request.client_id, request.redirect_uri))
            self._request = replace(request, organization_code=organization.code)
        elif request.organization_code is not None:
            organization = await work.organizations.find(request.organization_code)
            if organization is None:
                raise InvalidRequest(
                    "There is no organization with this org_code.", reason="organization_unknown"
                )
        if organization is not None and organization.is_suspended:
            error = OrganizationSuspended("The organization is suspended.", reason="organization_suspended")
            if "none" in request.prompts:
                raise error
            error.client_id = request.client_id
            return Refusal(error)
        return None

    async def _check_connection(self, work: Work) -> None:
        """Refuse a way to sign in that the application does not offer."""
        asked = self._request.connection_id
        if asked is None:
            return
        offered = await offered_connections(work, self._request.client_id)
        if asked not in {each.id for each in offered}:
            raise InvalidRequest(
                "The application does not offer the connection_id. Offer it, or leave connection_id out.",
                reason="connection_not_offered",
            )

    async def _state(self, work: Work) -> FlowState:
        """Return where the sign-in stands: at its first page, further on with a session, or done."""
        session = await self._usable_session(work)
        if session is None:
            return FlowState(step=first_step(self._request))
        return await _with_session(work, self._request, session)

    async def _usable_session(self, work: Work) -> SsoSession | None:
        request = self._request
        if _FRESH & set(request.prompts):
            return None
        session = await find_live(work, self._browser.session_token)
        if session is None or request.expected_subject not in (None, session.user_id):
            return None
        age = int(work.now.timestamp()) - int(session.authenticated_at.timestamp())
        if request.max_age_seconds is not None and (
            age > request.max_age_seconds or request.max_age_seconds == 0
        ):
            return None
        return session

    async def _silently(self, state: FlowState) -> tuple[FlowState, FinishedFlow | None]:
        """Go on with a session as far as no page is needed; all of it is one transaction.

        What `prompt=none` cannot finish leaves no trace.
        """
        request = self._request
        async with self._context.storing() as work:
            state = await settle(work, self._runtime.view, self._application, request, state)
            if state.step is Step.DONE:
                return state, await complete(self._context, work, request, state, self._browser)
            if "none" in request.prompts:
                raise _required(state)
        return state, None

    def _refused(self, error: OAuthError) -> Answered:
        error.client_id = self._request.client_id
        return Answered(error_answer(self._request, self._runtime.issuer, error), error)


async def _with_session(work: Work, request: AuthorizationRequest, session: SsoSession) -> FlowState:
    """Return the state of a sign-in that goes on with a session.

    The organization of the session is the one that is meant when none is asked for.
    """
    subject = await work.subjects.read(session.user_id, session.organization_code)
    if subject is None or subject.user.is_suspended:
        return FlowState(step=first_step(request))
    is_asked = request.organization_code or request.invitation_code or request.creates_organization
    is_settled = not is_asked and subject.is_member and subject.organization is not None
    return FlowState(
        user_id=session.user_id,
        methods=session.methods,
        authenticated_at=int(session.authenticated_at.timestamp()),
        organization_code=session.organization_code if is_settled else None,
        is_organization_settled=is_settled,
        is_second_factor_proved=PROVED in session.methods,
        is_passkey_offer_settled=True,
        session_id=session.id,
    )


def _required(state: FlowState) -> OAuthError:
    """Return the error that says which page `prompt=none` kept from being shown (§3.1.2.6)."""
    if state.user_id is None:
        return LoginRequired("User authentication is required", reason="login_required")
    if state.step is Step.CONSENT:
        return ConsentRequired("The user must consent first.", reason="consent_required")
    if state.step is Step.ORGANIZATION:
        return AccountSelectionRequired(
            "The user must choose an organization first. Send org_code.", reason="account_selection_required"
        )
    return InteractionRequired("The user must answer a page first.", reason="interaction_required")
