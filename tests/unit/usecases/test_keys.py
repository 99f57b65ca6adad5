"""A signing key stays published until the last token it signed has expired."""

import base64
import json

import pytest

from claimsmith.domain.apis import SigningAlgorithm
from claimsmith.domain.errors import InvalidInput
from claimsmith.usecases.keys import list_keys, rotate_keys
from tests.endpoints.conftest import AUDIENCE, make_orders
from tests.support.platform import open_platform

DAY = 86_400
YEAR = 31_536_000


@pytest.fixture
async def orders(request, tmp_path):
    on_postgresql = getattr(request, "param", None) == "postgresql"
    url = request.getfixturevalue("unmade_postgres_url") if on_postgresql else None
    async with open_platform(tmp_path, database_url=url) as opened:
        management = await opened.management()
        yield await make_orders(opened, management)
        await management.aclose()


async def issued(orders) -> tuple[str, int]:
    """Return the key and the expiry of a new token."""
    answer = await orders.token()
    assert answer.status_code == 200, answer.text
    parts = [part + "=" * (-len(part) % 4) for part in answer.json()["access_token"].split(".")[:2]]
    header, claims = (json.loads(base64.urlsafe_b64decode(part)) for part in parts)
    return header["kid"], claims["exp"]


async def published(orders, spelling: str = "jwks.json") -> set[str]:
    async with orders.opened.http() as http:
        return {key["kid"] for key in (await http.get(f"/.well-known/{spelling}")).json()["keys"]}


async def save_lifetime(orders, seconds: int, way: str = "profile") -> None:
    if way == "profile":
        path = f"/api/v1/applications/{orders.client_id}/token_profiles/m2m"
        answer = await orders.management.put(path, json={"lifetime_seconds": seconds})
    else:
        path = f"/api/v1/applications/{orders.client_id}/tokens"
        answer = await orders.management.patch(path, json={"access_token_lifetime": seconds})
    assert answer.status_code == 200, answer.text


async def assert_verifies_until_it_expires(orders, kid: str, expires: int) -> None:
    clock = orders.opened.clock
    clock.move(expires - 1 - clock().timestamp())
    assert kid in await published(orders)


async def test_rotation_publishes_then_signs_then_retires(orders):
    context, clock = orders.opened.context(), orders.opened.clock
    old, _ = await issued(orders)
    assert await published(orders) == await published(orders, "jwks") == {old}
    [made] = await rotate_keys(context)
    assert await published(orders) == {old, made.kid}
    assert [each.state for each in await list_keys(context)] == ["signing", "published"]
    clock.move(599)
    assert (await issued(orders))[0] == old
    clock.move(1)
    assert (await issued(orders))[0] == made.kid
    assert [each.state for each in await list_keys(context)] == ["verifying", "signing"]
    clock.move(DAY + 299)
    assert await published(orders) == {old, made.kid}
    clock.move(1)
    assert await published(orders) == {made.kid}
    assert [each.state for each in await list_keys(context)] == ["retired", "signing"]


@pytest.mark.parametrize("orders", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("way", ["profile", "token settings"])
async def test_token_of_a_lifetime_that_was_shortened_still_verifies(orders, way):
    """R-06: a token outlives the lifetime under which it was issued."""
    await save_lifetime(orders, YEAR, way)
    kid, expires = await issued(orders)
    await save_lifetime(orders, 3_600, way)
    await save_lifetime(orders, 60, way)
    await rotate_keys(orders.opened.context())
    await assert_verifies_until_it_expires(orders, kid, expires)
    orders.opened.clock.move(302)
    assert kid not in await published(orders)


@pytest.mark.parametrize("way", ["profile", "token settings"])
async def test_lifetime_that_grows_before_the_new_key_signs_keeps_the_old_key(orders, way):
    """R-06: the old key signs on for a while after its retirement was worked out."""
    await rotate_keys(orders.opened.context())
    orders.opened.clock.move(300)
    await save_lifetime(orders, 30 * DAY, way)
    orders.opened.clock.move(299)
    kid, expires = await issued(orders)
    await assert_verifies_until_it_expires(orders, kid, expires)
    orders.opened.clock.move(302)
    assert kid not in await published(orders)


async def test_other_changes_of_lifetimes_leave_keys_alone(orders):
    context, clock = orders.opened.context(), orders.opened.clock
    await rotate_keys(context)
    clock.move(601)
    planned = [each.key for each in await list_keys(context)]
    await save_lifetime(orders, YEAR)
    assert [each.key for each in await list_keys(context)] == planned


async def test_rotation_of_what_is_not_there_or_too_soon_is_refused(orders):
    context = orders.opened.context()
    with pytest.raises(InvalidInput, match="No API of this environment signs with EdDSA"):
        await rotate_keys(context, algorithm=SigningAlgorithm.EDDSA)
    with pytest.raises(InvalidInput, match="publish_ahead_seconds is 4"):
        await rotate_keys(context, publish_ahead_seconds=4)
    assert len(await list_keys(context)) == 1


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
async def test_each_algorithm_has_a_key_of_its_own_and_rotates_alone(orders, algorithm):
    body = {"signing_algorithm": algorithm}
    answer = await orders.management.patch(f"/api/v1/apis/{orders.api_id}", json=body)
    assert answer.status_code == 200, answer.text
    kid, _ = await issued(orders)
    assert kid in await published(orders)
    [made] = await rotate_keys(orders.opened.context(), algorithm=SigningAlgorithm(algorithm))
    assert made.algorithm == algorithm
    orders.opened.clock.move(600)
    assert (await issued(orders))[0] == made.kid
    async with orders.opened.http() as http:
        form = {"client_id": orders.client_id, "client_secret": orders.client_secret}
        token = (await orders.token(audience=AUDIENCE)).json()["access_token"]
        answer = await http.post("/oauth2/introspect", data={**form, "token": token})
    assert answer.json()["active"] is True
