"""What is no good token request gets no token, on either way there, and leaves no trace (E, B09)."""

import base64
import hashlib
import json
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.endpoints.assertions import sound
from tests.endpoints.conftest import AUDIENCE
from tests.endpoints.test_security_anything import in_thread, running
from tests.endpoints.test_token import claims_of
from tests.endpoints.traces import leaves_no_trace, rows

FORM = (b"content-type", b"application/x-www-form-urlencoded")
UNSIGNED = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PATHS = ("/oauth2/token", "/oauth2/introspect", "/oauth2/revoke")


def basic(client_id: str, secret: str, encoding: str = "utf-8") -> tuple[bytes, bytes]:
    """Return a Basic header of texts as they are: nothing is percent-encoded here."""
    return (b"authorization", b"Basic " + base64.b64encode(f"{client_id}:{secret}".encode(encoding)))


def good(orders) -> str:
    known = {"client_id": orders.client_id, "client_secret": orders.client_secret, "audience": AUDIENCE}
    return urlencode({"grant_type": "client_credentials", **known})


def without_credentials() -> str:
    return urlencode({"grant_type": "client_credentials", "audience": AUDIENCE})


async def post(orders, body, headers=(), path="/oauth2/token"):
    body = body.encode() if isinstance(body, str) else body
    async with orders.opened.http() as http:
        return await http.post(path, content=body, headers=[FORM, *headers])


def at_once(orders, body, headers=()):
    """Ask the way that needs no waiting (`edge/short_way.py`), which decides without the other one."""
    body = body.encode() if isinstance(body, str) else body
    lines = [(b"host", b"127.0.0.1:8000"), FORM, *headers]
    return orders.opened.app.token_now("/oauth2/token", lines, body, ("127.0.0.1", 40_000), None)


BODIES = {
    "E03 letter case of the grant": (lambda o: good(o).replace("client_cred", "CLIENT_CRED"), 400),
    "E03 space after the grant": (
        lambda o: good(o).replace("client_credentials", "client_credentials+"),
        400,
    ),
    "E03 grant of another encoding": (lambda o: good(o).replace("client_c", "%EF%BD%83lient_c"), 400),
    "E03 refresh token grant": (lambda o: good(o).replace("client_credentials", "refresh_token"), 400),
    "E03 device grant": (
        lambda o: good(o).replace(
            "client_credentials", quote_plus("urn:ietf:params:oauth:grant-type:device_code")
        ),
        400,
    ),
    "E03 token exchange": (
        lambda o: good(o).replace(
            "client_credentials", quote_plus("urn:ietf:params:oauth:grant-type:token-exchange")
        ),
        400,
    ),
    "E05 password": (
        lambda o: good(o).replace("client_credentials", "password") + "&username=a&password=b",
        400,
    ),
    "E06 only an identifier": (lambda o: f"{without_credentials()}&client_id={o.client_id}", 401),
    "E06 names in other letters": (lambda o: good(o).replace("client_id", "Client_Id"), 401),
    "E06 semicolons for ampersands": (lambda o: good(o).replace("&", ";"), 401),
    "E06 names with brackets": (lambda o: good(o).replace("client_secret", "client_secret[]"), 401),
    "E10 an unsigned assertion alone": (
        lambda o: (
            f"{without_credentials()}&client_id={o.client_id}&client_assertion={UNSIGNED}"
            f"&client_assertion_type={quote_plus(ASSERTION_TYPE)}"
        ),
        401,
    ),
    "E12 non-ASCII secret": (lambda o: good(o).replace(o.client_secret, "%C3%A9" * 26), 401),
    "E12 non-ASCII identifier": (lambda o: good(o).replace(o.client_id, "%C3%A9" * 16), 401),
    "E13 empty secret": (lambda o: good(o).replace(o.client_secret, ""), 401),
    "E13 secret and a space": (lambda o: good(o).replace(o.client_secret, o.client_secret + "+"), 401),
    "E13 secret and a line end": (lambda o: good(o).replace(o.client_secret, o.client_secret + "%0A"), 401),
    "E13 the hash of the secret": (
        lambda o: good(o).replace(o.client_secret, hashlib.sha256(o.client_secret.encode()).hexdigest()),
        401,
    ),
    "E13 secret of 15 KiB": (lambda o: good(o).replace(o.client_secret, "A" * 15_000), 401),
    "E13 identifier in capitals": (lambda o: good(o).replace(o.client_id, o.client_id.upper()), 401),
    "E13 identifier with a wildcard": (lambda o: good(o).replace(o.client_id, "%25"), 401),
    "E13 identifier with SQL": (lambda o: good(o).replace(o.client_id, "%27+OR+1%3D1+--"), 401),
    "B03 a parameter twice": (lambda o: good(o) + "&grant_type=client_credentials", 400),
    "B03 a parameter twice, once encoded": (lambda o: f"{good(o)}&client%5Fid={o.client_id}", 400),
    "B03 a parameter twice, once empty": (lambda o: good(o) + "&client_secret=", 400),
    "B03 an unknown parameter twice": (lambda o: good(o) + "&foo=1&foo=1", 400),
    "B09 scope with a quote": (lambda o: good(o) + "&scope=read:orders%22", 400),
    "B09 scope with a backslash": (lambda o: good(o) + "&scope=read:orders%5C", 400),
    "B09 scopes parted by a tab": (lambda o: good(o) + "&scope=read:orders%09write:orders", 400),
    "B09 scopes parted by a line end": (lambda o: good(o) + "&scope=read:orders%0D%0Awrite:orders", 400),
    "B09 scope beyond ASCII": (lambda o: good(o) + "&scope=r%C3%A9ad:orders", 400),
    "B09 one scope of 15 KiB": (lambda o: good(o) + "&scope=" + "a" * 15_000, 400),
    "B09 2 500 scopes": (lambda o: good(o) + "&scope=" + "+".join(f"s{n}" for n in range(2_500)), 400),
    "B09 scope of 64 KiB": (lambda o: good(o) + "&scope=" + "a" * 65_536, 413),
    "21 audiences": (lambda o: good(o) + "".join(f"&audience=a{number}" for number in range(21)), 400),
    "65 parameters": (lambda o: good(o) + "".join(f"&p{number}=1" for number in range(62)), 400),
    "NUL as a byte": (lambda o: good(o).encode() + b"&x=\x00", 400),
    "NUL encoded": (lambda o: good(o) + "&x=%00", 400),
    "not UTF-8": (lambda o: good(o).encode() + b"&x=\xff", 400),
    "not UTF-8, encoded": (lambda o: good(o) + "&x=%FF", 400),
    "overlong UTF-8": (lambda o: good(o) + "&x=%C0%80", 400),
    "half a surrogate pair": (lambda o: good(o) + "&x=%ED%A0%80", 400),
    "lone percent signs in the secret": (lambda o: good(o).replace(o.client_secret, "%&x=%zz%"), 401),
    "UTF-16": (lambda o: good(o).encode("utf-16"), 400),
    "nothing": (lambda _: "", 400),
    "one character": (lambda _: "&", 400),
}


@pytest.fixture
async def known(orders):
    """Have the client cached, so that the short way would answer if it could."""
    assert (await post(orders, good(orders))).status_code == 200
    assert at_once(orders, good(orders)) is not None
    return orders


async def test_refused_bodies_leave_no_trace(known, capsys):
    """Each ends in an OAuth error: on neither way in a token (finding 1), in no changed row, no log line."""
    wrong = []
    with leaves_no_trace(known.opened, capsys, known.client_secret):
        for number, (name, (make, status)) in enumerate(BODIES.items()):
            if number % 10 == 0:
                known.opened.clock.move(61)  # the waiting after wrong secrets is another test
            body = make(known)
            answer = sound(await post(known, body), known.client_secret)
            if answer.status_code != status or answer.headers["content-type"] != "application/json":
                wrong.append((name, answer.status_code, answer.text))
            if at_once(known, body) is not None:
                wrong.append((name, "granted on the short way"))
    assert wrong == []
    known.opened.clock.move(61)
    assert (await post(known, good(known))).status_code == 200


def headers_of_bad_clients(orders) -> dict[str, list[tuple[bytes, bytes]]]:
    """Return Authorization headers, none of which proves anything."""
    client_id, secret = orders.client_id, orders.client_secret
    right = basic(client_id, secret)[1]
    return {
        "no padding": [(b"authorization", basic(client_id, secret + "1")[1].rstrip(b"="))],
        "junk after it": [(b"authorization", right + b"!")],
        "two lines of it": [(b"authorization", right[:30] + b"\t" + right[30:])],
        "no space": [(b"authorization", right.replace(b" ", b""))],
        "another scheme": [(b"authorization", right.replace(b"Basic", b"Basics"))],
        "a comma and another": [(b"authorization", right + b", " + right)],
        "colon encoded": [
            (b"authorization", b"Basic " + base64.b64encode(f"{client_id}%3A{secret}".encode()))
        ],
        "no colon": [(b"authorization", b"Basic " + base64.b64encode(client_id.encode()))],
        "colon after": [basic(client_id, secret + ":")],
        "space before": [basic(" " + client_id, secret)],
        "NUL after": [basic(client_id, secret + "\0")],
        "lone percent": [basic(client_id, secret + "%")],
        "plus is a space": [basic(client_id, secret + "+")],
        "Latin-1": [basic("é" * 16, "ü" * 26, "latin-1")],
        "non-ASCII": [basic(client_id, "ü" * 26)],
        "bytes beyond ASCII": [(b"authorization", b"Basic \xe9\xff")],
        "empty": [basic("", "")],
        "secret alone": [basic("", secret)],
        "8 KiB": [(b"authorization", b"Basic " + b"QUFB" * 2_048)],
        "64 KiB": [(b"authorization", b"Basic " + b"QUFB" * 16_384)],
        "UTF-16": [basic(client_id, secret, "utf-16")],
        "Digest": [(b"authorization", b'Digest username="x"')],
        "two headers": [basic(client_id, secret), basic(client_id, secret)],
    }


async def test_refused_headers_leave_no_trace(known, capsys):
    """E07, E09, E11, E12: 401 with a challenge, or 400; nothing of it on the short way either."""
    wrong = []
    encoded = base64.b64encode(known.client_secret.encode()).decode()
    with leaves_no_trace(known.opened, capsys, known.client_secret, encoded):
        for number, (name, headers) in enumerate(headers_of_bad_clients(known).items()):
            if number % 10 == 0:
                known.opened.clock.move(61)
            answer = sound(await post(known, without_credentials(), headers), known.client_secret)
            challenged = answer.headers.get("www-authenticate", "").startswith("Basic ")
            if answer.status_code not in (400, 401) or challenged != (answer.status_code == 401):
                wrong.append((name, answer.status_code, dict(answer.headers)))
            if at_once(known, without_credentials(), headers) is not None:
                wrong.append((name, "granted on the short way"))
    assert wrong == []


async def test_credentials_as_the_standard_writes_them_are_read(known):
    """Otherwise the refusals above would prove nothing; RFC 6749 §2.3.1 form-encodes both parts first."""
    whole = "".join(f"%{ord(character):02X}" for character in known.client_secret)
    for headers in (
        [basic(known.client_id, known.client_secret)],
        [basic(known.client_id, whole)],
        [(b"authorization", basic(known.client_id, known.client_secret)[1].replace(b"Basic", b"bAsIc"))],
    ):
        assert sound(await post(known, without_credentials(), headers)).status_code == 200


async def test_assertion_next_to_a_secret_is_a_second_method(known):
    """E09, E10, V-024: RFC 6749 §2.3 allows one method in each request."""
    assertion = f"client_assertion={UNSIGNED}"
    of_type = f"client_assertion_type={quote_plus(ASSERTION_TYPE)}"
    for extra in (f"{assertion}&{of_type}", assertion, of_type):
        for body, headers in (
            (f"{good(known)}&{extra}", ()),
            (f"{without_credentials()}&{extra}", [basic(known.client_id, known.client_secret)]),
        ):
            assert at_once(known, body, headers) is None
            for path in PATHS:
                answer = sound(await post(known, f"{body}&token=x", headers, path))
                assert (answer.status_code, answer.json()) == (
                    400,
                    {
                        "error": "invalid_request",
                        "error_description": "The client sent a client_assertion next to a secret. "
                        "Send the secret alone.",
                    },
                )


async def test_assertion_without_a_value_is_no_method(known):
    """RFC 6749 §3.2: a parameter without a value is treated as absent."""
    body = f"{good(known)}&client_assertion=&client_assertion_type="
    assert at_once(known, body) is not None
    assert sound(await post(known, body)).status_code == 200


async def test_no_part_of_a_secret_is_a_secret(known):
    """V-021: every prefix, every suffix, and one with a changed end."""
    secret = known.client_secret
    parts = [secret[:length] for length in range(len(secret))] + [secret[start:] for start in range(1, 20)]
    for number, part in enumerate([*parts, secret[:-1] + ("A" if secret[-1] != "A" else "B"), secret * 2]):
        if number % 15 == 0:
            known.opened.clock.move(61)
        body = good(known).replace(secret, part)
        assert sound(await post(known, body)).status_code == 401
        assert at_once(known, body) is None


async def test_secret_of_one_application_is_none_of_another(known):
    made = await known.management.post("/api/v1/applications", json={"name": "Other", "type": "m2m"})
    other = made.json()["application"]
    for client_id, secret in (
        (known.client_id, other["client_secret"]),
        (other["client_id"], known.client_secret),
    ):
        body = good(known).replace(known.client_id, client_id).replace(known.client_secret, secret)
        assert sound(await post(known, body), known.client_secret).status_code == 401


async def test_rotated_secret_ends_with_its_overlap(known):
    """E13: on both ways, and at every endpoint that takes it."""
    path = f"/api/v1/applications/{known.client_id}/secrets"
    listed = (await known.management.get(path)).json()["secrets"]
    rotated = await known.management.post(f"{path}/{listed[0]['id']}/rotate", json={"overlap_seconds": 120})
    assert rotated.status_code == 201
    token = sound(await post(known, good(known))).json()["access_token"]
    known.opened.clock.move(121)
    assert at_once(known, good(known)) is None
    for path in PATHS:
        answer = sound(await post(known, f"{good(known)}&token={token}", path=path), known.client_secret)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_public_client_is_never_confidential(known):
    """E16: with any secret, with none, in the header and in the body.

    Only revocation is for public clients, too (RFC 7009 §2.1): there it is none that sends no secret.
    """
    made = await known.management.post("/api/v1/applications", json={"name": "Web", "type": "spa"})
    client_id = made.json()["application"]["client_id"]
    body = {"grant_type": "client_credentials", "client_id": client_id, "token": "x.y.z"}
    for secret in (None, "", "x", "null", known.client_secret):
        form = urlencode(body if secret is None else {**body, "client_secret": secret})
        for path in PATHS:
            is_for_all = path == "/oauth2/revoke" and not secret
            answer = sound(await post(known, form, path=path))
            assert answer.status_code == (200 if is_for_all else 401), path
        header = [basic(client_id, secret or "")]
        assert sound(await post(known, without_credentials(), header)).status_code == 401
        known.opened.clock.move(61)


IGNORED = {
    "unknown": "foo=bar",
    "lifetime": "expires_in=1&exp=99999999999&lifetime_seconds=1_000",
    "int traps": f"max_age={quote('１２')}&page_size=1e3",
    "claims": 'claims={"sub":"admin"}&sub=admin&azp=admin&iss=https://evil.test&org_code=org_x',
    "permissions": "permissions=admin&roles=admin&scp=admin&scopes=admin",
    "user": "username=admin&code=x&refresh_token=x&redirect_uri=https://evil.test",
    "header of the token": "alg=none&typ=at%2Bjwt&kid=x",
    "empty scope": "scope=",
    "spaces for scope": "scope=+++",
    "no name": "=x",
    "brackets": "client_id[]=x",
    "lone percent": "x=%&y=%zz",
}


async def test_parameters_that_mean_nothing_change_nothing(known):
    """B04, B05: what a request adds is in no claim."""
    expected = claims_of(sound(await post(known, good(known))).json()["access_token"])
    del expected["jti"]
    for added in IGNORED.values():
        answer = sound(await post(known, f"{good(known)}&{added}"))
        claims = claims_of(answer.json()["access_token"])
        del claims["jti"]
        assert claims == expected


async def test_order_of_scopes_does_not_matter(known):
    """B08."""
    bodies = [
        f"{good(known)}&scope={scope}" for scope in ("read:orders+write:orders", "write:orders++read:orders")
    ]
    first, second = [sound(await post(known, body)).json()["scope"] for body in bodies]
    assert first == second == "read:orders write:orders"


@pytest.mark.parametrize(
    "origin",
    ["null", "https://evil.test", "http://127.0.0.1:8000.evil.test", "http://evil127.0.0.1:8000", "file://"],
)
async def test_no_origin_is_let_in(known, origin):
    """E18, E19: no page of another site reads an answer, asked for or preflighted."""
    headers = [(b"origin", origin.encode())]
    preflight = [*headers, (b"access-control-request-method", b"POST")]
    async with known.opened.http() as http:
        for path in (*PATHS, "/api/v1/apis"):
            asked = await http.options(path, headers=preflight)
            answers = [asked, await post(known, f"{good(known)}&token=x", headers, path=path)]
            for answer in answers:
                assert not [name for name in answer.headers if name.startswith("access-control-")]
            assert asked.status_code == 405


async def test_every_refusal_looks_alike(known):
    """E14, E18: header names and body members do not tell one cause of `invalid_client` from another."""
    causes = [
        good(known).replace(known.client_id, "0" * 32),
        good(known).replace(known.client_secret, "A" * len(known.client_secret)),
        good(known).replace(known.client_secret, "x"),
        good(known).replace(known.client_id, "é"),
    ]
    seen = set()
    for body in causes:
        answer = sound(await post(known, body))
        names = tuple(sorted(set(answer.headers) - {"x-request-id"}))
        seen.add((answer.status_code, answer.text, names))
    assert len(seen) == 1


MUTATIONS = (
    *("%", "%00", "%FF", "%C0%80", "%26", "%3D", "\x00", "\xff", "&", "=", "&&", ";", "+", "é", "\r\n\r\n"),
    *("[]", "{}", "..", "null", "Basic", "１２", "A" * 900, "&client_id=x", "&scope=*", "&token=x"),
)


async def test_mutated_requests_get_an_oauth_error_everywhere(known, capsys):
    """R-07: a good request, broken in a few places, at each endpoint that takes a form."""
    token = (await post(known, good(known))).json()["access_token"]
    before = rows(known.opened)
    run = running(known)

    @settings(
        max_examples=120,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(
        st.sampled_from(PATHS),
        st.lists(
            st.tuples(st.floats(0, 1), st.sampled_from(MUTATIONS), st.booleans()), min_size=1, max_size=4
        ),
    )
    def tried(path, mutations):
        known.opened.clock.move(5)
        body = f"{good(known)}&token={token}" if path != "/oauth2/token" else good(known)
        for place, inserted, replaces in mutations:
            at = int(place * len(body))
            body = body[:at] + inserted + body[at + (len(inserted) if replaces else 0) :]
        answer = sound(run(post(known, body.encode("latin-1", "replace"), path=path)), known.client_secret)
        assert answer.status_code in (200, 400, 401, 413, 429)
        if answer.status_code != 200:
            assert json.loads(answer.text).keys() == {"error", "error_description"}

    await in_thread(tried)
    changed = [name for name, found in rows(known.opened).items() if found != before[name]]
    assert set(changed) <= {"revoked_tokens"}
    written = capsys.readouterr()
    assert known.client_secret not in written.out + written.err
