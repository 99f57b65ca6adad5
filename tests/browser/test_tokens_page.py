"""The Tokens page in a real browser: what is seen before saving is what is issued after it."""

import base64
import json
import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import AUDIENCE
from tests.support.accessibility import faults
from tests.support.look import keep_picture

pytestmark = pytest.mark.browser
STAMPS = {"iat", "exp", "jti"}
NARROW = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 900}


def editor(site, application_id):
    return f"{site.server.base_url}/console/applications/{application_id}/tokens/m2m"


def token_claims(site, client_id, secret):
    answer = httpx.post(
        f"{site.server.base_url}/oauth2/token",
        data={
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": secret,
            "audience": AUDIENCE,
        },
    )
    assert answer.status_code == 200, answer.text
    payload = answer.json()["access_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def shown_claims(page):
    """Read the claims off the page, as a person does."""
    lines = page.locator(".claim:not(.claim-removed) code.json:not(.before)").all_inner_texts()
    return json.loads("{" + ",".join(lines) + "}")


def without_stamps(claims):
    return {name: value for name, value in claims.items() if name not in STAMPS}


def test_flipped_switch_shows_permissions_before_saving_and_the_token_has_them_after(site, open_browser):
    client_id, secret = site.application("Nightly")
    page = open_browser(viewport=WIDE)
    page.goto(editor(site, client_id))
    expect(page.locator("[data-claim=permissions]")).to_have_count(0)
    expect(page.locator("[data-absent=permissions]")).to_contain_text("is off")
    assert "permissions" not in token_claims(site, client_id, secret)

    page.get_by_role("switch", name="Include API scopes in the permissions claim").check()
    added = page.locator("[data-claim=permissions]")
    expect(added).to_have_attribute("data-mark", "added")
    expect(added).to_contain_text("added")
    expect(page.locator("#preview-status")).to_contain_text("Preview updated: ")
    expect(page.locator("#preview-status")).to_contain_text("added permissions")
    added.locator("summary").click()
    expect(added).to_contain_text("these are the granted scopes")
    assert "permissions" not in token_claims(site, client_id, secret)

    page.get_by_label("These").check()
    page.get_by_label("theme").check()
    expect(page.locator("[data-claim=feature_flags]")).to_have_attribute("data-mark", "added")
    expect(added.locator("details")).to_have_attribute("open", "")
    previewed = without_stamps(shown_claims(page))
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("This is what is saved")).to_be_visible()
    assert without_stamps(shown_claims(page)) == previewed
    issued = token_claims(site, client_id, secret)
    assert without_stamps(issued) == previewed
    assert issued["permissions"] == ["read:orders", "write:orders"]

    page.get_by_role("switch", name="Include API scopes in the permissions claim").uncheck()
    removed = page.locator("[data-claim=permissions]")
    expect(removed).to_have_attribute("data-mark", "removed")
    expect(removed).to_contain_text("read:orders")


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_bars_of_small_claims_are_seen_and_longer_ones_are_of_larger_claims(site, open_browser, viewport):
    client_id, _ = site.application(f"Bars {viewport['width']}")
    page = open_browser(viewport=viewport)
    page.goto(editor(site, client_id))
    page.get_by_label("Size budget, in bytes").fill("16000")
    expect(page.locator(".total-line")).to_contain_text("16,000")
    bars = []
    for claim in page.locator(".claim:not(.claim-removed)").all():
        size = int(claim.locator(".claim-bytes").inner_text().removesuffix(" B"))
        bars.append((size, claim.locator(".bar-part").bounding_box()["width"]))
    assert min(width for _, width in bars) >= 3
    largest, longest = max(bars)
    track = page.locator(".claim .bar-all").first.bounding_box()["width"]
    assert longest == pytest.approx(track, abs=0.5)
    for size, width in bars:
        assert width == pytest.approx(track * (0.06 + 0.94 * size / largest), abs=0.5)


def test_all_works_without_javascript(site, open_browser):
    client_id, secret = site.application("Plain")
    page = open_browser(java_script_enabled=False, viewport=WIDE)
    page.goto(editor(site, client_id))
    page.get_by_role("switch", name="Include API scopes in the permissions claim").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Update the preview").click()
    expect(page.locator("[data-claim=permissions]")).to_have_attribute("data-mark", "added")
    previewed = without_stamps(shown_claims(page))
    assert "permissions" not in token_claims(site, client_id, secret)
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("This is what is saved")).to_be_visible()
    assert without_stamps(token_claims(site, client_id, secret)) == previewed


def test_refusal_keeps_the_last_preview_in_sight_and_says_why(site, open_browser):
    client_id, _ = site.application("Refused")
    page = open_browser(viewport=WIDE)
    page.goto(editor(site, client_id))
    claims = page.locator(".claim")
    count = claims.count()
    lifetime = page.get_by_label("Lives for, in seconds")
    lifetime.fill("soon")
    expect(page.locator(".preview-problem")).to_contain_text("'soon' is no whole number")
    expect(page.locator("#preview-status")).to_contain_text("'soon' is no whole number")
    expect(page.locator(".preview-content")).to_have_class(re.compile("is-stale"))
    expect(claims).to_have_count(count)
    lifetime.fill("600")
    expect(page.locator(".preview-problem")).to_have_count(0)
    expect(page.locator("[data-claim=exp]")).to_have_attribute("data-mark", "changed")
    page.get_by_label("Size budget, in bytes").fill("300")
    expect(page.locator(".total.is-over")).to_contain_text("bytes over the budget")


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_can_be_used_by_keyboard_and_screen_reader(site, open_browser, viewport, scheme):
    client_id, _ = site.application(f"A long name of an application that goes on and on: {scheme}")
    page = open_browser(viewport=viewport, color_scheme=scheme)
    paths = ["", "/applications", "/applications/new", "/apis", "/apis/new", f"/apis/{site.api_id}"]
    paths += ["/feature-flags", "/properties", "/mail"]
    paths += [
        f"/applications/{client_id}{suffix}" for suffix in ("", "/apis", "/tokens", "/tokens/m2m", "/delete")
    ]
    for path in paths:
        page.goto(f"{site.server.base_url}/console{path}")
        keep_picture(page)
        assert faults(page) == {}, path
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path
        menu = page.locator(".menu")
        assert menu.evaluate("each => each.scrollWidth - each.clientWidth") == 0, path


def test_tab_order_follows_the_page(site, open_browser):
    client_id, _ = site.application("Keys")
    page = open_browser(viewport=WIDE)
    page.goto(editor(site, client_id))
    visited = []
    for _ in range(60):
        page.keyboard.press("Tab")
        visited.append(
            page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
        )
        if visited[-1] == "Save":
            break
    assert visited[0] == "Skip to the content"
    order = [
        "Applications",
        "Sign out",
        "scopes-switch",
        "flags-none",
        "hasura-switch",
        "Update the preview",
        "Save",
    ]
    positions = [visited.index(each) for each in order]
    assert positions == sorted(positions)
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px"
