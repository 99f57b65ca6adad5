import base64
import re
import string

import joserfc.jwk
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from claimsmith.crypto.signing_keys import (
    algorithm_of,
    base64url,
    generate_signing_key,
    jwk_members,
    load_private_key,
    published_jwk,
    thumbprint,
)

ALGORITHMS = ["RS256", "ES256", "EdDSA"]
RFC_7638_N = (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
    "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA"
    "ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-"
    "kEgU8awapJzKnqDKgw"
)


def der(key, form=serialization.PrivateFormat.PKCS8) -> bytes:
    return key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())


@pytest.mark.parametrize("algorithm", ["", "none", "HS256", "RS384", "PS256", "ES384", "rs256", "Ed448"])
def test_another_algorithm_is_refused(algorithm: str) -> None:
    with pytest.raises(ValueError, match=f"'{algorithm}' is no algorithm this server signs with; use RS256"):
        generate_signing_key(algorithm)


def test_a_weak_rsa_key_is_refused_q11() -> None:
    """RFC 8725 §3.5, RFC 7518 §3.3."""
    with pytest.raises(ValueError, match="the stored RSA key has 1024 bits; 2048 are the least"):
        load_private_key(der(rsa.generate_private_key(65537, 1024)))


def test_an_rsa_key_with_an_even_exponent_is_refused_q11() -> None:
    whole = der(rsa.generate_private_key(65537, 2048))
    exponent = bytes.fromhex("0203010001")
    assert whole.count(exponent) == 1
    with pytest.raises(ValueError, match="the stored RSA key has another public exponent than 65537"):
        load_private_key(whole.replace(exponent, bytes.fromhex("0203010002")))


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP521R1(), ec.SECP256K1()])
def test_a_key_on_another_curve_is_refused_q11(curve: ec.EllipticCurve) -> None:
    with pytest.raises(ValueError, match=f"curve {curve.name}; only P-256 is signed with"):
        load_private_key(der(ec.generate_private_key(curve)))


def test_a_key_whose_point_is_off_the_curve_is_refused_q11() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    form = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    point = key.public_key().public_bytes(*form)
    with pytest.raises(ValueError, match="no unencrypted PKCS #8 private key"):
        load_private_key(der(key).replace(point, point[:-1] + bytes([point[-1] ^ 1])))


def test_a_key_of_another_kind_is_refused() -> None:
    for key in (dsa.generate_private_key(2048), ed448.Ed448PrivateKey.generate()):
        with pytest.raises(ValueError, match="of a kind that this server does not sign with"):
            load_private_key(der(key))


def test_a_document_that_is_no_plain_private_key_is_refused() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    locked = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"password"),
    )
    for document in (b"", b"x", locked, der(key)[:-1], key.private_bytes_raw()):
        with pytest.raises(ValueError, match="no unencrypted PKCS #8 private key"):
            load_private_key(document)


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    """RFC 7638 §3.1."""
    number = int.from_bytes(base64.urlsafe_b64decode(RFC_7638_N + "=="), "big")
    members = jwk_members(rsa.RSAPublicNumbers(65537, number).public_key())
    assert members == {"e": "AQAB", "kty": "RSA", "n": RFC_7638_N}
    assert thumbprint(members) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_thumbprint_of_an_edwards_key_is_that_of_rfc_8037() -> None:
    """RFC 8037 A.1 to A.3."""
    seed = base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    members = jwk_members(ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key())
    assert members == {
        "crv": "Ed25519",
        "kty": "OKP",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }
    assert thumbprint(members) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_new_key_is_published_with_what_the_sdks_need(algorithm: str) -> None:
    made = generate_signing_key(algorithm)
    members = {"RS256": ["e", "kty", "n"], "ES256": ["crv", "kty", "x", "y"], "EdDSA": ["crv", "kty", "x"]}
    assert sorted(made.public_jwk) == sorted([*members[algorithm], "use", "kid", "alg"])
    kty = {"RS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}[algorithm]
    assert {name: made.public_jwk[name] for name in ("kty", "use", "kid", "alg")} == {
        "kty": kty,
        "use": "sig",
        "kid": made.kid,
        "alg": algorithm,
    }
    assert joserfc.jwk.JWKRegistry.import_key(made.public_jwk).thumbprint() == made.kid
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", made.kid)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_new_key_is_loaded_from_what_is_stored(algorithm: str) -> None:
    made = generate_signing_key(algorithm)
    key = load_private_key(made.private_pkcs8)
    assert published_jwk(key.public_key(), made.kid) == made.public_jwk
    assert algorithm_of(key.public_key()) == algorithm
    assert generate_signing_key(algorithm).kid != made.kid


def test_the_private_key_is_not_in_the_repr() -> None:
    made = generate_signing_key("ES256")
    assert "private" not in repr(made)


def test_a_new_rsa_key_has_2048_bits_and_the_usual_exponent() -> None:
    key = load_private_key(generate_signing_key("RS256").private_pkcs8)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert (key.key_size, key.public_key().public_numbers().e) == (2048, 65537)


def test_coordinates_keep_their_leading_zeros() -> None:
    """RFC 7518 §6.2.1.2: always 32 bytes."""
    key = ec.derive_private_key(379, ec.SECP256R1())
    assert key.public_key().public_numbers().x < 1 << 248
    assert jwk_members(key.public_key())["x"] == "AFVDiUrz0A7X10Cr29dclrBod7eH219w7qeLkKjXwAo"


@given(st.text(string.ascii_letters + string.digits + "-_", min_size=43, max_size=43))
def test_no_kid_makes_a_header_that_plain_base64_cannot_read(kid: str) -> None:
    """Some SDKs decode the header with plain base64, which knows neither `-` nor `_`."""
    for typ in ("JWT", "at+jwt", "logout+jwt"):
        for algorithm in ALGORITHMS:
            header = f'{{"alg":"{algorithm}","kid":"{kid}","typ":"{typ}"}}'.encode()
            assert not set(base64url(header)) & set("-_")
