"""Verify the JWTs that this server issued, suspicious of everything (RFC 7519 §7.2, RFC 8725).

Any failure is a `TokenRejected`: no input makes another exception (Q01-Q12).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import InitVar, dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from claimsmith.crypto.keyring import KeyRing
from claimsmith.crypto.signing_keys import PublicKey
from claimsmith.crypto.strict_base64url import decode

LONGEST_TOKEN = 16_384
LONGEST_HEADER = 512
CLOCK_SKEW_SECONDS = 60
FARTHEST_EXPIRY_SECONDS = 10 * 366 * 86_400
DEEPEST_NESTING = 256
_PADDING, _SHA256, _ECDSA = PKCS1v15(), SHA256(), ECDSA(SHA256())
_HEADER_MEMBERS = frozenset({"alg", "kid", "typ"})
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_VERIFIED = object()


class TokenRejected(Exception):
    """Say that a token is not one this server vouches for.

    `reason` says why, for the log alone: it holds nothing of the token and must not reach its sender.
    """

    def __init__(self, reason: str) -> None:
        """Take the reason."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class VerifiedClaims(Mapping[str, Any]):
    """Hold the claims of a token whose signature, issuer, type and times were verified.

    Only `verify_jwt` can make one, so a parameter of this type is proof that it ran.
    """

    _claims: dict[str, Any]
    verified: InitVar[object]

    def __post_init__(self, verified: object) -> None:
        """Refuse claims that nothing has verified."""
        if verified is not _VERIFIED:
            raise TypeError("VerifiedClaims come from verify_jwt alone")

    def __getitem__(self, name: str) -> Any:
        """Return one claim."""
        return self._claims[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the claims."""
        return iter(self._claims)

    def __len__(self) -> int:
        """Count the claims."""
        return len(self._claims)


def verify_jwt(
    token: str,
    keyring: KeyRing,
    *,
    now: float,
    issuer: str,
    typ: frozenset[str],
    check_expiry: bool = True,
) -> VerifiedClaims:
    """Return the claims of a token that this issuer signed, of one of these types, and not expired.

    `now` is in seconds since the epoch. With `check_expiry` off an expired token passes, but `exp` must still
    be an integer in a sane range. Raises `TokenRejected` and nothing else.
    """
    try:
        claims = _signed_claims(token, keyring, now, typ)
        if claims.get("iss") != issuer:
            raise TokenRejected("another issuer")
        _check_times(claims, now, check_expiry)
        return VerifiedClaims(claims, _VERIFIED)
    except TokenRejected:
        raise
    except Exception as error:
        raise TokenRejected(f"malformed: {type(error).__name__}") from None


def _signed_claims(token: str, keyring: KeyRing, now: float, typ: frozenset[str]) -> dict[str, Any]:
    """Return the payload once the signature is verified. Sizes come first, JSON of the payload last."""
    if len(token) > LONGEST_TOKEN or not _COMPACT.fullmatch(token):
        raise TokenRejected("not a compact JWS of acceptable size")
    head, payload, signature = token.split(".")
    if len(head) > LONGEST_HEADER:
        raise TokenRejected("the header is too long")
    header = _json_object(decode(head))
    if header.keys() - _HEADER_MEMBERS:  # crit, b64, zip, jku, jwk, x5u, x5c and all others
        raise TokenRejected("the header has members that are never sent")
    if header.get("typ") not in typ:
        raise TokenRejected("the type is another one")
    kid = header.get("kid")
    key = keyring.find(kid, now) if isinstance(kid, str) else None
    if key is None or header.get("alg") != key.algorithm:
        raise TokenRejected("no key of this id and algorithm")
    check_signature(key.public_key, f"{head}.{payload}".encode("ascii"), decode(signature))
    return _json_object(decode(payload))


def check_signature(key: PublicKey, signed: bytes, signature: bytes) -> None:
    """Check a raw JWS signature (RFC 7518 §3.3, §3.4, RFC 8037 §3.1). Raises `TokenRejected`."""
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, signed, _PADDING, _SHA256)
        elif isinstance(key, EllipticCurvePublicKey):
            if len(signature) != 64:
                raise TokenRejected("the signature has another length")
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            key.verify(encode_dss_signature(r, s), signed, _ECDSA)
        else:
            key.verify(signature, signed)
    except InvalidSignature:
        raise TokenRejected("the signature is wrong") from None


def _check_times(claims: dict[str, Any], now: float, check_expiry: bool) -> None:
    for name in ("exp", "iat", "nbf"):
        if type(claims.get(name)) is not int and (name != "nbf" or name in claims):  # a bool is no time
            raise TokenRejected(f"{name} is no integer")
    if not 0 <= claims["exp"] <= now + FARTHEST_EXPIRY_SECONDS:
        raise TokenRejected("exp is out of range")
    if check_expiry and claims["exp"] <= now:
        raise TokenRejected("expired")
    if claims["iat"] > now + CLOCK_SKEW_SECONDS:
        raise TokenRejected("issued in the future")
    if claims.get("nbf", 0) > now + CLOCK_SKEW_SECONDS:
        raise TokenRejected("not valid yet")


def _json_object(data: bytes) -> dict[str, Any]:
    text = data.decode("utf-8")
    value = json.loads(text, object_pairs_hook=_no_repeats, parse_constant=_no_constant)
    if not isinstance(value, dict):
        raise TokenRejected("not a JSON object")
    if text.count("[") + text.count("{") > DEEPEST_NESTING:
        _check_nesting(value)
    # Refuses what the parser lets through: numbers such as 1e999, which become infinite, and lone surrogates.
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    return value


def _check_nesting(value: dict[str, Any]) -> None:
    """Refuse nesting that a later reader may not survive. How deep the parser goes differs by version."""
    level: list[Any] = [value]
    for _ in range(DEEPEST_NESTING):
        children = (each.values() if isinstance(each, dict) else each for each in level)
        level = [child for inner in children for child in inner if isinstance(child, dict | list)]
        if not level:
            return
    raise TokenRejected("nested too deeply")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise TokenRejected("a member is repeated")
    return members


def _no_constant(name: str) -> Any:
    raise TokenRejected(f"{name} is no JSON")
