"""Store what users allowed applications to do at APIs."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement

from claimsmith.domain.consents import Consent
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import consents


class ConsentStore(Store):
    """Store the consents of one environment: the scopes by user, application, organization and audience."""

    async def given(
        self, user_id: str, client_id: str, organization_code: str | None
    ) -> Mapping[str, frozenset[str]]:
        """Return the scopes that a user allowed an application in an organization, by audience."""
        rows = await self.find_all(
            consents, user_id=user_id, client_id=client_id, organization_code=organization_code or ""
        )
        return {row["audience"]: frozenset(row["scopes"]) for row in rows}

    async def of_user(self, user_id: str) -> list[Consent]:
        """Return everything that a user allowed, by application, organization and audience."""
        rows = await self.rows(
            self.select(consents, consents.c.user_id == user_id).order_by(
                consents.c.client_id, consents.c.organization_code, consents.c.audience
            )
        )
        return [_consent(row) for row in rows]

    async def put(self, consent: Consent) -> None:
        """Keep a consent, in place of the one before at its audience."""
        keys = {
            "user_id": consent.user_id,
            "client_id": consent.client_id,
            "organization_code": consent.organization_code or "",
            "audience": consent.audience,
        }
        values = {"scopes": list(consent.scopes), "given_at": consent.given_at}
        await self.upsert(consents, {**keys, **values}, tuple(keys), values)

    async def remove(self, user_id: str, client_id: str) -> int:
        """Forget everything that a user allowed an application; return how much was there."""
        return await self.run(self.delete(consents, *_between(user_id, client_id)))

    async def remove_in_organization(self, organization_code: str) -> None:
        """Forget what was allowed in an organization."""
        await self.remove_all(consents, organization_code=organization_code)


def _between(user_id: str, client_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return consents.c.user_id == user_id, consents.c.client_id == client_id


def _consent(row: Row) -> Consent:
    return Consent(
        user_id=row["user_id"],
        client_id=row["client_id"],
        organization_code=row["organization_code"] or None,
        audience=row["audience"],
        scopes=tuple(row["scopes"]),
        given_at=row["given_at"],
    )
