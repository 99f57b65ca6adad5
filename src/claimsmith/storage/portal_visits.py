"""Store links to the portal and the visits they begin: one row for both, secrets as hashes."""

from datetime import datetime

from claimsmith.domain.portal import PortalPage, PortalVisit
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import portal_visits


class PortalVisitStore(Store):
    """Store the portal visits of one environment."""

    async def add(self, link_hash: bytes, visit: PortalVisit) -> None:
        """Insert one link, with the visit that it will begin."""
        await self.insert(
            portal_visits,
            link_hash=link_hash,
            user_id=visit.user_id,
            organization_code=visit.organization_code,
            grant_id=visit.grant_id,
            page=visit.page.value,
            return_url=visit.return_url,
            created_at=visit.created_at,
            expires_at=visit.expires_at,
        )

    async def begin(
        self, link_hash: bytes, session_hash: bytes, *, now: datetime, expires_at: datetime
    ) -> PortalVisit | None:
        """Spend a link and begin its visit, in one statement; of several who try, one gets the visit."""
        spent = await self.run(
            self.update(
                portal_visits,
                portal_visits.c.link_hash == link_hash,
                portal_visits.c.session_hash.is_(None),
                portal_visits.c.expires_at > now,
            ).values(session_hash=session_hash, expires_at=expires_at)
        )
        return await self.find(session_hash) if spent else None

    async def find(self, session_hash: bytes) -> PortalVisit | None:
        """Return the visit of a session, or `None`."""
        row = await self.find_one(portal_visits, session_hash=session_hash)
        return _visit(row) if row else None

    async def end(self, session_hash: bytes) -> None:
        """Delete one visit."""
        await self.remove_all(portal_visits, session_hash=session_hash)

    async def sweep(self, before: datetime) -> None:
        """Delete the links and visits that expired before a moment."""
        await self.run(self.delete(portal_visits, portal_visits.c.expires_at < before))


def _visit(row: Row) -> PortalVisit:
    return PortalVisit(
        user_id=row["user_id"],
        page=PortalPage(row["page"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        organization_code=row["organization_code"],
        grant_id=row["grant_id"],
        return_url=row["return_url"],
    )
