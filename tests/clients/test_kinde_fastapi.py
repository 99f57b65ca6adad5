"""A FastAPI application with kinde-python-sdk, unchanged, signs people in against our server."""

import pytest

from tests.clients import kinde_web
from tests.clients.signing_in import EMAIL


@pytest.fixture(scope="module")
def site(server, tmp_path_factory):
    directory = tmp_path_factory.mktemp("fastapi")
    given = {"SECRET_KEY": "k" * 40, "SESSION_FILE_DIR": str(directory / "sessions")}
    with kinde_web.running(server, "tests.clients.kinde_fastapi_app", directory, **given) as running:
        yield running


def test_a_stranger_is_sent_to_sign_in(site):
    kinde_web.assert_refused_everything(site)


def test_a_callback_that_was_not_begun_here_is_refused(site):
    assert site.visit().http.get("/callback", params={"code": "x", "state": "y"}).status_code >= 400


def test_sign_in_permissions_flags_and_claims(site):
    visit = site.visit()
    visit.sign_in()
    assert visit.read("/") == {"signed_in": True}
    assert visit.read("/user")["email"] == EMAIL
    kinde_web.assert_tokens_say(site, visit.read("/what"))
    kinde_web.assert_account_says(site, visit.read("/account"))


def test_the_link_to_the_portal(site):
    kinde_web.assert_portal_opens(site)


def test_sign_up(site):
    visit = site.visit()
    visit.sign_up()
    user = visit.read("/user")
    assert (user["email"], user["email_verified"]) == (kinde_web.NEWCOMER, True)


def test_refresh_and_a_session_that_signs_in_by_itself(site):
    visit = site.visit()
    visit.sign_in("/login-offline")
    assert visit.read("/refresh") == {"access_token": True, "refresh_token": True, "id_token": True}
    kinde_web.assert_tokens_say(site, visit.read("/what"))
    callback = visit.person.open(visit.location(f"/login-organization/{site.prepared.organization}"))
    visit.come_back(callback)
    assert visit.read("/") == {"signed_in": True}


def test_a_link_that_is_over_begins_anew(site):
    """The SDK takes `login_link_expired`, and asks again with what `reauth_state` holds."""
    kinde_web.assert_begins_anew(site.visit())


def test_sign_out(site):
    """The SDK sends the browser without a hint who it is: the application and its address have to do."""
    visit = site.visit()
    visit.sign_in()
    address = visit.location("/logout")
    assert visit.person.open(address).startswith(f"{site.application.base_url}/callback")
    kinde_web.assert_signed_out(visit)
