"""Bind forms to the sign-in and the browser they were made for (CSRF).

A form token is a MAC of the flow's token and the browser's binder: nobody who lacks either can make one, and
none needs to be stored.
"""

import hmac

from starlette.requests import Request

from claimsmith.edge.guards import FormRefused

_PURPOSE = "form tokens of pages"


def form_token(request: Request, flow_token: str, binder: str) -> str:
    """Return the token that the forms of a sign-in carry."""
    environment_id = request.scope["claimsmith.runtime"].id
    message = f"{flow_token}|{binder}".encode("utf-8", "surrogatepass")
    made: bytes = request.scope["claimsmith.platform"].macs.of(_PURPOSE, environment_id, message)
    return made.hex()


def check_form_token(request: Request, flow_token: str, binder: str, given: str) -> None:
    """Refuse a form without the token of this sign-in in this browser. Raises `FormRefused`."""
    expected = form_token(request, flow_token, binder)
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass")):
        raise FormRefused("The form belongs to another sign-in, or to another browser.")
