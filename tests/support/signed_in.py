"""Sign a user in to an application without pages: from the grant on that authorization begins."""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any

import httpx

from claimsmith.domain.authorization_requests import AuthorizationRequest
from claimsmith.domain.sso_sessions import SsoSession
from claimsmith.usecases.grants import begin_grant
from tests.support.platform import OpenPlatform
from tests.support.rows import USER, put, put_identity, put_member, put_organization, put_user

AUDIENCE = "https://api.orders.test"
REDIRECT_URI = "https://app.orders.test/callback"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
SCOPES = ("openid", "profile", "email", "offline")
ORGANIZATION = "org_5e2a91c07d4"
OTHER_ORGANIZATION = "org_00000000002"


@dataclass
class Application:
    """Hold an application as a client holds it; a public one has no secret."""

    id: str
    secret: str | None

    @property
    def credentials(self) -> dict[str, str]:
        """Return what a client sends in the body to say who it is."""
        sent = {"client_id": self.id}
        return {**sent, "client_secret": self.secret} if self.secret else sent


@dataclass
class SignedIn:
    """Hold the user Kim of two organizations, the API *Orders*, a web application and a public one.

    In `ORGANIZATION` Kim has the role `buyer` with the permission `view:orders` and the scope `read:orders`,
    and directly `refund:orders` and the scope `write:orders`. In `OTHER_ORGANIZATION` Kim has nothing.
    """

    opened: OpenPlatform
    management: httpx.AsyncClient
    web: Application
    public: Application
    api_id: str
    scope_ids: dict[str, str]
    session: SsoSession
    sent: list[httpx.Response] = field(default_factory=list)

    async def manage(self, method: str, path: str, body: Any = None) -> Any:
        """Call the management API."""
        answer = await self.management.request(method, f"/api/v1{path}", json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def code(self, application: Application | None = None, **changes: Any) -> str:
        """Begin a grant and return its code."""
        organization = changes.pop("organization_code", ORGANIZATION)
        request = {
            "client_id": (application or self.web).id,
            "redirect_uri": REDIRECT_URI,
            "scopes": SCOPES,
            "audiences": (AUDIENCE,),
            "nonce": "n-1",
            "code_challenge": CHALLENGE,
            "requested_at": int(self.opened.clock().timestamp()) - 20,
            **changes,
        }
        secret = await begin_grant(
            self.opened.context(),
            request=AuthorizationRequest(**request),
            user_id=USER,
            organization_code=organization,
            session=self.session,
        )
        return secret.reveal()

    async def token(self, application: Application | None = None, **form: Any) -> httpx.Response:
        """Ask the token endpoint; `None` leaves a parameter out."""
        sent = {**(application or self.web).credentials, **form}
        sent = {name: value for name, value in sent.items() if value is not None}
        headers = sent.pop("headers", None)
        async with self.opened.http(headers=headers) as http:
            return await http.post("/oauth2/token", data=sent)

    async def redeem(self, code: str, application: Application | None = None, **form: Any) -> httpx.Response:
        """Redeem a code."""
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
            **form,
        }
        return await self.token(application, **sent)

    async def refresh(
        self, refresh_token: str | None, application: Application | None = None, **form: Any
    ) -> httpx.Response:
        """Use a refresh token."""
        sent = {"grant_type": "refresh_token", "refresh_token": refresh_token, **form}
        return await self.token(application, **sent)

    async def tokens(self, application: Application | None = None, **changes: Any) -> dict[str, Any]:
        """Sign in and return the answer of the token endpoint."""
        answer = await self.redeem(await self.code(application, **changes), application)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def is_active(self, token: str, application: Application | None = None) -> bool:
        """Ask introspection as the application."""
        return bool((await self.introspect(token, application))["active"])

    async def introspect(self, token: str, application: Application | None = None) -> dict[str, Any]:
        """Return what introspection tells the application."""
        sent = {**(application or self.web).credentials, "token": token}
        async with self.opened.http() as http:
            answer = await http.post("/oauth2/introspect", data=sent)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def userinfo(self, token: str) -> httpx.Response:
        """Ask userinfo."""
        async with self.opened.http(headers={"Authorization": f"Bearer {token}"}) as http:
            return await http.get("/oauth2/v2/user_profile")


async def sign_in(opened: OpenPlatform, management: httpx.AsyncClient) -> SignedIn:
    """Make the user, the organizations, the API and the applications."""

    async def sent(method: str, path: str, **body: Any) -> Any:
        answer = await management.request(method, f"/api/v1{path}", json=body or None)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    api_id = (await sent("POST", "/apis", name="Orders", audience=AUDIENCE))["api"]["id"]
    scope_ids = {}
    for key in ("read:orders", "write:orders", "delete:orders"):
        scope_ids[key] = (await sent("POST", f"/apis/{api_id}/scopes", key=key, description=key))["scope"][
            "id"
        ]
    made = {}
    for kind in ("reg", "spa"):
        application = (await sent("POST", "/applications", name=kind, type=kind))["application"]
        await sent("PATCH", f"/applications/{application['id']}", redirect_uris=[REDIRECT_URI])
        await sent("PATCH", f"/apis/{api_id}/applications", applications=[{"id": application["id"]}])
        made[kind] = Application(application["client_id"], application.get("client_secret"))
    made["spa"].secret = None
    session = await put_people(opened, scope_ids)
    return SignedIn(opened, management, made["reg"], made["spa"], api_id, scope_ids, session)


async def put_people(opened: OpenPlatform, scope_ids: dict[str, str]) -> SsoSession:
    """Put Kim, what Kim may do, and Kim's session into the database."""
    context = opened.context()
    async with context.changing() as work:
        await put_user(work, first_name="Kim", last_name="Ode", provided_id="u-991")
        await put_identity(work, USER, "email", "kim@orchard.test")
        await put_identity(work, USER, "username", "kim")
        await put_organization(work, ORGANIZATION, name="Orchard Ltd", external_id="crm-4471")
        await put_organization(work, OTHER_ORGANIZATION, name="Zoo")
        for code in (ORGANIZATION, OTHER_ORGANIZATION):
            await put_member(work, USER, code)
        for key in ("view:orders", "refund:orders", "other"):
            await put(work, "permissions", id=f"perm_{key}", key=key, name=key.title())
        await put(work, "roles", id="role_buyer", key="buyer", name="Buyer")
        await put(work, "role_permissions", role_id="role_buyer", permission_id="perm_view:orders")
        await put(work, "role_scopes", role_id="role_buyer", scope_id=scope_ids["read:orders"])
        member = {"user_id": USER, "organization_code": ORGANIZATION}
        await put(work, "membership_roles", **member, role_id="role_buyer")
        await put(work, "membership_permissions", **member, permission_id="perm_refund:orders")
        await put(work, "membership_scopes", **member, scope_id=scope_ids["write:orders"])
        work.record("permission", "all", "changed")
    now = opened.clock()
    return SsoSession("session_1", USER, now, now, now, now, 86_400, methods=("pwd",))
