"""Show, register, change and delete APIs and their scopes."""

from typing import Any

from starlette.responses import Response

from claimsmith.domain.apis import ScopeOrigin, SigningAlgorithm, TokenShape
from claimsmith.domain.errors import DomainError
from claimsmith.domain.gates import CUSTOM_SCOPES
from claimsmith.edge.console.visits import Visit
from claimsmith.usecases import apis, gates

PAGE_SIZE = 50
_ALGORITHMS = {
    SigningAlgorithm.RS256: "RSA 2048 with SHA-256. Every library verifies it.",
    SigningAlgorithm.ES256: "ECDSA on P-256. Signatures of 86 characters instead of 342.",
    SigningAlgorithm.EDDSA: "Ed25519. As short as ES256; not every library verifies it.",
}
_SHAPES = {
    TokenShape.PLATFORM: "typ JWT; azp names the client, and an M2M token has no sub. What the SDKs read.",
    TokenShape.RFC9068: "typ at+jwt, with client_id and sub, as RFC 9068 has them.",
}
_BLOCKED = "The server keeps the management API and its scopes: they follow its own operations."
_IMPORTED = "This scope comes from an OpenAPI document. Change the document and import it again."


async def apis_page(visit: Visit) -> Response:
    """List the APIs, a page at a time."""
    found = await apis.list_apis(
        visit.context, page_size=PAGE_SIZE, next_token=visit.asked("next"), with_scopes=True
    )
    return visit.page("apis.html", found=found, is_first=visit.asked("next") is None)


async def new_api(visit: Visit) -> Response:
    """Show the form for a new API."""
    return visit.page("api_new.html", **_choices(), entered=_entered(visit))


async def create_api(visit: Visit) -> Response:
    """Register an API."""
    form = visit.form
    try:
        api = await apis.create_api(
            visit.context,
            name=form.text("name"),
            audience=form.text("audience"),
            signing_algorithm=form.text("signing_algorithm") or None,
            token_shape=form.text("token_shape") or None,
        )
    except DomainError as problem:
        return visit.refused("api_new.html", problem, **_choices(), entered=_entered(visit))
    return visit.go(f"/apis/{api.id}", "created")


async def api_page(visit: Visit) -> Response:
    """Show one API with its scopes and applications."""
    return visit.page("api.html", **await _values(visit))


async def change_api(visit: Visit) -> Response:
    """Save the name, the algorithm and the token shape of an API."""
    members = ("name", "signing_algorithm", "token_shape")
    changes = {name: visit.form.text(name) for name in members if name in visit.form}
    try:
        await apis.change_api(visit.context, visit.word("id"), changes)
    except DomainError as problem:
        values = await _values(visit)
        values["entered"] |= changes
        return visit.refused("api.html", problem, **values)
    return visit.go(f"/apis/{visit.word('id')}", "saved")


async def confirm_deletion(visit: Visit) -> Response:
    """Ask before an API is deleted."""
    return visit.page("api_delete.html", details=await apis.get_api(visit.context, visit.word("id")))


async def delete_api(visit: Visit) -> Response:
    """Delete an API."""
    await apis.delete_api(visit.context, visit.word("id"))
    return visit.go("/apis", "deleted")


async def add_scope(visit: Visit) -> Response:
    """Define a scope."""
    form = visit.form
    try:
        await apis.add_scope(
            visit.context,
            visit.word("id"),
            key=form.text("key"),
            description=form.text("description") or None,
        )
    except DomainError as problem:
        values = await _values(visit)
        values["scope_form"] = {"key": form.text("key"), "description": form.text("description")}
        values["posted"] = "scope"
        return visit.refused("api.html", problem, **values)
    return visit.go(f"/apis/{visit.word('id')}", "scope_added")


async def delete_scope(visit: Visit) -> Response:
    """Delete a scope, also where it is enabled."""
    await apis.delete_scope(visit.context, visit.word("id"), visit.word("scope_id"))
    return visit.go(f"/apis/{visit.word('id')}", "scope_deleted")


def _choices() -> dict[str, Any]:
    return {"algorithms": _ALGORITHMS, "shapes": _SHAPES}


def _entered(visit: Visit) -> dict[str, str]:
    return {
        "name": visit.form.text("name"),
        "audience": visit.form.text("audience"),
        "signing_algorithm": visit.form.text("signing_algorithm", SigningAlgorithm.RS256),
        "token_shape": visit.form.text("token_shape", TokenShape.PLATFORM),
    }


async def _values(visit: Visit) -> dict[str, Any]:
    details = await apis.get_api(visit.context, visit.word("id"))
    api = details.api
    imported = {scope.id for scope in details.scopes if scope.origin is ScopeOrigin.IMPORT}
    enabled: dict[str, int] = {}
    for application in details.applications:
        for scope_id in application.enabled_scope_ids:
            enabled[scope_id] = enabled.get(scope_id, 0) + 1
    return {
        **_choices(),
        "details": details,
        "api": api,
        "blocked": _BLOCKED if api.is_management_api else None,
        "scope_blocked": {
            scope.id: _BLOCKED if api.is_management_api else _IMPORTED
            for scope in details.scopes
            if api.is_management_api or scope.id in imported
        },
        "enabled_count": enabled,
        "entered": {
            "name": api.name,
            "signing_algorithm": api.signing_algorithm.value,
            "token_shape": api.token_shape.value,
        },
        "gate": None if api.is_management_api else await gates.gate(visit.context, CUSTOM_SCOPES),
        "scope_form": {"key": "", "description": ""},
        "posted": "details",
    }
