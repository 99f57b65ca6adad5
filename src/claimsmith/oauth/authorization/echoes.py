"""Bound what is given back as it came: `state` to the client, `nonce` into the ID token."""

from claimsmith.oauth.authorization.asked import Asked, Members
from claimsmith.oauth.errors import InvalidRequest

LONGEST_STATE = 4_096
LONGEST_NONCE = 512


def state_of(single_state: str | None, *, came_twice: bool) -> str | None:
    """Return the state that an answer carries: one that came twice or is too long is none."""
    if came_twice or single_state is None or len(single_state) > LONGEST_STATE:
        return None
    return single_state


def check(asked: Asked) -> Members:
    """Raise `InvalidRequest` for one that is too long."""
    state, nonce = asked.get("state"), asked.get("nonce")
    for name, value, most in (("state", state, LONGEST_STATE), ("nonce", nonce, LONGEST_NONCE)):
        if value is not None and len(value) > most:
            raise InvalidRequest(
                f"The {name} is longer than {most} characters. Send a shorter one.",
                reason="parameter_too_long",
            )
    return {"state": state, "nonce": nonce}
