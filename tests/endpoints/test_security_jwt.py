"""What is no good token opens nothing where tokens are read: management API, introspection (H, Q)."""

import base64
import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from claimsmith.crypto.keyring import signature_maker
from claimsmith.crypto.signing_keys import generate_signing_key, load_private_key
from claimsmith.domain.management_scopes import MANAGEMENT_SCOPES
from claimsmith.usecases.environments import add_environment, ensure_management_api
from tests.endpoints.assertions import sound


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(part: str) -> dict:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class Forger:
    """Change good tokens, and sign them with the environment's own key or another one."""

    def __init__(self, good: str, key) -> None:
        self.good = good
        self.head, self.body, self.signature = good.split(".")
        self.header, self.claims = decode(self.head), decode(self.body)
        self.key = key

    def signed(self, header=None, claims=None, *, key=None) -> str:
        """Return a token with a good signature over changed parts; bytes stand for themselves."""
        parts = []
        for given, good in ((header, self.header), (claims, self.claims)):
            if isinstance(given, bytes):
                parts.append(encode(given))
            else:
                whole = {name: value for name, value in (good | (given or {})).items() if value is not ...}
                parts.append(encode(json.dumps(whole).encode()))
        text = ".".join(parts)
        return f"{text}.{encode(signature_maker(key or self.key)(text.encode()))}"

    def by_hmac(self, secret: bytes) -> str:
        text = f"{encode(json.dumps(self.header | {'alg': 'HS256'}).encode())}.{self.body}"
        return f"{text}.{encode(hmac.digest(secret, text.encode(), hashlib.sha256))}"


def other_key(algorithm="RS256"):
    return load_private_key(generate_signing_key(algorithm).private_pkcs8)


def as_json(claims: dict, name: str, raw: str) -> bytes:
    """Return claims with one member written as it is: what `json.dumps` would not write."""
    rest = json.dumps({key: value for key, value in claims.items() if key != name})
    return f'{rest[:-1]}, "{name}": {raw}}}'.encode()


FORGERIES = {
    "Q02 none": lambda f: f"{encode(json.dumps(f.header | {'alg': 'none'}).encode())}.{f.body}.",
    "Q02 nOnE": lambda f: f"{encode(json.dumps(f.header | {'alg': 'nOnE'}).encode())}.{f.body}.{f.signature}",
    "H11 stripped signature": lambda f: f"{f.head}.{f.body}",
    "H11 empty signature": lambda f: f"{f.head}.{f.body}.",
    "Q03 HS256 with the public key as PEM": lambda f: f.by_hmac(
        f.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    ),
    "Q03 HS256 with the public key as DER": lambda f: f.by_hmac(
        f.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ),
    "Q03 HS256 with an empty secret": lambda f: f.by_hmac(b""),
    "Q01 another algorithm in the header": lambda f: f.signed({"alg": "RS512"}),
    "H10 another key under our kid": lambda f: f.signed(key=other_key()),
    "H10 another key under no kid": lambda f: f.signed({"kid": ...}, key=other_key()),
    "Q04 jwk of the forger": lambda f: f.signed(
        {"kid": ..., "jwk": generate_signing_key("ES256").public_jwk, "alg": "ES256"}, key=other_key("ES256")
    ),
    "Q04 jku of the forger": lambda f: f.signed({"jku": "https://evil.test/jwks"}, key=other_key()),
    "Q05 crit": lambda f: f.signed({"crit": ["exp"]}),
    "Q05 b64": lambda f: f.signed({"b64": False, "crit": ["b64"]}),
    "Q06 20 KB": lambda f: f.signed(claims={"padding": "x" * 20_000}),
    "Q06 large header": lambda f: f.signed({"x": "y" * 2_000}),
    "Q12 duplicate member": lambda f: f.signed(
        claims=as_json(f.claims, "", '""').replace(b'"": ""', b'"aud": "x"')
    ),
    "Q12 array": lambda f: f.signed(claims=b"[1, 2]"),
    "Q12 text": lambda f: f.signed(claims=b'"claims"'),
    "Q12 not UTF-8": lambda f: f.signed(claims=b'{"iss": "\xff"}'),
    "Q12 byte order mark": lambda f: f.signed(claims=b"\xef\xbb\xbf" + json.dumps(f.claims).encode()),
    "H12 exp missing": lambda f: f.signed(claims={"exp": ...}),
    "H12 exp text": lambda f: f.signed(claims={"exp": str(f.claims["exp"])}),
    "H12 exp true": lambda f: f.signed(claims={"exp": True}),
    "H12 exp NaN": lambda f: f.signed(claims=as_json(f.claims, "exp", "NaN")),
    "H12 exp Infinity": lambda f: f.signed(claims=as_json(f.claims, "exp", "Infinity")),
    "H12 exp 1e999": lambda f: f.signed(claims=as_json(f.claims, "exp", "1e999")),
    "H12 exp negative": lambda f: f.signed(claims={"exp": -1}),
    "H12 exp past": lambda f: f.signed(claims={"exp": f.claims["iat"] - 3_600}),
    "H12 nbf future": lambda f: f.signed(claims={"nbf": f.claims["iat"] + 3_600}),
    "H12 iat future": lambda f: f.signed(claims={"iat": f.claims["iat"] + 3_600}),
    "H13 aud of no texts": lambda f: f.signed(claims={"aud": [1, None]}),
    "H13 aud nested": lambda f: f.signed(claims={"aud": [f.claims["aud"]]}),
    "H13 aud empty": lambda f: f.signed(claims={"aud": []}),
    "H13 aud missing": lambda f: f.signed(claims={"aud": ...}),
    "H14 issuer that contains ours": lambda f: f.signed(claims={"iss": f.claims["iss"] + "/staging"}),
    "H14 issuer that ours contains": lambda f: f.signed(claims={"iss": f.claims["iss"][:-1]}),
    "H14 issuer missing": lambda f: f.signed(claims={"iss": ...}),
    "H15 fourth segment": lambda f: f.good + ".x",
    "H15 padding": lambda f: f.good + "=",
    "H15 newline": lambda f: f.good.replace(".", ".\n", 1),
    "H15 another alphabet": lambda f: f"{f.head}.{f.body}.{f.signature[:-2]}+/",
    "H15 JSON serialization": lambda f: json.dumps(
        {"payload": f.body, "signatures": [{"protected": f.head, "signature": f.signature}]}
    ),
    "Q13 another type": lambda f: f.signed({"typ": "logout+jwt"}),
    "nothing": lambda _: "",
    "garbage": lambda _: "x.y.z",
    "V-134 many dots": lambda _: "." * 5_000,
}


@pytest.fixture
async def forger(orders):
    good = orders.management.headers["authorization"].removeprefix("Bearer ")
    runtime = orders.opened.platform.directory.runtimes[0]
    kid = decode(good.split(".")[0])["kid"]
    return Forger(good, next(key.private_key for key in runtime.keys._keys if key.kid == kid))


async def test_forger_makes_good_tokens_too(orders, forger):
    """Otherwise the refusals below would prove nothing."""
    async with orders.opened.http() as http:
        for token in (forger.good, forger.signed()):
            answer = await http.get("/api/v1/apis", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 200


async def test_forgeries_do_not_open_the_management_api(orders, forger):
    accepted = []
    async with orders.opened.http() as http:
        for name, forge in FORGERIES.items():
            token = forge(forger).encode("latin-1")
            answer = await http.get("/api/v1/apis", headers=[(b"authorization", b"Bearer " + token.strip())])
            if sound(answer).status_code != 401 or answer.json()["errors"][0]["code"] != "INVALID_TOKEN":
                accepted.append((name, answer.status_code))
    assert accepted == []


async def test_forgeries_are_inactive(orders, forger):
    active = []
    credentials = {"client_id": orders.client_id, "client_secret": orders.client_secret}
    own = Forger((await orders.token()).json()["access_token"], forger.key)
    async with orders.opened.http() as http:
        for name, forge in FORGERIES.items():
            if name == "nothing":
                continue
            answer = await http.post("/oauth2/introspect", data={**credentials, "token": forge(own)})
            oversize = answer.status_code == 413
            if not oversize and sound(answer).json() != {"active": False}:
                active.append((name, answer.text))
    assert active == []


async def test_tokens_of_another_environment_open_nothing(orders, forger):
    """H10, U01: signed by a real key of this very server, but not of this environment."""
    opened = orders.opened
    other = await add_environment(
        opened.platform, code="staging", name="Staging", issuer="http://127.0.0.1:8000/staging"
    )
    await ensure_management_api(opened.context(other), MANAGEMENT_SCOPES)
    await opened.platform.directory.catch_up()
    management = await opened.management(other)
    foreign = Forger(management.headers["authorization"].removeprefix("Bearer "), None)
    theirs = next(each for each in opened.platform.directory.runtimes if each.id == other.id)
    key = next(each.private_key for each in theirs.keys._keys if each.kid == foreign.header["kid"])
    ours = forger.claims
    tokens = [
        foreign.good,
        Forger(foreign.good, key).signed(claims=ours),
        Forger(foreign.good, key).signed({"kid": forger.header["kid"]}, ours),
    ]
    async with opened.http() as http:
        for token in tokens:
            answer = await http.get("/api/v1/apis", headers={"Authorization": f"Bearer {token}"})
            assert sound(answer).status_code == 401


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer"])
async def test_scheme_has_no_letter_case(orders, forger, scheme):
    """H07."""
    async with orders.opened.http() as http:
        answer = await http.get("/api/v1/apis", headers={"Authorization": f"{scheme} {forger.good}"})
    assert answer.status_code == 200


async def test_token_in_the_query_is_ignored(orders, forger):
    """H05."""
    async with orders.opened.http() as http:
        answer = await http.get("/api/v1/apis", params={"access_token": forger.good})
    assert sound(answer, forger.good).status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_two_authorization_headers_are_refused(orders, forger):
    async with orders.opened.http() as http:
        headers = [("Authorization", f"Bearer {forger.good}"), ("Authorization", "Bearer x.y.z")]
        answer = await http.get("/api/v1/apis", headers=headers)
    assert sound(answer).status_code in (400, 401)


async def test_no_error_is_named_when_no_token_was_sent(orders):
    """H08, RFC 6750 §3.1."""
    async with orders.opened.http() as http:
        missing = await http.get("/api/v1/apis")
        wrong = await http.get("/api/v1/apis", headers={"Authorization": "Bearer x.y.z"})
    assert missing.headers["www-authenticate"] == "Bearer"
    assert 'error="invalid_token"' in wrong.headers["www-authenticate"]
    assert sound(missing).status_code == sound(wrong).status_code == 401
