"""Judge a whole authorization request: the checks in their order.

A check looks at one thing, raises an `OAuthError` or returns the members of the `AuthorizationRequest` that
it found out. Client and redirect URI are good before the first check runs (`target.py`), so every refusal
here goes to the client. The order settles which of several faults is told.
"""

from collections.abc import Callable
from typing import Any

from claimsmith.domain.authorization_requests import AuthorizationRequest
from claimsmith.oauth.authorization import (
    audience,
    client_type,
    echoes,
    hints,
    pkce,
    product,
    prompts,
    repeated,
    request_object,
    requested_claims,
    response_mode,
    response_type,
    scope,
)
from claimsmith.oauth.authorization.asked import Asked, Members

CHECKS: tuple[Callable[[Asked], Members], ...] = (
    repeated.check,  #          nothing twice                                   RFC 6749 §3.1
    client_type.check,  #       client_id, redirect_uri: reg and spa            RFC 6749 §4.1.2.1
    request_object.check,  #    request, request_uri, registration: refused     OpenID Connect Core §3.1.2.6
    response_type.check,  #     response_type: code                             RFC 6749 §3.1.1
    response_mode.check,  #     response_mode: query, form_post
    echoes.check,  #            state, nonce: bounded
    pkce.check,  #              code_challenge, code_challenge_method           RFC 7636 §4.3
    scope.check,  #             scope: the words of OpenID Connect              OpenID Connect Core §5.4
    audience.check,  #          audience, resource: APIs of the application     RFC 8707 §2.1
    prompts.check,  #           prompt, max_age, start_page                     OpenID Connect Core §3.1.2.1
    hints.check,  #             login_hint, id_token_hint, lang, ui_locales     OpenID Connect Core §3.1.2.1
    requested_claims.check,  #  claims, acr_values                              OpenID Connect Core §5.5
    product.check,  #           org_code, is_create_org, connection_id, tags ...
)


def judge(asked: Asked, *, requested_at: int) -> AuthorizationRequest:
    """Return the checked request. Raises an `OAuthError` that belongs to the client.

    A member that two checks find out must be the same in both: an ID token hint and a requested `sub` that
    name different people are refused.
    """
    members: dict[str, Any] = {}
    for check in CHECKS:
        found = check(asked)
        if "expected_subject" in found and members.get("expected_subject") is not None:
            hints.check_same_subject(members["expected_subject"], found["expected_subject"])
        members |= found
    return AuthorizationRequest(**members, original=asked.parameters.original(), requested_at=requested_at)


def answerable(asked: Asked) -> AuthorizationRequest:
    """Return of a request that may be faulty only what an answer needs: where to, and the state."""
    single = asked.parameters.single
    return AuthorizationRequest(
        client_id=asked.client.application.id,
        redirect_uri=asked.redirect_uri,
        scopes=(),
        state=echoes.state_of(single.get("state"), came_twice="state" in asked.parameters.twice),
        response_mode=response_mode.mode_of(single.get("response_mode"), asked.redirect_uri),
    )
