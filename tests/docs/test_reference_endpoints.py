"""The page about the protocol endpoints says what the server answers, and nothing else."""

import re

import pytest

from claimsmith import serving
from claimsmith.edge import deadlines, forms
from claimsmith.edge.oauth import authorization
from claimsmith.edge.oauth.metadata import metadata, openid_metadata
from claimsmith.oauth import attempts, errors, introspection_endpoint
from claimsmith.oauth.client_auth import secret_basic
from claimsmith.oauth.grants import client_credentials
from claimsmith.usecases.health import check_readiness
from claimsmith.usecases.keys import JWKS_MAX_AGE_SECONDS
from tests.docs.examples import ROOT
from tests.endpoints.conftest import AUDIENCE, make_orders
from tests.support.platform import open_platform

PAGE = (ROOT / "docs/reference/endpoints.md").read_text(encoding="utf-8")
FORM = {"content-type": "application/x-www-form-urlencoded"}
NO_STORE = {"cache-control": "no-store", "pragma": "no-cache", "x-content-type-options": "nosniff"}
PRIVATE = {"cache-control": "no-store", "pragma": "no-cache", "referrer-policy": "no-referrer"}
PUBLIC = {
    "cache-control": "public, max-age=300",
    "access-control-allow-origin": "*",
    "x-content-type-options": "nosniff",
}


@pytest.fixture
async def opened(tmp_path):
    async with open_platform(tmp_path) as platform:
        yield platform


@pytest.fixture
async def orders(opened):
    async with await opened.management() as management:
        yield await make_orders(opened, management)


def section(title: str) -> str:
    return section_of(PAGE, title)


def section_of(page: str, title: str) -> str:
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)[1]


def rows(text: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table whose headings begin like this."""
    lines = text[text.index(f"| {heading}") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"\s\|(?=\s)", line[1:-1])] for line in lines]


def words(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def named(text: str, heading: str) -> list[str]:
    """Return every name in the first column of a table."""
    return [word for row in rows(text, heading) for word in words(row[0])]


async def test_metadata_has_exactly_the_members_that_are_documented(opened):
    documented = {words(row[0])[0]: row[0].endswith("*") for row in rows(section("Metadata"), "member")}
    runtime = opened.platform.directory.runtimes[0]
    plain, openid = metadata(runtime), openid_metadata(runtime)
    assert documented == {name: name not in plain for name in openid}
    async with opened.http() as http:
        assert (await http.get("/.well-known/oauth-authorization-server")).json() == plain
        assert (await http.get("/.well-known/openid-configuration")).json() == openid


async def test_metadata_has_the_values_that_are_documented(opened):
    runtime = opened.platform.directory.runtimes[0]
    values, before = openid_metadata(runtime), []
    for name, told in rows(section("Metadata"), "member"):
        value = values[words(name)[0]]
        if told == "the same":
            assert value == before
        elif isinstance(value, list):
            assert words(told) == value
        elif isinstance(value, bool):
            assert words(told) == [str(value).lower()]
        elif name != "`issuer`":
            assert words(told) == [value.replace(runtime.issuer, "{issuer}")]
        before = value


async def test_every_readiness_check_is_documented(opened):
    assert named(section("Health"), "check") == list(await check_readiness(opened.platform))


def test_every_error_is_documented_with_its_status():
    refusals = [each for each in vars(errors).values() if isinstance(each, type)]
    refusals = [each for each in refusals if not issubclass(each, errors.AuthorizationError)]
    made: dict[str, set[int]] = {}
    for refusal in refusals:
        made.setdefault(refusal.error, set()).add(refusal.status)
    for name in ("edge/oauth/plain_answers.py", "edge/front.py"):
        source = (ROOT / "src/claimsmith" / name).read_text(encoding="utf-8")
        for status, error in re.findall(r"_json\(\s*(\d{3}),\s*\"([a-z_]+)\"", source):
            made.setdefault(error, set()).add(int(status))
        for status in re.findall(r"_answer\((\d{3}),", source):
            made["invalid_request"].add(int(status))
    made["not_found"].add(404)
    documented = {
        words(row[0])[0]: set(map(int, row[1].split(", "))) for row in rows(section("Answers"), "`error`")
    }
    assert documented == made


def test_every_error_that_only_an_application_is_told_is_documented():
    refusals = [each for each in vars(errors).values() if isinstance(each, type)]
    made = {each.error for each in refusals if issubclass(each, errors.AuthorizationError)}
    made -= {errors.AuthorizationError.error}
    assert set(named(section("Authorization"), "`error`")) == {*made, "login_link_expired"}


def test_limits_are_those_of_the_code():
    assert [row[1].split(" ")[0] for row in rows(section("Requests"), "limit")] == [
        str(forms.LARGEST_BODY),
        str(forms.MOST_PARAMETERS),
        str(client_credentials.MOST_AUDIENCES),
        str(secret_basic.LONGEST_HEADER),
        f"{deadlines.HEAD_SECONDS:g}",
        f"{forms.BODY_SECONDS:g}",
        str(authorization.LONGEST_QUERY),
        str(authorization.SIGN_INS_A_MINUTE),
        str(attempts.FREE_FAILURES),
        str(serving.KEEP_ALIVE_SECONDS),
    ]
    assert attempts.WINDOW_SECONDS == 60
    assert f"max-age={JWKS_MAX_AGE_SECONDS}" in section("Answers")


async def test_answers_have_the_documented_members(orders):
    answer = await orders.token()
    assert sorted(named(section("Token"), "member")) == sorted(answer.json())
    shown = ["active", "client_id", "token_type", *introspection_endpoint._SHOWN]
    assert named(section("Introspection"), "member") == shown
    client = (orders.client_id, orders.client_secret)
    async with orders.opened.http() as http:
        form = {"token": answer.json()["access_token"], "token_type_hint": "whatever"}
        about = await http.post("/oauth2/introspect", data=form, auth=client)
        assert about.json()["active"]
        assert set(about.json()) <= set(shown)
        revoked = await http.post("/oauth2/revoke", data=form, auth=client)
        assert (revoked.status_code, revoked.content) == (200, b"")
        again = await http.post("/oauth2/introspect", data=form, auth=client)
        assert again.json() == {"active": False}
        both = [(await http.get(path)).json() for path in ("/.well-known/jwks.json", "/.well-known/jwks")]
    assert both[0] == both[1]
    assert {name for key in both[0]["keys"] for name in key} <= set(words(section("Keys")))


@pytest.mark.parametrize(
    ("method", "path", "status", "headers"),
    [
        ("GET", "/oauth2/token", 405, {**NO_STORE, "allow": "POST"}),
        ("GET", "/oauth2/introspect", 405, {**NO_STORE, "allow": "POST"}),
        ("GET", "/oauth2/revoke", 405, {**NO_STORE, "allow": "POST"}),
        ("GET", "/oauth2/auth", 302, PRIVATE),
        ("HEAD", "/oauth2/auth", 405, {**NO_STORE, "allow": "GET, POST"}),
        ("GET", "/.well-known/jwks.json", 200, PUBLIC),
        ("HEAD", "/.well-known/jwks", 200, PUBLIC),
        ("GET", "/.well-known/oauth-authorization-server", 200, PUBLIC),
        ("GET", "/.well-known/openid-configuration", 200, PUBLIC),
        ("GET", "/nowhere", 404, NO_STORE),
    ],
)
async def test_answers_have_the_documented_headers(opened, method, path, status, headers):
    async with opened.http() as http:
        answer = await http.request(method, path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in headers} == headers
    assert answer.headers["x-request-id"]


async def test_health_is_on_any_host(opened):
    async with opened.http("http://elsewhere.test") as http:
        live, ready = await http.get("/health/live"), await http.get("/health/ready")
        stranger = await http.get("/oauth2/token")
    assert (live.status_code, live.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()["status"]) == (200, "ok")
    assert (stranger.status_code, stranger.json()["error"]) == (404, "not_found")
    for answer in (live, ready, stranger):
        assert {name: answer.headers.get(name) for name in NO_STORE} == NO_STORE


async def test_credentials_by_header_are_challenged(orders):
    async with orders.opened.http() as http:
        form = {"grant_type": "client_credentials", "audience": AUDIENCE}
        basic = await http.post("/oauth2/token", data=form, auth=(orders.client_id, "wrong"))
        large = await http.post("/oauth2/token", content=b"a" * 16_385, headers=FORM)
        bearer = {"Authorization": "Bearer nothing"}
        token = await http.post("/oauth2/introspect", data={"token": "x"}, headers=bearer)
        plain = await http.post("/oauth2/token", data={**form, "client_id": "x", "client_secret": "y"})
    assert basic.headers["www-authenticate"].startswith("Basic ")
    assert token.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    assert "www-authenticate" not in plain.headers
    assert (large.status_code, large.headers["connection"]) == (413, "close")
