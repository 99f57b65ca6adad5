"""Sign operators in by a one-time link, and out again."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from claimsmith.edge.console.rendering import render
from claimsmith.edge.console.visits import Visit
from claimsmith.edge.cookies import session_cookie
from claimsmith.edge.guards import stranger_context
from claimsmith.usecases import console_sessions


async def open_link(request: Request) -> Response:
    """Redeem a one-time link and begin a session.

    A look that is not a visit (HEAD, or a browser that reads ahead) must not spend the link.
    """
    if request.method == "HEAD" or "prefetch" in request.headers.get("sec-purpose", ""):
        return Response(status_code=204)
    context = stranger_context(request)
    cookie = session_cookie(request.scope["claimsmith.runtime"])
    session = await console_sessions.redeem_link(context, request.query_params.get("token", ""))
    if session is None:
        return render(request, "link_refused.html", status=410)
    old = cookie.read(request)
    if old is not None:
        await console_sessions.end_session(context, old)
    answer = RedirectResponse(f"{request.scope['root_path']}/console", 303)
    cookie.write(answer, session.token, session.lifetime_seconds)
    return answer


def sign_in_page(request: Request) -> Response:
    """Answer a visitor without a session: say how to get one, and nothing else."""
    return render(request, "sign_in.html", status=401)


async def sign_out(visit: Visit) -> Response:
    """End the session."""
    await console_sessions.end_session(visit.context, visit.session.token)
    answer = render(visit.request, "signed_out.html")
    session_cookie(visit.request.scope["claimsmith.runtime"]).clear(answer)
    return answer
