"""Send what goes back to a client: a redirect, or a form that the browser posts by itself.

The form's page (OAuth 2.0 Form Post Response Mode) may run one script, which is named by its hash, and says
nothing of where forms may go: it has one form, whose address was registered, and what the application answers
to it may lead anywhere.
"""

import base64
import hashlib
from html import escape

from starlette.responses import Response

from claimsmith.domain.authorization_answers import AuthorizationAnswer
from claimsmith.edge.page_headers import PAGE_HEADERS

_SCRIPT = "document.forms[0].submit()"
_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode("ascii")
_POLICY = f"default-src 'none'; script-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'"
_HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache", "Referrer-Policy": "no-referrer"}


def answer_response(answer: AuthorizationAnswer, *, status: int = 302) -> Response:
    """Return the HTTP answer. After a form that held credentials the status must be 303 (RFC 9700 §4.12)."""
    if answer.response_mode == "form_post":
        return _form(answer)
    return Response(b"", status, {**_HEADERS, "Location": answer.location})


def _form(answer: AuthorizationAnswer) -> Response:
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in answer.parameters
    )
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>One moment</title>'
        '<meta name="viewport" content="width=device-width"></head><body>'
        f'<form method="post" action="{escape(answer.redirect_uri)}">{fields}'
        '<button type="submit">Continue to the application</button></form>'
        f"<script>{_SCRIPT}</script></body></html>"
    )
    headers = {**PAGE_HEADERS, **_HEADERS, "Content-Security-Policy": _POLICY}
    return Response(page.encode(), 200, headers, "text/html; charset=utf-8")
