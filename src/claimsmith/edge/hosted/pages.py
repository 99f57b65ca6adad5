"""List the paths of the pages on which people sign in, and turn refusals into pages.

    GET, POST  /auth/{step}?flow=...   the pages of `steps.py`
    GET        /auth/error             what went wrong before a sign-in could begin
    GET, POST  /auth/sign-out          the question before somebody is signed out
    GET        /auth/signed-out        the end
    GET, POST  /auth/security          how whoever is signed in signs in, and the pages below it
    GET, POST  /auth/passkeys          the passkeys of whoever is signed in
    GET, POST  /auth/applications      what whoever is signed in allowed applications
    GET, POST  /device                 the code of a device, and what it asks for (RFC 8628 §3.3)
    GET        /auth/brand.css         the look of the environment or of an organization
    GET        /portal_redirect        begins a visit to the self-serve portal (portal.py), once
    GET, POST  /portal/...             the pages of the portal

A page is looked at with `GET`, which changes nothing, and answered with `POST`.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from claimsmith.domain.errors import DomainError, Unavailable
from claimsmith.domain.sign_in_flows import Step
from claimsmith.domain.sign_in_steps import is_open
from claimsmith.edge.authorization_answers import answer_response
from claimsmith.edge.errors import domain_status
from claimsmith.edge.forms import BodyTooLarge, BodyTooSlow
from claimsmith.edge.guards import FormRefused, check_origin
from claimsmith.edge.hosted import (
    device,
    portal,
    portal_plans,
    refusals,
    security,
    security_changes,
    sign_out,
)
from claimsmith.edge.hosted.brand import brand_sheet
from claimsmith.edge.hosted.form_tokens import check_form_token
from claimsmith.edge.hosted.own_consents import show_consents, withdraw_consents
from claimsmith.edge.hosted.own_passkeys import change_passkeys, show_passkeys
from claimsmith.edge.hosted.steps import PAGES
from claimsmith.edge.hosted.visits import Visit, visit_of, with_form
from claimsmith.edge.page_forms import read_form
from claimsmith.edge.page_headers import WithPageHeaders
from claimsmith.oauth.errors import AccessDenied, OAuthError
from claimsmith.usecases.portal import NoVisit
from claimsmith.usecases.rate_limits import TooOften
from claimsmith.usecases.sign_in import REFUSALS, SignInRefused
from claimsmith.usecases.sign_in_accounts import refused_before
from claimsmith.usecases.sign_in_flows import FlowOver, refuse_flow
from claimsmith.usecases.sign_in_passwords import AccountLocked


def make_hosted() -> Any:
    """Return the ASGI application that serves `/auth`, `/device` and `/portal`."""
    application = Starlette(
        routes=[
            # First, for they are asked for most.
            *(Route(f"/auth/{step.value}", _answering(step), methods=["GET", "POST"]) for step in PAGES),
            Route("/device", device.device, methods=["GET"]),
            Route("/device", device.enter, methods=["POST"]),
            Route("/device/answer", device.answer, methods=["POST"]),
            Route("/portal_redirect", portal.enter, methods=["GET"]),
            Route("/portal/profile", portal.profile, methods=["GET"]),
            Route("/portal/profile", portal.change_profile, methods=["POST"]),
            Route("/portal/organization", portal.organization, methods=["GET"]),
            *_plan_routes(),
            Route("/portal/leave", portal.leave, methods=["POST"]),
            Route("/portal/left", portal.left, methods=["GET"]),
            Route("/auth/brand.css", brand_sheet, methods=["GET"]),
            Route("/auth/error", refusals.error_page, methods=["GET"]),
            Route("/auth/sign-out", sign_out.ask, methods=["GET"]),
            Route("/auth/sign-out", sign_out.confirm, methods=["POST"]),
            Route("/auth/signed-out", sign_out.signed_out, methods=["GET"]),
            Route("/auth/passkeys", show_passkeys, methods=["GET"]),
            Route("/auth/passkeys", change_passkeys, methods=["POST"]),
            Route("/auth/applications", show_consents, methods=["GET"]),
            Route("/auth/applications", withdraw_consents, methods=["POST"]),
            Route("/auth/security", security.OVERVIEW, methods=["GET", "POST"]),
            Route("/auth/security/confirm", security.CONFIRM, methods=["GET", "POST"]),
            Route("/auth/security/app", security_changes.APP, methods=["GET", "POST"]),
            Route("/auth/security/mail", security_changes.MAIL, methods=["GET", "POST"]),
            Route("/auth/security/password", security_changes.PASSWORD, methods=["GET", "POST"]),
        ],
        exception_handlers={
            FlowOver: refusals.flow_over,
            NoVisit: portal.visit_over,
            FormRefused: refusals.form_refused,
            BodyTooLarge: refusals.form_too_large,
            BodyTooSlow: refusals.form_too_slow,
            DomainError: refusals.refused,
            Unavailable: refusals.unavailable,
            HTTPException: refusals.nothing_here,
            Exception: refusals.failed,
        },
    )
    application.router.redirect_slashes = False
    return WithPageHeaders(application, keeps_policies=True)


def _plan_routes() -> list[Route]:
    return [
        Route(f"/portal/{page.value}", make(page), methods=[method])
        for page in portal_plans.TYPES
        for method, make in (("GET", portal_plans.shows), ("POST", portal_plans.takes))
    ]


def _answering(step: Step) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return await (take if request.method == "POST" else show)(request, step)

    return answer


async def show(request: Request, step: Step) -> Response:
    """Show the page of a step; one that is not in turn leads to the one that is."""
    visit = await visit_of(request)
    if not is_open(visit.sign_in.state, step):
        return visit.go(visit.sign_in.state.step)
    return await _page(
        visit, step, again=refused_before(visit.sign_in.state) if step is Step.SIGN_UP else None
    )


async def take(request: Request, step: Step) -> Response:
    """Take the form of a step."""
    check_origin(request)
    form = await read_form(request)
    visit = with_form(await visit_of(request), form)
    check_form_token(request, visit.flow_token, visit.binder, form.text("form_token"))
    if form.text("action") == "leave":
        answer = await refuse_flow(visit.sign_in.context, visit.sign_in.flow, _why(form.text("reason")))
        return answer_response(answer, status=303)
    submit = PAGES[step].actions.get(form.text("action"))
    if submit is None:
        raise HTTPException(404)
    if not is_open(visit.sign_in.state, step):
        return visit.go(visit.sign_in.state.step)
    try:
        return visit.went_on(await submit(visit.sign_in, form))
    except AccountLocked as problem:
        return refusals.locked(visit, problem)
    except SignInRefused as problem:
        return await refusals.not_let_in(visit, problem)
    except DomainError as problem:
        return await _page(visit, step, problem)


def _why(reason: str) -> OAuthError:
    """Return what the application is told of somebody who goes back to it."""
    if reason == "consent_denied":
        return AccessDenied("The person did not allow it.", reason="consent_denied")
    if reason in REFUSALS:
        return SignInRefused(reason).as_oauth_error()
    return AccessDenied("The person went back without signing in.", reason="sign_in_left")


async def _page(
    visit: Visit, step: Step, problem: DomainError | None = None, *, again: DomainError | None = None
) -> Response:
    """Return the page of a step; `again` is why somebody was led back to it."""
    page = PAGES[step]
    entered = {name: visit.form.text(name) for name in page.kept}
    status = 200 if problem is None else 429 if isinstance(problem, TooOften) else domain_status(problem)
    return visit.page(
        page.template,
        status=status,
        problem=problem or again,
        here=visit.address_of(step),
        entered=entered,
        **await page.values(visit.sign_in),
    )
