"""Answer the account API: the holder of a user's access token reads what is true of the user now.

    GET /account_api/v1/permissions, /permission/{key}, /roles     in the organization signed in to
    GET /account_api/v1/feature_flags, /properties
    GET /account_api/v1/entitlements, /entitlement/{key}           of the organization's plan, or the user's
    GET /account_api/v1/user_profile                               as userinfo has it
    GET /account_api/v1/portal_link                                a one-time link to the self-serve portal

Lists take `page_size` and `starting_after`, the id of the last item seen.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from claimsmith.domain.entitlements import Entitlements
from claimsmith.domain.errors import DomainError, InvalidInput, NotFound, Unavailable
from claimsmith.domain.feature_flags import FlagType
from claimsmith.domain.paging import slice_page
from claimsmith.domain.uris import shown
from claimsmith.edge.browsers import person_context
from claimsmith.edge.errors import NO_STORE, api_error_response, api_errors
from claimsmith.oauth.bearer import UserCaller
from claimsmith.oauth.errors import OAuthError
from claimsmith.oauth.userinfo_endpoint import userinfo
from claimsmith.usecases import account, portal
from claimsmith.usecases.entitlements import ListedEntitlement, listed

log = structlog.get_logger("claimsmith.account")

FLAG_TYPES = {
    FlagType.BOOL: "boolean",
    FlagType.STR: "string",
    FlagType.INT: "integer",
    FlagType.JSON: "json",
}
"""The words by which the SDKs know the types of flags."""

Tell = Callable[[Request, UserCaller], Awaitable[Mapping[str, Any]]]
PREFIX = "/account_api/v1"


def make_account_api() -> Starlette:
    """Return the application below `/account_api`."""
    paths: dict[str, Tell] = {
        "/permissions": _permissions,
        "/permission/{key}": _permission,
        "/roles": _roles,
        "/feature_flags": _feature_flags,
        "/properties": _properties,
        "/entitlements": _entitlements,
        "/entitlement": _entitlement,
        "/entitlement/{key}": _entitlement,
        "/user_profile": _user_profile,
        "/portal_link": _portal_link,
    }
    return Starlette(
        routes=[Route(f"{PREFIX}{path}", _endpoint(tell), methods=["GET"]) for path, tell in paths.items()],
        exception_handlers={HTTPException: _no_operation},
    )


def _endpoint(tell: Tell) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            access = account.user_access(request.scope["claimsmith.platform"])
            caller = await access.authenticate(
                request.scope["claimsmith.runtime"], request.headers.getlist("authorization")
            )
            told = await tell(request, caller)
        except (DomainError, OAuthError, Unavailable) as error:
            _log(request.url.path, error)
            return api_error_response(error)
        return Response(orjson.dumps(told), 200, NO_STORE, "application/json")

    return answer


def _log(path: str, error: DomainError | OAuthError | Unavailable) -> None:
    if isinstance(error, Unavailable):
        log.error("unavailable", path=path, detail=error.message)
    elif isinstance(error, OAuthError):
        log.info("refused", path=path, error=error.error, reason=error.reason)
    else:
        log.info("refused", path=path, error=type(error).__name__, reason=error.code)


async def _permissions(request: Request, caller: UserCaller) -> Mapping[str, Any]:
    items = [{"id": each.id, "name": each.name, "key": each.key} for each in account.permissions_of(caller)]
    return _page(request, "permissions", items, org_code=_organization(caller))


async def _permission(request: Request, caller: UserCaller) -> Mapping[str, Any]:
    key = request.path_params["key"]
    is_granted = any(each.key == key for each in account.permissions_of(caller))
    return {"permissionKey": key, "orgCode": _organization(caller), "isGranted": is_granted}


async def _roles(request: Request, caller: UserCaller) -> Mapping[str, Any]:
    items = [{"id": each.id, "name": each.name, "key": each.key} for each in account.roles_of(caller)]
    return _page(request, "roles", items, org_code=_organization(caller))


async def _feature_flags(request: Request, caller: UserCaller) -> Mapping[str, Any]:
    items = [
        {
            "id": flag.id,
            "name": flag.name,
            "key": flag.key,
            "type": FLAG_TYPES[flag.type],
            "value": evaluated.value,
        }
        for flag, evaluated in account.feature_flags_of(caller)
    ]
    return _page(request, "feature_flags", items)


async def _properties(request: Request, caller: UserCaller) -> Mapping[str, Any]:
    items = [
        {"id": item.id, "name": item.name, "key": item.key, "value": value}
        for item, value in account.properties_of(caller)
    ]
    return _page(request, "properties", items)


async def _entitlements(request: Request, caller: UserCaller) -> Mapping[str, Any]:
    entitled = _entitled(request, caller)
    plans = [{"key": each.key, "subscribed_on": _moment(each.subscribed_on)} for each in entitled.plans]
    items = [_shown(each) for each in listed(entitled)]
    return _page(request, "entitlements", items, org_code=_organization(caller), plans=plans)


async def _entitlement(request: Request, caller: UserCaller) -> Mapping[str, Any]:
    key = request.path_params.get("key") or request.query_params.get("key")
    if not key:
        raise InvalidInput("Name the feature: /entitlement/{key}.", field="key", code="KEY_REQUIRED")
    found = listed(_entitled(request, caller))
    item = next((each for each in found if each.feature_key == key), None)
    if item is None:
        raise NotFound(f"The plan does not include {shown(key)}.", field="key", code="FEATURE_NOT_IN_PLAN")
    return {"data": {"org_code": _organization(caller), "entitlement": _shown(item)}, "metadata": {}}


def _entitled(request: Request, caller: UserCaller) -> Entitlements:
    return account.entitlements_of(caller, request.scope["claimsmith.platform"].now())


def _shown(each: ListedEntitlement) -> Mapping[str, Any]:
    return {
        "id": each.id,
        "fixed_charge": each.fixed_charge,
        "price_name": each.price_name,
        "unit_amount": each.unit_amount,
        "feature_key": each.feature_key,
        "feature_name": each.feature_name,
        "entitlement_limit_max": each.limit_max,
        "entitlement_limit_min": each.limit_min,
    }


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


async def _user_profile(request: Request, caller: UserCaller) -> Mapping[str, Any]:
    return userinfo(caller)


async def _portal_link(request: Request, caller: UserCaller) -> Mapping[str, Any]:
    asked = request.query_params
    url = await portal.link_for_caller(
        person_context(request),
        caller,
        subnav=asked.get("subnav") or asked.get("sub_nav"),
        return_url=asked.get("return_url"),
    )
    return {"url": url}


def _organization(caller: UserCaller) -> str | None:
    return caller.token.grant.organization_code if caller.token.grant else None


def _page(
    request: Request, name: str, items: Sequence[Mapping[str, Any]], **members: Any
) -> Mapping[str, Any]:
    page = slice_page(
        items,
        lambda item: str(item["id"]),
        page_size=_page_size(request.query_params.get("page_size")),
        starting_after=request.query_params.get("starting_after") or None,
    )
    return {
        "data": {**members, name: page.items},
        "metadata": {"has_more": page.has_more, "next_page_starting_after": page.next_token},
    }


def _page_size(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidInput(
            f"page_size is {text!r}; it is a number such as 50.",
            field="page_size",
            code="PAGE_SIZE_INVALID",
        )
    return int(text)


async def _no_operation(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this
    path = request.scope["path"]
    if error.status_code == 405:
        entry = {"code": "METHOD_NOT_ALLOWED", "message": f"{request.method} is not offered at {path}."}
        return api_errors(405, [entry], dict(error.headers or {}))
    return api_errors(404, [{"code": "ROUTE_NOT_FOUND", "message": f"There is no operation at {path}."}])
