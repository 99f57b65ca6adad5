"""Somebody looks after the own things in the portal, on a phone and on a desktop, by day and by night."""

import json
from itertools import product

import pytest

from tests.browser.people import press
from tests.support.accessibility import faults
from tests.support.look import keep_picture

pytestmark = pytest.mark.browser

SIZES = ({"width": 390, "height": 844}, {"width": 1280, "height": 800})
SCHEMES = ("light", "dark")


FREE = {"features": [{"feature": "calls", "limit_max": 100}]}
PLUS = {
    "features": [{"feature": "calls", "limit_max": 1000}, {"feature": "sso"}],
    "charges": [{"key": "base", "price_name": "Plus", "amount": 4900}],
    "trial": {"days": 30, "fall_back_plan": "free"},
}


@pytest.fixture(scope="module")
def member(site):
    """Return the code of an organization and the id of a member of it."""
    code = site.call("POST", "/organization", name="Orchard Ltd")["organization"]["code"]
    profile = {"given_name": "Kim", "family_name": "Ode"}
    identity = {"type": "email", "details": {"email": "kim@orchard.test"}, "is_verified": True}
    user = site.call("POST", "/user", profile=profile, organization_code=code, identities=[identity])
    return code, user["id"]


@pytest.fixture(scope="module")
def link(site, member):
    """Return a function that makes links to the portal for the member."""

    def made(sub_nav):
        body = {"user_id": member[1], "organization_code": member[0], "sub_nav": sub_nav}
        return site.call("POST", "/portal/generate_url", **body)["url"]

    return made


def check(page):
    """Look at a page in every size and colour scheme."""
    for size, scheme in product(SIZES, SCHEMES):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        assert faults(page) == {}, (page.url, size, scheme)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), (page.url, size)
        keep_picture(page)


@pytest.mark.parametrize(("locale", "scripts"), [("en-GB", True), ("de-DE", False)])
def test_somebody_changes_the_own_name(chromium, link, locale, scripts):
    with chromium.new_context(locale=locale, java_script_enabled=scripts) as context:
        page = context.new_page()
        page.goto(link("profile"))
        if scripts:
            check(page)
        page.fill("#p_first_name", "Kim Lee")
        press(page, "#save")
        assert page.input_value("#p_first_name") == "Kim Lee"
        assert page.locator("#done").count() == 1
        press(page, "#to-organization")
        assert "Orchard Ltd" in page.inner_text("dl")
        if scripts:
            check(page)
        press(page, "#leave")
        assert page.url.endswith("/portal/left")
        if scripts:
            check(page)
        page.go_back()
        page.reload()
        assert page.locator("#leave").count() == 0


@pytest.fixture
def sold(site, member, tmp_path):
    """Sell two plans, one of which can be tried; the member may choose them."""

    def run(*words):
        done = site.server.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    code, user_id = member
    run("billing", "feature", "create", "calls", "--name", "Calls", "--metered", "--unit", "call")
    run("billing", "feature", "create", "sso", "--name", "Single sign-on")
    for key, contents in (("free", FREE), ("plus", PLUS)):
        path = tmp_path / f"{key}.json"
        path.write_text(json.dumps(contents))
        named = ("--name", key.capitalize(), "--contents", str(path), "--publish")
        run("billing", "plan", "create", key, *named, *(["--default"] if key == "free" else []))
    run("permission", "create", "Write billing", "--key", "org:write:billing")
    role = run("role", "create", "Owner", "--key", "owner")
    assert site.server.run("role", "permissions", "add", "owner", "org:write:billing").returncode == 0
    site.call("POST", f"/organizations/{code}/users/{user_id}/roles", role_id=role["id"])


def test_who_may_not_see_plans_is_told_so(chromium, link):
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(link("organization_plan_details"))
        assert "portal/organization-plan" in page.url
        check(page)


def test_somebody_chooses_and_tries_a_plan(chromium, sold, link):
    """What can be chosen, the bars of use and the trial, in both languages."""
    for locale, first in (("en-GB", True), ("de-DE", False)):
        with chromium.new_context(locale=locale) as context:
            page = context.new_page()
            page.goto(link("organization_plan_details"))
            check(page)
            if first:
                press(page, "#choose-free")
                check(page)
                press(page, "#try-plus")
            assert page.locator("#trial").count() == 1
            check(page)
