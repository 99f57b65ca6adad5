"""List the pages of a sign-in on one screen: the template of each step, and what its buttons do.

The buttons of a form are named `action`; the empty name stands for the form's own button. What a button does
is a use case, given the sign-in and the form; it returns the flow as it is afterwards.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from claimsmith.domain.mfa import FactorType
from claimsmith.domain.sign_in_flows import SignInFlow, Step
from claimsmith.domain.sign_in_steps import read_hint
from claimsmith.edge.hosted import amounts
from claimsmith.edge.page_forms import Form
from claimsmith.edge.qr_codes import qr_code
from claimsmith.usecases.sign_in import Onward, SignIn
from claimsmith.usecases.sign_in_codes import submit_code, submit_resend
from claimsmith.usecases.sign_in_consents import asked_in, submit_consent
from claimsmith.usecases.sign_in_factors import (
    RECOVERY,
    factor_page,
    set_up_page,
    shown_recovery_codes,
    submit_factor,
    submit_no_factor,
    submit_other_factor,
    submit_other_set_up,
    submit_recovery_codes,
    submit_set_up,
)
from claimsmith.usecases.sign_in_identities import (
    Newcomer,
    submit_forgotten,
    submit_identity,
    submit_other_way,
    submit_sign_up,
)
from claimsmith.usecases.sign_in_invitations import submit_invitation
from claimsmith.usecases.sign_in_organizations import choices, submit_new_organization, submit_organization
from claimsmith.usecases.sign_in_passkeys import (
    offered_sign_in,
    passkey_offer,
    submit_no_passkey,
    submit_passkey,
    submit_passkey_offer,
)
from claimsmith.usecases.sign_in_passwords import submit_new_password, submit_password
from claimsmith.usecases.sign_in_plans import plans_of, submit_no_plan, submit_plan

_DRAFTED = ("first_name", "last_name", "username", "is_identity_proved", "has_marketing_consent")

Submit = Callable[[SignIn, Form], Awaitable[Onward]]
Values = Callable[[SignIn], Awaitable[dict[str, Any]]]


async def _nothing(sign_in: SignIn) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class StepPage:
    """Hold one page. `values` reads what it shows besides the sign-in; `kept` fields are shown again."""

    template: str
    actions: Mapping[str, Submit]
    values: Values = _nothing
    kept: tuple[str, ...] = field(default=())


async def _first_values(sign_in: SignIn) -> dict[str, Any]:
    typed = sign_in.state.identity[2] if sign_in.state.identity else ""
    return {
        "typed": typed or read_hint(sign_in.flow.request.login_hint),
        "may_sign_up": sign_in.may_sign_up(),
        "options": sign_in.application.options,
        "draft": {**dict.fromkeys(_DRAFTED), **sign_in.state.draft},
        "invited": sign_in.invited,
        "asks_for_terms": sign_in.asks_for_terms,
    }


async def _code_values(sign_in: SignIn) -> dict[str, Any]:
    return {"minutes": sign_in.access.code_lifetime_seconds // 60}


async def _organization_values(sign_in: SignIn) -> dict[str, Any]:
    return {"choices": await choices(sign_in)}


async def _new_organization_values(sign_in: SignIn) -> dict[str, Any]:
    return {"typed": sign_in.flow.request.organization_name or ""}


async def _sign_in_values(sign_in: SignIn) -> dict[str, Any]:
    return {**await _first_values(sign_in), "passkey": await offered_sign_in(sign_in)}


async def _factor_values(sign_in: SignIn) -> dict[str, Any]:
    return {"page": await factor_page(sign_in), **await _set_up_facts(sign_in)}


async def _set_up_values(sign_in: SignIn) -> dict[str, Any]:
    page = await set_up_page(sign_in)
    qr = qr_code(page.set_up.uri.reveal()) if page.set_up else None
    return {"page": page, "qr": qr, **await _set_up_facts(sign_in)}


async def _set_up_facts(sign_in: SignIn) -> dict[str, Any]:
    return {"issuer": sign_in.context.environment.name, **await _code_values(sign_in)}


async def _recovery_values(sign_in: SignIn) -> dict[str, Any]:
    return {"codes": shown_recovery_codes(sign_in)}


async def _offer_values(sign_in: SignIn) -> dict[str, Any]:
    return {"offer": await passkey_offer(sign_in)}


async def _consent_values(sign_in: SignIn) -> dict[str, Any]:
    return {"scopes": sign_in.flow.request.scopes, "asked": await asked_in(sign_in)}


async def _plan_values(sign_in: SignIn) -> dict[str, Any]:
    return {"plans": await plans_of(sign_in), "amounts": amounts}


def _newcomer(form: Form) -> Newcomer:
    asks_consent = "marketing_consent_asked" in form
    return Newcomer(
        email=form.text("p_email"),
        first_name=form.text("p_first_name"),
        last_name=form.text("p_last_name"),
        username=form.text("p_username"),
        has_marketing_consent=form.is_on("p_marketing_consent") if asks_consent else None,
        has_accepted_terms=form.is_on("p_has_clickwrap_accepted"),
    )


def _other_way(sign_in: SignIn, form: Form) -> Awaitable[SignInFlow]:
    return submit_other_way(sign_in)


PAGES: Mapping[Step, StepPage] = {
    Step.SIGN_IN: StepPage(
        "sign_in.html",
        {
            "": lambda sign_in, form: submit_identity(sign_in, form.text("p_email")),
            "passkey": lambda sign_in, form: submit_passkey(sign_in, form.text("passkey")),
        },
        _sign_in_values,
        ("p_email",),
    ),
    Step.SIGN_UP: StepPage(
        "sign_up.html",
        {"": lambda sign_in, form: submit_sign_up(sign_in, _newcomer(form))},
        _first_values,
        ("p_email", "p_first_name", "p_last_name", "p_username"),
    ),
    Step.PASSWORD: StepPage(
        "password.html",
        {
            "": lambda sign_in, form: submit_password(sign_in, form.exact("p_password")),
            "other": _other_way,
        },
    ),
    Step.VERIFY: StepPage(
        "verify.html",
        {
            "": lambda sign_in, form: submit_code(sign_in, form.text("p_confirmation_code")),
            "resend": lambda sign_in, form: submit_resend(sign_in),
            "other": _other_way,
        },
        _code_values,
    ),
    Step.SET_PASSWORD: StepPage(
        "set_password.html",
        {
            "": lambda sign_in, form: submit_new_password(
                sign_in, form.exact("p_first_password"), form.exact("p_second_password")
            ),
            "other": _other_way,
        },
    ),
    Step.FORGOT_PASSWORD: StepPage(
        "forgot_password.html",
        {"": lambda sign_in, form: submit_forgotten(sign_in, form.text("p_email"))},
        _first_values,
        ("p_email",),
    ),
    Step.INVITATION: StepPage(
        "invitation.html",
        {"": lambda sign_in, form: submit_invitation(sign_in)},
        _first_values,
    ),
    Step.ORGANIZATION: StepPage(
        "organization.html",
        {"": lambda sign_in, form: submit_organization(sign_in, form.text("p_org_code"))},
        _organization_values,
    ),
    Step.CREATE_ORGANIZATION: StepPage(
        "create_organization.html",
        {"": lambda sign_in, form: submit_new_organization(sign_in, form.text("p_org_name"))},
        _new_organization_values,
        ("p_org_name",),
    ),
    Step.MFA: StepPage(
        "mfa.html",
        {
            "": lambda sign_in, form: submit_factor(
                sign_in, form.text("p_confirmation_code"), form.text("p_recovery_code")
            ),
            "app": lambda sign_in, form: submit_other_factor(sign_in, FactorType.AUTHENTICATOR_APP),
            "email": lambda sign_in, form: submit_other_factor(sign_in, FactorType.EMAIL),
            "recovery": lambda sign_in, form: submit_other_factor(sign_in, RECOVERY),
        },
        _factor_values,
    ),
    Step.MFA_SETUP: StepPage(
        "mfa_setup.html",
        {
            "": lambda sign_in, form: submit_set_up(sign_in, form.text("p_confirmation_code")),
            "app": lambda sign_in, form: submit_other_set_up(sign_in, FactorType.AUTHENTICATOR_APP),
            "email": lambda sign_in, form: submit_other_set_up(sign_in, FactorType.EMAIL),
            "skip": lambda sign_in, form: submit_no_factor(sign_in),
        },
        _set_up_values,
    ),
    Step.RECOVERY_CODES: StepPage(
        "recovery_codes.html",
        {"": lambda sign_in, form: submit_recovery_codes(sign_in)},
        _recovery_values,
    ),
    Step.PASSKEY_OFFER: StepPage(
        "passkey_offer.html",
        {
            "passkey": lambda sign_in, form: submit_passkey_offer(
                sign_in, form.text("passkey"), form.text("passkey_name")
            ),
            "skip": lambda sign_in, form: submit_no_passkey(sign_in),
        },
        _offer_values,
    ),
    Step.PLAN: StepPage(
        "choose_plan.html",
        {
            "": lambda sign_in, form: submit_plan(sign_in, form.text("p_plan")),
            "later": lambda sign_in, form: submit_no_plan(sign_in),
        },
        _plan_values,
    ),
    Step.CONSENT: StepPage(
        "consent.html",
        {"": lambda sign_in, form: submit_consent(sign_in)},
        _consent_values,
    ),
}
