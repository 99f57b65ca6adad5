"""Refuse tokens for their size, spelling, JSON and signature."""

import base64
import json
import time
import zlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from claimsmith.crypto.jwt_verification import (
    LONGEST_TOKEN,
)
from claimsmith.crypto.keyring import SigningKey
from tests.unit.crypto.conftest import (
    ALGORITHMS,
    ALPHABET,
    CLAIMS,
    ISSUER,
    NOW,
    Forge,
    Refusal,
    Verify,
    encode,
)


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
    ("nested too deeply", b'{"a":' + b"[" * 256 + b"]" * 256 + b"}", "nested too deeply"),
    ("nested too deeply in turns", b'{"a":[' * 150 + b"]}" * 150, "nested too deeply"),
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

    def test_q12_nesting_that_exhausts_the_parser_is_refused(self, forge: Forge, refusal: Refusal) -> None:
        """Some versions of the parser give up by themselves, with an error of their own."""
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            data = b'{"a":' + opening * 1_900 + b"1" + closing * 1_900 + b"}"
            assert refusal(forge(payload=data)) in {"nested too deeply", "malformed: RecursionError"}

    def test_deep_and_wide_claims_within_the_bounds_are_read(self, forge: Forge, verify: Verify) -> None:
        deep: Any = 1
        for _ in range(255):
            deep = [deep]
        wide = [{"id": number, "keys": [number]} for number in range(200)]
        assert verify(forge(payload={"deep": deep, "wide": wide})) == CLAIMS | {"deep": deep, "wide": wide}

    def test_text_outside_ascii_is_read(self, forge: Forge, verify: Verify) -> None:
        token = forge(payload={"name": "Zoë 😀", "\u202e": "x"})
        assert verify(token) == CLAIMS | {"name": "Zoë 😀", "\u202e": "x"}


P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


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
        order, most = P256_ORDER, 2**256 - 1
        for r, s in ((0, 0), (0, 1), (1, 0), (order, 1), (1, order), (order, order), (most, most)):
            raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
            assert refusal(f"{signed}.{encode(raw)}") == "the signature is wrong"

    def test_parts_of_two_tokens_make_no_third(self, forge: Forge, refusal: Refusal) -> None:
        one, two = forge(payload={"sub": "a"}).split("."), forge(payload={"sub": "b"}).split(".")
        assert refusal(".".join([one[0], two[1], one[2]])) == "the signature is wrong"
