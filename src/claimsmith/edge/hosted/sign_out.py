"""Ask before somebody is signed out by a link that anybody could have made, and say that it is done."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from claimsmith.edge.browsers import browser_of, person_context
from claimsmith.edge.guards import check_origin
from claimsmith.edge.hosted.form_tokens import check_form_token, form_token
from claimsmith.edge.hosted.refusals import known_application
from claimsmith.edge.hosted.rendering import render, texts_for
from claimsmith.edge.page_forms import read_form
from claimsmith.edge.sign_out import signed_out_response
from claimsmith.usecases.logout import SignedOut, confirm_logout, request_logout

PURPOSE = "sign-out"
KEPT = ("client_id", "post_logout_redirect_uri", "redirect", "redirect_uri", "state", "all_sessions")


async def ask(request: Request) -> Response:
    """Ask whether the person wants to be signed out. Only what is registered is taken over into the form."""
    browser = browser_of(request)
    pairs = [(name, value) for name, value in request.query_params.multi_items() if name in KEPT]
    runtime = request.scope["claimsmith.runtime"]
    # Looked at as what is no navigation, a request ends nothing.
    asked = await request_logout(person_context(request), runtime, pairs, browser, is_navigation=False)
    if isinstance(asked, SignedOut):
        return RedirectResponse(f"{request.scope['root_path']}/auth/signed-out", 303)
    believed = dict(asked.parameters)
    return render(
        request,
        "sign_out.html",
        texts=texts_for(request),
        application=await known_application(request, believed.get("client_id", "")),
        redirect_uri=next((value for name, value in asked.parameters if "redirect" in name), None),
        here=f"{request.scope['root_path']}/auth/sign-out",
        kept=asked.parameters,
        form_token=form_token(request, PURPOSE, browser.session_token or ""),
    )


async def confirm(request: Request) -> Response:
    """Sign the person out, and lead on to where a registered address says."""
    check_origin(request)
    form = await read_form(request)
    browser = browser_of(request)
    check_form_token(request, PURPOSE, browser.session_token or "", form.text("form_token"))
    pairs = [(name, form.text(name)) for name in KEPT if name in form]
    runtime = request.scope["claimsmith.runtime"]
    done = await confirm_logout(person_context(request), runtime, pairs, browser)
    return signed_out_response(request, done, status=303)


async def signed_out(request: Request) -> Response:
    """Say that nobody is signed in to this browser any more."""
    return render(request, "signed_out.html", texts=texts_for(request))
