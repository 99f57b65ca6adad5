"""Store the passkeys of users."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from claimsmith.domain.passkeys import Passkey
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import passkeys


class PasskeyStore(Store):
    """Store the passkeys of one environment."""

    async def find(self, id: str) -> Passkey | None:
        """Return one passkey, or `None`."""
        row = await self.find_one(passkeys, id=id)
        return _passkey(row) if row else None

    async def find_by_credential(self, credential_id: str) -> Passkey | None:
        """Return the passkey of a credential, or `None`."""
        row = await self.find_one(passkeys, credential_id=credential_id)
        return _passkey(row) if row else None

    async def of_user(self, user_id: str) -> Sequence[Passkey]:
        """Return the passkeys of a user, the oldest first."""
        statement = self.select(passkeys, passkeys.c.user_id == user_id)
        rows = await self.rows(statement.order_by(passkeys.c.created_at, passkeys.c.id))
        return [_passkey(row) for row in rows]

    async def has_any(self, user_id: str) -> bool:
        """Tell whether a user has a passkey."""
        return await self.exists(passkeys, passkeys.c.user_id == user_id)

    async def add(self, passkey: Passkey) -> bool:
        """Insert one passkey unless its credential is known; tell whether it was inserted."""
        values = {each.name: getattr(passkey, each.name) for each in fields(Passkey)}
        values["transports"] = list(passkey.transports)
        return await self.insert_if_free(passkeys, **values)

    async def use(self, passkey: Passkey, *, sign_count: int, is_backed_up: bool, now: datetime) -> bool:
        """Write down a sign-in, unless another one was written since the passkey was read."""
        statement = self.update(
            passkeys, passkeys.c.id == passkey.id, passkeys.c.sign_count == passkey.sign_count
        ).values(
            sign_count=sign_count,
            is_backed_up=is_backed_up,
            total_sign_ins=passkeys.c.total_sign_ins + 1,
            last_signed_in_at=now,
        )
        return await self.run(statement) > 0

    async def rename(self, id: str, name: str) -> None:
        """Call a passkey otherwise."""
        await self.run(self.update(passkeys, passkeys.c.id == id).values(name=name))

    async def remove(self, id: str) -> bool:
        """Delete one passkey; tell whether it was there."""
        return await self.remove_all(passkeys, id=id) > 0


def _passkey(row: Row) -> Passkey:
    values: dict[str, Any] = {each.name: row[each.name] for each in fields(Passkey)}
    values["transports"] = tuple(row["transports"])
    return Passkey(**values)
