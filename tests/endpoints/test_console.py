"""The console: what it refuses, then what it shows and takes."""

import re
from datetime import datetime
from itertools import product

import pytest

from claimsmith.edge.page_headers import PAGE_HEADERS
from claimsmith.usecases import console_sessions
from claimsmith.usecases.environments import add_environment
from tests.support.console import field_value, signed_in, text_of, visitor
from tests.support.platform import open_platform

PAGES = ("", "/applications", "/applications/new", "/apis", "/apis/new", "/feature-flags", "/properties")


@pytest.fixture
async def console(opened):
    guest = await signed_in(opened)
    yield guest
    await guest.http.aclose()


@pytest.fixture
async def operator(orders):
    guest = await signed_in(orders.opened)
    yield guest
    await guest.http.aclose()


def tokens_path(orders, suffix=""):
    return f"/applications/{orders.client_id}/tokens/m2m{suffix}"


def draft(**changes):
    fields = {
        "version": "0",
        "flags_choice": "none",
        "lifetime_seconds": "86400",
        "size_budget_bytes": "4096",
        "preview_audience": "https://api.orders.test",
        **changes,
    }
    return [(name, value) for name, value in fields.items() if value is not None]


# Refusals


async def test_stranger_sees_how_to_sign_in_and_nothing_else(orders):
    guest = visitor(orders.opened)
    known = f"/applications/{orders.client_id}"
    for path in (*PAGES, known, f"{known}/tokens/m2m", "/nothing-here", "/sign-out"):
        page = await guest.get(path)
        assert page.status_code == 401, path
        assert "claimsmith console-link" in page.text
        for disclosed in ("Orders", "Robot", orders.client_id, "form_token", "Production"):
            assert disclosed not in page.text, path


async def test_stranger_cannot_send_a_form(orders):
    guest = visitor(orders.opened)
    answer = await guest.post("/apis/new", [("name", "X"), ("audience", "https://x.test")], form_token="00")
    assert answer.status_code == 401
    assert len((await orders.management.get("/api/v1/apis")).json()["apis"]) == 2


async def test_link_works_once(opened):
    link = await console_sessions.make_link(opened.context())
    first = visitor(opened)
    await first.sign_in(link)
    second = visitor(opened)
    refused = await second.http.get(link)
    assert refused.status_code == 410
    assert "claimsmith console-link" in refused.text
    assert "set-cookie" not in refused.headers
    assert (await second.get("")).status_code == 401
    assert (await first.get("")).status_code == 200


async def test_link_that_was_never_made_is_refused(opened):
    for query in ("", "?token=", "?token=abc", "?token=%C3%A9"):
        assert (await visitor(opened).get(f"/link{query}")).status_code == 410, query


async def test_link_expires(opened):
    link = await console_sessions.make_link(opened.context())
    opened.clock.move(console_sessions.LINK_LIFETIME_SECONDS)
    assert (await visitor(opened).http.get(link)).status_code == 410


async def test_look_ahead_does_not_spend_the_link(opened):
    link = await console_sessions.make_link(opened.context())
    guest = visitor(opened)
    assert (await guest.http.head(link)).status_code == 204
    assert (await guest.http.get(link, headers={"Sec-Purpose": "prefetch;prerender"})).status_code == 204
    await guest.sign_in(link)


async def test_session_expires(opened, console):
    assert (await console.get("")).status_code == 200
    opened.clock.move(console_sessions.SESSION_LIFETIME_SECONDS)
    assert (await console.get("")).status_code == 401


async def test_signing_out_ends_the_session_everywhere(opened, console):
    token = console.http.cookies["claimsmith_console_8000"]
    page = await console.post("/sign-out")
    assert page.status_code == 200
    again = visitor(opened)
    again.http.cookies.set("claimsmith_console_8000", token, domain="127.0.0.1")
    assert (await again.get("")).status_code == 401


async def test_form_without_this_sessions_token_is_refused(orders, operator):
    for form_token in (None, "", "0" * 64, "é"):
        answer = await operator.post(f"/apis/{orders.api_id}/delete", form_token=form_token)
        assert answer.status_code == 403, form_token
    assert (await operator.get(f"/apis/{orders.api_id}")).status_code == 200


async def test_form_token_of_another_session_is_refused(opened, console):
    other = await signed_in(opened)
    answer = await console.post("/apis/new", [("name", "X")], form_token=other.form_token)
    assert answer.status_code == 403


FOREIGN = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8000"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.test"},
    {"Origin": "https://evil.test"},
    {"Origin": "http://127.0.0.1:8001"},
    {"Origin": "https://127.0.0.1:8000"},
    {"Origin": "null"},
    {},
)
OWN = (
    {"Origin": "http://127.0.0.1:8000"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8000"},
    {"Sec-Fetch-Site": "same-origin"},
)


async def test_form_of_another_site_is_refused(orders, operator):
    for headers in FOREIGN:
        answer = await operator.post(f"/apis/{orders.api_id}/delete", headers=headers)
        assert answer.status_code == 403, headers
    assert (await operator.get(f"/apis/{orders.api_id}")).status_code == 200


async def test_form_of_our_own_page_is_taken(console):
    for number, headers in enumerate(OWN):
        fields = [("name", "Own"), ("audience", f"https://own{number}.test")]
        assert (await console.post("/apis/new", fields, headers=headers)).status_code == 303, headers


async def test_body_that_is_no_form_is_refused(console):
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
    address = f"{console.origin}/console/apis/new"
    assert (await console.http.post(address, content="{}", headers=headers)).status_code == 400
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    assert (await console.http.post(address, content=b"name=%ff", headers=headers)).status_code == 400
    assert (await console.http.post(address, content=b"a" * 300_000, headers=headers)).status_code == 413


async def test_session_of_another_environment_is_refused(opened, console):
    staging = await add_environment(
        opened.platform, code="staging", name="Staging", issuer="http://127.0.0.1:8000/staging"
    )
    await opened.platform.directory.catch_up()
    theirs = await signed_in(opened, staging)
    ours = console.http.cookies["claimsmith_console_8000"]
    name = "claimsmith_console_8000_staging"
    assert theirs.http.cookies[name] != ours

    crossed = visitor(opened, staging)
    for cookie in (name, "claimsmith_console_8000"):
        crossed.http.cookies.set(cookie, ours, domain="127.0.0.1", path="/")
    assert (await crossed.get("")).status_code == 401
    link = await console_sessions.make_link(opened.context())
    elsewhere = link.replace("/console/", "/staging/console/")
    assert (await crossed.http.get(elsewhere)).status_code == 410


async def test_unknown_objects_are_404_pages(console):
    for path in (
        "/applications/0",
        "/applications/0/apis",
        "/applications/0/tokens",
        "/applications/0/tokens/m2m",
        "/apis/0",
        "/apis/0/delete",
        "/nothing",
    ):
        page = await console.get(path)
        assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8"), path
        assert "form_token" in page.text
    assert (await console.post("/apis/0/scopes", [("key", "a:b")])).status_code == 404
    assert (await console.post("/applications/0/secrets", [("secret_name", "a")])).status_code == 404
    assert (await console.get("/sign-out")).status_code == 405


# The session's cookie and the headers


async def test_cookie_on_loopback_is_http_only_and_strict(opened):
    link = await console_sessions.make_link(opened.context())
    answer = await visitor(opened).http.get(link)
    assert answer.headers["location"] == "/console"
    parts = answer.headers["set-cookie"].split("; ")
    assert parts[0].startswith("claimsmith_console_8000=")
    assert sorted(parts[1:]) == ["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=strict"]


async def test_cookie_over_https_belongs_to_the_host_alone(tmp_path):
    async with open_platform(tmp_path, issuer="https://id.example.test") as opened:
        link = await console_sessions.make_link(opened.context())
        answer = await visitor(opened).http.get(link)
        parts = answer.headers["set-cookie"].split("; ")
        assert parts[0].startswith("__Host-claimsmith_console=")
        assert sorted(parts[1:]) == ["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=strict", "Secure"]
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_every_link_of_an_environment_with_a_prefix_keeps_it(tmp_path):
    async with open_platform(tmp_path, issuer="https://id.example.test/eu") as opened:
        guest = visitor(opened)
        answer = await guest.http.get(await console_sessions.make_link(opened.context()))
        assert answer.headers["location"] == "/eu/console"
        assert answer.headers["set-cookie"].startswith("__Secure-claimsmith_console_production=")
        assert "; Path=/eu;" in answer.headers["set-cookie"]
        page = (await guest.get("")).text
        addresses = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)
        assert addresses
        assert [each for each in addresses if not each.startswith("/eu/")] == []
        sheet = next(each for each in addresses if "console.css" in each)
        assert (await guest.http.get(f"{guest.origin}{sheet}")).status_code == 200


async def test_every_page_has_the_headers(opened, console):
    paths = ("", "/nothing", "/link?token=x", "/applications")
    for guest, path in product((console, visitor(opened)), paths):
        page = await guest.get(path)
        for name, value in PAGE_HEADERS.items():
            assert page.headers[name] == value
        assert page.headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in page.headers
        assert "style=" not in page.text
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=", page.text)


async def test_static_files_are_kept_by_their_fingerprint(opened):
    guest = visitor(opened)
    page = (await guest.get("")).text
    address = re.search(r'href="(/static/console\.css\?v=[0-9a-f]{16})"', page)[1]
    named = await guest.http.get(address)
    assert named.headers["content-type"] == "text/css; charset=utf-8"
    assert named.headers["cache-control"] == "public, max-age=31536000, immutable"
    plain = await guest.http.get("/static/console.css")
    assert plain.headers["cache-control"] == "public, max-age=300"
    known = await guest.http.get(address, headers={"If-None-Match": named.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    for path in ("/static/..%2fpages.py", "/static/none.css", "/static/../console/pages.py"):
        assert (await guest.http.get(path)).status_code in (401, 404)


async def test_text_of_others_is_escaped(console):
    name = "<script>alert(1)</script>"
    fields = [("name", name), ("audience", "https://x.test/<b>")]
    refused = await console.post("/apis/new", fields)
    assert refused.status_code in (303, 400)
    for page in (refused.text, (await console.get("/apis")).text):
        assert "<script>alert" not in page
        assert "<b>" not in page


# What it does


async def test_refused_form_keeps_what_was_entered_and_marks_the_field(orders, operator):
    fields = [("name", "Second"), ("audience", "https://api.orders.test"), ("signing_algorithm", "ES256")]
    page = await operator.post("/apis/new", fields)
    assert page.status_code == 409
    assert field_value(page.text, "name") == "Second"
    wrong = re.search(r'<input id="field-audience"[^>]*>', page.text)[0]
    assert 'aria-invalid="true"' in wrong
    assert "field-audience-wrong" in wrong
    assert 'id="field-audience-wrong"' in page.text
    assert re.search(r'value="ES256" checked', page.text)


async def test_bad_callback_url_is_marked_and_kept(operator):
    made = await operator.post("/applications/new", [("name", "Shop"), ("type", "spa")])
    address = made.headers["location"].removeprefix("/console").partition("?")[0]
    fields = [("name", "Shop"), ("redirect_uris", "https://ok.test/cb\r\nhttp://bad.test/cb")]
    page = await operator.post(address, fields)
    assert page.status_code == 400
    assert "http://bad.test/cb</textarea>" in page.text
    assert 'id="field-redirect_uris-wrong"' in page.text
    done = await operator.post(address, [("name", "Shop 2"), ("redirect_uris", "https://ok.test/cb")])
    assert done.status_code == 303
    assert "https://ok.test/cb</textarea>" in (await operator.get(address)).text


async def test_secret_is_shown_once_and_works(orders, operator):
    made = await operator.post("/applications/new", [("name", "Batch"), ("type", "m2m")])
    assert made.status_code == 201
    secret = re.search(r"<dt>Client secret</dt><dd><span class=\"copied\"><code>(\w{52})</code>", made.text)[
        1
    ]
    client_id = re.search(r"<dt>Client id</dt><dd><span class=\"copied\"><code>(\w{32})</code>", made.text)[1]
    assert secret not in (await operator.get(f"/applications/{client_id}")).text

    authorized = await operator.post(f"/applications/{client_id}/apis/authorize", [("api_id", orders.api_id)])
    assert authorized.headers["location"] == f"/console/applications/{client_id}/apis?done=authorized"
    scopes = [("scope_ids", orders.scope_ids["read:orders"])]
    await operator.post(f"/applications/{client_id}/apis/{orders.api_id}/scopes", scopes)
    token = await orders.token(client_id=client_id, client_secret=secret)
    assert (token.status_code, token.json()["scope"]) == (200, "read:orders")

    await operator.post(f"/applications/{client_id}/apis/{orders.api_id}/revoke")
    assert (await orders.token(client_id=client_id, client_secret=secret)).status_code == 400


async def test_secrets_are_rotated_and_revoked(orders, operator):
    page = (await operator.get(f"/applications/{orders.client_id}")).text
    secret_id = re.search(r"/secrets/(secret_\w+)/rotate", page)[1]
    path = f"/applications/{orders.client_id}/secrets"
    rotated = await operator.post(f"{path}/{secret_id}/rotate", [("overlap_seconds", "3600")])
    assert rotated.status_code == 201
    assert (await orders.token()).status_code == 200
    await operator.post(f"{path}/{secret_id}/revoke")
    assert (await orders.token()).status_code == 401
    successor = re.search(r"<code>(\w{52})</code>", rotated.text)[1]
    assert (await orders.token(client_secret=successor)).status_code == 200
    bad = await operator.post(path, [("secret_name", "New"), ("days", "soon")])
    assert bad.status_code == 400
    assert 'id="field-days-wrong"' in bad.text
    assert field_value(bad.text, "secret_name") == "New"


async def test_a_rotated_secret_can_expire(orders, operator):
    page = (await operator.get(f"/applications/{orders.client_id}")).text
    secret_id = re.search(r"/secrets/(secret_\w+)/rotate", page)[1]
    rotate = f"/applications/{orders.client_id}/secrets/{secret_id}/rotate"
    for days in ("soon", "99999999"):
        bad = await operator.post(rotate, [("overlap_seconds", "3600"), ("days", days)])
        assert bad.status_code == 400
        assert 'id="field-days-1-wrong"' in bad.text
        assert f'id="field-days-1" name="days" type="text" value="{days}"' in bad.text
        assert '<details class="menu-box" open>' in bad.text
    assert (await operator.post(rotate, [("overlap_seconds", "3600"), ("days", "30")])).status_code == 201
    secrets = (await orders.management.get(f"/api/v1/applications/{orders.client_id}/secrets")).json()[
        "secrets"
    ]
    hours = [
        (datetime.fromisoformat(each["expires_on"]) - orders.opened.clock()).total_seconds() / 3600
        for each in secrets
    ]
    assert sorted(hours) == [1, 720]


async def test_management_api_is_shown_with_the_reason_why_it_stays(orders, operator):
    apis = (await orders.management.get("/api/v1/apis")).json()["apis"]
    builtin = next(each["id"] for each in apis if each["is_management_api"])
    page = await operator.get(f"/apis/{builtin}")
    assert "The server keeps the management API and its scopes" in page.text
    assert '<fieldset class="plain stack" disabled aria-describedby="api-blocked">' in page.text
    assert (await operator.post(f"/apis/{builtin}/delete")).status_code == 403


async def test_scopes_are_added_and_deleted(orders, operator):
    path = f"/apis/{orders.api_id}"
    added = await operator.post(f"{path}/scopes", [("key", "list:orders"), ("description", "List them.")])
    assert added.headers["location"] == f"/console{path}?done=scope_added"
    again = await operator.post(f"{path}/scopes", [("key", "list:orders")])
    assert again.status_code == 409
    assert 'id="field-key-wrong"' in again.text
    await operator.post(f"{path}/scopes/{orders.scope_ids['read:orders']}/delete")
    page = (await operator.get(path)).text
    assert "read:orders" not in page
    assert "list:orders" in page


# Tokens


async def test_every_kind_of_token_is_shown_with_the_reason_for_what_is_not(orders, operator):
    page = text_of((await operator.get(f"/applications/{orders.client_id}/tokens")).text)
    for kind in ("M2M token", "Access token", "ID token"):
        assert kind in page
    assert "An application of type m2m gets no access tokens; it gets: m2m." in page
    assert "An application of type m2m gets no id tokens; it gets: m2m." in page
    assert (await operator.get(f"/applications/{orders.client_id}/tokens/access")).status_code == 400
    assert (await operator.get(f"/applications/{orders.client_id}/tokens/other")).status_code == 404


async def test_preview_shows_an_unsaved_switch_and_saves_nothing(orders, operator):
    fields = draft(include_api_scopes_in_permissions="on")
    fragment = await operator.post(tokens_path(orders, "/preview"), fields)
    assert fragment.status_code == 200
    assert "<html" not in fragment.text
    assert 'data-claim="permissions" data-mark="added"' in fragment.text
    assert "+ permissions added" in text_of(fragment.text)
    page = await operator.post(tokens_path(orders), [*fields, ("action", "preview")])
    assert page.status_code == 200
    assert 'data-claim="permissions" data-mark="added"' in page.text
    assert re.search(r'id="scopes-switch"[^>]* checked', page.text)
    profile = await orders.management.get(
        f"/api/v1{tokens_path(orders).replace('/tokens/', '/token_profiles/')}"
    )
    assert profile.json()["token_profile"]["version"] == 0


async def test_preview_names_absent_claims_with_their_reason(orders, operator):
    page = (await operator.get(tokens_path(orders))).text
    absent = re.search(r'<div data-absent="permissions">(.*?)</div>', page, re.DOTALL)[1]
    assert "The switch 'Include API scopes in the permissions claim' is off." in text_of(absent)


async def test_preview_warns_over_the_budget(orders, operator):
    fragment = await operator.post(tokens_path(orders, "/preview"), draft(size_budget_bytes="300"))
    assert "bytes over the budget" in fragment.text
    assert 'class="total is-over"' in fragment.text
    assert re.search(r'class="bar stacked is-over" viewBox="0 0 \d{3}\.\d\d 4"', fragment.text)


async def test_preview_stacks_the_bytes_of_each_claim_against_the_budget(orders, operator):
    fragment = (await operator.post(tokens_path(orders, "/preview"), draft())).text
    parts = re.findall(r'<rect class="bar-part" x="([\d.]+)" width="([\d.]+)"[^>]*><title>(\w+): ', fragment)
    assert [name for _, _, name in parts] == re.findall(r'data-claim="(\w+)"', fragment)
    ends = [float(at) + float(width) for at, width, _ in parts]
    assert all(end <= float(at) for end, (at, _, _) in zip(ends, parts[1:], strict=False))
    whole = re.search(r'class="bar-rest" width="([\d.]+)"', fragment)[1]
    assert ends[-1] < float(whole) < 100


async def test_preview_of_a_request_that_would_be_refused_says_so(orders, operator):
    for changes in (
        {"preview_scope": "delete:orders"},
        {"size_budget_bytes": "1"},
        {"lifetime_seconds": "x"},
    ):
        fragment = await operator.post(tokens_path(orders, "/preview"), draft(**changes))
        assert fragment.status_code == 400, changes
        assert "No token would be issued." in fragment.text


async def test_saved_profile_is_in_the_next_token(orders, operator):
    fields = draft(include_api_scopes_in_permissions="on", hasura_mapping="on")
    saved = await operator.post(tokens_path(orders), [*fields, ("action", "save")])
    assert saved.headers["location"] == f"/console{tokens_path(orders)}?done=saved"
    page = (await operator.get(tokens_path(orders))).text
    assert "This is what is saved" in page
    assert field_value(page, "version") == "1"
    assert 'data-claim="x-hasura-permissions"' in page


async def test_second_editor_keeps_what_was_entered(orders, operator):
    await operator.post(tokens_path(orders), [*draft(hasura_mapping="on"), ("action", "save")])
    page = await operator.post(tokens_path(orders), [*draft(lifetime_seconds="600"), ("action", "save")])
    assert page.status_code == 412
    assert "The profile is at version 1, not 0" in page.text
    assert "load version 1" in page.text
    assert field_value(page.text, "lifetime_seconds") == "600"
    assert field_value(page.text, "version") == "1"
    again = await operator.post(
        tokens_path(orders), [*draft(lifetime_seconds="600", version="1"), ("action", "save")]
    )
    assert again.status_code == 303


IMPOSSIBLE = (
    ({"lifetime_seconds": "1"}, "field-lifetime_seconds-wrong"),
    ({"lifetime_seconds": "1_000"}, "field-lifetime_seconds-wrong"),
    ({"size_budget_bytes": ""}, "field-size_budget_bytes-wrong"),
    ({"feature_flags": "none_such", "flags_choice": "chosen"}, "feature_flags-wrong"),
    ({"flags_choice": "some"}, "feature_flags-wrong"),
    ({"additional_claims": "sub"}, "additional_claims-wrong"),
    ({"properties": "kp_usr_city"}, "properties-wrong"),
)


async def test_profile_that_cannot_work_is_marked_beside_its_field(orders, operator):
    for (changes, marked), action in product(IMPOSSIBLE, ("save", "preview")):
        page = await operator.post(tokens_path(orders), [*draft(**changes), ("action", action)])
        assert page.status_code == 400, changes
        assert f'id="{marked}"' in page.text, changes


async def test_what_cannot_be_chosen_is_shown_disabled_with_its_reason(orders, operator):
    page = (await operator.get(tokens_path(orders))).text
    blocked = re.search(r'<input[^>]*id="properties-kp_usr_city"[^>]*>', page)[0]
    assert " disabled" in blocked
    reason = re.search(r'aria-describedby="([^"]+)"', blocked)[1]
    assert f'id="{reason}">An M2M token is about no user' in page
    made = await operator.post("/applications/new", [("name", "Bare"), ("type", "m2m")])
    bare = re.search(r'/console/applications/(\w{32})"', made.text)[1]
    page = (await operator.get(f"/applications/{bare}/tokens/m2m")).text
    assert re.search(r'id="scopes-switch"[^>]* disabled', page)
    assert "This application is authorized for no API yet" in page
    assert "Send the audience" not in page
    wrong = await operator.post(f"/applications/{bare}/tokens/m2m/preview", draft(lifetime_seconds="x"))
    assert "is no whole number" in wrong.text
    assert f'href="/console/applications/{bare}/apis"' in page


async def test_profiles_can_be_prepared_before_there_is_a_user(operator):
    made = await operator.post("/applications/new", [("name", "Shop"), ("type", "spa")])
    path = made.headers["location"].removeprefix("/console").partition("?")[0] + "/tokens/access"
    page = await operator.get(path)
    assert page.status_code == 200
    assert "There is no user yet" in page.text
    fields = [*draft(flags_choice="all", additional_claims="email"), ("action", "save")]
    assert (await operator.post(path, fields)).status_code == 303
    assert re.search(r'id="additional_claims-email"[^>]* checked', (await operator.get(path)).text)
