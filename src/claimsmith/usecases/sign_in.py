"""Lead people through the steps of a sign-in, from the first proof to the application.

Each step that a person answers has one `submit_` function: those of this module's neighbours, named by what
they ask for. Each of them takes the sign-in as it is and returns its flow as it is afterwards; what comes
next is decided here, by the rules of `domain/sign_in_steps.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from claimsmith.domain.applications import Application
from claimsmith.domain.authorization_requests import AuthorizationRequest
from claimsmith.domain.errors import NotFound, NotPermitted
from claimsmith.domain.invitations import Invitation
from claimsmith.domain.organizations import Organization
from claimsmith.domain.policies import AccessPolicy
from claimsmith.domain.roles import Connection
from claimsmith.domain.sign_in_flows import FlowState, SignInFlow, Step
from claimsmith.domain.sign_in_steps import (
    Ahead,
    Placement,
    SignInMethods,
    next_step,
    place,
)
from claimsmith.domain.sso_sessions import Browser
from claimsmith.domain.users import IdentityType, User
from claimsmith.domain.views import EnvironmentView
from claimsmith.oauth.errors import AccessDenied, AuthorizationError, OrganizationSuspended
from claimsmith.storage.work import Work
from claimsmith.usecases import memberships
from claimsmith.usecases.connections import offered_connections
from claimsmith.usecases.context import Context
from claimsmith.usecases.identities import proved_addresses
from claimsmith.usecases.invitations import accept_invitation, find_invitation
from claimsmith.usecases.rate_limits import count_each, refuse_too_often
from claimsmith.usecases.security_notices import Telling
from claimsmith.usecases.sign_in_demands import is_consent_due, is_passkey_offered, second_factor_step
from claimsmith.usecases.sign_in_flows import FinishedFlow, finish_flow, save_flow
from claimsmith.usecases.sign_up_plans import asked_plan, take_interest
from claimsmith.usecases.users import find_user

ADDRESS_LIMIT = 120
IDENTITY_LIMIT = 20
WINDOW_SECONDS = 900

INVITATION_ANSWERED = "is_invitation_answered"
"""The member of a draft that says that a person pressed the button of an invitation."""

REFUSALS = {
    "organization_unknown": "The organization that you are to sign in to does not exist here.",
    "organization_suspended": "This organization is suspended. Ask whoever looks after it.",
    "membership_missing": "Your account is no member of this organization. Ask to be invited to it.",
    "user_suspended": "This account is suspended. Ask whoever looks after it.",
    "invitation_email_mismatch": "This invitation is for another address. Sign in with that one.",
    "role_missing": "Your account has no role that may use this application. Ask whoever looks after it.",
}


Onward = SignInFlow | FinishedFlow
"""What a sign-in has come to after a step: its flow at the next one, or the answer for the application."""


class SignInRefused(NotPermitted):
    """Say that somebody has proved who they are and still may not come in.

    `reason` is a key of `REFUSALS`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(REFUSALS[reason], code=reason.upper())
        self.reason = reason

    def as_oauth_error(self) -> AuthorizationError:
        """Return what the application is told."""
        if self.reason == "organization_suspended":
            return OrganizationSuspended(self.message, reason="sign_in_organization_suspended")
        return AccessDenied(self.message, reason="sign_in_not_permitted")


@dataclass(frozen=True, slots=True)
class SignIn:
    """Hold one sign-in as one request finds it.

    `organization` is the one whose branding and sender are used, if it is known by now. `invitation` is
    the one that is being accepted. `language` is that of what people read.
    """

    context: Context
    view: EnvironmentView
    application: Application
    methods: SignInMethods
    flow: SignInFlow
    organization: Organization | None = None
    invitation: Invitation | None = None
    browser: Browser = field(default_factory=Browser)
    language: str = "en"

    @property
    def address(self) -> str:
        """Return where the request came from."""
        return self.browser.address or ""

    @property
    def state(self) -> FlowState:
        """Return what the sign-in has come to."""
        return self.flow.state

    @property
    def access(self) -> AccessPolicy:
        """Return the policy of who may come in."""
        return self.view.policies.access

    @property
    def asks_for_terms(self) -> bool:
        """Tell whether whoever signs up must accept the terms of use and the privacy policy."""
        has_any = self.application.terms_uri is not None or self.application.policy_uri is not None
        return has_any and self.access.is_terms_acceptance_asked

    @property
    def invited(self) -> tuple[str, str, str] | None:
        """Return the identity that the invitation is for, and that nothing which is typed changes."""
        if self.invitation is None:
            return None
        return IdentityType.EMAIL.value, self.invitation.email, self.invitation.email

    @property
    def telling(self) -> Telling:
        """Return how the person is told what this sign-in changed."""
        issuer = self.context.environment.issuer
        return Telling(self.application.name, issuer, self.language, self.organization)

    def may_sign_up(self, identity: tuple[str, str, str] | None = None) -> bool:
        """Tell whether anybody new may come in, or whoever has an identity. Who is invited always may."""
        if self.invited is not None:
            return identity is None or identity[:2] == self.invited[:2]
        if identity is None:
            return self.access.is_self_sign_up_allowed
        email = identity[1] if identity[0] == IdentityType.EMAIL.value else None
        return self.access.allows_sign_up(email)


async def open_sign_in(
    context: Context, view: EnvironmentView, flow: SignInFlow, *, browser: Browser, language: str = "en"
) -> SignIn:
    """Find what a sign-in needs besides its flow. Raises `NotFound` when the application is gone."""
    request = flow.request
    client = await context.platform.directory.find(context.environment.id, request.client_id)
    if client is None:
        raise NotFound(
            "The application that this sign-in is for is gone. Go back to it and begin again.",
            code="APPLICATION_NOT_FOUND",
        )
    connections: Sequence[Connection] = client.view.connections
    invitation, organization = None, None
    code = flow.state.organization_code or request.organization_code
    if code or request.connection_id or request.invitation_code:
        async with context.reading() as work:
            if request.connection_id:
                offered = await offered_connections(work, request.client_id)
                connections = [each for each in offered if each.id == request.connection_id] or offered
            invitation = await _invitation(work, request)
            code = invitation.organization_code if invitation is not None else code
            organization = await work.organizations.find(code) if code else None
    return SignIn(
        context,
        view,
        client.view.application,
        SignInMethods.of(each.strategy for each in connections),
        flow,
        organization,
        invitation,
        browser,
        language,
    )


async def settle(
    work: Work,
    view: EnvironmentView,
    application: Application,
    request: AuthorizationRequest,
    state: FlowState,
) -> FlowState:
    """Make every move that needs no answer: accept an invitation, join and settle the organization.

    An invitation is accepted by who has just proved its address, or pressed its button: a link alone must not
    make somebody a member who is signed in already. Return the state with the step that comes next. Needs a
    writing transaction. Raises `SignInRefused`.
    """
    user = await _user(work, state)
    if not state.is_organization_settled:
        state = await _accepted(work, request, state, user)
        if state.step is Step.INVITATION:
            return state
    joins, state = await _found_place(work, view, request, state, user)
    for code in joins:
        await memberships.join(work, user.id, code)
    is_asked = False
    if state.is_organization_settled:
        await _refuse_without_role(work, application, state, user)
        is_asked = await is_consent_due(work, view, application, request, state)
    ahead = replace(await _ahead(work, view, state, user), is_consent_asked=is_asked)
    plan = await asked_plan(work, view, request, state) if state.is_organization_settled else None
    step = next_step(replace(ahead, is_plan_asked=plan is not None))
    if step is Step.PLAN and plan is not None and await take_interest(work, plan, request, user.id):
        state, step = replace(state, is_plan_settled=True), next_step(ahead)
    return replace(state, step=step)


async def proceed(work: Work, sign_in: SignIn, state: FlowState) -> Onward:
    """Settle what can be settled; save the flow, or finish it where nothing is left to be asked.

    Raises `SignInRefused`, `Conflict`.
    """
    flow = sign_in.flow
    settled = await settle(work, sign_in.view, sign_in.application, flow.request, state)
    if settled.step is not Step.DONE:
        return await save_flow(work, flow, settled)
    return await finish_flow(sign_in.context, work, flow, settled, sign_in.browser)


async def move(sign_in: SignIn, state: FlowState) -> SignInFlow:
    """Save the flow in another state, in a transaction of its own. Raises `Conflict`."""
    async with sign_in.context.storing() as work:
        return await save_flow(work, sign_in.flow, state)


async def limit(sign_in: SignIn, what: str, identity: tuple[str, str, str] | None = None) -> None:
    """Count one attempt, in a transaction of its own, as `count_attempt` does. Raises `TooOften`."""
    async with sign_in.context.storing() as work:
        wait = await count_attempt(work, sign_in, what, identity)
    refuse_too_often(wait)


async def count_attempt(
    work: Work, sign_in: SignIn, what: str, identity: tuple[str, str, str] | None = None
) -> int | None:
    """Count one attempt against the address it came from and against the identity it is about.

    Known and unknown identities count alike. Return the seconds to wait when it was one too many; whoever
    refuses it then does so after the transaction, so that it stays counted (`refuse_too_often`).
    """
    acts = [(f"{what}|address|{sign_in.address}", ADDRESS_LIMIT)]
    if identity is not None:
        acts.append((f"{what}|{identity[0]}|{identity[1]}", IDENTITY_LIMIT))
    return await count_each(work, acts, window_seconds=WINDOW_SECONDS)


async def _invitation(work: Work, request: AuthorizationRequest) -> Invitation | None:
    """Return the invitation that a request brings, or `None` for one that cannot be accepted (any more)."""
    try:
        return await find_invitation(work, request.invitation_code) if request.invitation_code else None
    except (NotFound, NotPermitted):
        return None


async def _accepted(work: Work, request: AuthorizationRequest, state: FlowState, user: User) -> FlowState:
    invitation = await _invitation(work, request)
    if invitation is None:
        return state
    if state.session_id is not None and not state.draft.get(INVITATION_ANSWERED):
        return replace(state, step=Step.INVITATION)
    try:
        organization = await accept_invitation(work, invitation, user.id)
    except NotPermitted:
        raise SignInRefused("invitation_email_mismatch") from None
    return replace(state, organization_code=organization.code, is_organization_settled=True)


async def _refuse_without_role(work: Work, application: Application, state: FlowState, user: User) -> None:
    """Refuse who holds none of the roles that may use an application. Raises `SignInRefused`."""
    if not application.options.is_access_control_enabled:
        return
    allowed = {role.id for role in await work.roles.access_roles(application.id)}
    code = state.organization_code
    held = (await work.memberships.holdings(user.id, code)).role_ids if code else frozenset()
    if allowed.isdisjoint(held):
        raise SignInRefused("role_missing")


async def _user(work: Work, state: FlowState) -> User:
    assert state.user_id is not None  # noqa: S101 - callers have proved somebody
    user = await find_user(work, state.user_id)
    if user.is_suspended:
        raise SignInRefused("user_suspended")
    return user


async def _found_place(
    work: Work, view: EnvironmentView, request: AuthorizationRequest, state: FlowState, user: User
) -> tuple[tuple[str, ...], FlowState]:
    """Return the organizations to join, and the state with the organization settled if it can be.

    If it cannot, the state's step is the page that asks.
    """
    if state.is_organization_settled:
        return (), state
    if state.step is Step.CREATE_ORGANIZATION and request.creates_organization:
        return (), state
    found = await _placement(work, view, request, state, user)
    if found.refusal:
        raise SignInRefused(found.refusal)
    if found.step is not None:
        return found.joins, replace(state, step=found.step)
    settled = replace(state, organization_code=found.organization_code, is_organization_settled=True)
    return found.joins, settled


async def _placement(
    work: Work, view: EnvironmentView, request: AuthorizationRequest, state: FlowState, user: User
) -> Placement:
    code = request.organization_code
    email = next(iter(await proved_addresses(work, user.id)), None)
    is_claimable = state.is_new_user and email is not None and not code
    member_of = await memberships.organizations_of(work, user.id)
    return place(
        request,
        view.policies.access,
        email=email,
        member_of=member_of,
        asked=await work.organizations.find(code) if code else None,
        default=None if code or member_of else await work.organizations.find_default(),
        claiming=await work.organizations.claiming_domain_of(email) if is_claimable and email else (),
        last_code=user.last_organization_code,
        is_new=state.is_new_user,
    )


async def _ahead(work: Work, view: EnvironmentView, state: FlowState, user: User) -> Ahead:
    must_set_password = bool(state.draft.get("must_set_password"))
    if not state.is_organization_settled:
        return Ahead(must_set_password, organization=state.step)
    return Ahead(
        must_set_password,
        second_factor=await second_factor_step(work, view, state, user.id),
        is_passkey_offered=await is_passkey_offered(work, view, state, user),
    )
