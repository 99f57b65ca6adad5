"""Tell the story of the demo: everything is done through the management API and the token endpoint."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from claimsmith.cli.failures import CommandFailed
from claimsmith.cli.token_client import TokenClient, VerifiedToken

if TYPE_CHECKING:
    from claimsmith.usecases.bootstrap import ManagementCredentials

AUDIENCE = "https://orders.example.com"
SCOPES = {"read:orders": "See orders.", "write:orders": "Make and change orders."}
FLAG, PROPERTY = "express_checkout", "cost_center"

Tell = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class DemoToken:
    """Hold one token that was issued and verified."""

    access_token: str
    header: dict[str, Any]
    claims: dict[str, Any]

    @property
    def size_bytes(self) -> int:
        """Return the length of the token."""
        return len(self.access_token)


@dataclass(frozen=True, slots=True)
class DemoStory:
    """Hold what the demo made and saw.

    `left_out` is why the first token had no `permissions` and `put_in` why the second has; `foreseen` is
    what the preview of the unsaved switch said would change.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    audience: str
    before: DemoToken
    after: DemoToken
    left_out: str
    put_in: str
    foreseen: dict[str, list[str]]
    budget_bytes: int


def run_story(management: "ManagementCredentials", tell: Tell) -> DemoStory:
    """Set everything up, get a token before and after the switch, and verify both. Raises `CommandFailed`."""
    with TokenClient(management.issuer) as client:
        token, _ = client.client_credentials(
            management.client_id, management.secret.reveal(), {"audience": management.audience}
        )
        with ManagementClient(management.issuer, token) as api:
            client_id, secret = _set_up(api, tell)
            return _two_tokens(client, api, (client_id, secret), tell)


class ManagementClient:
    """Call the management API with a token."""

    def __init__(self, issuer: str, token: str) -> None:
        """Take the issuer and a token for its management API."""
        self._http = httpx.Client(
            base_url=f"{issuer}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=30,
        )

    def __enter__(self) -> "ManagementClient":
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._http.close()

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Return the answer of one operation. Raises `CommandFailed` when it is refused."""
        try:
            answer = self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise CommandFailed(f"{method} {path} was not answered: {error}") from None
        if not answer.is_success:
            raise CommandFailed(f"{method} {path} was refused ({answer.status_code}): {answer.text}")
        found: dict[str, Any] = answer.json()
        return found


def _set_up(api: ManagementClient, tell: Tell) -> tuple[str, str]:
    api_id = api.call("POST", "/apis", {"name": "Orders", "audience": AUDIENCE})["api"]["id"]
    scope_ids = [
        api.call("POST", f"/apis/{api_id}/scopes", {"key": key, "description": text})["scope"]["id"]
        for key, text in SCOPES.items()
    ]
    tell("The API Orders with two scopes", ", ".join(SCOPES))
    made = api.call("POST", "/applications", {"name": "Warehouse robot", "type": "m2m"})["application"]
    application_id: str = made["id"]
    api.call("PATCH", f"/apis/{api_id}/applications", {"applications": [{"id": application_id}]})
    for scope_id in scope_ids:
        api.call("POST", f"/apis/{api_id}/applications/{application_id}/scopes/{scope_id}")
    tell("The M2M application Warehouse robot, authorized for it", application_id)
    flag = {"name": "Express checkout", "key": FLAG, "type": "bool", "default_value": "true"}
    api.call("POST", "/feature_flags", flag)
    tell("A feature flag", f"{FLAG} = true")
    category_id = api.call("GET", "/property_categories?context=app")["categories"][0]["id"]
    item = {"name": "Cost center", "key": PROPERTY, "type": "single_line_text", "context": "app"}
    api.call("POST", "/properties", {**item, "is_private": False, "category_id": category_id})
    api.call("PUT", f"/applications/{application_id}/properties/{PROPERTY}", {"value": "CC-1207"})
    tell("A property of the application", f"{PROPERTY} = CC-1207")
    return application_id, made["client_secret"]


def _two_tokens(
    client: TokenClient, api: ManagementClient, credentials: tuple[str, str], tell: Tell
) -> DemoStory:
    client_id, secret = credentials
    path = f"/applications/{client_id}/token_profiles/m2m"
    profile: dict[str, Any] = {"feature_flags": "all", "properties": [PROPERTY]}
    api.call("PUT", path, profile)
    before = _token(client, credentials)
    explained = api.call("POST", f"{path}/preview", {})
    tell("A token before", "verified against the JWKS")
    switched = {**profile, "include_api_scopes_in_permissions": True}
    preview = api.call("POST", f"{path}/preview", {"profile": switched})
    tell("A preview of the switch, nothing saved", f"it would add: {', '.join(preview['diff']['added'])}")
    api.call("PUT", path, switched)
    after = _token(client, credentials)
    tell("Switched on, and a token after", "verified against the JWKS")
    return DemoStory(
        issuer=client.issuer,
        client_id=client_id,
        client_secret=secret,
        audience=AUDIENCE,
        before=before,
        after=after,
        left_out=_because(explained["omitted"]),
        put_in=_because(preview["trace"]),
        foreseen=preview["diff"],
        budget_bytes=preview["budget_bytes"],
    )


def _token(client: TokenClient, credentials: tuple[str, str]) -> DemoToken:
    token, _ = client.client_credentials(*credentials, {"audience": AUDIENCE})
    verified: VerifiedToken = client.verify(token)
    return DemoToken(token, verified.header, verified.claims)


def _because(lines: list[dict[str, Any]]) -> str:
    return next(str(line["because"]) for line in lines if line["claim"] == "permissions")
