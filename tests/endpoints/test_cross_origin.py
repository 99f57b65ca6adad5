"""Pages of applications may read answers and keep refresh tokens in a cookie; nobody else's (CORS)."""

from http.cookies import SimpleCookie

import pytest

from tests.endpoints.test_user_tokens import kim  # noqa: F401 - a fixture

PAGE = "http://127.0.0.1:5173"
STRANGERS = [
    "null",
    "https://evil.test",
    "http://127.0.0.1:5174",
    "https://127.0.0.1:5173",
    "http://127.0.0.1:51730",
    "http://127.0.0.1",
    "http://127.0.0.1:5173/",
    "http://127.0.0.1:5173.evil.test",
    "https://app.orders.test.evil.test",
    "https://xapp.orders.test",
    "https://*.orders.test",
    "x" * 500,
]
PATHS = ["/oauth2/token", "/oauth2/revoke", "/oauth2/v2/user_profile", "/account_api/v1/permissions"]


@pytest.fixture
async def page(kim):  # noqa: F811
    """Give the public application a page on this host, as in development."""
    await kim.manage(
        "PATCH",
        f"/applications/{kim.public.id}",
        {"redirect_uris": ["https://app.orders.test/callback", f"{PAGE}/callback"]},
    )
    return kim


def cookies_of(answer):
    jar = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        jar.load(line)
    return jar


@pytest.mark.parametrize("path", PATHS)
async def test_preflight_permits_pages_of_applications_alone(page, path):
    """E19."""
    async with page.opened.http() as http:
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "kinde-sdk"}
        for origin in (PAGE, "https://app.orders.test"):
            answer = await http.options(path, headers={"Origin": origin, **asked})
            assert answer.status_code == 204
            assert answer.headers["access-control-allow-origin"] == origin
            assert answer.headers["access-control-allow-credentials"] == "true"
            assert answer.headers["access-control-allow-headers"] == "authorization, content-type, kinde-sdk"
            assert answer.headers["vary"] == "Origin"
        for origin in STRANGERS:
            answer = await http.options(path, headers={"Origin": origin, **asked})
            assert not [name for name in answer.headers if name.startswith("access-control")]
            assert answer.headers["vary"] == "Origin"


async def test_paths_of_programs_are_for_no_page(page):
    async with page.opened.http(headers={"Origin": PAGE}) as http:
        for path in ("/oauth2/introspect", "/api/v1/apis"):
            answer = await http.options(path, headers={"Access-Control-Request-Method": "POST"})
            assert "access-control-allow-origin" not in answer.headers


async def test_page_reads_its_tokens_and_its_refusals(page):
    answer = await page.redeem(await page.code(page.public), page.public, headers={"Origin": PAGE})
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["vary"] == "Origin"
    refused = await page.redeem("x", page.public, headers={"Origin": PAGE})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (400, PAGE)
    token = answer.json()["access_token"]
    headers = {"Origin": PAGE, "Authorization": f"Bearer {token}"}
    async with page.opened.http(headers=headers) as http:
        for path in PATHS[2:]:
            assert (await http.get(path)).headers["access-control-allow-origin"] == PAGE
        wrong = await http.get(PATHS[2], headers={"Authorization": "Bearer x"})
        assert (wrong.status_code, wrong.headers["access-control-allow-origin"]) == (401, PAGE)
    async with page.opened.http(headers={"Origin": PAGE}) as http:
        revoked = await http.post("/oauth2/revoke", data={"client_id": page.public.id, "token": token})
        assert (revoked.status_code, revoked.headers["access-control-allow-origin"]) == (200, PAGE)


async def test_other_pages_read_nothing(page):
    """E19: also not with a page that is another application's."""
    for origin in STRANGERS:
        answer = await page.redeem(await page.code(page.public), page.public, headers={"Origin": origin})
        assert answer.status_code == 200
        assert "access-control-allow-origin" not in answer.headers
        assert "set-cookie" not in answer.headers
    answer = await page.redeem(await page.code(), headers={"Origin": PAGE})
    assert "access-control-allow-origin" not in answer.headers


async def test_refresh_token_is_kept_in_the_browser(page):
    answer = await page.redeem(await page.code(page.public), page.public, headers={"Origin": PAGE})
    jar = cookies_of(answer)
    assert set(jar) == {"refresh_token", "_kbrte"}
    assert jar["refresh_token"].value == answer.json()["refresh_token"]
    assert jar["refresh_token"]["path"] == "/oauth2/token"
    assert jar["refresh_token"]["httponly"]
    assert (jar["_kbrte"].value, jar["_kbrte"]["path"], jar["_kbrte"]["httponly"]) == ("true", "/", "")
    for morsel in jar.values():
        assert (morsel["samesite"], morsel["max-age"], morsel["secure"]) == ("Strict", "1296000", "")

    cookie = {"Origin": PAGE, "Cookie": f"refresh_token={answer.json()['refresh_token']}"}
    refreshed = await page.refresh(None, page.public, headers=cookie)
    assert refreshed.status_code == 200
    assert cookies_of(refreshed)["refresh_token"].value == refreshed.json()["refresh_token"]

    page.opened.clock.move(60)
    refused = await page.refresh(None, page.public, headers=cookie)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    cleared = cookies_of(refused)
    assert {(morsel.value, morsel["max-age"]) for morsel in cleared.values()} == {("", "0")}


async def test_cookie_is_believed_from_pages_of_the_application_alone(page):
    token = (await page.tokens(page.public))["refresh_token"]
    cookie = {"Cookie": f"refresh_token={token}"}
    for headers in (cookie, *({**cookie, "Origin": origin} for origin in STRANGERS)):
        refused = await page.refresh(None, page.public, headers=headers)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    by_secret = await page.refresh(None, headers={**cookie, "Origin": "https://app.orders.test"})
    assert by_secret.status_code == 400
    assert (await page.refresh(None, page.public, headers={**cookie, "Origin": PAGE})).status_code == 200


async def test_far_pages_get_no_cookie(page):
    """On a host that shares no domain, no script could see the marker."""
    origin = "https://app.orders.test"
    answer = await page.redeem(await page.code(page.public), page.public, headers={"Origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin
    assert "set-cookie" not in answer.headers


async def test_origins_follow_the_redirect_uris(page):
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    await page.manage(
        "PATCH", f"/applications/{page.public.id}", {"redirect_uris": ["https://app.orders.test/callback"]}
    )
    async with page.opened.http() as http:
        answer = await http.options("/oauth2/token", headers=asked)
    assert "access-control-allow-origin" not in answer.headers


async def test_signing_out_takes_the_refresh_token_out_of_the_browser(page):
    await page.manage("PATCH", f"/applications/{page.public.id}", {"logout_uris": [f"{PAGE}/bye"]})
    async with page.opened.http() as http:
        answer = await http.get("/logout", params={"redirect": f"{PAGE}/bye"})
    assert (answer.status_code, answer.headers["location"]) == (302, f"{PAGE}/bye")
    jar = cookies_of(answer)
    assert {(jar[name].value, jar[name]["max-age"]) for name in ("refresh_token", "_kbrte")} == {("", "0")}
    assert (jar["refresh_token"]["path"], jar["_kbrte"]["path"]) == ("/oauth2/token", "/")


async def test_an_application_keeps_its_refresh_token_in_a_cookie_of_its_own(page):
    own = f"refresh_token_{page.public.id[:6]}"
    changes = {"has_own_refresh_cookie": True, "logout_uris": [f"{PAGE}/bye"]}
    await page.manage("PATCH", f"/applications/{page.public.id}", changes)
    answer = await page.redeem(await page.code(page.public), page.public, headers={"Origin": PAGE})
    jar = cookies_of(answer)
    assert set(jar) == {own, "_kbrte"}
    assert (jar[own]["path"], jar[own]["httponly"]) == ("/oauth2/token", True)
    token = answer.json()["refresh_token"]
    for header in (f"{own}=nothing; refresh_token={token}", f"refresh_token_000000={token}"):
        refused = await page.refresh(None, page.public, headers={"Origin": PAGE, "Cookie": header})
        assert refused.status_code == 400
    for header in (f"{own}={token}; refresh_token=nothing", f"refresh_token={token}"):
        good = await page.refresh(None, page.public, headers={"Origin": PAGE, "Cookie": header})
        assert good.status_code == 200
    async with page.opened.http() as http:
        answer = await http.get("/logout", params={"redirect": f"{PAGE}/bye", "client_id": page.public.id})
    jar = cookies_of(answer)
    assert {(jar[name].value, jar[name]["max-age"]) for name in (own, "refresh_token", "_kbrte")} == {
        ("", "0")
    }
    assert jar[own]["path"] == "/oauth2/token"
