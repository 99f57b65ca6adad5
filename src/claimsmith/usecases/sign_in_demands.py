"""Tell what else somebody who has proved an identity is asked for or offered.

That is a second factor, a passkey, and to allow what the application wants.
"""

from claimsmith.domain.applications import Application
from claimsmith.domain.authorization_requests import AuthorizationRequest
from claimsmith.domain.mfa import PROVED, second_factor_needed
from claimsmith.domain.passkeys import passkey_offered
from claimsmith.domain.sign_in_flows import FlowState, Step
from claimsmith.domain.users import User
from claimsmith.domain.views import EnvironmentView
from claimsmith.storage.work import Work
from claimsmith.usecases.consents import asked_rights, is_allowed
from claimsmith.usecases.mfa import factors_of, is_exempt, mfa_policy
from claimsmith.usecases.passkeys import are_passkeys_possible, passkey_policy
from claimsmith.usecases.sign_in_flows import DEVICE_MODE

RECOVERY_CODES = "recovery_codes"
"""The member of a draft that holds recovery codes, sealed, until they were seen."""


async def second_factor_step(
    work: Work, view: EnvironmentView, state: FlowState, user_id: str
) -> Step | None:
    """Return the page on which a second factor is asked for, set up or its recovery codes are shown.

    A sign-in that goes on with a session is asked for a factor that is needed, but not for one that could
    be put off: that would stand in the way of every application.
    """
    if RECOVERY_CODES in state.draft:
        return Step.RECOVERY_CODES
    if PROVED in state.methods:
        return None
    code = state.organization_code
    organization = await work.organizations.find(code) if code else None
    policy = await mfa_policy(work, view.policies, organization)
    if policy.policy == "off" or await is_exempt(work, organization, user_id):
        return None
    step = second_factor_needed(policy, await factors_of(work, user_id), state.methods)
    is_put_off = step is Step.MFA_SETUP and policy.policy == "optional" and state.session_id is not None
    return None if is_put_off else step


async def is_passkey_offered(work: Work, view: EnvironmentView, state: FlowState, user: User) -> bool:
    """Tell whether somebody who has just signed in another way is offered a passkey."""
    if state.is_passkey_offer_settled or state.session_id is not None:
        return False
    if not are_passkeys_possible(view.environment.issuer):
        return False
    code = state.organization_code
    organization = await work.organizations.find(code) if code else None
    policy = await passkey_policy(work, view.policies, organization)
    if policy.policy == "off":
        return False
    return passkey_offered(
        policy,
        has_passkey=await work.passkeys.has_any(user.id),
        is_declined=user.is_passkey_offer_declined,
        methods=state.methods,
    )


async def is_consent_due(
    work: Work,
    view: EnvironmentView,
    application: Application,
    request: AuthorizationRequest,
    state: FlowState,
) -> bool:
    """Tell whether the user must be asked: the request wants it, or more than was allowed before.

    At devices that is asked on their own page.
    """
    if state.is_consent_settled or request.response_mode == DEVICE_MODE:
        return False
    if "consent" in request.prompts or not application.options.is_consent_required:
        return "consent" in request.prompts
    asked = await asked_rights(
        work,
        view,
        user_id=state.user_id or "",
        client_id=application.id,
        organization_code=state.organization_code,
        scopes=request.scopes,
        audiences=request.audiences,
    )
    return not await is_allowed(work, asked)
