"""Store the recovery codes of users, as codes that only the master key can make again (MAC)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from claimsmith.storage.store import Store
from claimsmith.storage.tables import recovery_codes


class RecoveryCodeStore(Store):
    """Store the recovery codes of one environment."""

    async def replace(self, user_id: str, hashes: Sequence[bytes]) -> None:
        """Put new codes in the place of all that a user has."""
        await self.remove(user_id)
        await self.insert_many(recovery_codes, [{"user_id": user_id, "hash": each} for each in hashes])

    async def use(self, user_id: str, hash: bytes, now: datetime) -> bool:
        """Spend a code; of those who spend it at once, one wins."""
        statement = self.update(
            recovery_codes,
            recovery_codes.c.user_id == user_id,
            recovery_codes.c.hash == hash,
            recovery_codes.c.used_at.is_(None),
        )
        return await self.run(statement.values(used_at=now)) > 0

    async def left(self, user_id: str) -> int:
        """Return how many codes a user has left."""
        counted = select(func.count()).where(
            self.within(recovery_codes),
            recovery_codes.c.user_id == user_id,
            recovery_codes.c.used_at.is_(None),
        )
        return int((await self.connection.execute(counted)).scalar_one())

    async def remove(self, user_id: str) -> None:
        """Delete every code of a user."""
        await self.remove_all(recovery_codes, user_id=user_id)
