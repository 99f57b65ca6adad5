"""Serve the self-serve portal, where people look after their own things.

    GET        /portal_redirect?key=...   begins a visit, once, and leads to its page
    GET, POST  /portal/profile            the name of whoever it is, and the way to passkeys
    GET        /portal/organization       the organization of the visit, and what its member may do there
    GET, POST  /portal/plan, /portal/organization-plan    see `portal_plans.py`
    POST       /portal/leave              ends the visit, and leads back to the application

The visit has a cookie of its own. It is `Lax`, because the link that begins it is on another site.
"""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from claimsmith.domain.errors import DomainError
from claimsmith.domain.portal import VISIT_LIFETIME_SECONDS, PortalPage
from claimsmith.edge.browsers import person_context
from claimsmith.edge.cookies import portal_cookie
from claimsmith.edge.errors import domain_status
from claimsmith.edge.guards import check_origin
from claimsmith.edge.hosted.form_tokens import check_form_token, form_token
from claimsmith.edge.hosted.rendering import render, texts_for
from claimsmith.edge.page_forms import Form, read_form
from claimsmith.usecases.portal import (
    NoVisit,
    PortalPerson,
    begin_visit,
    change_own_profile,
    end_visit,
    person_in_portal,
)

PURPOSE = "portal"


async def enter(request: Request) -> Response:
    """Spend the link, and lead to the page that it is for."""
    begun = await begin_visit(person_context(request), request.query_params.get("key", ""))
    response = RedirectResponse(_address(request, begun.visit.page.value), 303)
    portal_cookie(request.scope["claimsmith.runtime"]).write(
        response, begun.token.reveal(), VISIT_LIFETIME_SECONDS
    )
    return response


async def profile(request: Request) -> Response:
    """Show the profile."""
    return portal_page(request, await visitor(request), PortalPage.PROFILE)


async def change_profile(request: Request) -> Response:
    """Take another first or last name."""
    form = await portal_form(request)
    names = {"first_name": form.text("p_first_name"), "last_name": form.text("p_last_name")}
    try:
        await change_own_profile(person_context(request), portal_token(request), names)
    except NoVisit:
        raise
    except DomainError as problem:
        problem.field = f"p_{problem.field}" if problem.field else None
        return portal_page(
            request, await visitor(request), PortalPage.PROFILE, problem=problem, entered=names
        )
    return to_page(request, PortalPage.PROFILE, done="saved")


async def organization(request: Request) -> Response:
    """Show the organization. A visit without one leads to the profile."""
    person = await visitor(request)
    if person.visit.organization_code is None:
        return RedirectResponse(_address(request, PortalPage.PROFILE.value), 303)
    roles = request.scope["claimsmith.runtime"].view.roles
    held = sorted(roles[each].role.name for each in person.subject.role_ids if each in roles)
    return portal_page(request, person, PortalPage.ORGANIZATION, roles=held)


async def leave(request: Request) -> Response:
    """End the visit, and lead back to where the link said, or say that it is over."""
    await portal_form(request)
    visit = await end_visit(person_context(request), portal_token(request))
    root = request.scope["root_path"]
    to = visit.return_url if visit is not None and visit.return_url else f"{root}/portal/left"
    response = RedirectResponse(to, 303)
    portal_cookie(request.scope["claimsmith.runtime"]).clear(response)
    return response


async def left(request: Request) -> Response:
    """Say that the visit is over."""
    return render(request, "portal_left.html", texts=texts_for(request))


async def visit_over(request: Request, error: Exception) -> Response:
    """Answer for a link that was used or is too old, and for a visit that is over."""
    return render(request, "portal_over.html", texts=texts_for(request), status=403)


async def visitor(request: Request) -> PortalPerson:
    """Return who is in the portal in this browser. Raises `NoVisit`."""
    return await person_in_portal(person_context(request), portal_token(request))


async def portal_form(request: Request) -> Form:
    """Return the form that a page of this visit sent. Raises `FormRefused`."""
    check_origin(request)
    form = await read_form(request)
    check_form_token(request, PURPOSE, portal_token(request) or "", form.text("form_token"))
    return form


def portal_token(request: Request) -> str | None:
    """Return the secret of the visit that a request carries, if it carries one."""
    return portal_cookie(request.scope["claimsmith.runtime"]).read(request)


def to_page(request: Request, page: PortalPage, *, done: str) -> Response:
    """Send the browser to a page of the portal, which says what was done."""
    return RedirectResponse(f"{_address(request, page.value)}?{urlencode({'done': done})}", 303)


def portal_page(
    request: Request,
    person: PortalPerson,
    page: PortalPage,
    *,
    template: str | None = None,
    problem: DomainError | None = None,
    **values: Any,
) -> Response:
    """Answer with a page of the portal, with the way to its other pages and back to the application."""
    return render(
        request,
        template or f"portal_{page.value}.html",
        texts=texts_for(request),
        status=200 if problem is None else domain_status(problem),
        organization=person.subject.organization,
        redirect_uri=person.visit.return_url,
        problem=problem,
        person=person,
        user=person.subject.user,
        page=page,
        address_of=lambda word: _address(request, word),
        form_token=form_token(request, PURPOSE, portal_token(request) or ""),
        done=request.query_params.get("done") if problem is None else None,
        **{"entered": None, **values},
    )


def _address(request: Request, word: str) -> str:
    return f"{request.scope['root_path']}/portal/{word}"
