"""Hold the answer of the token endpoint."""

from dataclasses import dataclass


@dataclass(slots=True)
class IssuedToken:
    """Hold the answer of the token endpoint (RFC 6749 §5.1), and what the log is told of it."""

    access_token: str
    expires_in: int
    scope: str
    client_id: str
    over_budget_bytes: int = 0
    id_token: str | None = None
    refresh_token: str | None = None
    user_id: str | None = None
    organization_code: str | None = None
