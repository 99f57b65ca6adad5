"""Store the password hashes of users, with their failures and locks."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from claimsmith.domain.passwords import StoredPassword
from claimsmith.storage.store import Store
from claimsmith.storage.tables import passwords


class PasswordStore(Store):
    """Store at most one password hash per user of one environment."""

    async def find(self, user_id: str) -> StoredPassword | None:
        """Return the password of a user, or `None` when the user has none."""
        row = await self.row(self.select(passwords, passwords.c.user_id == user_id))
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

    async def count_failure(self, user_id: str) -> int:
        """Count one wrong password and return how many there are now: one statement."""
        counted = (
            self.update(passwords, passwords.c.user_id == user_id)
            .values(failures=passwords.c.failures + 1)
            .returning(passwords.c.failures)
        )
        row = (await self.connection.execute(counted)).first()
        return int(row[0]) if row else 0

    async def lock(self, user_id: str, until: datetime) -> None:
        """Let no password be good until a time; the failures that led to it count no more."""
        statement = self.update(passwords, passwords.c.user_id == user_id)
        await self.run(statement.values(failures=0, locked_until=until))

    async def forgive(self, user_id: str) -> None:
        """Forget failures and lock."""
        statement = self.update(passwords, passwords.c.user_id == user_id)
        await self.run(statement.values(failures=0, locked_until=None))

    async def remove(self, user_id: str) -> bool:
        """Delete the password of a user; tell whether there was one."""
        return await self.run(self.delete(passwords, passwords.c.user_id == user_id)) > 0


def _password(row: RowMapping) -> StoredPassword:
    values: dict[str, Any] = {field.name: row[field.name] for field in fields(StoredPassword)}
    return StoredPassword(**values)
