import base64
import json
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claimsmith.crypto.jwt_verification import (
    LONGEST_TOKEN,
    TokenRejected,
    VerifiedClaims,
    verify_jwt,
)
from claimsmith.crypto.keyring import KeyRing, SigningKey
from tests.unit.crypto.conftest import ISSUER, NOW, Forge, encode

ALGORITHMS = ["RS256", "ES256", "EdDSA"]
BOTH = frozenset({"JWT", "at+jwt"})
CLAIMS = {"iss": ISSUER, "iat": int(NOW), "exp": int(NOW) + 60}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture(scope="session")
def verify(ring: KeyRing) -> Callable[..., VerifiedClaims]:
    def call(token: Any, **changed: Any) -> VerifiedClaims:
        return verify_jwt(token, ring, **({"now": NOW, "issuer": ISSUER, "typ": BOTH} | changed))

    return call


@pytest.fixture(scope="session")
def refusal(verify: Callable[..., VerifiedClaims]) -> Callable[..., str]:
    """Return the reason for which a token is refused; fail when it is not."""

    def call(token: Any, **changed: Any) -> str:
        with pytest.raises(TokenRejected) as refused:
            verify(token, **changed)
        assert str(refused.value) == refused.value.reason
        return refused.value.reason

    return call


Verify = Callable[..., VerifiedClaims]
Refusal = Callable[..., str]


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
        for check_expiry in (True, False):
            with pytest.raises(TokenRejected, match="no key of this id and algorithm"):
                gone = KeyRing([replace(keys["ES256"], retires_at=NOW)])
                verify_jwt(forge(), gone, **expected, check_expiry=check_expiry)


class TestSize:
    def test_q06_a_token_over_16_kib_is_refused_and_one_of_16_kib_is_not(
        self, forge: Forge, refusal: Refusal, verify: Verify
    ) -> None:
        tokens = {
            len(token): token for token in (forge(payload={"p": "x" * n}) for n in range(11_950, 12_130))
        }
        largest = max(length for length in tokens if length <= LONGEST_TOKEN)
        assert LONGEST_TOKEN == 16_384
        assert largest >= LONGEST_TOKEN - 2
        verify(tokens[largest])
        over = min(length for length in tokens if length > LONGEST_TOKEN)
        assert refusal(tokens[over]) == "not a compact JWS of acceptable size"

    def test_q06_a_header_over_512_bytes_is_refused(self, forge: Forge, refusal: Refusal) -> None:
        spaces = b'{"alg":"ES256","typ":"JWT","kid":"x"' + b" " * 400 + b"}"
        assert len(encode(spaces)) > 512
        assert refusal(forge(spaces)) == "the header is too long"
        assert refusal(forge({"kid": "x" * 500})) == "the header is too long"

    def test_q06_a_header_of_512_bytes_is_read(
        self, keys: dict[str, SigningKey], forge: Forge, verify: Verify
    ) -> None:
        header = json.dumps({"alg": "ES256", "kid": keys["ES256"].kid, "typ": "JWT"}).encode()
        padded = header[:-1].ljust(383) + b"}"
        assert len(encode(padded)) == 512
        assert verify(forge(padded)) == CLAIMS

    @pytest.mark.parametrize("count", [0, 1, 2, 4, 5, 6])
    def test_q06_another_number_of_segments_is_refused(
        self, count: int, forge: Forge, refusal: Refusal
    ) -> None:
        segments = [*forge().split("."), "AAAA", "AAAA", "AAAA"][:count]
        assert refusal(".".join(segments)) == "not a compact JWS of acceptable size"

    @pytest.mark.parametrize(
        "token",
        [
            "." * 1_000_000,
            "A" * 50_000_000,
            "." * 16_384,
            "A." * 8_000,
            ("A" * 5_461 + ".") * 3,
            "..",
            "A..A",
        ],
        ids=lambda token: f"{len(token)}",
    )
    def test_q06_huge_and_empty_tokens_are_refused_before_decoding(
        self, token: str, refusal: Refusal
    ) -> None:
        began = time.process_time()
        assert refusal(token) == "not a compact JWS of acceptable size"
        assert time.process_time() - began < 0.5

    def test_q06_an_empty_segment_is_refused(self, forge: Forge, refusal: Refusal) -> None:
        head, payload, signature = forge().split(".")
        for token in (f".{payload}.{signature}", f"{head}..{signature}", f"{head}.{payload}."):
            assert refusal(token) == "not a compact JWS of acceptable size"

    def test_q07_an_encrypted_token_is_refused_whatever_it_unpacks_to(self, refusal: Refusal) -> None:
        bomb = zlib.compress(b"\x00" * 5_000_000, 9)[2:-4]
        header = encode(b'{"alg":"dir","enc":"A256GCM","zip":"DEF","typ":"JWT"}')
        segments = [header, "", encode(bytes(12)), encode(bomb), encode(bytes(16))]
        assert refusal(".".join(segments)) == "not a compact JWS of acceptable size"
        as_jws = f"{header}.{encode(bomb)}.{encode(bytes(16))}"
        assert refusal(as_jws) == "the header has members that are never sent"

    def test_q08_a_password_based_key_is_refused(self, refusal: Refusal) -> None:
        header = encode(b'{"alg":"PBES2-HS256+A128KW","p2c":2000000000,"p2s":"AAAA","typ":"JWT"}')
        assert refusal(f"{header}.AAAA.AAAA") == "the header has members that are never sent"


class TestSpelling:
    @pytest.mark.parametrize("segment", [0, 1, 2])
    @pytest.mark.parametrize("junk", ["=", "==", "+", "/", " ", "\n", "\t", "\x00", "$", "é", "\u2028"])
    def test_characters_outside_the_alphabet_are_refused(
        self, segment: int, junk: str, forge: Forge, refusal: Refusal
    ) -> None:
        parts = forge().split(".")
        for changed in (
            parts[segment] + junk,
            junk + parts[segment],
            parts[segment][:4] + junk + parts[segment][4:],
        ):
            token = ".".join([*parts[:segment], changed, *parts[segment + 1 :]])
            assert refusal(token) == "not a compact JWS of acceptable size"

    @pytest.mark.parametrize("key", ALGORITHMS)
    def test_a_signature_has_one_spelling(self, key: str, forge: Forge, refusal: Refusal) -> None:
        """RFC 4648 §3.5: the bits after the last byte are zero."""
        token = forge(key=key)
        same = [ALPHABET[ALPHABET.index(token[-1]) + extra] for extra in range(1, 4)]
        for last in same:
            padding = "=" * (-len(token.rpartition(".")[2]) % 4)
            spelt = token[:-1] + last
            assert base64.urlsafe_b64decode(spelt.rpartition(".")[2] + padding) == base64.urlsafe_b64decode(
                token.rpartition(".")[2] + padding
            )
            assert refusal(spelt) == "malformed: ValueError"

    @pytest.mark.parametrize("token", [None, b"a.b.c", 5, ["a.b.c"], {}, "", " ", "Bearer a.b.c"])
    def test_what_is_no_token_is_refused(self, token: Any, refusal: Refusal) -> None:
        assert refusal(token)


NOT_JSON_OBJECTS: list[tuple[str, bytes, str]] = [
    ("array", b"[]", "not a JSON object"),
    ("array of pairs", b'[["iss","x"]]', "not a JSON object"),
    ("string", b'"x"', "not a JSON object"),
    ("number", b"1", "not a JSON object"),
    ("null", b"null", "not a JSON object"),
    ("true", b"true", "not a JSON object"),
    ("two values", b"{}{}", "malformed: JSONDecodeError"),
    ("trailing comma", b'{"a":1,}', "malformed: JSONDecodeError"),
    ("single quotes", b"{'a':1}", "malformed: JSONDecodeError"),
    ("NUL", b'{"a":"\x00"}', "malformed: JSONDecodeError"),
    ("NaN", b'{"a":NaN}', "NaN is no JSON"),
    ("Infinity", b'{"a":Infinity}', "Infinity is no JSON"),
    ("-Infinity", b'{"a":[-Infinity]}', "-Infinity is no JSON"),
    ("1e999", b'{"a":1e999}', "malformed: ValueError"),
    ("-1e999", b'{"a":{"b":-1e999}}', "malformed: ValueError"),
    ("5000 digits", b'{"a":' + b"9" * 5000 + b"}", "malformed: ValueError"),
    ("repeated", b'{"a":1,"a":1}', "a member is repeated"),
    ("repeated in another spelling", b'{"a":1,"\\u0061":2}', "a member is repeated"),
    ("repeated inside", b'{"x":[{"a":1,"a":2}]}', "a member is repeated"),
    ("not UTF-8", b'{"a":"\xff"}', "malformed: UnicodeDecodeError"),
    ("overlong UTF-8", b'{"a":"\xc0\xaf"}', "malformed: UnicodeDecodeError"),
    ("surrogate in UTF-8", b'{"a":"\xed\xa0\x80"}', "malformed: UnicodeDecodeError"),
    ("UTF-16", '{"a":1}'.encode("utf-16"), "malformed: UnicodeDecodeError"),
    ("BOM", b'\xef\xbb\xbf{"a":1}', "malformed: JSONDecodeError"),
    ("lone surrogate", b'{"a":"\\ud800"}', "malformed: UnicodeEncodeError"),
    ("lone surrogate in a name", b'{"\\udfff":1}', "malformed: UnicodeEncodeError"),
    ("nested too deeply", b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}", "malformed: RecursionError"),
]


class TestJson:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [case[1:] for case in NOT_JSON_OBJECTS],
        ids=[case[0] for case in NOT_JSON_OBJECTS],
    )
    def test_q12_a_payload_that_is_no_clean_object_is_refused(
        self, data: bytes, reason: str, forge: Forge, refusal: Refusal
    ) -> None:
        assert refusal(forge(payload=data)) == reason
        assert refusal(forge(payload=data), check_expiry=False) == reason

    @pytest.mark.parametrize(
        ("data", "reason"),
        [case[1:] for case in NOT_JSON_OBJECTS if len(case[1]) < 384],
        ids=[case[0] for case in NOT_JSON_OBJECTS if len(case[1]) < 384],
    )
    def test_q12_a_header_that_is_no_clean_object_is_refused(
        self, data: bytes, reason: str, forge: Forge, refusal: Refusal
    ) -> None:
        assert refusal(forge(data)) == reason

    def test_q12_a_repeated_algorithm_is_refused(
        self, keys: dict[str, SigningKey], forge: Forge, refusal: Refusal
    ) -> None:
        kid = keys["ES256"].kid
        for first, second in (("none", "ES256"), ("ES256", "none"), ("ES256", "ES256")):
            header = f'{{"alg":"{first}","alg":"{second}","kid":"{kid}","typ":"JWT"}}'
            assert refusal(forge(header.encode())) == "a member is repeated"

    def test_q12_a_repeated_claim_is_refused(self, forge: Forge, refusal: Refusal) -> None:
        payload = f'{{"iss":"{ISSUER}","iat":{int(NOW)},"exp":{int(NOW) - 5},"exp":{int(NOW) + 60}}}'
        assert refusal(forge(payload=payload.encode())) == "a member is repeated"

    def test_text_outside_ascii_is_read(self, forge: Forge, verify: Verify) -> None:
        token = forge(payload={"name": "Zoë 😀", "\u202e": "x"})
        assert verify(token) == CLAIMS | {"name": "Zoë 😀", "\u202e": "x"}


class TestSignature:
    @pytest.mark.parametrize("key", ALGORITHMS)
    def test_any_changed_bit_is_refused(self, key: str, forge: Forge, refusal: Refusal) -> None:
        signed, _, signature = forge(key=key).rpartition(".")
        raw = base64.urlsafe_b64decode(signature + "==")
        for position in range(0, len(raw), 7):
            changed = bytearray(raw)
            changed[position] ^= 0x40
            assert refusal(f"{signed}.{encode(bytes(changed))}") == "the signature is wrong"

    @pytest.mark.parametrize("key", ALGORITHMS)
    def test_a_signature_of_another_length_or_of_zeros_is_refused(
        self, key: str, forge: Forge, refusal: Refusal
    ) -> None:
        signed, _, signature = forge(key=key).rpartition(".")
        raw = base64.urlsafe_b64decode(signature + "==")
        for wrong in (
            raw[:-1],
            raw + b"\x00",
            b"\x00" + raw,
            raw + raw,
            b"\x00",
            bytes(len(raw)),
            b"\xff" * len(raw),
        ):
            assert refusal(f"{signed}.{encode(wrong)}").startswith("the signature ")

    def test_an_ecdsa_signature_in_der_is_refused(self, forge: Forge, refusal: Refusal) -> None:
        """RFC 7518 §3.4 wants r || s and nothing else."""
        signed, _, signature = forge().rpartition(".")
        raw = base64.urlsafe_b64decode(signature + "==")
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        assert refusal(f"{signed}.{encode(der)}") == "the signature has another length"

    def test_q11_r_and_s_outside_the_group_are_refused(self, forge: Forge, refusal: Refusal) -> None:
        signed = forge().rpartition(".")[0]
        order = ec.SECP256R1().group_order if hasattr(ec.SECP256R1(), "group_order") else P256_ORDER
        for r, s in (
            (0, 0),
            (0, 1),
            (1, 0),
            (order, 1),
            (1, order),
            (order, order),
            (2**256 - 1, 2**256 - 1),
        ):
            raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
            assert refusal(f"{signed}.{encode(raw)}") == "the signature is wrong"

    def test_parts_of_two_tokens_make_no_third(self, forge: Forge, refusal: Refusal) -> None:
        one, two = forge(payload={"sub": "a"}).split("."), forge(payload={"sub": "b"}).split(".")
        assert refusal(".".join([one[0], two[1], one[2]])) == "the signature is wrong"


P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


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


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
MUTATION = st.tuples(
    st.sampled_from(["replace", "insert", "delete", "cut", "swap"]),
    st.integers(0, 10_000),
    st.one_of(st.sampled_from(ALPHABET + ".=+/ \n"), st.characters(codec=None)),
)


def mutate(token: str, kind: str, at: int, character: str) -> str:
    at %= len(token)
    match kind:
        case "replace":
            return token[:at] + character + token[at + 1 :]
        case "insert":
            return token[:at] + character + token[at:]
        case "delete":
            return token[:at] + token[at + 1 :]
        case "cut":
            return token[:at]
        case _:
            return token[:at] + token[at:][::-1]


class TestAnything:
    @pytest.mark.parametrize("key", ALGORITHMS)
    @settings(max_examples=250, deadline=None)
    @given(mutations=st.lists(MUTATION, min_size=1, max_size=4))
    def test_a_mutated_token_is_rejected_and_nothing_else_q01_to_q12(
        self, key: str, mutations: list[tuple[str, int, str]], forge: Forge, verify: Verify
    ) -> None:
        token = changed = TOKENS.setdefault(key, forge(key=key))
        for mutation in mutations:
            changed = mutate(changed, *mutation) if changed else changed
        if changed == token:
            assert verify(changed) == CLAIMS
        else:
            with pytest.raises(TokenRejected):
                verify(changed)

    @settings(max_examples=200, deadline=None)
    @given(token=st.one_of(st.text(st.characters(codec=None)), st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*")))
    def test_any_text_is_rejected(self, token: str, verify: Verify) -> None:
        with pytest.raises(TokenRejected):
            verify(token)

    @settings(max_examples=250, deadline=None)
    @given(
        header=st.dictionaries(
            st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "b64"]), JSON_VALUES, max_size=4
        ),
        payload=st.dictionaries(
            st.sampled_from(["iss", "exp", "iat", "nbf", "aud", "sub"]), JSON_VALUES, max_size=4
        ),
        check_expiry=st.booleans(),
    )
    @example(header={}, payload={"exp": int(NOW) + 5, "aud": "\ud800"}, check_expiry=True)
    @example(header={}, payload={"sub": float("nan")}, check_expiry=True)
    def test_a_signed_token_of_any_content_is_rejected_or_means_what_it_says(
        self,
        header: dict[str, Any],
        payload: dict[str, Any],
        check_expiry: bool,
        forge: Forge,
        verify: Verify,
    ) -> None:
        """Signed with a real key, so that the content itself reaches every check."""
        try:
            verified = verify(forge(header, payload), check_expiry=check_expiry)
        except TokenRejected:
            return
        assert verified == CLAIMS | payload
        assert verified["iss"] == ISSUER
        assert type(verified["exp"]) is int
        assert type(verified["iat"]) is int
        assert verified["exp"] > NOW or not check_expiry
        json.dumps(dict(verified), allow_nan=False, ensure_ascii=False).encode()

    @settings(max_examples=200, deadline=None)
    @given(header=st.binary(max_size=60), payload=st.binary(max_size=60))
    def test_signed_bytes_that_are_no_json_are_rejected(
        self, header: bytes, payload: bytes, forge: Forge, verify: Verify
    ) -> None:
        for token in (forge(header), forge(payload=payload), forge(header, payload)):
            with pytest.raises(TokenRejected):
                verify(token)


TOKENS: dict[str, str] = {}
