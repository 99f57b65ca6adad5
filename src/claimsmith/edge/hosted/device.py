"""Serve `/device`: a person types the code that a device shows, looks at what it asks for, and answers.

The code alone opens nothing. Whoever answers is signed in, compares the code with the one on the device
(RFC 8628 §5.4), and presses a button; a look at the page changes nothing.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from claimsmith.domain.applications import Application
from claimsmith.domain.errors import Conflict, DomainError, NotFound
from claimsmith.edge.browsers import binder_of, browser_of, keep_binder, person_context
from claimsmith.edge.errors import domain_status
from claimsmith.edge.guards import check_origin
from claimsmith.edge.hosted.form_tokens import check_form_token, form_token
from claimsmith.edge.hosted.rendering import render, texts_for
from claimsmith.edge.page_forms import read_form
from claimsmith.usecases.device_codes import (
    DeviceConsent,
    allow_device,
    begin_device_sign_in,
    consent_to_device,
    deny_device,
    find_device_request,
)
from claimsmith.usecases.rate_limits import TooOften

CODE_FIELD = "user_code"


async def device(request: Request) -> Response:
    """Ask for the code; with a code, and somebody signed in, show what the device asks for."""
    code = request.query_params.get(CODE_FIELD, "")
    if not code or browser_of(request).session_token is None:
        return _entry(request, code)
    try:
        asked = await _asked(request, code)
    except DomainError as problem:
        return _entry(request, code, problem)
    return _entry(request, code) if asked is None else _confirm(request, asked)


async def enter(request: Request) -> Response:
    """Take a code; lead to what the device asks for, by way of the sign-in if nobody is signed in."""
    check_origin(request)
    code = (await read_form(request)).text(CODE_FIELD)
    context = person_context(request)
    try:
        if await _asked(request, code) is not None:
            return _to(request, code)
        token, binder = await begin_device_sign_in(context, code, binder=binder_of(request))
    except DomainError as problem:
        return _entry(request, code, problem)
    root = request.scope["root_path"]
    response = RedirectResponse(f"{root}/auth/sign-in?flow={token.reveal()}", 303)
    keep_binder(request, response, binder)
    return response


async def answer(request: Request) -> Response:
    """Let the device in or turn it away, as the person said."""
    check_origin(request)
    form = await read_form(request)
    code, browser, context = form.text(CODE_FIELD), browser_of(request), person_context(request)
    check_form_token(request, _purpose(code), browser.session_token or "", form.text("form_token"))
    try:
        if form.text("action") == "allow":
            application = await allow_device(context, code, browser)
            return _done(request, application)
        await deny_device(context, code, browser)
    except (NotFound, Conflict) as problem:
        return _entry(request, "", problem)
    return _done(request, None)


async def _asked(request: Request, code: str) -> DeviceConsent | None:
    """Return what a device asks for, counting the try; `None` when nobody is signed in."""
    context = person_context(request)
    await find_device_request(context, code, address=request.scope["claimsmith.address"])
    runtime = request.scope["claimsmith.runtime"]
    return await consent_to_device(context, runtime, code, browser_of(request))


def _entry(request: Request, code: str, problem: DomainError | None = None) -> Response:
    status = 200 if problem is None else 429 if isinstance(problem, TooOften) else domain_status(problem)
    return render(
        request,
        "device.html",
        texts=texts_for(request),
        status=status,
        problem=problem,
        here=f"{request.scope['root_path']}/device",
        code=code[:20],
    )


def _confirm(request: Request, asked: DeviceConsent) -> Response:
    return render(
        request,
        "device_confirm.html",
        texts=texts_for(request),
        application=asked.application,
        organization=asked.organization,
        here=f"{request.scope['root_path']}/device/answer",
        form_token=form_token(request, _purpose(asked.code), browser_of(request).session_token or ""),
        asked=asked,
        code=f"{asked.code[:4]}-{asked.code[4:]}",
    )


def _done(request: Request, application: Application | None) -> Response:
    return render(
        request,
        "device_done.html",
        texts=texts_for(request),
        application=application,
        is_allowed=application is not None,
    )


def _to(request: Request, code: str) -> Response:
    letters = "".join(each for each in code if each.isalpha() and each.isascii())
    return RedirectResponse(f"{request.scope['root_path']}/device?{CODE_FIELD}={letters}", 303)


def _purpose(code: str) -> str:
    return f"device {code}"
