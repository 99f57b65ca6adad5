"""Name every way in which the protocol refuses.

    OAuthError
    ├── InvalidRequest          400  RFC 6749 §5.2
    ├── InvalidClient           401  RFC 6749 §5.2
    ├── InvalidGrant            400  RFC 6749 §5.2
    ├── UnauthorizedClient      400  RFC 6749 §5.2
    ├── UnsupportedGrantType    400  RFC 6749 §5.2
    ├── InvalidScope            400  RFC 6749 §5.2
    ├── InvalidTarget           400  RFC 8707 §2
    ├── InvalidToken            401  RFC 6750 §3.1
    ├── InsufficientScope       403  RFC 6750 §3.1
    ├── TooManyAttempts         429  RFC 6585 §4
    ├── TemporarilyUnavailable  503  RFC 6749 §4.1.2.1
    ├── AuthorizationPending    400  RFC 8628 §3.5
    ├── SlowDown                400  RFC 8628 §3.5
    ├── DeviceDenied            400  RFC 8628 §3.5
    ├── ExpiredToken            400  RFC 8628 §3.5
    └── AuthorizationError           redirected, never answered with a status
        ├── AccessDenied             RFC 6749 §4.1.2.1
        ├── UnsupportedResponseType  RFC 6749 §4.1.2.1
        ├── LoginRequired            OpenID Connect Core §3.1.2.6
        ├── InteractionRequired      OpenID Connect Core §3.1.2.6
        ├── ConsentRequired          OpenID Connect Core §3.1.2.6
        ├── AccountSelectionRequired OpenID Connect Core §3.1.2.6
        ├── RequestNotSupported      OpenID Connect Core §3.1.2.6
        ├── RequestUriNotSupported   OpenID Connect Core §3.1.2.6
        ├── RegistrationNotSupported OpenID Connect Core §3.1.2.6
        ├── OrganizationSuspended    the platform's own
        └── UnmetAuthenticationRequirements  OpenID Connect Core §5.5.1.1

`reason` is a stable slug with an entry in `docs/errors.md`.
"""

from typing import ClassVar


class OAuthError(Exception):
    """Carry what the client is told, why, and what only the log may know.

    `description` is public and plain ASCII without quotes or backslashes (RFC 6749 §5.2); `reason` a stable
    slug; `detail` is for the log. `client_id` names the known client whose request was refused, so that the
    refusal can be counted for it.
    """

    error: ClassVar[str] = "invalid_request"
    status: ClassVar[int] = 400
    retry_after_seconds: int | None = None

    def __init__(
        self, description: str, *, reason: str, detail: str | None = None, client_id: str | None = None
    ) -> None:
        super().__init__(description)
        self.description = _printable(description)
        self.reason = reason
        self.detail = detail
        self.client_id = client_id


def _printable(text: str) -> str:
    """Keep what RFC 6749 §5.2 allows in `error_description`: %x20-21 / %x23-5B / %x5D-7E."""
    kept = (character if " " <= character <= "~" and character not in '"\\' else "?" for character in text)
    return "".join(kept)[:400]


class InvalidRequest(OAuthError):
    """Refuse a request that is malformed, repeats a parameter, or lacks one."""


class InvalidClient(OAuthError):
    """Refuse a client that did not prove who it is.

    `challenge` is true when the client used the Authorization header, which RFC 6749 §5.2 answers with
    `WWW-Authenticate`.
    """

    error = "invalid_client"
    status = 401

    def __init__(
        self,
        description: str,
        *,
        reason: str,
        detail: str | None = None,
        client_id: str | None = None,
        challenge: bool = False,
    ) -> None:
        super().__init__(description, reason=reason, detail=detail, client_id=client_id)
        self.challenge = challenge


class InvalidGrant(OAuthError):
    """Refuse a code or refresh token that is unknown, spent, expired, revoked or another client's."""

    error = "invalid_grant"


class UnauthorizedClient(OAuthError):
    """Refuse a client that may not use this grant, or not for this audience."""

    error = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    """Refuse a grant type that this server does not have."""

    error = "unsupported_grant_type"


class InvalidScope(OAuthError):
    """Refuse a scope that is malformed or not enabled for the client."""

    error = "invalid_scope"


class InvalidTarget(OAuthError):
    """Refuse a resource that is malformed, unknown, or not combinable with the others."""

    error = "invalid_target"


class InvalidToken(OAuthError):
    """Refuse a bearer token that is missing, malformed, expired, revoked, or for somebody else."""

    error = "invalid_token"
    status = 401


class InsufficientScope(OAuthError):
    """Refuse a good bearer token that lacks the scope this operation needs."""

    error = "insufficient_scope"
    status = 403

    def __init__(self, description: str, *, reason: str, scope: str) -> None:
        super().__init__(description, reason=reason)
        self.scope = scope


class TooManyAttempts(OAuthError):
    """Slow down a caller that keeps failing."""

    error = "invalid_client"
    status = 429

    def __init__(self, description: str, *, reason: str, retry_after_seconds: int) -> None:
        super().__init__(description, reason=reason)
        self.retry_after_seconds = retry_after_seconds


class TemporarilyUnavailable(OAuthError):
    """Say that the server cannot decide now; the same request may succeed later."""

    error = "temporarily_unavailable"
    status = 503
    retry_after_seconds = 1


class AuthorizationError(OAuthError):
    """Refuse an authorization request in a way that only the authorization endpoint knows."""


class AccessDenied(AuthorizationError):
    """Say that the person, or a rule about the person, refused."""

    error = "access_denied"


class UnsupportedResponseType(AuthorizationError):
    """Refuse a response type other than `code`."""

    error = "unsupported_response_type"


class LoginRequired(AuthorizationError):
    """Say that nobody is signed in, or not the one who must be, and that no page may be shown."""

    error = "login_required"


class InteractionRequired(AuthorizationError):
    """Say that a page must be shown, and none may be."""

    error = "interaction_required"


class ConsentRequired(AuthorizationError):
    """Say that the person must consent, and no page may be shown."""

    error = "consent_required"


class AccountSelectionRequired(AuthorizationError):
    """Say that the person must choose, and no page may be shown."""

    error = "account_selection_required"


class RequestNotSupported(AuthorizationError):
    """Refuse a request object (RFC 9101)."""

    error = "request_not_supported"


class RequestUriNotSupported(AuthorizationError):
    """Refuse the address of a request object, without looking at it."""

    error = "request_uri_not_supported"


class RegistrationNotSupported(AuthorizationError):
    """Refuse a registration inside of an authorization request."""

    error = "registration_not_supported"


class OrganizationSuspended(AuthorizationError):
    """Say that the organization asked for is suspended."""

    error = "organization_suspended"


class UnmetAuthenticationRequirements(AuthorizationError):
    """Say that an essential requirement on how people authenticate cannot be met."""

    error = "unmet_authentication_requirements"


class AuthorizationPending(OAuthError):
    """Say that the person has not answered the device yet; it polls again after the interval."""

    error = "authorization_pending"


class SlowDown(OAuthError):
    """Say that a device polls too fast; its interval is five seconds longer from now on."""

    error = "slow_down"


class DeviceDenied(OAuthError):
    """Say that the person turned the device away."""

    error = "access_denied"


class ExpiredToken(OAuthError):
    """Say that a device code has expired; the device begins again."""

    error = "expired_token"
