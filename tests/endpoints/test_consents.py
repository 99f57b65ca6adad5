"""What users allowed applications, by the management API: refusals first."""

import pytest

from claimsmith.domain.consents import Consent
from tests.endpoints.conftest import Orders
from tests.endpoints.test_management_access import limited_client
from tests.support.rows import USER
from tests.support.signed_in import AUDIENCE, ORGANIZATION, sign_in

NOBODY = "kp_" + "0" * 32


@pytest.fixture
async def kim(opened):
    async with await opened.management() as management:
        yield await sign_in(opened, management)


async def allow(kim):
    async with kim.opened.context().storing() as work:
        for audience, scopes in (("", ("openid",)), (AUDIENCE, ("read:orders",))):
            await work.consents.put(Consent(USER, kim.web.id, ORGANIZATION, audience, scopes, work.now))


async def test_strangers_and_unknown_users_are_refused(kim):
    orders = Orders(kim.opened, kim.api_id, kim.scope_ids, "", "", kim.management)
    await allow(kim)
    paths = [
        ("GET", f"/users/{USER}/consents", "read:user_consents"),
        ("DELETE", f"/users/{USER}/consents/{kim.web.id}", "delete:user_consents"),
    ]
    for method, path, scope in paths:
        async with kim.opened.http() as http:
            assert (await http.request(method, f"/api/v1{path}")).status_code == 401
        async with await limited_client(orders, ["read:users"]) as limited:
            assert (await limited.request(method, f"/api/v1{path}")).status_code == 403
        unknown = await kim.management.request(method, f"/api/v1{path.replace(USER, NOBODY)}")
        assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (404, "USER_NOT_FOUND"), scope
    answer = await kim.management.delete(f"/api/v1/users/{USER}/consents/{kim.public.id}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "CONSENT_NOT_FOUND")
    assert len((await kim.manage("GET", f"/users/{USER}/consents"))["consents"]) == 1


async def test_consents_are_listed_and_withdrawn_with_their_tokens(kim):
    await allow(kim)
    mine, others = await kim.tokens(), await kim.tokens(kim.public)
    shown = await kim.manage("GET", f"/users/{USER}/consents")
    moment = kim.opened.clock().isoformat()
    assert shown == {
        "code": "OK",
        "message": "Success",
        "consents": [
            {
                "application_id": kim.web.id,
                "application_name": "reg",
                "allowed": [
                    {"org_code": ORGANIZATION, "audience": None, "scopes": ["openid"], "given_on": moment},
                    {
                        "org_code": ORGANIZATION,
                        "audience": AUDIENCE,
                        "scopes": ["read:orders"],
                        "given_on": moment,
                    },
                ],
            }
        ],
    }
    await kim.manage("DELETE", f"/users/{USER}/consents/{kim.web.id}")
    assert (await kim.manage("GET", f"/users/{USER}/consents"))["consents"] == []
    assert not await kim.is_active(mine["access_token"])
    assert (await kim.refresh(mine["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await kim.refresh(others["refresh_token"], kim.public)).status_code == 200
