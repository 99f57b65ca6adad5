"""Store what users allowed applications to do at APIs."""

from collections.abc import Collection
from datetime import datetime

from claimsmith.storage.store import Store
from claimsmith.storage.tables import consents


class ConsentStore(Store):
    """Store the consents of one environment: the scopes by user, application and audience."""

    async def of(self, user_id: str, client_id: str) -> dict[str, frozenset[str]]:
        """Return the scopes that a user allowed an application, by audience."""
        condition = (consents.c.user_id == user_id, consents.c.client_id == client_id)
        rows = await self.rows(self.select(consents, *condition))
        return {row["audience"]: frozenset(row["scopes"]) for row in rows}

    async def put(
        self, user_id: str, client_id: str, audience: str, scopes: Collection[str], given_at: datetime
    ) -> None:
        """Note the scopes a user allows at one audience, in place of those before."""
        keys = {"user_id": user_id, "client_id": client_id, "audience": audience}
        values = {"scopes": sorted(scopes), "given_at": given_at}
        await self.upsert(consents, {**keys, **values}, tuple(keys), values)
