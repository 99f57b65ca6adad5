"""Store client secrets: their hashes, never the secrets."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime

from sqlalchemy import or_

from claimsmith.domain.applications import ClientSecret
from claimsmith.domain.secrets import SecretHash
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import client_secrets


class ClientSecretStore(Store):
    """Store the client secrets of one environment."""

    async def of_application(self, application_id: str) -> list[ClientSecret]:
        """Return the secrets of one application, oldest first, including expired ones."""
        return [secret for secret, _ in await self.with_hashes(application_id)]

    async def with_hashes(self, application_id: str) -> list[tuple[ClientSecret, SecretHash]]:
        """Return the secrets of one application with their hashes, oldest first."""
        rows = await self.rows(
            self.select(client_secrets, client_secrets.c.application_id == application_id).order_by(
                client_secrets.c.created_at, client_secrets.c.id
            )
        )
        return [(_secret(row), SecretHash(row["hash"])) for row in rows]

    async def find(self, application_id: str, secret_id: str) -> ClientSecret | None:
        """Return one secret of one application, or `None`."""
        row = await self.row(
            self.select(
                client_secrets,
                client_secrets.c.id == secret_id,
                client_secrets.c.application_id == application_id,
            )
        )
        return _secret(row) if row else None

    async def add(self, secret: ClientSecret, hash: SecretHash) -> None:
        """Insert one secret with its hash."""
        values = {field.name: getattr(secret, field.name) for field in fields(ClientSecret)}
        await self.insert(client_secrets, **values, hash=bytes(hash))

    async def expire(self, secret_id: str, expires_at: datetime) -> None:
        """Set when a secret stops working."""
        await self.run(
            self.update(client_secrets, client_secrets.c.id == secret_id).values(expires_at=expires_at)
        )

    async def remove(self, secret_id: str) -> bool:
        """Delete one secret; tell whether it was there."""
        return await self.remove_all(client_secrets, id=secret_id) > 0

    async def mark_used(self, last_used: Mapping[str, datetime]) -> None:
        """Move the last-used times of secrets forward, by secret id."""
        for secret_id, used_at in sorted(last_used.items()):
            await self.run(
                self.update(
                    client_secrets,
                    client_secrets.c.id == secret_id,
                    or_(client_secrets.c.last_used_at.is_(None), client_secrets.c.last_used_at < used_at),
                ).values(last_used_at=used_at)
            )


def _secret(row: Row) -> ClientSecret:
    return ClientSecret(**{field.name: row[field.name] for field in fields(ClientSecret)})
