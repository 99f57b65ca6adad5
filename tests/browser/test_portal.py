"""Somebody looks after the own things in the portal, on a phone and on a desktop, by day and by night."""

from itertools import product

import pytest

from tests.browser.people import press
from tests.support.accessibility import faults

pytestmark = pytest.mark.browser

SIZES = ({"width": 390, "height": 844}, {"width": 1280, "height": 800})
SCHEMES = ("light", "dark")


@pytest.fixture(scope="module")
def link(site):
    """Return a function that makes links to the portal for a member of an organization."""
    code = site.call("POST", "/organization", name="Orchard Ltd")["organization"]["code"]
    profile = {"given_name": "Kim", "family_name": "Ode"}
    identity = {"type": "email", "details": {"email": "kim@orchard.test"}, "is_verified": True}
    user = site.call("POST", "/user", profile=profile, organization_code=code, identities=[identity])

    def made(sub_nav):
        body = {"user_id": user["id"], "organization_code": code, "sub_nav": sub_nav}
        return site.call("POST", "/portal/generate_url", **body)["url"]

    return made


def check(page):
    """Look at a page in every size and colour scheme."""
    for size, scheme in product(SIZES, SCHEMES):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        assert faults(page) == {}, (page.url, size, scheme)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), (page.url, size)


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


def test_somebody_looks_at_plans(chromium, site, link):
    """The bars of use, the trial and what can be chosen, in both languages."""
    for locale in ("en-GB", "de-DE"):
        with chromium.new_context(locale=locale) as context:
            page = context.new_page()
            page.goto(link("organization_plan_details"))
            assert "portal/organization-plan" in page.url
            check(page)
