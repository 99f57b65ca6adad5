"""Make signing keys and describe their public parts (RFC 7517, RFC 7518 §6, RFC 8037 §2)."""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa

RSA_BITS = 2048
RSA_EXPONENT = 65_537

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey
PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class GeneratedKey:
    """Hold a new key. `private_pkcs8` is DER (RFC 5958); it leaves this process only sealed."""

    kid: str
    algorithm: str
    public_jwk: dict[str, Any]
    private_pkcs8: bytes = field(repr=False)


def generate_signing_key(algorithm: str) -> GeneratedKey:
    """Return a new key for `RS256` (2048 bits), `ES256` (P-256) or `EdDSA` (Ed25519).

    Its `kid` is its thumbprint. Raises `ValueError` for another algorithm.
    """
    private: PrivateKey
    if algorithm == "RS256":
        private = generate_rsa(RSA_EXPONENT, RSA_BITS)
    elif algorithm == "ES256":
        private = generate_ec(SECP256R1())
    elif algorithm == "EdDSA":
        private = Ed25519PrivateKey.generate()
    else:
        raise ValueError(f"{algorithm!r} is no algorithm this server signs with; use RS256, ES256 or EdDSA")
    kid = thumbprint(jwk_members(private.public_key()))
    return GeneratedKey(
        kid,
        algorithm,
        published_jwk(private.public_key(), kid),
        private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )


def load_private_key(pkcs8: bytes) -> PrivateKey:
    """Return the private key of a DER document (RFC 5958) that was opened by its seal.

    The seal proves that it is what was generated, so the numbers of an RSA key are not proved prime again:
    that takes longer than a hundred signatures, each time that an environment is read.
    Raises `ValueError` for a kind, curve or size that this server does not sign with (RFC 8725 §3.5).
    """
    try:
        key = serialization.load_der_private_key(pkcs8, password=None, unsafe_skip_rsa_key_validation=True)
    except (TypeError, ValueError) as error:
        raise ValueError("the stored key is no unencrypted PKCS #8 private key in DER") from error
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey):
        raise ValueError("the stored key is of a kind that this server does not sign with")
    if isinstance(key, RSAPrivateKey) and key.key_size < RSA_BITS:
        raise ValueError(f"the stored RSA key has {key.key_size} bits; {RSA_BITS} are the least")
    if isinstance(key, RSAPrivateKey) and key.public_key().public_numbers().e != RSA_EXPONENT:
        raise ValueError(f"the stored RSA key has another public exponent than {RSA_EXPONENT}")
    if isinstance(key, EllipticCurvePrivateKey) and not isinstance(key.curve, SECP256R1):
        raise ValueError(f"the stored key is on the curve {key.curve.name}; only P-256 is signed with")
    return key


def algorithm_of(key: PublicKey) -> str:
    """Return the one JWS algorithm of a key: one key, one algorithm (Q01)."""
    if isinstance(key, RSAPublicKey):
        return "RS256"
    return "ES256" if isinstance(key, EllipticCurvePublicKey) else "EdDSA"


def published_jwk(key: PublicKey, kid: str) -> dict[str, Any]:
    """Return the JWK under which a key is published: its members, `use`, `kid` and `alg` (RFC 7517 §4)."""
    return {**jwk_members(key), "use": "sig", "kid": kid, "alg": algorithm_of(key)}


def jwk_members(key: PublicKey) -> dict[str, str]:
    """Return the required members of a public JWK, those that its thumbprint is made of."""
    if isinstance(key, RSAPublicKey):
        rsa = key.public_numbers()
        return {"e": _integer(rsa.e), "kty": "RSA", "n": _integer(rsa.n)}
    if isinstance(key, EllipticCurvePublicKey):
        point = key.public_numbers()
        x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
        return {"crv": "P-256", "kty": "EC", "x": base64url(x), "y": base64url(y)}
    return {"crv": "Ed25519", "kty": "OKP", "x": base64url(key.public_bytes_raw())}


def thumbprint(members: dict[str, str]) -> str:
    """Return the base64url SHA-256 thumbprint of a public key (RFC 7638 §3).

    Some SDKs decode the JOSE header as plain base64, so its base64url form must hold neither `-` nor `_`.
    Those stand for six one bits, or five and a zero. In ASCII text only `>`, `?`, `~` and DEL end in such
    bits, and no other place in a group of three bytes can have them; a thumbprint contains none of the four.
    """
    canonical = orjson.dumps(members, option=orjson.OPT_SORT_KEYS)
    return base64url(hashlib.sha256(canonical).digest())


def base64url(data: bytes) -> str:
    """Return base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _integer(number: int) -> str:
    return base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))
