"""Open a platform in this process for the tests of endpoints, with the objects most of them need."""

from dataclasses import dataclass

import httpx
import pytest

from tests.support.platform import OpenPlatform, open_platform

AUDIENCE = "https://api.orders.test"


@dataclass
class Orders:
    """Hold the API *Orders*, an M2M application that may read and write it, and a client of its secret."""

    opened: OpenPlatform
    api_id: str
    scope_ids: dict[str, str]
    client_id: str
    client_secret: str
    management: httpx.AsyncClient

    async def token(self, **form: object) -> httpx.Response:
        """Ask for a token; `None` leaves a parameter out."""
        sent = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "audience": AUDIENCE,
            **form,
        }
        sent = {name: value for name, value in sent.items() if value is not None}
        async with self.opened.http() as http:
            return await http.post("/oauth2/token", data=sent)


@pytest.fixture
async def opened(tmp_path):
    async with open_platform(tmp_path) as platform:
        yield platform


@pytest.fixture
async def orders(opened):
    management = await opened.management()
    yield await make_orders(opened, management)
    await management.aclose()


async def make_orders(opened: OpenPlatform, management: httpx.AsyncClient) -> Orders:
    """Make the API *Orders* and an M2M application that may use both of its scopes."""

    async def sent(method: str, path: str, **body: object) -> dict:
        answer = await management.request(method, f"/api/v1{path}", json=body or None)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    api_id = (await sent("POST", "/apis", name="Orders", audience=AUDIENCE))["api"]["id"]
    scope_ids = {}
    for key in ("read:orders", "write:orders", "delete:orders"):
        made = await sent("POST", f"/apis/{api_id}/scopes", key=key, description=key)
        scope_ids[key] = made["scope"]["id"]
    application = (await sent("POST", "/applications", name="Robot", type="m2m"))["application"]
    await sent("PATCH", f"/apis/{api_id}/applications", applications=[{"id": application["id"]}])
    for key in ("read:orders", "write:orders"):
        await sent("POST", f"/apis/{api_id}/applications/{application['id']}/scopes/{scope_ids[key]}")
    return Orders(
        opened, api_id, scope_ids, application["client_id"], application["client_secret"], management
    )
