"""Serve `/auth/applications`, where people who are signed in see what they allowed, and take it back."""

from contextlib import suppress

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from claimsmith.domain.errors import NotFound
from claimsmith.edge.browsers import browser_of, person_context
from claimsmith.edge.guards import check_origin
from claimsmith.edge.hosted.form_tokens import check_form_token, form_token
from claimsmith.edge.hosted.rendering import render, texts_for
from claimsmith.edge.page_forms import read_form
from claimsmith.usecases.own_access import NotSignedIn
from claimsmith.usecases.sign_in_own_consents import own_consents, withdraw_own_consents

PURPOSE = "own consents"


async def show_consents(request: Request) -> Response:
    """Show what whoever is signed in in this browser allowed."""
    token = browser_of(request).session_token
    listed, status = None, 200
    try:
        listed = await own_consents(person_context(request), token)
    except NotSignedIn:
        status = 401
    return render(
        request,
        "applications.html",
        texts=texts_for(request),
        status=status,
        listed=listed,
        here=_address(request),
        form_token=form_token(request, PURPOSE, token or ""),
    )


async def withdraw_consents(request: Request) -> Response:
    """Take back what one application was allowed. The form is bound to the session."""
    check_origin(request)
    form = await read_form(request)
    token = browser_of(request).session_token
    check_form_token(request, PURPOSE, token or "", form.text("form_token"))
    with suppress(NotSignedIn, NotFound):  # the page says so, or shows that nothing is left to take back
        await withdraw_own_consents(person_context(request), token, form.text("application_id"))
    return RedirectResponse(_address(request), 303)


def _address(request: Request) -> str:
    return f"{request.scope['root_path']}/auth/applications"
