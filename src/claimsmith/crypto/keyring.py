"""Hold the signing keys of one environment and choose among them by time alone."""

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from claimsmith.crypto.signing_keys import PrivateKey, base64url

_PADDING, _SHA256, _ECDSA = PKCS1v15(), SHA256(), ECDSA(SHA256())
_SIGNATURE_BYTES = {"RS256": 256, "ES256": 64, "EdDSA": 64}


class NoSigningKey(RuntimeError):
    """Say that no key of an algorithm may sign now."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Hold one opened key. Times are in seconds since the epoch; `retires_at` of `None` means not planned."""

    kid: str
    algorithm: str
    public_jwk: dict[str, Any]
    private_key: PrivateKey = field(repr=False)
    signs_from: float = 0.0
    retires_at: float | None = None


class PreparedSigner:
    """Sign with one key. What does not change between tokens is worked out once."""

    def __init__(self, key: SigningKey) -> None:
        """Prepare a key."""
        self.kid = key.kid
        self.algorithm = key.algorithm
        self.signature_length = -(-_SIGNATURE_BYTES[key.algorithm] * 4 // 3)
        self._signature = _signature_maker(key.private_key)
        self._starts: dict[str, bytes] = {}

    def header(self, typ: str) -> dict[str, Any]:
        """Return the JOSE header of a token of this type (RFC 7515 §4.1)."""
        return {"alg": self.algorithm, "kid": self.kid, "typ": typ}

    def sign(self, payload: bytes, typ: str) -> str:
        """Return the compact JWS of a payload (RFC 7515 §7.1)."""
        start = self._starts.get(typ)
        if start is None:
            start = self._starts[typ] = base64url(orjson.dumps(self.header(typ))).encode() + b"."
        signed = start + base64.urlsafe_b64encode(payload).rstrip(b"=")
        signature = base64.urlsafe_b64encode(self._signature(signed)).rstrip(b"=")
        return (signed + b"." + signature).decode("ascii")


def _signature_maker(key: PrivateKey) -> Callable[[bytes], bytes]:
    if isinstance(key, RSAPrivateKey):
        return lambda data: key.sign(data, _PADDING, _SHA256)
    if isinstance(key, Ed25519PrivateKey):
        return key.sign
    return lambda data: _ecdsa(key, data)


def _ecdsa(key: EllipticCurvePrivateKey, data: bytes) -> bytes:
    """Return the 64 bytes r || s that JWS wants in place of DER (RFC 7518 §3.4)."""
    r, s = decode_dss_signature(key.sign(data, _ECDSA))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class KeyRing:
    """Hold the keys of one environment; immutable, but for what it remembers of its own answers."""

    def __init__(self, keys: Iterable[SigningKey]) -> None:
        """Take every key that is stored."""
        self._keys = sorted(keys, key=lambda key: (key.signs_from, key.kid))
        self._signers = {key.kid: PreparedSigner(key) for key in self._keys}
        self._chosen: dict[str, tuple[float, float, PreparedSigner]] = {}
        self._published: tuple[float, float, bytes] | None = None

    def signer(self, algorithm: str, now: float) -> PreparedSigner:
        """Return the signer in force: the newest key of the algorithm that signs by now.

        Raises `NoSigningKey` when there is none.
        """
        chosen = self._chosen.get(algorithm)
        if chosen is None or not chosen[0] <= now < chosen[1]:
            chosen = self._chosen[algorithm] = self._choose(algorithm, now)
        return chosen[2]

    def _choose(self, algorithm: str, now: float) -> tuple[float, float, PreparedSigner]:
        keys = [
            key
            for key in self._keys
            if key.algorithm == algorithm and (key.retires_at is None or key.retires_at > now)
        ]
        due = [key for key in keys if key.signs_from <= now]
        if not due:
            raise NoSigningKey(f"no key of {algorithm} may sign now")
        newest = due[-1]
        ends = [key.signs_from for key in keys if key.signs_from > now]
        ends += [key.retires_at for key in keys if key.retires_at is not None]
        return newest.signs_from, min(ends, default=float("inf")), self._signers[newest.kid]

    def can_sign(self, algorithm: str, now: float) -> bool:
        """Tell whether a key of the algorithm may sign now."""
        try:
            self.signer(algorithm, now)
        except NoSigningKey:
            return False
        return True

    def find(self, kid: str, now: float) -> SigningKey | None:
        """Return a published key by its id, or `None`."""
        for key in self._keys:
            if key.kid == kid and (key.retires_at is None or key.retires_at > now):
                return key
        return None

    def jwks(self, now: float) -> bytes:
        """Return the JWKS (RFC 7517 §5): every key that is not retired, also those that will sign later."""
        published = self._published
        if published is None or not published[0] <= now < published[1]:
            live = [key for key in self._keys if key.retires_at is None or key.retires_at > now]
            until = min((key.retires_at for key in live if key.retires_at is not None), default=float("inf"))
            body = orjson.dumps({"keys": [key.public_jwk for key in live]})
            published = self._published = (now, until, body)
        return published[2]
