"""Store one-time codes: short, so kept as a MAC, with their tries counted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement

from claimsmith.storage.store import Store
from claimsmith.storage.tables import one_time_codes


@dataclass(frozen=True, slots=True)
class StoredCode:
    """Hold one live code after a try was counted."""

    mac: bytes
    created_at: datetime


class OneTimeCodeStore(Store):
    """Store the one-time codes of one environment: one live code for each purpose and subject."""

    async def put(
        self, purpose: str, subject: str, *, mac: bytes, now: datetime, expires_at: datetime
    ) -> None:
        """Store a code in place of the one before."""
        values = {"mac": mac, "tries": 0, "created_at": now, "expires_at": expires_at, "used_at": None}
        await self.upsert(
            one_time_codes,
            {"purpose": purpose, "subject": subject, **values},
            ("purpose", "subject"),
            values,
        )

    async def issued_at(self, purpose: str, subject: str) -> datetime | None:
        """Return when the newest code was made, or `None`."""
        row = await self.row(self.select(one_time_codes, *_of(purpose, subject)))
        return row["created_at"] if row else None

    async def count_try(self, purpose: str, subject: str, *, now: datetime, most: int) -> StoredCode | None:
        """Count one try before anything is compared; `None` without a live code that may be tried."""
        found = await self.connection.execute(
            self.update(
                one_time_codes,
                *_of(purpose, subject),
                one_time_codes.c.used_at.is_(None),
                one_time_codes.c.expires_at > now,
                one_time_codes.c.tries < most,
            )
            .values(tries=one_time_codes.c.tries + 1)
            .returning(one_time_codes.c.mac, one_time_codes.c.created_at)
        )
        row = found.mappings().first()
        return StoredCode(bytes(row["mac"]), row["created_at"]) if row else None

    async def spend(self, purpose: str, subject: str, *, mac: bytes, now: datetime) -> bool:
        """Spend a code in one statement, so that one of several takers wins."""
        spent = await self.run(
            self.update(
                one_time_codes,
                *_of(purpose, subject),
                one_time_codes.c.mac == mac,
                one_time_codes.c.used_at.is_(None),
            ).values(used_at=now)
        )
        return spent == 1

    async def sweep(self, before: datetime) -> None:
        """Delete the codes that expired before a moment."""
        await self.run(self.delete(one_time_codes, one_time_codes.c.expires_at < before))


def _of(purpose: str, subject: str) -> tuple[ColumnElement[bool], ...]:
    return (one_time_codes.c.purpose == purpose, one_time_codes.c.subject == subject)
