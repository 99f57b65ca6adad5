"""Store policies: one row for each policy that was ever changed, with its members as JSON."""

from collections.abc import Mapping
from typing import Any

from claimsmith.domain.policies import EnvironmentPolicies, policies_from_json
from claimsmith.storage.store import Store
from claimsmith.storage.tables import policies


class PolicyStore(Store):
    """Store the policies of one environment."""

    async def all(self) -> EnvironmentPolicies:
        """Return every policy; what was never changed is as by default: one query."""
        rows = await self.rows(self.select(policies))
        return policies_from_json({row["name"]: row["values"] for row in rows})

    async def put(self, name: str, values: Mapping[str, Any]) -> None:
        """Write every member of one policy."""
        kept = dict(values)
        await self.upsert(policies, {"name": name, "values": kept}, ("name",), {"values": kept})
