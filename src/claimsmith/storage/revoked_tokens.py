"""Store the ids of tokens that were revoked before they expired."""

from datetime import datetime

from claimsmith.storage.store import Store
from claimsmith.storage.tables import revoked_tokens


class RevokedTokenStore(Store):
    """Store the revoked tokens of one environment."""

    async def add(self, jti: str, *, expires_at: datetime, revoked_at: datetime) -> None:
        """Remember a revoked token until it would have expired; a second time changes nothing."""
        values = {"jti": jti, "expires_at": expires_at, "revoked_at": revoked_at}
        await self.upsert(revoked_tokens, values, ("jti",), {})

    async def holds(self, jti: str) -> bool:
        """Tell whether a token was revoked."""
        return await self.exists(revoked_tokens, revoked_tokens.c.jti == jti)

    async def sweep(self, before: datetime) -> int:
        """Forget the tokens that expired before a moment; return how many."""
        return await self.run(self.delete(revoked_tokens, revoked_tokens.c.expires_at < before))
