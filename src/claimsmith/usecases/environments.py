"""Make environments and keep their issuers."""

from collections.abc import Sequence
from dataclasses import replace

from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.apis import Api, Scope, SigningAlgorithm
from claimsmith.domain.businesses import DEFAULT_BUSINESS_ID
from claimsmith.domain.changes import Author
from claimsmith.domain.environments import Environment, check_issuer, check_room
from claimsmith.domain.errors import AlreadyExists, NotFound
from claimsmith.domain.gates import ADDITIONAL_ENVIRONMENTS
from claimsmith.domain.keys_and_names import check_key, check_name
from claimsmith.storage.businesses import BusinessStore
from claimsmith.storage.environments import EnvironmentStore
from claimsmith.storage.work import Work
from claimsmith.usecases.connections import seed_connections
from claimsmith.usecases.context import Context, Platform
from claimsmith.usecases.gates import check_room_in
from claimsmith.usecases.keys import add_first_key
from claimsmith.usecases.organizations import seed_default_organization
from claimsmith.usecases.properties import seed_properties

FIRST_CODE = "production"
SYSTEM = Author("system", "start")


async def list_environments(platform: Platform) -> list[Environment]:
    """Return every environment, the default one first."""
    async with platform.database.across_environments() as connection:
        return await EnvironmentStore(connection).all()


async def find_environment(platform: Platform, code: str | None) -> Environment:
    """Return one environment by its code, or the default one. Raises `NotFound`."""
    environments = await list_environments(platform)
    for environment in environments:
        if environment.code == code or (code is None and environment.is_default):
            return environment
    codes = ", ".join(environment.code for environment in environments) or "none yet"
    raise NotFound(f"There is no environment {code!r}. There are: {codes}.", code="ENVIRONMENT_NOT_FOUND")


async def add_environment(
    platform: Platform,
    *,
    code: str,
    name: str,
    issuer: str,
    is_default: bool = False,
    issuer_is_derived: bool = False,
    business_id: str = DEFAULT_BUSINESS_ID,
) -> Environment:
    """Make an environment of a business, with its own issuer, keys and data.

    Raises `AlreadyExists` for a code or an issuer that is taken, `InvalidInput` for a bad one, `NotFound` for
    an unknown business, `PlanRequired` for one more than its plan includes beside production.
    """
    issuer = check_issuer(issuer)
    check_key(code, "code")
    check_name(name, "name")
    environment = Environment(
        id=random_hex(32),
        code=code,
        name=name,
        issuer=issuer,
        issuer_is_derived=issuer_is_derived,
        is_default=is_default,
        version=1,
        created_at=platform.now(),
        business_id=business_id,
    )
    founding = platform.database.founding(environment.id, SYSTEM, version=environment.version)
    async with founding as (connection, work):
        store = EnvironmentStore(connection)
        await store.lock()
        others = await store.all()
        if any(other.code == code for other in others):
            raise AlreadyExists(f"An environment {code!r} exists.", field="code")
        check_room(issuer, others)
        await _check_plan(BusinessStore(connection), environment, others)
        await store.add(environment)
        await _furnish(Context(platform, environment, SYSTEM), work)
    return environment


async def _check_plan(store: BusinessStore, environment: Environment, others: list[Environment]) -> None:
    """Refuse an environment that the plan of its business does not include; the first one is production."""
    known = [each.id for each in await store.all()]
    if environment.business_id not in known:
        raise NotFound(
            f"There is no business {environment.business_id!r}; there are {', '.join(known)}.",
            code="BUSINESS_NOT_FOUND",
        )
    own = [each for each in others if each.business_id == environment.business_id]
    if own and environment.created_at is not None:
        access = await store.access(environment.business_id)
        check_room_in(access, ADDITIONAL_ENVIRONMENTS, len(own) - 1, environment.created_at.timestamp())


async def _furnish(context: Context, work: Work) -> None:
    """Give a new environment what each begins with, in the transaction that makes it: all or nothing."""
    await add_first_key(context, work, SigningAlgorithm.RS256)
    await seed_connections(work)
    await seed_properties(work)
    await seed_default_organization(work)
    work.record("environment", context.environment.id, "created")
    await work.write_changes()


async def ensure_first_environment(
    platform: Platform, *, issuer: str | None, derived_issuer: str
) -> Environment:
    """Return the default environment, made if absent, with the issuer that this start asks for.

    An `issuer` given is kept; without one, an issuer that was derived from the listening address follows it.
    """
    default = await _default(platform)
    if default is None:
        try:
            return await add_environment(
                platform,
                code=FIRST_CODE,
                name="Production",
                issuer=issuer or derived_issuer,
                is_default=True,
                issuer_is_derived=issuer is None,
            )
        except AlreadyExists:
            # Another process was first; its environment counts.
            default = await _default(platform)
            if default is None:
                raise
    wanted = check_issuer(issuer) if issuer else None
    if wanted is None and default.issuer_is_derived:
        wanted = check_issuer(derived_issuer)
    if wanted is None or wanted == default.issuer:
        return default
    return await set_issuer(platform, default, wanted, is_derived=issuer is None)


async def _default(platform: Platform) -> Environment | None:
    return next((each for each in await list_environments(platform) if each.is_default), None)


async def set_issuer(
    platform: Platform, environment: Environment, issuer: str, *, is_derived: bool = False
) -> Environment:
    """Give an environment another issuer; the management API's audience follows it.

    Raises `AlreadyExists` or `InvalidInput` for one that leaves another environment no room.
    """
    issuer = check_issuer(issuer)
    context = Context(platform, environment, SYSTEM)
    changed = replace(environment, issuer=issuer, issuer_is_derived=is_derived)
    async with context.changing() as work:
        connection = await work.connection.across_environments()
        store = EnvironmentStore(connection)
        check_room(issuer, [each for each in await store.all() if each.id != environment.id])
        await store.set_issuer(environment.id, issuer, is_derived=is_derived)
        api = await work.apis.find_by_audience(environment.management_audience)
        if api is not None and api.is_management_api:
            await work.apis.replace(replace(api, audience=changed.management_audience))
        work.record("environment", environment.id, "changed")
    return changed


async def ensure_management_api(context: Context, scopes: Sequence[str]) -> Api:
    """Return the environment's management API, made if absent, with every scope that operations ask for."""
    async with context.reading() as work:
        api = await work.apis.find_by_audience(context.environment.management_audience)
        if api is not None:
            known = {scope.key for scope in await work.apis.scopes_of(api.id)}
            if known.issuperset(scopes):
                return api
    async with context.changing() as work:
        api = await work.apis.find_by_audience(context.environment.management_audience)
        if api is None:
            api = Api(
                id=random_hex(32),
                name="Claimsmith Management API",
                audience=context.environment.management_audience,
                is_management_api=True,
                created_at=work.now,
            )
            await work.apis.add(api)
        await _add_scopes(work, api, scopes)
        work.record("api", api.id, "changed")
    return api


async def _add_scopes(work: Work, api: Api, scopes: Sequence[str]) -> None:
    known = {scope.key for scope in await work.apis.scopes_of(api.id)}
    await work.apis.add_scopes(
        [
            Scope(id=f"api_scope_{random_hex(32)}", api_id=api.id, key=key, description=_described(key))
            for key in scopes
            if key not in known
        ]
    )


def _described(key: str) -> str:
    verb, _, noun = key.partition(":")
    return f"{verb.capitalize()} {noun.replace('_', ' ')}."
