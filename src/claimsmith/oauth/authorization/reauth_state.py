"""Take up again a sign-in whose time was up: `reauth_state` holds the parameters of the request before.

It is what the application could send by itself, so it is believed no more than the query: what it holds is
judged by the same checks, and never says who asks or where the answer goes.
"""

import base64
import json
from dataclasses import replace

from claimsmith.oauth.authorization.asked import REPEATABLE, Parameters

NEVER_TAKEN = frozenset(
    [
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "reauth_state",
        "redirect_uri",
        "request",
        "request_uri",
        "response_mode",
        "response_type",
        "state",
    ]
)
LONGEST_STATE = 8_192


def with_earlier(parameters: Parameters) -> Parameters:
    """Return the parameters with those of the request before that are absent from this one."""
    earlier = _unpacked(parameters.single.get("reauth_state") or "")
    single, repeated = dict(parameters.single), dict(parameters.repeated)
    for name, value in earlier.items():
        if name in REPEATABLE:
            repeated.setdefault(name, [value])
        elif name not in NEVER_TAKEN and name not in parameters.twice:
            single.setdefault(name, value)
    return replace(parameters, single=single, repeated=repeated)


def _unpacked(text: str) -> dict[str, str]:
    if not text or len(text) > LONGEST_STATE:
        return {}
    try:
        members = json.loads(base64.b64decode(text.replace(" ", "+"), validate=True))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(members, dict):
        return {}
    return {
        name: value
        for name, value in members.items()
        if isinstance(value, str) and value and value.isprintable()
    }
