"""Start the server, and configure over its management API the application whose tokens are measured."""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.load import Target
from bench.processes import ROOT, Running, free_port

AUDIENCE = "https://api.orders.test"
SCOPES = ("read:orders", "write:orders")
SCOPE = " ".join(SCOPES)

EXPECTED_CLAIMS = {
    "aud": [AUDIENCE],
    "gty": ["client_credentials"],
    "scope": SCOPE,
    "scp": list(SCOPES),
    "v": "2",
    "permissions": list(SCOPES),
    "feature_flags": {"dark_mode": {"t": "b", "v": True}, "page_size": {"t": "i", "v": 25}},
    "application_properties": {"region": {"v": "eu"}},
}
MADE_PER_TOKEN = {"azp", "exp", "iat", "iss", "jti"}
LIFETIME_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Credentials:
    """Hold the measured application's credentials."""

    client_id: str
    client_secret: str


def form(credentials: Credentials, client_id: str | None = None) -> dict[str, str]:
    """Return the token request of the measured application (RFC 6749 §4.4.2, client_secret_post)."""
    return {
        "grant_type": "client_credentials",
        "client_id": client_id or credentials.client_id,
        "client_secret": credentials.client_secret,
        "audience": AUDIENCE,
        "scope": SCOPE,
    }


class Subject:
    """Run the server over one data folder."""

    def __init__(
        self,
        data: Path,
        port: int | None = None,
        *,
        database_url: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Start the server, on SQLite unless there is a URL; `wait` tells when it serves."""
        self._where = ["--data", str(data), *(["--database-url", database_url] if database_url else [])]
        self.data = data
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "claimsmith", "serve", *self._where]
        self.server = Running(
            [*command, "--host", "127.0.0.1", "--port", str(self.port)],
            cwd=ROOT,
            env=env or {},
            log=data.parent / f"{data.name}.log",
        )

    def target(self, credentials: Credentials, *, rotate: int = 0, random: bool = False) -> Target:
        """Return what to load: the one application, or stored copies of it in turns or at random."""
        fields = form(credentials, "APPLICATION" if rotate else None)
        return Target(f"{self.url}/oauth2/token", fields, rotate, random)

    def wait(self) -> None:
        """Wait until the server answers; it listens before its environment has its address."""
        self.server.wait_until_listening(self.port)
        with suppress(httpx.TransportError):
            httpx.get(f"{self.url}/health/live", timeout=60)
        self.server.check_alive()

    def seconds_until_token(self, credentials: Credentials) -> float:
        """Return the seconds from the start of the process to the first token it issued."""
        with httpx.Client() as client:
            while True:
                self.server.check_alive()
                try:
                    answer = client.post(f"{self.url}/oauth2/token", data=form(credentials))
                except httpx.TransportError:
                    time.sleep(0.005)
                    continue
                if answer.status_code == httpx.codes.OK:
                    return time.perf_counter() - self.server.started_at
                if time.perf_counter() - self.server.started_at > 60:
                    raise SystemExit(f"bench: no token after 60 s: {answer.status_code} {answer.text}")
                time.sleep(0.005)

    def configure(self, algorithm: str) -> Credentials:
        """Make the API, its scopes, the flags, the property and the application; return its credentials."""
        with httpx.Client(base_url=self.url, headers=self._bearer(), timeout=30) as client:
            return _configure(_Management(client), algorithm)

    def register_web(self, redirect_uri: str) -> Credentials:
        """Register a back-end web application that may use the API; return its credentials."""
        with httpx.Client(base_url=self.url, headers=self._bearer(), timeout=30) as client:
            return _register_web(_Management(client), redirect_uri)

    def _bearer(self) -> dict[str, str]:
        command = [sys.executable, "-m", "claimsmith", "bootstrap", *self._where, "--json"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)  # ours
        if done.returncode:
            raise SystemExit(f"bench: bootstrap failed: {done.stderr.decode().strip()}")
        made = json.loads(done.stdout)["management"]
        answer = httpx.post(
            f"{self.url}/oauth2/token",
            data={
                "grant_type": "client_credentials",
                "client_id": made["client_id"],
                "client_secret": made["client_secret"],
                "audience": made["audience"],
            },
        )
        if answer.status_code != httpx.codes.OK:
            raise SystemExit(f"bench: no management token: {answer.status_code} {answer.text}")
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


class _Management:
    """Call the management API and insist on success."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._client.request(method, f"/api/v1/{path}", json=body)
        if not answer.is_success:
            raise SystemExit(f"bench: {method} {path} gave {answer.status_code}: {answer.text}")
        return answer.json() if answer.content else None


def _configure(call: _Management, algorithm: str) -> Credentials:
    api = call("POST", "apis", {"name": "Orders", "audience": AUDIENCE})["api"]["id"]
    call("PATCH", f"apis/{api}", {"signing_algorithm": algorithm})
    application = call("POST", "applications", {"name": "Measured", "type": "m2m"})["application"]
    call("PATCH", f"apis/{api}/applications", {"applications": [{"id": application["id"]}]})
    for key in SCOPES:
        scope = call("POST", f"apis/{api}/scopes", {"key": key, "description": key})["scope"]["id"]
        call("POST", f"apis/{api}/applications/{application['id']}/scopes/{scope}")
    for key, kind, value in (("dark_mode", "bool", "true"), ("page_size", "int", "25")):
        call("POST", "feature_flags", {"name": key, "key": key, "type": kind, "default_value": value})
    _set_region(call, application["id"])
    call(
        "PUT",
        f"applications/{application['id']}/token_profiles/m2m",
        {
            "include_api_scopes_in_permissions": True,
            "feature_flags": ["dark_mode", "page_size"],
            "properties": ["region"],
        },
    )
    return Credentials(application["client_id"], application["client_secret"])


def _register_web(call: _Management, redirect_uri: str) -> Credentials:
    api = next(each["id"] for each in call("GET", "apis")["apis"] if each["audience"] == AUDIENCE)
    application = call("POST", "applications", {"name": "Web", "type": "reg"})["application"]
    call("PATCH", f"applications/{application['id']}", {"redirect_uris": [redirect_uri]})
    call("PATCH", f"apis/{api}/applications", {"applications": [{"id": application["id"]}]})
    return Credentials(application["client_id"], application["client_secret"])


def _set_region(call: _Management, application_id: str) -> None:
    categories = call("GET", "property_categories?context=app")["categories"]
    call(
        "POST",
        "properties",
        {
            "name": "Region",
            "key": "region",
            "type": "single_line_text",
            "context": "app",
            "is_private": False,
            "category_id": categories[0]["id"],
        },
    )
    call("PUT", f"applications/{application_id}/properties/region", {"value": "eu"})


def check_token(target: Target, algorithm: str) -> str:
    """Get one token, insist that it carries exactly the agreed claims, and return its signing input."""
    body = target.form
    if target.rotate:
        body = {**body, "client_id": f"be0c4{1:027d}"}
    answer = httpx.post(target.url, data=body)
    if answer.status_code != httpx.codes.OK:
        raise SystemExit(f"bench: {target.url} gave {answer.status_code}: {answer.text}")
    signing_input = str(answer.json()["access_token"]).rpartition(".")[0]
    header, claims = (json.loads(_decode(part)) for part in signing_input.split("."))
    fixed = {name: value for name, value in claims.items() if name not in MADE_PER_TOKEN}
    if (
        header["alg"] != algorithm
        or fixed != EXPECTED_CLAIMS
        or not claims.keys() >= MADE_PER_TOKEN
        or claims["azp"] != body["client_id"]
        or claims["exp"] - claims["iat"] != LIFETIME_SECONDS
    ):
        raise SystemExit(f"bench: {target.url} does not issue the agreed token: {header} {claims}")
    return signing_input


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
