"""Store signing keys; their private parts arrive sealed."""

from dataclasses import fields
from datetime import datetime

from claimsmith.domain.apis import SigningAlgorithm
from claimsmith.domain.signing_keys import StoredKey
from claimsmith.storage.store import Store
from claimsmith.storage.tables import signing_keys


class SigningKeyStore(Store):
    """Store the signing keys of one environment."""

    async def all(self) -> list[StoredKey]:
        """Return every key, oldest first."""
        rows = await self.rows(
            self.select(signing_keys).order_by(signing_keys.c.signs_from, signing_keys.c.kid)
        )
        keys = []
        for row in rows:
            values = {field.name: row[field.name] for field in fields(StoredKey)}
            values["algorithm"] = SigningAlgorithm(row["algorithm"])
            keys.append(StoredKey(**values))
        return keys

    async def add(self, key: StoredKey) -> None:
        """Insert one key."""
        values = {field.name: getattr(key, field.name) for field in fields(StoredKey)}
        values["algorithm"] = key.algorithm.value
        values["public_jwk"] = dict(key.public_jwk)
        await self.insert(signing_keys, **values)

    async def retire(self, kid: str, retires_at: datetime) -> None:
        """Set when a key disappears from the JWKS."""
        await self.run(self.update(signing_keys, signing_keys.c.kid == kid).values(retires_at=retires_at))

    async def need(self, kid: str, until: datetime) -> None:
        """Set until when tokens of an earlier lifetime need a key."""
        await self.run(self.update(signing_keys, signing_keys.c.kid == kid).values(needed_until=until))

    async def remove_retired(self, before: datetime) -> int:
        """Delete the keys that retired before a moment; return how many."""
        return await self.run(self.delete(signing_keys, signing_keys.c.retires_at < before))
