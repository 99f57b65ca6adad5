"""People allow applications what they ask for: once, until more is asked for or it is taken back."""

import base64
import json

import pytest

from claimsmith.domain.errors import NotFound
from claimsmith.domain.users import IdentityType
from claimsmith.usecases import api_authorizations, applications, consents, organizations, users
from claimsmith.usecases.memberships import join
from tests.support.people import make_role, make_scope
from tests.support.platform import open_platform
from tests.support.rows import put
from tests.support.sign_in import CALLBACK, OWN_PAGE, VERIFIER, Browser, make_application, sign_up

ADA = "ada@example.com"
AUDIENCE = "https://orders.test"


class World:
    """Hold Ada, who is signed in, an application of others, and an API where Ada may read orders."""

    def __init__(self, opened, browser, application, user, role, scope):
        self.opened, self.browser, self.application = opened, browser, application
        self.user, self.role, self.scope = user, role, scope
        self.context = opened.context()

    async def ask(self, **parameters):
        return await self.browser.begin(self.application, **{"audience": AUDIENCE, **parameters})

    async def silently(self, **parameters):
        """Return the error of an authorization without pages, or `None`."""
        return (await self.ask(prompt="none", **parameters)).callback.get("error")

    async def tokens(self, page):
        form = {
            "grant_type": "authorization_code",
            "code": page.callback["code"],
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        return await self.token(**form)

    async def token(self, **form):
        form["client_id"] = self.application.id
        return (await self.browser.http.post("/oauth2/token", data=form)).json()

    async def allowed(self):
        [listed] = await consents.list_consents(self.context, self.user.id)
        return {each.audience: each.scopes for each in listed.consents}


async def make_world(opened):
    application = await make_application(opened)
    browser = Browser(opened)
    await sign_up(browser, application, ADA)
    context = opened.context()
    await applications.change_application(context, application.id, {"is_consent_required": True})
    scope = await make_scope(context, "read:orders")
    await api_authorizations.change_authorized_applications(context, scope.api_id, [(application.id, None)])
    role = await make_role(context, "reader", scope_ids=[scope.id])
    found = (await users.list_users(context, identities={IdentityType.EMAIL: [ADA]})).items[0]
    [code] = found.organization_codes
    async with context.changing() as work:
        values = {"user_id": found.user.id, "organization_code": code, "role_id": role.id}
        await put(work, "membership_roles", **values)
        work.record("role", role.id, "changed")
    return World(opened, browser, application, found.user, role, scope)


@pytest.fixture(params=["sqlite", "postgresql"])
async def world(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as opened:
        yield await make_world(opened)


def scope_of(tokens):
    return json.loads(base64.urlsafe_b64decode(tokens["access_token"].split(".")[1] + "=="))["scope"]


async def test_what_was_not_allowed_is_not_given_without_pages(world):
    assert await world.silently() == "consent_required"
    page = await world.ask()
    assert page.step == "consent"
    assert "read:orders" in page.text
    assert (await world.browser.send(page, "deny")).callback["error"] == "access_denied"
    assert await world.silently() == "consent_required"
    assert await consents.list_consents(world.context, world.user.id) == []


async def test_what_was_allowed_is_asked_again_only_for_more(world):
    page = await world.browser.send(await world.ask(scope="openid offline"), "allow")
    tokens = await world.tokens(page)
    assert scope_of(tokens) == "openid offline read:orders"
    assert await world.allowed() == {"": ("offline", "openid"), AUDIENCE: ("read:orders",)}
    assert await world.silently(scope="openid") is None
    assert await world.silently(scope="openid email") == "consent_required"
    assert (await world.ask(scope="openid", prompt="consent")).step == "consent"
    await world.browser.send(await world.ask(scope="openid email"), "allow")
    assert await world.allowed() == {"": ("email", "offline", "openid"), AUDIENCE: ("read:orders",)}
    assert await world.silently(scope="openid email") is None


async def test_scopes_that_a_role_brings_later_are_asked_for_before_they_are_given(world):
    page = await world.browser.send(await world.ask(scope="openid offline"), "allow")
    tokens = await world.tokens(page)
    more = await make_scope(world.context, "write:orders", world.scope.api_id)
    from claimsmith.usecases import role_contents

    await role_contents.add_role_scope(world.context, world.role.id, more.id)
    refreshed = await world.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert scope_of(refreshed) == "openid offline read:orders"
    assert await world.silently(scope="openid offline") == "consent_required"
    page = await world.browser.send(await world.ask(scope="openid offline"), "allow")
    assert scope_of(await world.tokens(page)) == "openid offline read:orders write:orders"
    await applications.change_application(world.context, world.application.id, {"is_consent_required": False})
    assert await world.silently(scope="openid profile") is None


async def test_another_organization_is_another_question(world):
    await world.browser.send(await world.ask(), "allow")
    made = await organizations.create_organization(world.context, name="Mill", members={}, feature_flags={})
    async with world.context.storing() as work:
        await join(work, world.user.id, made.code)
    assert await world.silently(org_code=made.code) == "consent_required"
    page = await world.browser.send(await world.ask(org_code=made.code), "allow")
    assert "code" in page.callback
    [listed] = await consents.list_consents(world.context, world.user.id)
    assert {each.organization_code for each in listed.consents} > {made.code}
    await organizations.delete_organization(world.context, made.code)
    [listed] = await consents.list_consents(world.context, world.user.id)
    assert made.code not in {each.organization_code for each in listed.consents}


async def test_what_is_withdrawn_ends_and_is_asked_again(world):
    page = await world.browser.send(await world.ask(), "allow")
    tokens = await world.tokens(page)
    with pytest.raises(NotFound):
        await consents.withdraw_consents(world.context, world.user.id, "0" * 32)
    await consents.withdraw_consents(world.context, world.user.id, world.application.id)
    refused = await world.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refused["error"] == "invalid_grant"
    assert await world.silently() == "consent_required"
    with pytest.raises(NotFound):
        await consents.withdraw_consents(world.context, world.user.id, world.application.id)


async def test_people_see_what_they_allowed_and_withdraw_it(world):
    stranger = await Browser(world.opened).open("/auth/applications")
    assert (stranger.status, "You are not signed in" in stranger.text) == (401, True)
    assert "You allowed no application anything" in (await world.browser.open("/auth/applications")).text
    tokens = await world.tokens(await world.browser.send(await world.ask(), "allow"))
    page = await world.browser.open("/auth/applications")
    assert page.status == 200
    assert ("Orders" in page.text, "read:orders" in page.text) == (True, True)
    form = page.form("withdraw-1")
    for fields, headers in ((form["fields"], {}), ({**form["fields"], "form_token": "0" * 64}, OWN_PAGE)):
        refused = await world.browser.http.post("/auth/applications", data=fields, headers=headers)
        assert refused.status_code == 403
    page = await world.browser.send(page, "withdraw-1")
    assert "You allowed no application anything" in page.text
    refused = await world.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refused["error"] == "invalid_grant"


async def test_devices_keep_what_they_were_allowed(world):
    made = await applications.create_application(world.context, name="Television", type="device")
    client_id = made.application.id
    await api_authorizations.change_authorized_applications(
        world.context, world.scope.api_id, [(client_id, None)]
    )
    form = {"client_id": client_id, "scope": "openid", "audience": AUDIENCE}
    told = (await world.browser.http.post("/oauth2/device/auth", data=form)).json()
    page = await world.browser.open(told["verification_uri_complete"])
    await world.browser.send(page, "allow")
    [listed] = await consents.list_consents(world.context, world.user.id)
    assert listed.application.id == client_id
    assert {each.audience: each.scopes for each in listed.consents} == {
        "": ("openid",),
        AUDIENCE: ("read:orders",),
    }
