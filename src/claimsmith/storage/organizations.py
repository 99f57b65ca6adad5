"""Store organizations."""

from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import String, cast, select

from claimsmith.domain.email_domains import DOMAIN
from claimsmith.domain.organizations import Organization, SessionSettings
from claimsmith.domain.paging import Page
from claimsmith.storage.questions import Question, Row, own
from claimsmith.storage.store import Store
from claimsmith.storage.tables import organizations

_MEMBERS = tuple(field.name for field in fields(Organization))
_DEFAULT = Question(select(organizations).where(own(organizations), organizations.c.is_default))


class OrganizationStore(Store):
    """Store the organizations of one environment."""

    async def find(self, code: str) -> Organization | None:
        """Return one organization, or `None`."""
        row = await self.find_one(organizations, code=code)
        return organization_of(row) if row else None

    async def find_by_handle(self, handle: str) -> Organization | None:
        """Return the organization with a handle, or `None`."""
        row = await self.find_one(organizations, handle=handle)
        return organization_of(row) if row else None

    async def find_by_external_id(self, external_id: str) -> Organization | None:
        """Return the organization with an external id, or `None`."""
        row = await self.find_one(organizations, external_id=external_id)
        return organization_of(row) if row else None

    async def find_default(self) -> Organization | None:
        """Return the default organization, or `None`."""
        row = next(iter(await self.ask_rows(_DEFAULT)), None)
        return organization_of(row) if row else None

    async def claiming_domain_of(self, email: str) -> list[Organization]:
        """Return the organizations that whoever signs up with an address joins, by code."""
        domain = email.rpartition("@")[2].lower()
        if not DOMAIN.fullmatch(domain):
            return []
        rows = await self.rows(
            self.select(
                organizations,
                organizations.c.is_auto_join_domain_list,
                cast(organizations.c.allowed_domains, String).like(f'%"{domain}"%'),
            ).order_by(organizations.c.code)
        )
        found = [organization_of(row) for row in rows]
        return [each for each in found if each.claims_domain_of(email)]

    async def page_by_name(
        self, *, page_size: int | None, next_token: str | None, descending: bool = False
    ) -> Page[Organization]:
        """Return one page of organizations in the order of their names."""
        return await self.page(
            self.select(organizations),
            (organizations.c.name, organizations.c.code),
            organization_of,
            page_size=page_size,
            next_token=next_token,
            descending=descending,
        )

    async def add(self, organization: Organization) -> None:
        """Insert one organization."""
        await self.insert(organizations, **_columns(organization))

    async def replace(self, organization: Organization) -> None:
        """Write every member of an organization that exists, but when it was created."""
        values = _columns(organization)
        del values["created_at"]
        await self.change(organizations, {"code": organization.code}, **values)

    async def remove(self, code: str) -> bool:
        """Delete one organization and the applications scoped to it; tell whether it was there."""
        return await self.remove_all(organizations, code=code) > 0


def _columns(organization: Organization) -> dict[str, Any]:
    values = {field.name: getattr(organization, field.name) for field in fields(Organization)}
    values["allowed_domains"] = list(organization.allowed_domains)
    values["branding"] = dict(organization.branding)
    values["sessions"] = asdict(organization.sessions)
    return values


def organization_of(row: Row) -> Organization:
    """Return the organization of a row of its table."""
    values = {name: row[name] for name in _MEMBERS}
    values["allowed_domains"] = tuple(row["allowed_domains"])
    values["sessions"] = SessionSettings(**row["sessions"])
    return Organization(**values)
