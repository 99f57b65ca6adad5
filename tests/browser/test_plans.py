"""On Free: the switch with its reason, its preview, the trial, the token; and 31 days later, why not."""

import base64
import hashlib
import json
import sys
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from tests.clients.signing_in import CALLBACK, prepare
from tests.support.accessibility import faults
from tests.support.operator_plans import DAY, SAMPLE
from tests.support.server import RunningServer

pytestmark = pytest.mark.browser
AUDIENCE = "https://api.orders.test"
SWITCH = "Include API scopes in the permissions claim"
NOT_INCLUDED = "Plan Free does not include API scopes in the permissions claim"
TRIAL = "Start 30-day trial of Plus"
WITHOUT_SCOPES = {"m2m": None, "access": ["see:orders"]}
VERIFIER = "v" * 50
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 390, "height": 844}


class MovedServer(RunningServer):
    """Run everything under a clock that the test moves."""

    def __init__(self, data, **options):
        super().__init__(data, **options)
        self.ahead = data.parent / "ahead"
        self.ahead.write_text("0")

    def command(self, *words):
        return [sys.executable, "-m", "tests.support.shifted_clock", str(self.ahead), *words]

    def move(self, days):
        self.ahead.write_text(str(days * DAY))

    def json(self, *words):
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


class Shop:
    """Hold a running server with an M2M application, a web application and a user, all made before plans."""

    def __init__(self, server):
        self.server = server
        self.site = prepare(server)
        with server.management() as management:
            self.profile = f"/applications/{self.site.client_id}/token_profiles/access"
            assert management.put(self.profile, json={}).status_code == 200
            api = next(
                each for each in management.get("/apis").json()["apis"] if each["audience"] == AUDIENCE
            )
            scopes = management.get(f"/apis/{api['id']}/scopes").json()["scopes"]
            body = {"name": "Nightly", "type": "m2m"}
            self.machine = management.post("/applications", json=body).json()["application"]
            authorized = {"applications": [{"id": self.machine["id"]}]}
            assert management.patch(f"/apis/{api['id']}/applications", json=authorized).status_code == 200
            path = f"/apis/{api['id']}/applications/{self.machine['id']}/scopes/{scopes[0]['id']}"
            assert management.post(path).status_code == 200

    def machine_claims(self):
        """Fetch the M2M token, as the application does."""
        return self._claims(
            grant_type="client_credentials",
            client_id=self.machine["client_id"],
            client_secret=self.machine["client_secret"],
            audience=AUDIENCE,
        )

    def user_claims(self):
        """Sign Kim in through the pages, and redeem the code."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "client_id": self.site.client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid profile email",
            "audience": AUDIENCE,
            "org_code": self.site.organization,
            "state": "state-that-is-long-enough",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        told = self.site.sign_in(f"{self.server.base_url}/oauth2/auth?{urlencode(asked)}")
        return self._claims(
            grant_type="authorization_code",
            client_id=self.site.client_id,
            client_secret=self.site.client_secret,
            code=parse_qs(urlsplit(told).query)["code"][0],
            redirect_uri=CALLBACK,
            code_verifier=VERIFIER,
        )

    def _claims(self, **form):
        answer = httpx.post(f"{self.server.base_url}/oauth2/token", data=form)
        assert answer.status_code == 200, answer.text
        payload = answer.json()["access_token"].split(".")[1]
        return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))

    def application_id(self, kind):
        return self.machine["id"] if kind == "m2m" else self.site.client_id

    def claims(self, kind):
        return self.machine_claims() if kind == "m2m" else self.user_claims()

    def editor(self, kind):
        return f"{self.server.base_url}/console/applications/{self.application_id(kind)}/tokens/{kind}"


@pytest.fixture
def shop(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    server = MovedServer(data)
    with server:
        made = Shop(server)
    server.options["plans"] = SAMPLE
    with server:
        yield made


def signed_in(chromium, shop, **options):
    """Open a page that is signed in to the console."""
    page = chromium.new_context(**options).new_page()
    page.goto(shop.server.json("console-link")["url"])
    return page


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("scripts", "kinds"), [(True, ("m2m", "access")), (False, ("m2m",))], ids=["with scripts", "without"]
)
def test_from_a_disabled_switch_to_a_token_and_31_days_later(shop, chromium, scripts, kinds):
    page = signed_in(chromium, shop, viewport=WIDE, java_script_enabled=scripts)
    before = {kind: shop.claims(kind).get("permissions") for kind in kinds}
    assert before == {kind: WITHOUT_SCOPES[kind] for kind in kinds}
    for kind in reversed(kinds):
        previews_what_is_blocked(shop, page, kind, scripts)
        assert shop.claims(kind).get("permissions") == before[kind], "nothing was saved"

    with page.expect_navigation():
        page.get_by_role("button", name=TRIAL).click()
    expect(page.get_by_text("The trial has started.")).to_be_visible()
    assert page.url.startswith(shop.editor("m2m")), "the page it was started on"
    for kind in kinds:
        page.goto(shop.editor(kind))
        expect(page.locator("#scopes-switch-gate")).to_have_count(0)
        page.get_by_role("switch", name=SWITCH).check()
        with page.expect_navigation():
            page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("This is what is saved")).to_be_visible()
        assert shop.claims(kind)["permissions"] == sorted({*(before[kind] or ()), "read:orders"})

    shop.server.move(days=31)
    page = signed_in(chromium, shop, viewport=WIDE, java_script_enabled=scripts)
    for kind in kinds:
        carried = shop.claims(kind)
        assert carried.get("permissions") == before[kind]
        assert carried["scp"] == (["read:orders"] if kind == "m2m" else ["openid", "profile", "email"])
        tells_why(shop, page, kind)


def previews_what_is_blocked(shop, page, kind, scripts):
    page.goto(shop.editor(kind))
    expect(page.get_by_role("switch", name=SWITCH)).to_be_disabled()
    expect(page.locator("#scopes-switch-gate")).to_contain_text(f"{NOT_INCLUDED}. It is in Plus, Scale or")
    expect(page.get_by_role("button", name=TRIAL)).to_be_enabled()
    page.get_by_label("See it in the preview").check()
    if not scripts:
        with page.expect_navigation():
            page.get_by_role("button", name="Update the preview").click()
    expect(page.locator(".needs")).to_contain_text("Needs Plus")
    shown = page.locator("[data-claim=permissions]")
    expect(shown).to_have_attribute("data-mark", "added" if kind == "m2m" else "changed")
    expect(shown.locator("code.json:not(.before)")).to_contain_text("read:orders")


def tells_why(shop, page, kind):
    """The console, the API and the command line say the same."""
    application_id = shop.application_id(kind)
    page.goto(shop.editor(kind))
    expect(page.get_by_role("switch", name=SWITCH)).to_be_checked()
    gate = page.locator("#scopes-switch-gate")
    expect(gate).to_contain_text(f"{NOT_INCLUDED}; it was on until ")
    expect(page.get_by_role("button", name="Start 30-day trial of Scale")).to_be_visible()
    expect(page.get_by_role("button", name=TRIAL)).to_have_count(0)
    expect(page.locator(".preview")).to_contain_text("Left out: plan Free does not include")
    page.goto(f"{shop.server.base_url}/console/plan")
    expect(page.get_by_role("heading", name="Plan Free")).to_be_visible()
    expect(page.locator("main")).to_contain_text("API scopes in the permissions claimOn until ")

    member = "permissions" if kind == "m2m" else "permissions.api_scopes"
    user = [] if kind == "m2m" else ["--user", "kim@orchard.test"]
    explained = shop.server.json(
        *("token", "explain", "permissions", "--application", application_id, "--kind", kind),
        *("--audience", AUDIENCE, *user),
    )
    (line,) = [each for each in explained["omitted"] if each["claim"] == member]
    assert line["because"].startswith(
        "Left out: plan Free does not include API scopes in the permissions claim; it"
    )
    with shop.server.management() as management:
        body = {"audience": AUDIENCE} | ({"user_id": "kim@orchard.test"} if user else {})
        path = f"/applications/{application_id}/token_profiles/{kind}/preview"
        omitted = management.post(path, json=body).json()["omitted"]
        assert line in omitted
        plan = management.get("/plan").json()
        assert plan["plan"]["key"] == "free"
        (feature,) = [each for each in plan["features"] if each["key"] == "claims.api_scopes_in_permissions"]
        assert (feature["is_included"], feature["until"] is not None) == (False, True)


@pytest.mark.timeout(400)
def test_every_blocked_control_is_shown_and_can_be_used_by_everybody(shop, chromium, tmp_path):
    for scheme in ("light", "dark"):
        for viewport in (WIDE, NARROW):
            page = signed_in(chromium, shop, viewport=viewport, color_scheme=scheme)
            found = {}
            for name, path in pages_of(shop).items():
                page.goto(f"{shop.server.base_url}/console{path}")
                if name == "secrets":
                    page.locator(".menu-box > summary").first.click()
                assert faults(page) == {}, path
                assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path
                found[name] = page.locator(".plan-gate").count()
                page.screenshot(path=tmp_path / f"{name}-{scheme}-{viewport['width']}.png", full_page=True)
            assert found == {"tokens": 1, "cards": 0, "api": 1, "secrets": 1, "new": 1, "plan": 0}
            page.context.close()


def pages_of(shop):
    with shop.server.management() as management:
        api = next(each for each in management.get("/apis").json()["apis"] if each["audience"] == AUDIENCE)
    return {
        "tokens": f"/applications/{shop.machine['id']}/tokens/m2m",
        "cards": f"/applications/{shop.machine['id']}/tokens",
        "api": f"/apis/{api['id']}",
        "secrets": f"/applications/{shop.machine['id']}",
        "new": "/applications/new",
        "plan": "/plan",
    }
