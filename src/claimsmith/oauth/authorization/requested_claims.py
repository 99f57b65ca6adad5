"""Read the `claims` parameter (OpenID Connect Core §5.5) and `acr_values`.

What an application's tokens carry is settled by its token profiles, so requests for single claims are
accepted and change nothing (§5.5 allows it), but for two: a `sub` with a value names who must sign in, and an
essential `acr` is refused, because this server asserts none. `auth_time` is in every ID token.
"""

import json
from collections.abc import Mapping
from typing import Any

from claimsmith.oauth.authorization.asked import Asked, Members
from claimsmith.oauth.errors import InvalidRequest, UnmetAuthenticationRequirements

LONGEST_TEXT = 4_096
MOST_CONTEXTS = 10


def check(asked: Asked) -> Members:
    """Raise `InvalidRequest` for malformed claims, `UnmetAuthenticationRequirements` for an `acr`."""
    contexts = tuple((asked.get("acr_values") or "").split()[:MOST_CONTEXTS])
    text = asked.get("claims")
    if text is None:
        return {"acr_values": contexts}
    wanted = _parsed(text)
    members = {name: _checked(wanted.get(name)) for name in ("userinfo", "id_token")}
    acr = members["id_token"].get("acr")
    if acr and acr.get("essential") is True and (acr.get("value") or acr.get("values")):
        raise UnmetAuthenticationRequirements(
            "No authentication context class is asserted here, so an essential acr cannot be met.",
            reason="acr_unmet",
        )
    return {"acr_values": contexts, **_subject(members["id_token"].get("sub"))}


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text) if len(text) <= LONGEST_TEXT else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise _malformed()
    return value


def _checked(wanted: Any) -> Mapping[str, Mapping[str, Any]]:
    """Return the requests for single claims; `null` asks for a claim without saying more."""
    if wanted is None:
        return {}
    if not isinstance(wanted, dict):
        raise _malformed()
    for request in wanted.values():
        if request is None:
            continue
        if not isinstance(request, dict):
            raise _malformed()
        if not isinstance(request.get("essential", False), bool):
            raise _malformed()
        if not isinstance(request.get("values", []), list):
            raise _malformed()
    return {name: request or {} for name, request in wanted.items()}


def _subject(request: Mapping[str, Any] | None) -> Members:
    value = (request or {}).get("value")
    if value is None:
        return {}
    if not isinstance(value, str):
        raise _malformed()
    return {"expected_subject": value}


def _malformed() -> InvalidRequest:
    return InvalidRequest(
        "The claims parameter is not the JSON object that OpenID Connect Core section 5.5 describes.",
        reason="claims_malformed",
    )
