"""Put together logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4)."""

from typing import Any

from claimsmith.domain.logout_notices import LogoutNotice

TYP = "logout+jwt"
LIFETIME_SECONDS = 120
EVENT = "http://schemas.openid.net/event/backchannel-logout"


def logout_claims(notice: LogoutNotice, *, issuer: str, token_id: str, now: int) -> dict[str, Any]:
    """Return the claims of a logout token. It has no `nonce`, so that it can be taken for no ID token."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": notice.user_id,
        "aud": notice.client_id,
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
        "jti": token_id,
        "events": {EVENT: {}},
    }
    return claims if notice.session_id is None else {**claims, "sid": notice.session_id}
