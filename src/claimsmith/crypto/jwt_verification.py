"""Verify the JWTs that this server issued, suspicious of everything (RFC 7519 §7.2, RFC 8725).

Any failure is a `TokenRejected`: no input makes another exception (Q01-Q12).
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from claimsmith.crypto.keyring import KeyRing, SigningKey
from claimsmith.crypto.strict_base64url import decode

LONGEST_TOKEN = 16_384
LONGEST_HEADER = 512
CLOCK_SKEW_SECONDS = 60
FARTHEST_EXPIRY_SECONDS = 10 * 366 * 86_400
_HEADER_MEMBERS = frozenset({"alg", "kid", "typ"})
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


class TokenRejected(Exception):
    """Say that a token is not one this server vouches for, and why (for the log alone)."""


class VerifiedClaims(Mapping[str, Any]):
    """Hold the claims of a token whose signature, issuer, type and times were verified."""

    __slots__ = ("_claims",)

    def __init__(self, claims: dict[str, Any]) -> None:
        """Wrap verified claims; only `verify_jwt` does."""
        self._claims = claims

    def __getitem__(self, name: str) -> Any:
        """Return one claim."""
        return self._claims[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the claims."""
        return iter(self._claims)

    def __len__(self) -> int:
        """Count the claims."""
        return len(self._claims)


def verify_jwt(token: str, keys: KeyRing, *, now: float, issuer: str, typ: frozenset[str]) -> VerifiedClaims:
    """Return the claims of an unexpired token of this issuer and of one of these types.

    `now` is in seconds since the epoch. Raises `TokenRejected` and nothing else.
    """
    try:
        return VerifiedClaims(_verified(token, keys, now, issuer, typ))
    except TokenRejected:
        raise
    except Exception as error:
        raise TokenRejected(f"malformed: {type(error).__name__}") from None


def _verified(token: str, keys: KeyRing, now: float, issuer: str, typ: frozenset[str]) -> dict[str, Any]:
    if len(token) > LONGEST_TOKEN or not _COMPACT.fullmatch(token):
        raise TokenRejected("not a compact JWS of acceptable size")
    head, payload, signature = token.split(".")
    if len(head) > LONGEST_HEADER:
        raise TokenRejected("the header is too long")
    header = _json_object(decode(head))
    if header.keys() - _HEADER_MEMBERS:
        raise TokenRejected("the header has members that are never sent")
    if header.get("typ") not in typ:
        raise TokenRejected("the type is another one")
    kid = header.get("kid")
    key = keys.find(kid, now) if isinstance(kid, str) else None
    if key is None or header.get("alg") != key.algorithm:
        raise TokenRejected("no key of this id and algorithm")
    _check_signature(key, f"{head}.{payload}".encode("ascii"), decode(signature))
    claims = _json_object(decode(payload))
    _check_times(claims, now)
    if claims.get("iss") != issuer:
        raise TokenRejected("another issuer")
    return claims


def _check_signature(key: SigningKey, signed: bytes, signature: bytes) -> None:
    public = key.private_key.public_key()
    try:
        if isinstance(public, RSAPublicKey):
            public.verify(signature, signed, PKCS1v15(), SHA256())
        elif isinstance(public, EllipticCurvePublicKey):
            if len(signature) != 64:
                raise TokenRejected("the signature has another length")
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            public.verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
        else:
            public.verify(signature, signed)
    except InvalidSignature:
        raise TokenRejected("the signature is wrong") from None


def _check_times(claims: dict[str, Any], now: float) -> None:
    for name in ("exp", "iat"):
        if type(claims.get(name)) is not int:
            raise TokenRejected(f"{name} is no integer")
    if not now < claims["exp"] <= now + FARTHEST_EXPIRY_SECONDS:
        raise TokenRejected("expired, or exp is out of range")
    if claims["iat"] > now + CLOCK_SKEW_SECONDS:
        raise TokenRejected("issued in the future")


def _json_object(data: bytes) -> dict[str, Any]:
    text = data.decode("utf-8")
    value = json.loads(text, object_pairs_hook=_no_repeats, parse_constant=_no_constant)
    if not isinstance(value, dict):
        raise TokenRejected("not a JSON object")
    json.dumps(value, ensure_ascii=False).encode("utf-8")  # refuses lone surrogates
    return value


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise TokenRejected("a member is repeated")
    return members


def _no_constant(name: str) -> Any:
    raise TokenRejected(f"{name} is no JSON")
