"""Register APIs and define their scopes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.apis import (
    Api,
    AuthorizedApplication,
    Scope,
    ScopeOrigin,
    SigningAlgorithm,
    TokenShape,
)
from claimsmith.domain.errors import AlreadyExists, InvalidInput, NotFound, NotPermitted
from claimsmith.domain.gates import CUSTOM_SCOPES
from claimsmith.domain.keys_and_names import check_audience, check_name, check_scope_key, check_text
from claimsmith.domain.paging import Page
from claimsmith.domain.uris import shown
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.gates import require
from claimsmith.usecases.keys import await_signing_key

LONGEST_DESCRIPTION = 512


@dataclass(frozen=True, slots=True)
class ApiDetails:
    """Hold one API with its scopes, by key, and the applications authorized for it, by name."""

    api: Api
    scopes: tuple[Scope, ...] = ()
    applications: tuple[AuthorizedApplication, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedApi:
    """Hold one API of a list. `scopes` are by key, and `None` when the list was asked for without them."""

    api: Api
    scopes: tuple[Scope, ...] | None = None


async def create_api(
    context: Context,
    *,
    name: str,
    audience: str,
    signing_algorithm: str | None = None,
    token_shape: str | None = None,
) -> Api:
    """Register an API; tokens for it are RS256 and of the platform's shape unless told otherwise.

    The first API of an algorithm is there once its key can sign, two seconds later. Raises `InvalidInput` for
    a bad value, `AlreadyExists` for an audience that is taken.
    """
    check_name(name, "name")
    check_audience(audience)
    algorithm = _algorithm(SigningAlgorithm.RS256 if signing_algorithm is None else signing_algorithm)
    shape = _shape(TokenShape.PLATFORM if token_shape is None else token_shape)
    async with context.reading() as work:
        await _check_is_free(work, audience)
    await await_signing_key(context, algorithm)
    async with context.changing() as work:
        await _check_is_free(work, audience)
        api = Api(
            id=random_hex(32),
            name=name,
            audience=audience,
            signing_algorithm=algorithm,
            token_shape=shape,
            created_at=work.now,
        )
        await work.apis.add(api)
        work.record("api", api.id, "created")
    return api


async def _check_is_free(work: Work, audience: str) -> None:
    if await work.apis.find_by_audience(audience):
        raise AlreadyExists(
            f"An API with the audience {audience!r} exists; choose another audience.",
            field="audience",
            code="AUDIENCE_ALREADY_EXISTS",
        )


async def list_apis(
    context: Context,
    *,
    page_size: int | None = None,
    next_token: str | None = None,
    with_scopes: bool = False,
) -> Page[ListedApi]:
    """Return one page of APIs in the order of their names, with their scopes if asked for."""
    async with context.reading() as work:
        page = await work.apis.page_by_name(page_size=page_size, next_token=next_token)
        if not with_scopes:
            return Page([ListedApi(api) for api in page.items], page.next_token)
        scopes = await work.apis.scopes_by_api([api.id for api in page.items])
    return Page([ListedApi(api, tuple(scopes[api.id])) for api in page.items], page.next_token)


async def get_api(context: Context, api_id: str) -> ApiDetails:
    """Return one API with its scopes and authorized applications. Raises `NotFound`."""
    async with context.reading() as work:
        return ApiDetails(
            await find_api(work, api_id),
            tuple(await work.apis.scopes_of(api_id)),
            tuple(await work.apis.authorized_applications(api_id)),
        )


async def change_api(context: Context, api_id: str, changes: Mapping[str, Any]) -> Api:
    """Change the given members of an API: `name`, `signing_algorithm`, `token_shape`.

    An algorithm that has no signing key gets one, and the change is there once that can sign, two seconds
    later. Raises `NotFound`, `InvalidInput`, and `NotPermitted` for the management API.
    """
    async with context.reading() as work:
        before = await find_own_api(work, api_id)
    checked = {name: _checked_member(name, value) for name, value in changes.items()}
    wanted = replace(before, **checked)
    if wanted.signing_algorithm is not before.signing_algorithm:
        await await_signing_key(context, wanted.signing_algorithm)
    async with context.changing() as work:
        changed = replace(await find_own_api(work, api_id), **checked)
        await work.apis.replace(changed)
        work.record("api", api_id, "changed")
    return changed


async def delete_api(context: Context, api_id: str) -> None:
    """Delete an API with its scopes, imports and authorizations.

    Raises `NotFound`, and `NotPermitted` for the management API.
    """
    async with context.changing() as work:
        await find_own_api(work, api_id)
        await work.apis.remove(api_id)
        work.record("api", api_id, "deleted")


async def add_scope(context: Context, api_id: str, *, key: str, description: str | None = None) -> Scope:
    """Define a scope; no application has it until it is enabled for one.

    Raises `NotFound`, `InvalidInput`, `AlreadyExists` for a key that the API has, `NotPermitted` for the
    management API, and `PlanRequired`.
    """
    check_scope_key(key)
    text = _description(description)
    await require(context, CUSTOM_SCOPES)
    async with context.changing() as work:
        await find_own_api(work, api_id)
        if await work.apis.find_scope_by_key(api_id, key):
            raise AlreadyExists(
                f"The API has a scope {key!r}; choose another key.",
                field="key",
                code="SCOPE_KEY_ALREADY_EXISTS",
            )
        scope = Scope(id=f"api_scope_{random_hex(32)}", api_id=api_id, key=key, description=text)
        await work.apis.add_scope(scope)
        work.record("api", api_id, "changed")
    return scope


async def list_scopes(context: Context, api_id: str) -> list[Scope]:
    """Return the scopes of an API in the order of their keys. Raises `NotFound`."""
    async with context.reading() as work:
        await find_api(work, api_id)
        return await work.apis.scopes_of(api_id)


async def get_scope(context: Context, api_id: str, scope_id: str) -> Scope:
    """Return one scope of an API. Raises `NotFound`."""
    async with context.reading() as work:
        await find_api(work, api_id)
        return await find_scope(work, api_id, scope_id)


async def change_scope(context: Context, api_id: str, scope_id: str, description: str | None) -> Scope:
    """Change a scope's description; its key never changes.

    Raises `NotFound`, `InvalidInput`, and `NotPermitted` for an imported scope or the management API.
    """
    text = _description(description)
    async with context.changing() as work:
        changed = replace(await _find_own_scope(work, api_id, scope_id), description=text)
        await work.apis.replace_scope(changed)
        work.record("api", api_id, "changed")
    return changed


async def delete_scope(context: Context, api_id: str, scope_id: str) -> None:
    """Delete a scope, also where it is enabled for applications.

    Raises `NotFound`, and `NotPermitted` for an imported scope or the management API.
    """
    async with context.changing() as work:
        await _find_own_scope(work, api_id, scope_id)
        await work.apis.remove_scope(scope_id)
        work.record("api", api_id, "changed")


async def find_api(work: Work, api_id: str) -> Api:
    """Return one API of the environment. Raises `NotFound`."""
    api = await work.apis.find(api_id)
    if api is None:
        raise NotFound(f"There is no API {api_id!r}.", code="API_NOT_FOUND")
    return api


async def find_own_api(work: Work, api_id: str) -> Api:
    """Return one API that may be changed. Raises `NotFound`, and `NotPermitted` for the management API."""
    api = await find_api(work, api_id)
    if api.is_management_api:
        raise NotPermitted(
            "This is the management API: the server keeps it and its scopes. Authorize applications for it, "
            "or register an API of your own.",
            code="MANAGEMENT_API_PROTECTED",
        )
    return api


async def find_scope(work: Work, api_id: str, scope_id: str) -> Scope:
    """Return one scope of one API. Raises `NotFound`."""
    scope = await work.apis.find_scope(api_id, scope_id)
    if scope is None:
        raise NotFound(f"The API has no scope {scope_id!r}.", code="SCOPE_NOT_FOUND")
    return scope


async def _find_own_scope(work: Work, api_id: str, scope_id: str) -> Scope:
    await find_own_api(work, api_id)
    scope = await find_scope(work, api_id, scope_id)
    if scope.origin is ScopeOrigin.IMPORT:
        raise NotPermitted(
            f"The scope {scope.key!r} comes from an OpenAPI document; change the document and import it "
            "again, or delete the import.",
            code="SCOPE_IS_IMPORTED",
        )
    return scope


def _checked_member(name: str, value: object) -> Any:
    if name == "name":
        return check_name(value, "name")
    if name == "signing_algorithm":
        return _algorithm(value)
    if name == "token_shape":
        return _shape(value)
    raise InvalidInput(f"An API has no member {name!r} that can be changed.", field=name)


def _algorithm(value: object) -> SigningAlgorithm:
    try:
        return SigningAlgorithm(value)  # type: ignore[arg-type]  # anything but a member's text is refused
    except ValueError:
        raise InvalidInput(
            f"signing_algorithm is {shown(value)}; use RS256, ES256 or EdDSA.",
            field="signing_algorithm",
            code="SIGNING_ALGORITHM_INVALID",
        ) from None


def _shape(value: object) -> TokenShape:
    try:
        return TokenShape(value)  # type: ignore[arg-type]  # anything but a member's text is refused
    except ValueError:
        raise InvalidInput(
            f"token_shape is {shown(value)}; use platform or at+jwt.",
            field="token_shape",
            code="TOKEN_SHAPE_INVALID",
        ) from None


def _description(description: str | None) -> str | None:
    if description is None:
        return None
    return check_text(description, "description", LONGEST_DESCRIPTION, multiline=True) or None
