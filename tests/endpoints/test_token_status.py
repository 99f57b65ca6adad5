"""POST /oauth2/introspect and /oauth2/revoke."""

import pytest

from tests.endpoints.conftest import AUDIENCE

INACTIVE = {"active": False}


@pytest.fixture
async def http(orders):
    async with orders.opened.http() as client:
        yield client


async def ask(http, orders, path, **form):
    sent = {"client_id": orders.client_id, "client_secret": orders.client_secret, **form}
    return await http.post(path, data={name: value for name, value in sent.items() if value is not None})


@pytest.mark.parametrize("path", ["/oauth2/introspect", "/oauth2/revoke"])
async def test_strangers_are_refused(orders, http, path):
    """I02, I07, I10."""
    token = (await orders.token()).json()["access_token"]
    assert (await http.get(path)).status_code == 405
    without = await ask(http, orders, path, client_id=None, client_secret=None, token=token)
    assert (without.status_code, without.json()["error"]) == (401, "invalid_client")
    wrong = await ask(http, orders, path, client_secret="x", token=token)
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    missing = await ask(http, orders, path)
    assert (missing.status_code, missing.json()["error"]) == (400, "invalid_request")


async def test_introspection_shows_a_live_token(orders, http):
    token = (await orders.token()).json()["access_token"]
    answer = (await ask(http, orders, "/oauth2/introspect", token=token)).json()
    issued_at = int(orders.opened.clock.at.timestamp())
    assert len(answer.pop("jti")) == 36
    assert answer == {
        "active": True,
        "client_id": orders.client_id,
        "token_type": "Bearer",
        "iss": "http://127.0.0.1:8000",
        "aud": [AUDIENCE],
        "exp": issued_at + 86_400,
        "iat": issued_at,
        "scope": "read:orders write:orders",
    }


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "." * 1000, "x" * 16_000])
async def test_garbage_is_inactive(orders, http, token):
    """I09."""
    assert (await ask(http, orders, "/oauth2/introspect", token=token)).json() == INACTIVE


async def test_expired_token_is_inactive(orders, http):
    token = (await orders.token()).json()["access_token"]
    orders.opened.clock.move(86_401)
    assert (await ask(http, orders, "/oauth2/introspect", token=token)).json() == INACTIVE


async def test_other_clients_learn_nothing(orders, http):
    """I08."""
    token = (await orders.token()).json()["access_token"]
    made = await orders.management.post("/api/v1/applications", json={"name": "Other", "type": "m2m"})
    other = made.json()["application"]
    form = {"client_id": other["client_id"], "client_secret": other["client_secret"], "token": token}
    assert (await http.post("/oauth2/introspect", data=form)).json() == INACTIVE
    await orders.management.patch(
        f"/api/v1/apis/{orders.api_id}/applications", json={"applications": [{"id": other["id"]}]}
    )
    assert (await http.post("/oauth2/introspect", data=form)).json()["active"] is True


async def test_management_token_may_introspect(orders, http):
    token = (await orders.token()).json()["access_token"]
    bearer = {"Authorization": orders.management.headers["authorization"]}
    answer = await http.post("/oauth2/introspect", data={"token": token}, headers=bearer)
    assert answer.json()["active"] is True
    stranger = {"Authorization": f"Bearer {token}"}
    refused = await http.post("/oauth2/introspect", data={"token": token}, headers=stranger)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")


async def test_revoked_token_is_inactive(orders, http):
    token = (await orders.token()).json()["access_token"]
    other = (await orders.token()).json()["access_token"]
    for _ in range(2):
        answer = await ask(http, orders, "/oauth2/revoke", token=token, token_type_hint="refresh_token")
        assert (answer.status_code, answer.content) == (200, b"")
    assert (await ask(http, orders, "/oauth2/introspect", token=token)).json() == INACTIVE
    assert (await ask(http, orders, "/oauth2/introspect", token=other)).json()["active"] is True


async def test_revoking_garbage_succeeds(orders, http):
    """I01."""
    answer = await ask(http, orders, "/oauth2/revoke", token="garbage")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_another_clients_token_stays_alive(orders, http):
    """I03."""
    token = (await orders.token()).json()["access_token"]
    made = await orders.management.post("/api/v1/applications", json={"name": "Other", "type": "m2m"})
    other = made.json()["application"]
    form = {"client_id": other["client_id"], "client_secret": other["client_secret"], "token": token}
    refused = await http.post("/oauth2/revoke", data=form)
    assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")
    assert (await ask(http, orders, "/oauth2/introspect", token=token)).json()["active"] is True


async def test_revoked_management_token_is_refused(orders, http):
    """A revoked token opens the management API no more."""
    from claimsmith.domain.management_scopes import MANAGEMENT_SCOPES
    from claimsmith.usecases.bootstrap import bootstrap

    made = await bootstrap(orders.opened.context(), MANAGEMENT_SCOPES)
    credentials = {"client_id": made.client_id, "client_secret": made.secret.reveal()}
    grant = {"grant_type": "client_credentials", "audience": made.audience}
    token = (await http.post("/oauth2/token", data={**credentials, **grant})).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await http.get("/api/v1/apis", headers=bearer)).status_code == 200
    await http.post("/oauth2/revoke", data={**credentials, "token": token})
    refused = await http.get("/api/v1/apis", headers=bearer)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (401, "INVALID_TOKEN")


async def test_tokens_of_deleted_applications_are_inactive(orders, http):
    """I11."""
    token = (await orders.token()).json()["access_token"]
    bearer = {"Authorization": orders.management.headers["authorization"]}
    await orders.management.delete(f"/api/v1/applications/{orders.client_id}")
    answer = await http.post("/oauth2/introspect", data={"token": token}, headers=bearer)
    assert answer.json() == INACTIVE
