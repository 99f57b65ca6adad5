"""Serve the pages on which people who are signed in set up second factors and replace their password.

GET, POST  /auth/security/app       an authenticator app
GET, POST  /auth/security/mail      codes by mail
GET, POST  /auth/security/password  another password
"""

from starlette.responses import Response

from claimsmith.domain.errors import DomainError
from claimsmith.edge.hosted.own_visits import Own, page_of
from claimsmith.edge.page_forms import Form
from claimsmith.edge.qr_codes import qr_code
from claimsmith.usecases import own_access, own_factors, own_security
from claimsmith.usecases.own_access import NotFresh, NotSignedIn
from claimsmith.usecases.rate_limits import TooOften


async def _show_app(own: Own, problem: DomainError | None = None, once: str | None = None) -> Response:
    begun = await own_factors.begin_own_app(own.context, own.policies, own.token, once=once)
    return own.page(
        "security_app.html",
        "app",
        problem,
        app=begun.app,
        once=begun.once,
        qr=qr_code(begun.app.uri.reveal()),
    )


async def _add_app(own: Own, form: Form) -> Response:
    once, code = form.text("once"), form.text("p_confirmation_code")
    try:
        codes = await own_factors.add_own_app(
            own.context, own.policies, own.token, once=once, code=code, telling=own.telling
        )
    except (NotSignedIn, NotFresh):
        raise
    except DomainError as problem:
        return await _show_app(own, problem, once if problem.field else None)
    return own.codes(codes)


async def _show_mail(own: Own, problem: DomainError | None = None) -> Response:
    address = await own_factors.own_mail_address(own.context, own.policies, own.token)
    is_sent = own.request.query_params.get("sent") == "1"
    return own.page("security_mail.html", "mail", problem, mail=address, is_sent=is_sent)


async def _send_mail(own: Own, form: Form) -> Response:
    try:
        await own_factors.send_own_set_up_code(
            own.context, own.policies, own.token, own.telling, lifetime=own.code_seconds
        )
    except TooOften as problem:
        return await _show_mail(own, problem)
    return own.go("mail", sent="1")


async def _add_mail(own: Own, form: Form) -> Response:
    code = form.text("p_confirmation_code")
    try:
        codes = await own_factors.add_own_mail(
            own.context, own.policies, own.token, code=code, telling=own.telling
        )
    except (NotSignedIn, NotFresh):
        raise
    except DomainError as problem:
        return await _show_mail(own, problem)
    return own.codes(codes)


async def _show_password(own: Own, problem: DomainError | None = None) -> Response:
    identity = await own_access.own_password_identity(own.context, own.token)
    if identity is None:
        return own.go()
    return own.page("security_password.html", "password", problem, identity=identity)


async def _change_password(own: Own, form: Form) -> Response:
    try:
        await own_security.change_own_password(
            own.context,
            own.token,
            current=form.exact(own_security.CURRENT_FIELD),
            first=form.exact(own_security.FIRST_FIELD),
            second=form.exact(own_security.SECOND_FIELD),
            ends_others=form.is_on("p_end_other_sessions"),
            telling=own.telling,
        )
    except NotSignedIn:
        raise
    except DomainError as problem:
        return await _show_password(own, problem)
    return own.go(done="password")


APP = page_of(_show_app, {"": _add_app})
MAIL = page_of(_show_mail, {"": _add_mail, "send": _send_mail})
PASSWORD = page_of(_show_password, {"": _change_password})
