"""Serve `/api/v1/search/users`."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from claimsmith.edge.management.operations import Caller, Operations, ok
from claimsmith.edge.management.shown_users import FoundUser, expansions, found_user, listed
from claimsmith.usecases import users

operations = Operations("Users")

EXPANSIONS = ("organizations", "identities", "properties")
PROPERTY_FILTER = {
    "name": "properties",
    "in": "query",
    "style": "deepObject",
    "explode": True,
    "description": "Values of properties: properties[key]=a,b finds who has a or b; * stands for anything.",
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
}


@operations.operation(
    "GET /search/users",
    "searchUsers",
    scope="read:users",
    answer={"results": list[FoundUser]},
    parameters=[PROPERTY_FILTER],
)
async def search_users(
    context: Caller,
    request: Request,
    *,
    page_size: int | None = None,
    query: str | None = None,
    api_scopes: str | None = None,
    starting_after: str | None = None,
    ending_before: str | None = None,
    expand: str | None = None,
) -> dict[str, Any]:
    """Search users by name or email address, property values and API scopes, in the order of their ids."""
    expanded = expansions(expand, EXPANSIONS)
    page = await users.search_users(
        context,
        text=query,
        properties=_property_filter(request),
        scopes=listed(api_scopes) if api_scopes else None,
        page_size=page_size,
        starting_after=starting_after,
        ending_before=ending_before,
    )
    results = {record.user.id: found_user(record, expanded) for record in page.items}
    if "properties" in expanded:
        for user_id, values in (await users.property_values_of(context, list(results))).items():
            results[user_id]["properties"] = values
    if api_scopes:
        for user_id, scopes in (await users.scopes_of(context, list(results))).items():
            results[user_id]["api_scopes"] = [
                {"org_code": each.organization_code, "scope": each.key, "api_id": each.api_id}
                for each in scopes
            ]
    return ok(results=list(results.values()))


def _property_filter(request: Request) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, text in request.query_params.multi_items():
        if name.startswith("properties[") and name.endswith("]"):
            found.setdefault(name[len("properties[") : -1], []).extend(listed(text))
    return found
