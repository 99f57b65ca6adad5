"""Refuse request objects and registrations by the codes registered for it (OpenID Connect Core §3.1.2.6)."""

from claimsmith.oauth.authorization.asked import Asked, Members
from claimsmith.oauth.errors import RegistrationNotSupported, RequestNotSupported, RequestUriNotSupported


def check(asked: Asked) -> Members:
    """Raise an error for `request`, `request_uri` (which is not fetched) and `registration`."""
    if asked.get("request") is not None:
        raise RequestNotSupported(
            "Request objects are not supported. Send plain parameters.", reason="request_object_unsupported"
        )
    if asked.get("request_uri") is not None:
        raise RequestUriNotSupported(
            "The parameter request_uri is not supported. Send plain parameters.",
            reason="request_object_unsupported",
        )
    if asked.get("registration") is not None:
        raise RegistrationNotSupported(
            "The parameter registration is not supported. Register the application first.",
            reason="registration_unsupported",
        )
    return {}
