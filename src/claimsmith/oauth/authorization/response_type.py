"""Accept the response type `code` alone (RFC 6749 §3.1.1, RFC 9700 §2.1.2)."""

from claimsmith.oauth.authorization.asked import Asked, Members
from claimsmith.oauth.errors import InvalidRequest, UnsupportedResponseType


def check(asked: Asked) -> Members:
    """Raise `InvalidRequest` without a response type, `UnsupportedResponseType` for another one."""
    response_type = asked.get("response_type")
    if response_type is None:
        raise InvalidRequest("The parameter response_type is missing.", reason="parameter_missing")
    if response_type != "code":
        raise UnsupportedResponseType(
            "Only the response_type code is supported.", reason="response_type_unsupported"
        )
    return {}
