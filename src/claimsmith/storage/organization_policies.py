"""Store the policies that organizations have of their own."""

from collections.abc import Mapping
from typing import Any

from claimsmith.domain.organization_policies import OrganizationPolicies, organization_policies_from_json
from claimsmith.storage.store import Store
from claimsmith.storage.tables import organization_policies


class OrganizationPolicyStore(Store):
    """Store the policies of the organizations of one environment."""

    async def find(self, organization_code: str) -> OrganizationPolicies:
        """Return what an organization has of its own; nothing for one that has nothing: one query."""
        rows = await self.find_all(organization_policies, organization_code=organization_code)
        return organization_policies_from_json({row["name"]: row["values"] for row in rows})

    async def put(self, organization_code: str, name: str, values: Mapping[str, Any]) -> None:
        """Write every member of one policy of an organization."""
        kept = dict(values)
        await self.upsert(
            organization_policies,
            {"organization_code": organization_code, "name": name, "values": kept},
            ("organization_code", "name"),
            {"values": kept},
        )
