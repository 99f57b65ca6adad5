"""Serve `/api/v1/users/{user_id}/sessions`."""

from datetime import datetime
from typing import Any

from claimsmith.domain.sso_sessions import SsoSession
from claimsmith.edge.management.answers import Moment, Shown
from claimsmith.edge.management.operations import Caller, Operations, ok
from claimsmith.usecases import sso_sessions

operations = Operations("Users")


class ShownSession(Shown):
    """Hold one SSO session of a user. It is known by what tokens call `sid`, which opens nothing."""

    user_id: str
    org_code: str | None
    client_id: str | None
    session_id: str
    connection_id: str | None
    started_on: Moment
    updated_on: Moment
    expires_on: Moment
    last_ip_address: str | None
    last_user_agent: str | None


@operations.operation(
    "GET /users/{user_id}/sessions",
    "GetUserSessions",
    scope="read:user_sessions",
    answer={"sessions": list[ShownSession], "has_more": bool},
)
async def get_user_sessions(context: Caller, user_id: str) -> dict[str, Any]:
    """List the live sessions of a user, the newest first, 500 at most."""
    found = await sso_sessions.list_sessions(context, user_id)
    return ok(sessions=[_shown(each) for each in found.sessions], has_more=found.has_more)


@operations.operation("DELETE /users/{user_id}/sessions", "DeleteUserSessions", scope="delete:user_sessions")
async def delete_user_sessions(context: Caller, user_id: str) -> dict[str, Any]:
    """End every session of a user, with every token that came from them, refresh tokens included."""
    await sso_sessions.end_sessions(context, user_id)
    return ok("User sessions deleted", "USER_SESSIONS_DELETED")


def _shown(session: SsoSession) -> ShownSession:
    return {
        "user_id": session.user_id,
        "org_code": session.organization_code,
        "client_id": session.client_id,
        "session_id": session.id,
        "connection_id": None,
        "started_on": _text(session.created_at),
        "updated_on": _text(session.last_seen_at),
        "expires_on": _text(session.expires_at),
        "last_ip_address": session.address,
        "last_user_agent": session.user_agent,
    }


def _text(moment: datetime) -> str:
    return moment.isoformat()
