"""Serve `/auth/passkeys`, where people who are signed in look after their passkeys."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from claimsmith.domain.errors import DomainError
from claimsmith.edge.browsers import browser_of, person_context
from claimsmith.edge.errors import domain_status
from claimsmith.edge.guards import check_origin
from claimsmith.edge.hosted.form_tokens import check_form_token, form_token
from claimsmith.edge.hosted.rendering import render, texts_for
from claimsmith.edge.page_forms import read_form
from claimsmith.usecases.own_access import NotSignedIn
from claimsmith.usecases.own_passkeys import (
    add_own_passkey,
    own_passkeys,
    remove_own_passkey,
    rename_own_passkey,
)
from claimsmith.usecases.security_notices import Telling

PURPOSE = "own passkeys"


async def show_passkeys(request: Request) -> Response:
    """Show the passkeys of whoever is signed in in this browser."""
    return await _page(request)


async def change_passkeys(request: Request) -> Response:
    """Make, rename or delete a passkey. The form is bound to the session."""
    check_origin(request)
    form = await read_form(request)
    token = browser_of(request).session_token
    check_form_token(request, PURPOSE, token or "", form.text("form_token"))
    context, policies = person_context(request), request.scope["claimsmith.runtime"].view.policies
    action, passkey_id = form.text("action"), form.text("passkey_id")
    telling = Telling(context.environment.name, context.environment.issuer, texts_for(request).language)
    try:
        if action == "passkey":
            await add_own_passkey(
                context,
                policies,
                token,
                once=form.text("once"),
                answer=form.text("passkey"),
                name=form.text("passkey_name"),
                telling=telling,
            )
        elif action == "rename":
            await rename_own_passkey(context, token, passkey_id, form.text("p_passkey_name"))
        elif action == "remove":
            await remove_own_passkey(context, token, passkey_id, telling)
        else:
            raise HTTPException(404)
    except NotSignedIn:
        return await _page(request)
    except DomainError as problem:
        return await _page(request, problem)
    return RedirectResponse(f"{request.scope['root_path']}/auth/passkeys", 303)


async def _page(request: Request, problem: DomainError | None = None) -> Response:
    token = browser_of(request).session_token
    policies = request.scope["claimsmith.runtime"].view.policies
    own, status = None, 200 if problem is None else domain_status(problem)
    try:
        own = await own_passkeys(person_context(request), policies, token)
    except NotSignedIn:
        status = 401
    return render(
        request,
        "passkeys.html",
        texts=texts_for(request),
        status=status,
        problem=problem,
        own=own,
        here=f"{request.scope['root_path']}/auth/passkeys",
        security=f"{request.scope['root_path']}/auth/security",
        form_token=form_token(request, PURPOSE, token or ""),
    )
