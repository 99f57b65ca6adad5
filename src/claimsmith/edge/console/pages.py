"""List the console's pages on one screen, and turn refusals into pages.

A `GET` shows, a `POST` takes a form: `shows` and `takes` check the session, the origin and the form token
before a handler runs.
"""

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from claimsmith.domain.errors import DomainError, Unavailable
from claimsmith.edge.console import (
    apis,
    application_apis,
    application_secrets,
    applications,
    feature_flags,
    mail,
    overview,
    plan,
    properties,
    sessions,
    tokens,
)
from claimsmith.edge.console.rendering import render
from claimsmith.edge.console.visits import Handler, shows, takes
from claimsmith.edge.errors import domain_status
from claimsmith.edge.forms import BodyTooLarge, BodyTooSlow
from claimsmith.edge.guards import FormRefused, SignInNeeded, find_session
from claimsmith.edge.page_headers import WithPageHeaders
from claimsmith.edge.static_files import static_file

_SHOWN: dict[str, Handler] = {
    "": overview.overview,
    "/applications": applications.applications_page,
    "/applications/new": applications.new_application,
    "/applications/{id}": applications.application_page,
    "/applications/{id}/delete": applications.confirm_deletion,
    "/applications/{id}/apis": application_apis.apis_page,
    "/applications/{id}/tokens": tokens.cards,
    "/applications/{id}/tokens/{kind}": tokens.editor,
    "/apis": apis.apis_page,
    "/apis/new": apis.new_api,
    "/apis/{id}": apis.api_page,
    "/apis/{id}/delete": apis.confirm_deletion,
    "/feature-flags": feature_flags.flags_page,
    "/properties": properties.properties_page,
    "/mail": mail.mail_page,
    "/mail/{id}": mail.message_page,
    "/plan": plan.plan_page,
}

_TAKEN: dict[str, Handler] = {
    "/sign-out": sessions.sign_out,
    "/plan/trials": plan.start_trial,
    "/applications/new": applications.create_application,
    "/applications/{id}": applications.change_application,
    "/applications/{id}/delete": applications.delete_application,
    "/applications/{id}/secrets": application_secrets.add_secret,
    "/applications/{id}/secrets/{secret_id}/rotate": application_secrets.rotate_secret,
    "/applications/{id}/secrets/{secret_id}/revoke": application_secrets.revoke_secret,
    "/applications/{id}/apis/authorize": application_apis.authorize,
    "/applications/{id}/apis/{api_id}/revoke": application_apis.revoke,
    "/applications/{id}/apis/{api_id}/scopes": application_apis.set_scopes,
    "/applications/{id}/tokens/{kind}": tokens.take_editor,
    "/applications/{id}/tokens/{kind}/preview": tokens.preview_fragment,
    "/apis/new": apis.create_api,
    "/apis/{id}": apis.change_api,
    "/apis/{id}/delete": apis.delete_api,
    "/apis/{id}/scopes": apis.add_scope,
    "/apis/{id}/scopes/{scope_id}/delete": apis.delete_scope,
}


def make_console() -> Any:
    """Return the ASGI application that serves `/console` and `/static`."""
    routes = [
        Route("/static/{name}", static_file),
        Route("/console/link", sessions.open_link),
        Route("/console/", _without_slash),
    ]
    routes += [Route(f"/console{path}", shows(handler), methods=["GET"]) for path, handler in _SHOWN.items()]
    routes += [Route(f"/console{path}", takes(handler), methods=["POST"]) for path, handler in _TAKEN.items()]
    application = Starlette(
        routes=routes,
        exception_handlers={
            SignInNeeded: _sign_in,
            FormRefused: _form_refused,
            BodyTooLarge: _too_large,
            BodyTooSlow: _too_slow,
            DomainError: _refused,
            Unavailable: _unavailable,
            HTTPException: _nothing_here,
            Exception: _failed,
        },
    )
    application.router.redirect_slashes = False
    return WithPageHeaders(application)


async def _without_slash(request: Request) -> Response:
    return RedirectResponse(f"{request.scope['root_path']}/console", 302)


async def _sign_in(request: Request, error: Exception) -> Response:
    return sessions.sign_in_page(request)


async def _form_refused(request: Request, error: Exception) -> Response:
    reason = error.reason if isinstance(error, FormRefused) else ""
    return await _message(
        request, 403, "This form was not taken", reason, "Open the page again and repeat the change."
    )


async def _too_large(request: Request, error: Exception) -> Response:
    return await _message(request, 413, "This form is too large", "It has more than 256 KiB.", "Send less.")


async def _too_slow(request: Request, error: Exception) -> Response:
    took = "It took over 10 seconds."
    return await _message(request, 408, "This form came too slowly", took, "Send it again.")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)  # noqa: S101 - what it is registered for
    status = domain_status(error)
    title = "There is nothing here" if status == 404 else "This cannot be done"
    return await _message(request, status, title, error.message)


async def _nothing_here(request: Request, error: Exception) -> Response:
    if await find_session(request) is None:
        return sessions.sign_in_page(request)
    if isinstance(error, HTTPException) and error.status_code == 405:
        return await _message(request, 405, "This address takes forms only", "It was opened like a page.")
    path = request.scope["path"]
    return await _message(request, 404, "There is nothing here", f"No page has the address {path}.")


async def _unavailable(request: Request, error: Exception) -> Response:
    answer = render(
        request,
        "message.html",
        status=503,
        title="The server cannot reach its database now",
        message="Nothing was changed.",
        remedy="Try again in a moment.",
    )
    answer.headers["Retry-After"] = "1"
    return answer


async def _failed(request: Request, error: Exception) -> Response:
    """Disclose nothing of a defect but the id under which the log says more."""
    return render(
        request,
        "message.html",
        status=500,
        title="The server failed",
        message=f"The log says more under {request.scope['claimsmith.request_id']}.",
        remedy=None,
    )


async def _message(
    request: Request, status: int, title: str, message: str, remedy: str | None = None
) -> Response:
    return render(
        request,
        "message.html",
        status=status,
        session=await find_session(request),
        title=title,
        message=message,
        remedy=remedy,
    )
