"""What is the same for many clients is kept once, and what differs is not mixed up."""

from tests.endpoints.conftest import AUDIENCE
from tests.journeys.test_staleness import claims_of


async def test_clients_with_the_same_rights_share_what_they_may(orders):
    alike = await _another(orders, scopes=("read:orders", "write:orders"))
    less = await _another(orders, scopes=("read:orders",))
    tokens = [await _token(orders, each) for each in (None, alike, less)]
    await orders.opened.platform.directory.catch_up()
    views = [_view(orders, each) for each in (orders.client_id, alike[0], less[0])]
    grants = [view.grants[AUDIENCE] for view in views]
    assert grants[0] is grants[1]
    assert grants[2] is not grants[0]
    assert grants[2].enabled == {"read:orders"}
    assert [claims["scp"] for claims in tokens] == [
        ["read:orders", "write:orders"],
        ["read:orders", "write:orders"],
        ["read:orders"],
    ]
    assert [claims["azp"] for claims in tokens] == [orders.client_id, alike[0], less[0]]


async def test_change_of_an_api_is_in_views_that_shared_it(orders):
    alike = await _another(orders, scopes=("read:orders", "write:orders"))
    for each in (None, alike):
        await _token(orders, each)
    await _sent(orders, "PATCH", f"/apis/{orders.api_id}", token_shape="at+jwt")
    for each in (None, alike):
        assert (await _token(orders, each))["sub"] == (each[0] if each else orders.client_id)


async def _another(orders, *, scopes) -> tuple[str, str]:
    made = (await _sent(orders, "POST", "/applications", name="Other", type="m2m"))["application"]
    await _sent(orders, "PATCH", f"/apis/{orders.api_id}/applications", applications=[{"id": made["id"]}])
    for key in scopes:
        path = f"/apis/{orders.api_id}/applications/{made['id']}/scopes/{orders.scope_ids[key]}"
        await _sent(orders, "POST", path)
    return made["client_id"], made["client_secret"]


async def _sent(orders, method, path, **body):
    answer = await orders.management.request(method, f"/api/v1{path}", json=body or None)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


async def _token(orders, credentials) -> dict:
    named = dict(zip(("client_id", "client_secret"), credentials or (), strict=bool(credentials)))
    answer = await orders.token(**named)
    assert answer.status_code == 200, answer.text
    return claims_of(answer.json()["access_token"])


def _view(orders, client_id):
    return orders.opened.platform.directory.cached(orders.opened.environment.id, client_id).view
