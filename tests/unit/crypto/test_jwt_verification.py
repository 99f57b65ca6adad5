"""Refuse tokens for their algorithm, key, header and claims; accept our own."""

import json
from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from claimsmith.crypto.jwt_verification import (
    TokenRejected,
    VerifiedClaims,
    verify_jwt,
)
from claimsmith.crypto.keyring import KeyRing, SigningKey
from tests.unit.crypto.conftest import ALGORITHMS, BOTH, CLAIMS, ISSUER, NOW, Forge, Refusal, Verify, encode


class TestAlgorithm:
    def test_q01_one_key_has_one_algorithm(
        self, keys: dict[str, SigningKey], forge: Forge, refusal: Refusal
    ) -> None:
        for key in keys:
            for algorithm in {*ALGORITHMS, "RS384", "RS512", "PS256", "ES384", "ES256K", "Ed25519"} - {key}:
                token = forge({"alg": algorithm}, key=key)
                assert refusal(token) == "no key of this id and algorithm"

    @pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "NONE", "", None, ["ES256"], 1, {}, ...])
    def test_q02_none_and_what_is_no_name_are_refused(
        self, algorithm: Any, forge: Forge, refusal: Refusal
    ) -> None:
        token = forge({"alg": algorithm})
        assert refusal(token) == "no key of this id and algorithm"
        unsigned, _, _ = token.rpartition(".")
        assert refusal(unsigned + ".") == "not a compact JWS of acceptable size"
        assert refusal(unsigned) == "not a compact JWS of acceptable size"
        assert refusal(unsigned + ".AA") == "no key of this id and algorithm"

    @pytest.mark.parametrize("algorithm", ["HS256", "hs256", "HS512"])
    @pytest.mark.parametrize("key", ALGORITHMS)
    def test_q03_the_public_key_in_any_spelling_is_no_hmac_secret(
        self, key: str, algorithm: str, keys: dict[str, SigningKey], refusal: Refusal
    ) -> None:
        public, kid = keys[key].public_key, keys[key].kid
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        pem = public.public_bytes(serialization.Encoding.PEM, spki)
        ssh = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        der = public.public_bytes(serialization.Encoding.DER, spki)
        jwk = json.dumps(keys[key].public_jwk).encode()
        for secret in (pem, pem.strip(), ssh, der, jwk, b""):
            header = encode(json.dumps({"alg": algorithm, "kid": kid, "typ": "JWT"}).encode())
            signed = f"{header}.{encode(json.dumps(CLAIMS).encode())}"
            mac = HMAC(secret or b"\x00", SHA256())
            mac.update(signed.encode())
            token = f"{signed}.{encode(mac.finalize())}"
            assert refusal(token) == "no key of this id and algorithm"
            own = token.replace(header, encode(json.dumps({"alg": key, "kid": kid, "typ": "JWT"}).encode()))
            assert refusal(own) in {"the signature is wrong", "the signature has another length"}


class TestHeader:
    @pytest.mark.parametrize(
        "member",
        [
            {"jku": "https://evil.example/jwks.json"},
            {"x5u": "https://evil.example/x5u.pem"},
            {"x5c": ["MIIB"]},
            {"x5t": "AA"},
            {"x5t#S256": "AA"},
        ],
    )
    def test_q04_keys_named_in_the_header_are_refused(
        self, member: dict[str, Any], forge: Forge, refusal: Refusal
    ) -> None:
        assert refusal(forge(member)) == "the header has members that are never sent"

    def test_q04_a_key_brought_along_is_refused(
        self, forge: Forge, refusal: Refusal, make_signing_key: Callable[..., SigningKey]
    ) -> None:
        theirs = make_signing_key("ES256")
        token = KeyRing([theirs]).signer("ES256", NOW).sign(json.dumps(CLAIMS).encode(), "JWT")
        assert refusal(token) == "no key of this id and algorithm"
        header = {"alg": "ES256", "kid": theirs.kid, "typ": "JWT", "jwk": theirs.public_jwk}
        _, payload, signature = token.split(".")
        brought = f"{encode(json.dumps(header).encode())}.{payload}.{signature}"
        assert refusal(brought) == "the header has members that are never sent"
        assert refusal(forge({"jwk": theirs.public_jwk})) == "the header has members that are never sent"

    @pytest.mark.parametrize(
        "member",
        [
            {"crit": ["exp"]},
            {"crit": []},
            {"crit": ["b64"], "b64": False},
            {"b64": False},
            {"b64": True},
            {"zip": "DEF"},
            {"cty": "JWT"},
            {"enc": "A256GCM"},
            {"p2c": 2_000_000},
            {"unknown": 1},
        ],
    )
    def test_q05_critical_and_unknown_members_are_refused(
        self, member: dict[str, Any], forge: Forge, refusal: Refusal
    ) -> None:
        assert refusal(forge(member)) == "the header has members that are never sent"

    @pytest.mark.parametrize(
        "typ", [..., None, "", "jwt", "JWT ", "at+JWT", "application/at+jwt", "logout+jwt", 1, True]
    )
    def test_another_or_no_type_is_refused(self, typ: Any, forge: Forge, refusal: Refusal) -> None:
        assert refusal(forge({"typ": typ})) == "the type is another one"

    def test_a_type_that_is_no_text_is_refused(self, forge: Forge, refusal: Refusal) -> None:
        assert refusal(forge({"typ": ["JWT"]})) == "malformed: TypeError"
        assert refusal(forge({"typ": {"JWT": 1}})) == "malformed: TypeError"

    def test_a_type_that_is_not_asked_for_is_refused(
        self, forge: Forge, refusal: Refusal, verify: Verify
    ) -> None:
        assert refusal(forge({"typ": "at+jwt"}), typ=frozenset({"JWT"})) == "the type is another one"
        assert refusal(forge(), typ=frozenset()) == "the type is another one"
        assert verify(forge({"typ": "at+jwt"}), typ=frozenset({"at+jwt"})) == CLAIMS

    @pytest.mark.parametrize(
        "kid", [..., None, "", "unknown", 1, True, ["a"], {}, "\x00", "../../etc/passwd"]
    )
    def test_an_unknown_or_missing_kid_is_refused(self, kid: Any, forge: Forge, refusal: Refusal) -> None:
        assert refusal(forge({"kid": kid})) == "no key of this id and algorithm"

    def test_a_kid_of_another_key_of_ours_is_refused(
        self, keys: dict[str, SigningKey], forge: Forge, refusal: Refusal
    ) -> None:
        assert refusal(forge({"kid": keys["EdDSA"].kid, "alg": "EdDSA"})) == "the signature is wrong"

    def test_a_retired_key_vouches_for_nothing(self, keys: dict[str, SigningKey], forge: Forge) -> None:
        expected = {"now": NOW, "issuer": ISSUER, "typ": BOTH}
        last = KeyRing([replace(keys["ES256"], retires_at=NOW + 1)])
        assert verify_jwt(forge(), last, **expected) == CLAIMS
        gone = KeyRing([replace(keys["ES256"], retires_at=NOW)])
        for check_expiry in (True, False):
            with pytest.raises(TokenRejected, match="no key of this id and algorithm"):
                verify_jwt(forge(), gone, **expected, check_expiry=check_expiry)


class TestClaims:
    @pytest.mark.parametrize(
        "issuer",
        [
            ...,
            None,
            "",
            ISSUER + "/",
            ISSUER[:-1],
            ISSUER.upper(),
            "https://evil.example",
            [ISSUER],
            {ISSUER: 1},
            1,
        ],
    )
    def test_another_issuer_is_refused(self, issuer: Any, forge: Forge, refusal: Refusal) -> None:
        """V-097: the whole text is compared."""
        assert refusal(forge(payload={"iss": issuer})) == "another issuer"

    @pytest.mark.parametrize("name", ["exp", "iat"])
    @pytest.mark.parametrize("value", [..., None, True, False, "1800000030", 1.8e9, 1800000030.0, [], {}])
    def test_a_time_that_is_no_integer_is_refused(
        self, name: str, value: Any, forge: Forge, refusal: Refusal
    ) -> None:
        for check_expiry in (True, False):
            token = forge(payload={name: value})
            assert refusal(token, check_expiry=check_expiry) == f"{name} is no integer"

    @pytest.mark.parametrize("value", [None, True, "1800000000", 1.5, []])
    def test_a_start_that_is_no_integer_is_refused(self, value: Any, forge: Forge, refusal: Refusal) -> None:
        assert refusal(forge(payload={"nbf": value})) == "nbf is no integer"

    @pytest.mark.parametrize("exp", [10**30, 2**63, int(NOW) + 10 * 366 * 86_400 + 1, -1, -(10**30)])
    def test_an_expiry_out_of_range_is_refused(self, exp: int, forge: Forge, refusal: Refusal) -> None:
        for check_expiry in (True, False):
            assert refusal(forge(payload={"exp": exp}), check_expiry=check_expiry) == "exp is out of range"

    @pytest.mark.parametrize("exp", [0, 1, int(NOW) - 1, int(NOW)])
    def test_an_expired_token_is_refused_unless_that_is_not_asked(
        self, exp: int, forge: Forge, refusal: Refusal, verify: Verify
    ) -> None:
        """RFC 7519 §4.1.4: at the moment of `exp` the token is no longer good."""
        token = forge(payload={"exp": exp})
        assert refusal(token) == "expired"
        assert verify(token, check_expiry=False) == CLAIMS | {"exp": exp}

    def test_an_expiry_in_one_second_or_ten_years_is_good(self, forge: Forge, verify: Verify) -> None:
        for seconds in (1, 10 * 366 * 86_400):
            assert verify(forge(payload={"exp": int(NOW) + seconds}))["exp"] == int(NOW) + seconds

    @pytest.mark.parametrize(("name", "reason"), [("iat", "issued in the future"), ("nbf", "not valid yet")])
    def test_a_token_from_the_future_is_refused_beyond_a_minute(
        self, name: str, reason: str, forge: Forge, refusal: Refusal, verify: Verify
    ) -> None:
        for check_expiry in (True, False):
            token = forge(payload={name: int(NOW) + 61, "exp": int(NOW) + 600})
            assert refusal(token, check_expiry=check_expiry) == reason
        assert verify(forge(payload={name: int(NOW) + 60}))[name] == int(NOW) + 60

    def test_everything_but_the_expiry_is_checked_without_it(self, forge: Forge, refusal: Refusal) -> None:
        past = {"exp": int(NOW) - 5}
        assert refusal(forge(payload=past | {"iss": "x"}), check_expiry=False) == "another issuer"
        assert refusal(forge({"typ": "x"}, past), check_expiry=False) == "the type is another one"
        assert refusal(forge({"crit": ["x"]}, past), check_expiry=False).startswith("the header has members")
        token = forge(payload=past)
        assert refusal(token[:-8] + "AAAAAAAA", check_expiry=False).startswith(("the signature", "malformed"))


@pytest.mark.parametrize("key", ALGORITHMS)
@pytest.mark.parametrize("typ", sorted(BOTH))
def test_a_token_that_we_signed_is_verified(key: str, typ: str, ring: KeyRing, verify: Verify) -> None:
    claims = CLAIMS | {"aud": ["https://api.example.com"], "nested": {"a": [1, 2.5, None, True]}}
    token = ring.signer(key, NOW).sign(json.dumps(claims).encode(), typ)
    verified = verify(token)
    assert isinstance(verified, Mapping)
    assert dict(verified) == claims
    assert (verified["iss"], len(verified), "sub" in verified, verified.get("sub")) == (
        ISSUER,
        5,
        False,
        None,
    )


def test_a_key_verifies_before_it_signs(keys: dict[str, SigningKey], forge: Forge) -> None:
    """Another process, with its clock a little ahead, may sign with it already."""
    ring = KeyRing([replace(keys["ES256"], signs_from=NOW + 1)])
    assert verify_jwt(forge(), ring, now=NOW, issuer=ISSUER, typ=BOTH) == CLAIMS


def test_verified_claims_come_from_verification_alone(forge: Forge, verify: Verify) -> None:
    for proof in (None, True, object()):
        with pytest.raises(TypeError, match="verify_jwt alone"):
            VerifiedClaims(dict(CLAIMS), proof)
    with pytest.raises(TypeError):
        VerifiedClaims(dict(CLAIMS))
    claims = verify(forge())
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        claims._claims = {}
    with pytest.raises(TypeError):
        claims["sub"] = "x"
    assert ISSUER not in repr(claims)


def test_a_reason_repeats_nothing_of_the_token(forge: Forge, refusal: Refusal) -> None:
    marked = "hunter2-hunter2"
    for token in (
        forge({"kid": marked}),
        forge({"typ": marked}),
        forge({marked: marked}),
        forge(payload={"iss": marked}),
        forge(payload={"exp": marked}),
        forge(payload=f'{{"{marked}":1,"{marked}":2}}'.encode()),
        forge(payload=f'{{"a":{marked}}}'.encode()),
        marked,
    ):
        assert marked not in refusal(token)
