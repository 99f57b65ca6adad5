"""Show what went wrong on a page that says why and leads on."""

import re
from collections.abc import Callable

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from claimsmith.domain.applications import Application
from claimsmith.domain.errors import DomainError, NotFound, Unavailable
from claimsmith.edge.authorization_answers import answer_response
from claimsmith.edge.browsers import person_context
from claimsmith.edge.errors import domain_status
from claimsmith.edge.guards import FormRefused
from claimsmith.edge.hosted.problems import told
from claimsmith.edge.hosted.rendering import render, texts_for
from claimsmith.edge.hosted.visits import Visit
from claimsmith.texts import Texts
from claimsmith.usecases.applications import get_application
from claimsmith.usecases.sign_in import SignInRefused
from claimsmith.usecases.sign_in_flows import FlowOver
from claimsmith.usecases.sign_in_passwords import AccountLocked

log = structlog.get_logger("claimsmith.pages")

_REQUEST_ID = re.compile(r"[0-9a-f]{16}", re.ASCII)
_SLUG = re.compile(r"[a-z][a-z0-9_]{2,60}", re.ASCII)

_REASONS: dict[str, Callable[[Texts], str]] = {
    "client_unknown": lambda texts: texts("The application that sent you here is not known here."),
    "organization_suspended": lambda texts: texts(
        "This organization is suspended. Ask whoever looks after it."
    ),
    "redirect_uri_unknown": lambda texts: texts(
        "The application that sent you here named an address to return to that is not registered."
    ),
    "too_many_sign_ins": lambda texts: texts(
        "Too many sign-ins were begun from your network. Wait a minute."
    ),
}


async def error_page(request: Request) -> Response:
    """Say what kept a sign-in from beginning. Only what this server itself says is shown: no sent text."""
    texts = texts_for(request)
    asked = request.query_params
    reason, request_id = asked.get("reason", ""), asked.get("request_id", "")
    application = await known_application(request, asked.get("client_id", ""))
    said = _REASONS.get(reason)
    return _page(
        request,
        texts,
        400,
        title=texts("This sign-in cannot begin"),
        message=said(texts)
        if said
        else texts("The application that sent you here made a request that is wrong."),
        advice=texts(
            "Go back to the application and begin again. If it happens again, tell whoever runs it."
        ),
        application=application,
        reason=reason if _SLUG.fullmatch(reason) else None,
        request_id=request_id if _REQUEST_ID.fullmatch(request_id) else None,
    )


async def flow_over(request: Request, error: Exception) -> Response:
    """Answer for a sign-in that is over: the application begins again, or a page says so."""
    assert isinstance(error, FlowOver)  # noqa: S101 - what it is registered for
    if error.answer is not None:
        return answer_response(error.answer, status=303)
    texts = texts_for(request, [error.request.language])
    application = await known_application(request, error.request.client_id)
    return _page(
        request,
        texts,
        410,
        title=texts("This sign-in is over"),
        message=texts("It was finished before, or it took too long."),
        advice=texts("Go back to the application and begin again."),
        application=application,
    )


async def refused(request: Request, error: Exception) -> Response:
    """Answer for a sign-in that is not known in this browser, and for what else has no page of its own."""
    assert isinstance(error, DomainError)  # noqa: S101 - what it is registered for
    texts = texts_for(request)
    is_unknown = isinstance(error, NotFound)
    return _page(
        request,
        texts,
        domain_status(error),
        title=texts("This sign-in is not known here") if is_unknown else texts("This did not work"),
        message=texts("It was begun in another browser, or its address is not whole.")
        if is_unknown
        else told(texts, error),
        advice=texts("Go back to the application and begin again."),
    )


async def form_refused(request: Request, error: Exception) -> Response:
    """Answer for a form that another page sent, or that belongs to another sign-in."""
    texts = texts_for(request)
    return _page(
        request,
        texts,
        403,
        title=texts("This form was not taken"),
        message=texts("It did not come from the page of this sign-in in this browser."),
        advice=texts("Go back to the application and begin again."),
        reason="form_refused" if isinstance(error, FormRefused) else None,
    )


async def form_too_large(request: Request, error: Exception) -> Response:
    """Answer for a form that is too large."""
    texts = texts_for(request)
    return _page(request, texts, 413, title=texts("This form is too large"), message=texts("Send less."))


async def form_too_slow(request: Request, error: Exception) -> Response:
    """Answer for a form that did not arrive in time."""
    texts = texts_for(request)
    return _page(
        request, texts, 408, title=texts("This form came too slowly"), message=texts("Send it again.")
    )


async def unavailable(request: Request, error: Exception) -> Response:
    """Answer when something this server needs does not answer."""
    assert isinstance(error, Unavailable)  # noqa: S101 - what it is registered for
    log.error("unavailable", path=request.scope["path"], detail=error.message)
    texts = texts_for(request)
    return _page(
        request,
        texts,
        503,
        title=texts("This does not work right now"),
        message=texts("The server is too busy. Nothing was lost; try again in a moment."),
        headers={"Retry-After": str(error.retry_after_seconds)},
    )


async def nothing_here(request: Request, error: Exception) -> Response:
    """Answer for an address that no page has."""
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    texts = texts_for(request)
    return _page(
        request,
        texts,
        error.status_code,
        title=texts("There is nothing here"),
        message=texts("Check the address, or go back to the application."),
        headers=dict(error.headers or {}),
    )


async def failed(request: Request, error: Exception) -> Response:
    """Answer for a defect, of which only the log tells."""
    texts = texts_for(request)
    return _page(
        request,
        texts,
        500,
        title=texts("Something went wrong here"),
        message=texts("It is not your fault. Tell whoever runs this the number below."),
    )


def locked(visit: Visit, problem: AccountLocked) -> Response:
    """Say that passwords are not taken for a while, and which ways are left."""
    minutes = max(1, -(-problem.retry_after_seconds // 60))
    answer = visit.page("account_locked.html", status=429, minutes=minutes)
    answer.headers["Retry-After"] = str(problem.retry_after_seconds)
    return answer


async def not_let_in(visit: Visit, problem: SignInRefused) -> Response:
    """Say why somebody who proved who they are may not come in."""
    return visit.page(
        "not_let_in.html", status=403, reason=problem.reason, message=told(visit.texts, problem)
    )


async def known_application(request: Request, client_id: str) -> Application | None:
    """Return an application whose id somebody sent, or `None`."""
    try:
        return await get_application(person_context(request), client_id) if client_id else None
    except NotFound:
        return None


def _page(
    request: Request,
    texts: Texts,
    status: int,
    *,
    title: str,
    message: str,
    advice: str | None = None,
    application: Application | None = None,
    reason: str | None = None,
    request_id: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    return render(
        request,
        "error.html",
        texts=texts,
        status=status,
        application=application,
        headers=headers,
        title=title,
        message=message,
        advice=advice,
        reason=reason,
        request_id=request_id or request.scope["claimsmith.request_id"],
    )
