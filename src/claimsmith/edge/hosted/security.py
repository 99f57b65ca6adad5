"""Serve `/auth/security`, where people who are signed in look after how they sign in.

    GET, POST  /auth/security           factors, recovery codes, password, passkeys and sessions of the person
    GET, POST  /auth/security/confirm   proving once more who it is, before anything is changed

What is set up or replaced has pages of its own (`security_changes.py`).
"""

from starlette.responses import RedirectResponse, Response

from claimsmith.domain.errors import DomainError, NotFound
from claimsmith.domain.user_agents import read_user_agent
from claimsmith.edge.browsers import forget_session, keep_session
from claimsmith.edge.hosted.own_visits import Own, page_of
from claimsmith.edge.page_forms import Form
from claimsmith.usecases import own_access, own_factors, own_security
from claimsmith.usecases.own_access import NotFresh, NotSignedIn

PASSKEYS = "passkeys"
PAGES = ("", "app", "mail", "password", PASSKEYS)


async def _show(own: Own, problem: DomainError | None = None) -> Response:
    seen = await own_security.own_security(own.context, own.policies, own.token)
    devices = [(each, read_user_agent(each.user_agent)) for each in seen.sessions]
    pages = f"{own.request.scope['root_path']}/auth"
    return own.page(
        "security.html",
        "",
        problem,
        seen=seen,
        devices=devices,
        done=own.request.query_params.get("done", ""),
        address=own.address,
        passkeys=f"{pages}/passkeys",
        allowed=f"{pages}/applications",
        sign_out=f"{pages}/sign-out",
    )


async def _remove(own: Own, form: Form) -> Response:
    try:
        await own_factors.remove_own_factor(own.context, own.token, form.text("factor_id"), own.telling)
    except (NotSignedIn, NotFresh):
        raise
    except DomainError as problem:
        return await _show(own, problem)
    return own.go(done="removed")


async def _make_codes(own: Own, form: Form) -> Response:
    return own.codes(await own_factors.make_own_codes(own.context, own.policies, own.token, own.telling))


async def _end(own: Own, form: Form) -> Response:
    try:
        ended = await own_security.end_own_session(own.context, own.token, form.text("session_id"))
    except NotFound:
        ended = False
    response = own.go(done="ended")
    if ended:
        forget_session(own.request, response)
    return response


async def _end_others(own: Own, form: Form) -> Response:
    await own_security.end_own_others(own.context, own.token)
    return own.go(done="ended")


async def _show_confirm(own: Own, problem: DomainError | None = None, way: str = "") -> Response:
    proof = await own_access.own_proof(own.context, own.token)
    asked = own.request.query_params.get("way", way)
    way = asked if asked in proof.ways else next(iter(proof.ways), "")
    is_sent = own.request.query_params.get("sent") == "1"
    return own.page(
        "security_confirm.html",
        "confirm",
        problem,
        proof=proof,
        way=way,
        is_sent=is_sent,
        next=_next(own),
        address=own.address,
    )


async def _confirm(own: Own, form: Form) -> Response:
    way = form.text("way")
    name = own_access.FIELDS.get(way, own_access.CODE_FIELD)
    text = form.exact(name) if way == own_access.PASSWORD else form.text(name)
    try:
        session, token = await own_access.prove_again(own.context, own.token, way, text)
    except NotSignedIn:
        raise
    except DomainError as problem:
        return await _show_confirm(own, problem, way)
    following = _next(own)
    if following == PASSKEYS:
        response: Response = RedirectResponse(f"{own.request.scope['root_path']}/auth/passkeys", 303)
    else:
        response = own.go(following)
    keep_session(own.request, response, session, token)
    return response


async def _send_proof(own: Own, form: Form) -> Response:
    try:
        await own_access.send_own_code(own.context, own.token, own.telling, lifetime=own.code_seconds)
    except NotSignedIn:
        raise
    except DomainError as problem:
        return await _show_confirm(own, problem, own_access.MAIL)
    return own.go("confirm", way=own_access.MAIL, sent="1", next=_next(own))


def _next(own: Own) -> str:
    """Return the page that a proof leads to: one of ours, whatever the address says."""
    asked = own.request.query_params.get("next", "")
    return asked if asked in PAGES else ""


OVERVIEW = page_of(
    _show,
    {"remove": _remove, "codes": _make_codes, "end": _end, "end-others": _end_others},
)
CONFIRM = page_of(_show_confirm, {"": _confirm, "send": _send_proof})
