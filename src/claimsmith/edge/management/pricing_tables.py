"""Serve `/api/v1/billing/pricing_tables`: from what people who sign up choose a plan."""

from typing import Any

from pydantic import Field

from claimsmith.domain.pricing_tables import PricingTable
from claimsmith.edge.management.answers import Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import pricing_tables

operations = Operations("Pricing tables")


class TextsOfPlan(Body):
    """Hold what a plan is called in one language; what is not there is told by the plan itself."""

    display_name: str | None = None
    cta: str | None = None
    features_heading: str | None = None
    features: list[str] = Field(default_factory=list)
    highlight: str | None = None


class PlanOfTable(Body):
    """Hold one plan of a table, with its texts by language."""

    plan_code: str
    texts: dict[str, TextsOfPlan] = Field(default_factory=dict)


class NewPricingTable(Body):
    """Hold the body of `POST /billing/pricing_tables`; without `plans` it has all of its group."""

    key: str
    name: str
    group_key: str
    plans: list[PlanOfTable] | None = None


class PricingTableChanges(Body):
    """Hold the body of `PATCH /billing/pricing_tables/{table_key}`: only what is present is changed."""

    name: str | None = None
    plans: list[PlanOfTable] | None = None
    is_live: bool | None = None
    is_default: bool | None = None


class ShownTexts(Shown):
    """Hold what a plan is called in one language."""

    display_name: str | None
    cta: str | None
    features_heading: str | None
    features: list[str]
    highlight: str | None


class ShownPlanOfTable(Shown):
    """Hold one plan of a table, with its texts by language."""

    plan_code: str
    texts: dict[str, ShownTexts]


class ShownPricingTable(Shown):
    """Hold one pricing table."""

    id: str
    key: str
    name: str
    group_key: str
    type: str
    is_live: bool
    is_default: bool
    plans: list[ShownPlanOfTable]


@operations.operation(
    "GET /billing/pricing_tables",
    "getPricingTables",
    scope="read:pricing_tables",
    answer={"pricing_tables": list[ShownPricingTable]},
)
async def get_pricing_tables(context: Caller) -> dict[str, Any]:
    """List every pricing table by key."""
    return ok(pricing_tables=[_shown(each) for each in await pricing_tables.list_tables(context)])


@operations.operation(
    "POST /billing/pricing_tables",
    "createPricingTable",
    scope="create:pricing_tables",
    status=201,
    answer={"pricing_table": ShownPricingTable},
)
async def create_pricing_table(context: Caller, body: NewPricingTable) -> dict[str, Any]:
    """Create a table of plans of one group: those named, or all that are published."""
    made = await pricing_tables.create_table(
        context,
        key=body.key,
        name=body.name,
        group_key=body.group_key,
        plans=None if body.plans is None else [each.model_dump() for each in body.plans],
    )
    return ok("Pricing table created", "PRICING_TABLE_CREATED", pricing_table=_shown(made))


@operations.operation(
    "GET /billing/pricing_tables/{table_key}",
    "getPricingTable",
    scope="read:pricing_tables",
    answer={"pricing_table": ShownPricingTable},
)
async def get_pricing_table(context: Caller, table_key: str) -> dict[str, Any]:
    """Read one pricing table."""
    return ok(pricing_table=_shown(await pricing_tables.get_table(context, table_key)))


@operations.operation(
    "PATCH /billing/pricing_tables/{table_key}",
    "updatePricingTable",
    scope="update:pricing_tables",
    answer={"pricing_table": ShownPricingTable},
)
async def update_pricing_table(context: Caller, table_key: str, body: PricingTableChanges) -> dict[str, Any]:
    """Change a table: its plans and texts, whether it is live, whether it is shown by default."""
    changed = await pricing_tables.change_table(context, table_key, body.model_dump(exclude_none=True))
    return ok("Pricing table updated", "PRICING_TABLE_UPDATED", pricing_table=_shown(changed))


@operations.operation(
    "DELETE /billing/pricing_tables/{table_key}", "deletePricingTable", scope="delete:pricing_tables"
)
async def delete_pricing_table(context: Caller, table_key: str) -> dict[str, Any]:
    """Delete a pricing table; plans and agreements stay."""
    await pricing_tables.delete_table(context, table_key)
    return ok("Pricing table deleted", "PRICING_TABLE_DELETED")


def _shown(table: PricingTable) -> ShownPricingTable:
    return {
        "id": table.id,
        "key": table.key,
        "name": table.name,
        "group_key": table.group.key,
        "type": table.group.type.value,
        "is_live": table.is_live,
        "is_default": table.is_default,
        "plans": [
            {
                "plan_code": each.plan_key,
                "texts": {
                    language: {
                        "display_name": texts.display_name,
                        "cta": texts.cta,
                        "features_heading": texts.features_heading,
                        "features": list(texts.features),
                        "highlight": texts.highlight,
                    }
                    for language, texts in sorted(each.texts.items())
                },
            }
            for each in table.entries
        ],
    }
