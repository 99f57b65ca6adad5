"""Serve the pages of plans in the portal, of people and of organizations.

    GET, POST  /portal/plan                 the own plan
    GET, POST  /portal/organization-plan    that of the organization of the visit

Both are one page. Its buttons are named `action`.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from claimsmith.domain.errors import DomainError
from claimsmith.domain.plans import CustomerType
from claimsmith.domain.portal import PortalPage
from claimsmith.edge.browsers import person_context
from claimsmith.edge.hosted import amounts
from claimsmith.edge.hosted.portal import (
    portal_form,
    portal_page,
    portal_token,
    to_page,
    visitor,
)
from claimsmith.edge.page_forms import Form
from claimsmith.usecases import portal_plans
from claimsmith.usecases.portal import NoVisit
from claimsmith.usecases.portal_plans import BillingClosed

TYPES = {PortalPage.PLAN: CustomerType.USER, PortalPage.ORGANIZATION_PLAN: CustomerType.ORGANIZATION}
Act = Callable[..., Awaitable[None]]
WITH_PLAN: dict[str, Act] = {
    "choose": portal_plans.choose,
    "later": portal_plans.change_later,
    "try": portal_plans.try_out,
}
WITHOUT_PLAN: dict[str, Act] = {"cancel": portal_plans.cancel, "keep": portal_plans.keep}


def shows(page: PortalPage) -> Callable[[Request], Awaitable[Response]]:
    """Make the endpoint that shows one of the two pages."""

    async def show(request: Request) -> Response:
        return await _page(request, page)

    return show


def takes(page: PortalPage) -> Callable[[Request], Awaitable[Response]]:
    """Make the endpoint that takes the buttons of one of the two pages."""

    async def take(request: Request) -> Response:
        form = await portal_form(request)
        try:
            await _act(request, page, form)
        except NoVisit:
            raise
        except DomainError as problem:
            return await _page(request, page, problem)
        return to_page(request, page, done=form.text("action"))

    return take


async def _act(request: Request, page: PortalPage, form: Form) -> None:
    action, view = form.text("action"), request.scope["claimsmith.runtime"].view
    given: list[Any] = [person_context(request), view, portal_token(request), TYPES[page]]
    if action in WITH_PLAN:
        await WITH_PLAN[action](*given, form.text("plan"))
    elif action in WITHOUT_PLAN:
        await WITHOUT_PLAN[action](*given)
    else:
        raise HTTPException(404)


async def _page(request: Request, page: PortalPage, problem: DomainError | None = None) -> Response:
    view, token = request.scope["claimsmith.runtime"].view, portal_token(request)
    person = await visitor(request)
    if page.is_of_organization and person.visit.organization_code is None:
        return RedirectResponse(f"{request.scope['root_path']}/portal/{PortalPage.PROFILE.value}", 303)
    try:
        shown = await portal_plans.plan_page(person_context(request), view, token, TYPES[page])
    except BillingClosed as closed:
        return portal_page(request, person, page, template="portal_closed.html", problem=closed)
    return portal_page(
        request, person, page, template="portal_plan.html", problem=problem, plan=shown, amounts=amounts
    )
