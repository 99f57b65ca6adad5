"""Store the second factors of users: authenticator apps, addresses, and who wants none for now."""

from dataclasses import dataclass
from datetime import datetime

from claimsmith.domain.mfa import Factor, FactorType
from claimsmith.domain.secrets import SealedValue
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import email_factors, mfa_declines, totp_factors

_TABLES = {FactorType.AUTHENTICATOR_APP: totp_factors, FactorType.EMAIL: email_factors}


@dataclass(frozen=True, slots=True)
class TotpFactor:
    """Hold the sealed seed of one user's app; `last_step` is the last time step a code was good for."""

    user_id: str
    sealed_secret: SealedValue
    last_step: int


class SecondFactorStore(Store):
    """Store at most one factor of each kind per user of one environment."""

    async def find(self, user_id: str) -> TotpFactor | None:
        """Return the app of a user, or `None`."""
        row = await self.find_one(totp_factors, user_id=user_id)
        if row is None:
            return None
        return TotpFactor(user_id, SealedValue.from_text(row["sealed_secret"]), row["last_step"])

    async def add(self, factor: Factor, sealed_secret: SealedValue, *, last_step: int) -> bool:
        """Insert the app of a user unless there is one; tell whether it was inserted."""
        return await self.insert_if_free(
            totp_factors,
            user_id=factor.user_id,
            id=factor.id,
            sealed_secret=sealed_secret.to_text(),
            last_step=last_step,
            created_at=factor.created_at,
        )

    async def add_email(self, factor: Factor) -> bool:
        """Insert the address of a user unless there is one; tell whether it was inserted."""
        return await self.insert_if_free(
            email_factors,
            user_id=factor.user_id,
            id=factor.id,
            address=factor.name,
            created_at=factor.created_at,
        )

    async def use_step(self, user_id: str, step: int, now: datetime) -> bool:
        """Spend a time step; of those who spend the same one, or an older one later, nobody else wins.

        One statement, so that a code is good once however many present it at once (S13).
        """
        statement = self.update(
            totp_factors, totp_factors.c.user_id == user_id, totp_factors.c.last_step < step
        ).values(last_step=step, total_uses=totp_factors.c.total_uses + 1, last_used_at=now)
        return await self.run(statement) > 0

    async def use_email(self, user_id: str, now: datetime) -> None:
        """Write down that the address was used."""
        statement = self.update(email_factors, email_factors.c.user_id == user_id)
        await self.run(statement.values(total_uses=email_factors.c.total_uses + 1, last_used_at=now))

    async def of_user(self, user_id: str) -> tuple[Factor, ...]:
        """Return every factor that a user has set up."""
        found = []
        for type, table in _TABLES.items():
            row = await self.find_one(table, user_id=user_id)
            if row is not None:
                found.append(_factor(type, row))
        return tuple(found)

    async def remove(self, user_id: str, type: FactorType) -> bool:
        """Delete the factor of one kind; tell whether there was one."""
        table = _TABLES[type]
        return await self.remove_all(table, user_id=user_id) > 0

    async def decline(self, user_id: str, now: datetime) -> None:
        """Write down that a user wants no second factor for now."""
        await self.upsert(mfa_declines, {"user_id": user_id, "declined_at": now}, ("user_id",), {})

    async def has_declined(self, user_id: str) -> bool:
        """Tell whether a user wanted no second factor."""
        return await self.exists(mfa_declines, mfa_declines.c.user_id == user_id)

    async def ask_again(self, user_id: str) -> bool:
        """Forget that a user wanted none; tell whether there was anything to forget."""
        return await self.remove_all(mfa_declines, user_id=user_id) > 0


def _factor(type: FactorType, row: Row) -> Factor:
    return Factor(
        id=row["id"],
        user_id=row["user_id"],
        type=type,
        name=row["address"] if type is FactorType.EMAIL else None,
        total_uses=row["total_uses"],
        last_used_at=row["last_used_at"],
        created_at=row["created_at"],
    )
