"""Prepare what tests of other people's sign-in clients share: an application, an API, and a user."""

from dataclasses import dataclass
from typing import Any

import bcrypt
import httpx

from tests.support.person import Person, make_person
from tests.support.server import RunningServer

AUDIENCE = "https://api.orders.test"
EMAIL = "kim@orchard.test"
PASSWORD = "orange kettle over nine hills"
CALLBACK = "http://127.0.0.1:9/callback"
SIGNED_OUT = "http://127.0.0.1:9/signed-out"


@dataclass(frozen=True)
class Prepared:
    """Hold one application with its user, for a running server."""

    server: RunningServer
    client_id: str
    client_secret: str | None
    user_id: str
    organization: str

    def person(self) -> Person:
        """Return somebody with a new browser."""
        return Person(self.server)

    def sign_in(self, address: str) -> str:
        """Sign the user in from an address the client made; return where the client is told."""
        return self.person().sign_in(address, EMAIL, PASSWORD)


def prepare(server: RunningServer, type: str = "reg", **uris: list[str]) -> Prepared:
    """Make the API *Orders*, an application for it, and Kim, who may see orders in an organization."""
    with server.management() as management:
        api, scope = _api(management)
        application = _application(management, api, type, uris)
        organization = _sent(management, "POST", "/organization", name="Orchard Ltd")["organization"]["code"]
        _role(management, scope)
        user_id = make_person(
            management,
            email=EMAIL,
            password_hash=bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
            organization_code=organization,
            given_name="Kim",
            family_name="Ode",
        )
        member = {"id": user_id, "roles": ["buyer"]}
        _sent(management, "PATCH", f"/organizations/{organization}/users", users=[member])
    return Prepared(server, application["client_id"], application.get("client_secret"), user_id, organization)


def _api(management: httpx.Client) -> tuple[str, str]:
    api = _sent(management, "POST", "/apis", name="Orders", audience=AUDIENCE)["api"]["id"]
    return api, _sent(management, "POST", f"/apis/{api}/scopes", key="read:orders")["scope"]["id"]


def _application(management: httpx.Client, api: str, type: str, uris: dict[str, list[str]]) -> dict[str, Any]:
    made: dict[str, Any] = _sent(management, "POST", "/applications", name="Shop", type=type)["application"]
    path = f"/applications/{made['id']}"
    _sent(management, "PATCH", path, **{"redirect_uris": [CALLBACK], "logout_uris": [SIGNED_OUT], **uris})
    _sent(management, "PATCH", f"/apis/{api}/applications", applications=[{"id": made["id"]}])
    flag = {"name": "Dark mode", "key": "dark_mode", "type": "bool", "default_value": "true"}
    _sent(management, "POST", "/feature_flags", **flag)
    profile = {"include_api_scopes_in_permissions": True, "additional_claims": ["roles"]}
    _sent(management, "PUT", f"{path}/token_profiles/access", **profile, feature_flags="all")
    return made


def _role(management: httpx.Client, scope: str) -> None:
    _sent(management, "POST", "/permissions", name="See orders", key="see:orders")
    listed = management.get("/permissions").json()["permissions"]
    permission = next(each["id"] for each in listed if each["key"] == "see:orders")
    role = _sent(management, "POST", "/roles", name="Buyer", key="buyer")["role"]["id"]
    _sent(management, "PATCH", f"/roles/{role}/permissions", permissions=[{"id": permission}])
    _sent(management, "POST", f"/roles/{role}/scopes", scope_id=scope)


def _sent(management: httpx.Client, method: str, path: str, **body: Any) -> Any:
    answer = management.request(method, path, json=body)
    assert answer.status_code in (200, 201), (path, answer.text)
    return answer.json()
