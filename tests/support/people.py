"""Put a person into an environment, for tests that are not about how people get there."""

from claimsmith.storage import tables
from claimsmith.storage.work import Work

USER = "kp_" + "1" * 32


async def add_user(work: Work, user_id: str = USER) -> str:
    """Insert one user without identities and return the id."""
    await work.sso_sessions.insert(tables.users, id=user_id, created_at=work.now, updated_at=work.now)
    return user_id
