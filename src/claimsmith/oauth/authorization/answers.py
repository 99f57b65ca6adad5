"""Put together what goes back to the client (RFC 6749 §4.1.2, §4.1.2.1, RFC 9207 §2)."""

import base64
import json

from claimsmith.domain.authorization_answers import AuthorizationAnswer
from claimsmith.domain.authorization_requests import AuthorizationRequest
from claimsmith.domain.secrets import PlainSecret
from claimsmith.oauth.errors import OAuthError

NOT_FOR_ANOTHER_TRY = frozenset(
    {"client_id", "code_challenge", "code_challenge_method", "nonce", "reauth_state", "state"}
)
"""What an application makes anew for each request, or knows by itself."""


def success_answer(request: AuthorizationRequest, issuer: str, code: PlainSecret) -> AuthorizationAnswer:
    """Return the answer that carries a code. `scope` says what was granted of what was asked for."""
    return _answer(request, issuer, [("code", code.reveal())], [("scope", " ".join(request.scopes))])


def error_answer(request: AuthorizationRequest, issuer: str, error: OAuthError) -> AuthorizationAnswer:
    """Return the answer that carries a refusal."""
    members = [("error", error.error), ("error_description", error.description)]
    return _answer(request, issuer, members, [])


def expired_answer(request: AuthorizationRequest, issuer: str) -> AuthorizationAnswer:
    """Return the answer to a request whose time is up, with what the application needs to begin it again.

    `reauth_state` is Base64 of a JSON object that holds the parameters by the names they were sent under.
    """
    again = {name: value for name, value in request.original.items() if name not in NOT_FOR_ANOTHER_TRY}
    packed = base64.b64encode(json.dumps(again).encode()).decode("ascii")
    members = [
        ("error", "login_link_expired"),
        ("error_description", "The sign-in took too long or is over. Begin it again."),
        ("reauth_state", packed),
    ]
    return _answer(request, issuer, members, [])


def _answer(
    request: AuthorizationRequest,
    issuer: str,
    first: list[tuple[str, str]],
    last: list[tuple[str, str]],
) -> AuthorizationAnswer:
    state = [("state", request.state)] if request.state is not None else []
    members = [*first, *state, *last, ("iss", issuer)]
    return AuthorizationAnswer(request.redirect_uri, request.response_mode, tuple(members))
