"""Store the password hashes of users, with their failures and locks."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, null, update

from claimsmith.domain.passwords import StoredPassword
from claimsmith.storage.questions import Question, Row, equal, given
from claimsmith.storage.store import Store
from claimsmith.storage.tables import passwords, rate_limits


def _count_failure() -> Question:
    locked_until = passwords.c.locked_until
    is_over = and_(locked_until.is_not(None), locked_until <= given(locked_until, "now"))
    return Question(
        update(passwords)
        .where(*equal(passwords, "user_id"))
        .values(
            failures=case((is_over, 1), else_=passwords.c.failures + 1),
            locked_until=case((is_over, null()), else_=locked_until),
        )
        .returning(passwords.c.failures)
    )


_MEMBERS = tuple(field.name for field in fields(StoredPassword))
_COUNT_FAILURE = _count_failure()
_FORGIVE = Question(
    update(passwords)
    .where(*equal(passwords, "user_id"))
    .values(failures=0, locked_until=None)
    .returning(passwords.c.user_id)
)
_COUNT_STRANGER = Question(
    update(rate_limits)
    .where(*equal(rate_limits, "key"))
    .values(count=rate_limits.c.count + 1)
    .returning(rate_limits.c.count)
)


class PasswordStore(Store):
    """Store at most one password hash per user of one environment."""

    async def find(self, user_id: str) -> StoredPassword | None:
        """Return the password of a user, or `None` when the user has none."""
        row = await self.find_one(passwords, user_id=user_id)
        return _password(row) if row else None

    async def put(self, password: StoredPassword) -> None:
        """Set the password of a user, whether or not there is one."""
        values = {field.name: getattr(password, field.name) for field in fields(StoredPassword)}
        values["parameters"] = dict(password.parameters)
        changed = {name: value for name, value in values.items() if name != "user_id"}
        await self.upsert(passwords, values, ("user_id",), changed)

    async def upgrade(self, user_id: str, old_hash: str, *, method: str, hash: str) -> bool:
        """Put a better hash of the same password in the place of an old one, unless it changed meanwhile."""
        statement = self.update(passwords, passwords.c.user_id == user_id, passwords.c.hash == old_hash)
        return await self.run(statement.values(method=method, hash=hash, parameters={})) > 0

    async def count_failure(self, user_id: str, now: datetime) -> int:
        """Count one wrong password and return how many there are now: one statement.

        A lock that is over goes, and the count begins anew.
        """
        counted = await self.ask(_COUNT_FAILURE, user_id=user_id, now=now)
        return counted[0][0] if counted else 0

    async def uncount_failure(self, user_id: str) -> None:
        """Take back one failure that was counted for a try that did not take place, and a lock it caused."""
        statement = self.update(passwords, passwords.c.user_id == user_id, passwords.c.failures > 0)
        await self.run(statement.values(failures=passwords.c.failures - 1, locked_until=None))

    async def lock(self, user_id: str, until: datetime) -> None:
        """Let no password be good until a time."""
        await self.change(passwords, {"user_id": user_id}, locked_until=until)

    async def forgive(self, user_id: str) -> None:
        """Forget failures and lock."""
        await self.tell(_FORGIVE, user_id=user_id)

    async def take_temporary(self, user_id: str, hash: str) -> bool:
        """Delete a temporary password that was used; tell whether it was still there."""
        condition = (passwords.c.user_id == user_id, passwords.c.hash == hash, passwords.c.is_temporary)
        return await self.run(self.delete(passwords, *condition)) > 0

    async def count_stranger(
        self, key: str, *, most: int, now: datetime, forgotten_at: datetime
    ) -> tuple[int, datetime | None]:
        """Count one wrong password for an identity that has none.

        Return the count, and until when the identity is locked if it is; then nothing was counted.
        """
        row = await self.find_one(rate_limits, key=key)
        if row is not None and row["count"] >= most and row["window_ends_at"] > now:
            return row["count"], row["window_ends_at"]
        if row is None or row["window_ends_at"] <= now:
            first = {"count": 1, "window_ends_at": forgotten_at}
            await self.upsert(rate_limits, {"key": key, **first}, ("key",), first)
            return 1, None
        counted = await self.ask(_COUNT_STRANGER, key=key)
        return (counted[0][0] if counted else 1), None

    async def lock_stranger(self, key: str, until: datetime) -> None:
        """Let an identity that has no password be locked until a time."""
        await self.change(rate_limits, {"key": key}, window_ends_at=until)

    async def uncount_stranger(self, key: str, forgotten_at: datetime) -> None:
        """Take back one wrong password that was counted for a try that did not take place."""
        statement = self.update(rate_limits, rate_limits.c.key == key, rate_limits.c.count > 0)
        await self.run(statement.values(count=rate_limits.c.count - 1, window_ends_at=forgotten_at))

    async def remove(self, user_id: str) -> bool:
        """Delete the password of a user; tell whether there was one."""
        return await self.remove_all(passwords, user_id=user_id) > 0


def _password(row: Row) -> StoredPassword:
    values: dict[str, Any] = {name: row[name] for name in _MEMBERS}
    return StoredPassword(**values)
