"""Environments are made whole, once, and beside each other."""

import asyncio
from dataclasses import replace

import pytest

from claimsmith import opening
from claimsmith.crypto.sealing import Sealer
from claimsmith.domain.environments import OWN_PATHS
from claimsmith.domain.errors import AlreadyExists
from claimsmith.settings import read_settings
from claimsmith.storage.schema import migrate
from claimsmith.usecases.context import Context
from claimsmith.usecases.environments import (
    SYSTEM,
    add_environment,
    ensure_first_environment,
    ensure_management_api,
    list_environments,
)
from claimsmith.usecases.keys import list_keys
from tests.support.platform import ISSUER, open_platform


@pytest.fixture(params=["sqlite", "postgresql"])
async def platforms(request, tmp_path):
    """Return four processes' parts over one database that is migrated and empty."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    settings = read_settings({"data": tmp_path, "database_url": url}, environ={})
    opened = [opening.make_platform(settings) for _ in range(4)]
    await migrate(opened[0].database)
    yield opened, settings
    for platform in opened:
        await platform.database.close()


async def test_processes_that_start_at_once_make_one_environment(platforms):
    opened, settings = platforms
    found = await asyncio.gather(*(opening.prepare(platform, settings) for platform in opened))
    assert len({environment.id for environment in found}) == 1
    assert [each.code for each in await list_environments(opened[0])] == ["production"]
    context = Context(opened[0], found[0], SYSTEM)
    assert [each.state for each in await list_keys(context)] == ["signing"]


async def test_environment_without_its_key_is_never_made(platforms):
    """R-01: what cannot be finished leaves nothing, so that the next start can make it."""
    opened, _ = platforms

    class Unplugged(Sealer):
        def seal(self, *_args, **_more):
            raise RuntimeError("the machine went down")

    broken = replace(opened[0], sealer=Unplugged(bytes(32)))
    with pytest.raises(RuntimeError, match="went down"):
        await ensure_first_environment(broken, issuer=None, derived_issuer=ISSUER)
    assert await list_environments(opened[0]) == []
    made = await ensure_first_environment(opened[0], issuer=None, derived_issuer=ISSUER)
    assert [each.id for each in await list_environments(opened[0])] == [made.id]


@pytest.mark.parametrize("given", [None, "http://127.0.0.1:8642"])
async def test_start_at_the_address_of_another_environment_is_refused(tmp_path, given):
    settings = read_settings({"data": tmp_path}, environ={})
    platform = opening.make_platform(settings)
    await opening.prepare(platform, settings)
    await add_environment(platform, code="staging", name="Staging", issuer="http://127.0.0.1:8642")
    with pytest.raises(AlreadyExists) as refused:
        await ensure_first_environment(platform, issuer=given, derived_issuer="http://127.0.0.1:8642")
    assert refused.value.message == (
        "The issuer http://127.0.0.1:8642 belongs to 'staging'. Give another host, port or path."
    )
    await platform.database.close()


async def test_names_of_loopback_are_told_apart(tmp_path):
    """U01, K04: the environment that spells the host as the request does answers, before the others."""
    async with open_platform(tmp_path) as opened:
        staging = await add_environment(
            opened.platform, code="staging", name="Staging", issuer="http://localhost:8000"
        )
        await ensure_management_api(opened.context(staging), ())
        await opened.platform.directory.catch_up()
        found = {}
        for host in ("localhost", "127.0.0.1", "[::1]"):
            async with opened.http(f"http://{host}:8000") as http:
                answer = await http.get("/.well-known/openid-configuration")
                found[host] = answer.json()["issuer"]
    assert found == {"localhost": "http://localhost:8000", "127.0.0.1": ISSUER, "[::1]": ISSUER}


async def test_every_path_of_the_server_is_known_as_its_own(tmp_path):
    async with open_platform(tmp_path) as opened:
        assert opened.app._routes.keys() - {"other", "root"} | {"health"} == OWN_PATHS
