"""Store the requests of devices; of a device code the hash, of a user code the MAC."""

from dataclasses import fields
from datetime import datetime

from claimsmith.domain.device_codes import SLOWER_BY_SECONDS, DeviceCode, DeviceState
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import device_codes

_FIELDS = tuple(field.name for field in fields(DeviceCode))


class DeviceCodeStore(Store):
    """Store the device codes of one environment."""

    async def add(self, device: DeviceCode) -> None:
        """Insert one request."""
        values = {name: getattr(device, name) for name in _FIELDS}
        lists = {"scopes": list(device.scopes), "audiences": list(device.audiences)}
        await self.insert(device_codes, **{**values, **lists, "state": device.state.value})

    async def find(self, hash: bytes) -> DeviceCode | None:
        """Return the request of a device code's hash, or `None`."""
        row = await self.find_one(device_codes, hash=hash)
        return _device(row) if row else None

    async def find_by_user_code(self, mac: bytes) -> DeviceCode | None:
        """Return the request of a user code's MAC, or `None`."""
        row = await self.find_one(device_codes, user_code_mac=mac)
        return _device(row) if row else None

    async def decide(
        self, hash: bytes, state: DeviceState, now: datetime, *, grant_id: str | None = None
    ) -> bool:
        """Allow or deny a pending request; of several that try, one does."""
        statement = self.update(
            device_codes,
            device_codes.c.hash == hash,
            device_codes.c.state == DeviceState.PENDING.value,
            device_codes.c.expires_at > now,
        )
        return await self.run(statement.values(state=state.value, grant_id=grant_id)) > 0

    async def polled(self, hash: bytes, now: datetime, *, too_fast: bool) -> None:
        """Note a poll; one that came too fast makes the device wait longer from now on."""
        values = {"last_polled_at": now}
        statement = self.update(device_codes, device_codes.c.hash == hash).values(**values)
        if too_fast:
            longer = device_codes.c.interval_seconds + SLOWER_BY_SECONDS
            statement = statement.values(interval_seconds=longer)
        await self.run(statement)

    async def sweep(self, before: datetime) -> None:
        """Delete the requests that expired before a moment."""
        await self.run(self.delete(device_codes, device_codes.c.expires_at < before))


def _device(row: Row) -> DeviceCode:
    values = {name: row[name] for name in _FIELDS}
    values["scopes"], values["audiences"] = tuple(row["scopes"]), tuple(row["audiences"])
    values["state"] = DeviceState(row["state"])
    return DeviceCode(**values)
