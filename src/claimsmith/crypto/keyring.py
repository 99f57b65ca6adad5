"""Hold the signing keys of one environment and choose among them by time alone."""

from binascii import b2a_base64
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from claimsmith.crypto.signing_keys import PrivateKey, PublicKey, base64url, published_jwk

_PADDING, _SHA256, _ECDSA = PKCS1v15(), SHA256(), ECDSA(SHA256())
_TYPES = ("JWT", "at+jwt")
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class NoSigningKey(RuntimeError):
    """Say that no key of an algorithm may sign now."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Hold one opened key. Times are in seconds since the epoch; `retires_at` of `None` means not planned.

    Raises `ValueError` when the public part or the algorithm does not belong to the private key. The private
    key was sealed, the rest was not: whoever can write to the database must not have us publish their key.
    """

    kid: str
    algorithm: str
    public_jwk: dict[str, Any]
    private_key: PrivateKey = field(repr=False)
    signs_from: float = 0.0
    retires_at: float | None = None
    public_key: PublicKey = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the parts against each other."""
        object.__setattr__(self, "public_key", self.private_key.public_key())
        expected = published_jwk(self.public_key, self.kid)
        if self.algorithm != expected["alg"] or self.public_jwk != expected:
            raise ValueError(
                f"The algorithm or public part stored for the signing key {self.kid} does not belong to its "
                "private key. Restore this key from a backup of the database, or remove it and rotate."
            )

    def is_published(self, now: float) -> bool:
        """Tell whether the key is in the JWKS: from when it is stored until it retires."""
        return self.retires_at is None or now < self.retires_at


class PreparedSigner:
    """Sign with one key. What does not change between tokens is worked out once."""

    __slots__ = ("_signature", "_starts", "algorithm", "kid", "signature_length")

    def __init__(self, key: SigningKey) -> None:
        """Prepare a key."""
        self.kid = key.kid
        self.algorithm = key.algorithm
        self.signature_length = -(-_signature_bytes(key.private_key) * 4 // 3)
        self._signature = signature_maker(key.private_key)
        self._starts = {typ: self._start(typ) for typ in _TYPES}

    def header(self, typ: str) -> dict[str, Any]:
        """Return the JOSE header of a token of this type (RFC 7515 §4.1)."""
        return {"alg": self.algorithm, "kid": self.kid, "typ": typ}

    def sign(self, payload: bytes, typ: str) -> str:
        """Return the compact JWS of a payload (RFC 7515 §7.1)."""
        start = self._starts.get(typ) or self._start(typ)
        signed = start + _base64url(payload)
        return (b"%s.%s" % (signed, _base64url(self._signature(signed)))).decode("ascii")

    def _start(self, typ: str) -> bytes:
        return base64url(orjson.dumps(self.header(typ))).encode() + b"."


def _base64url(content: bytes) -> bytes:
    return b2a_base64(content, newline=False).translate(_URL_SAFE, b"=")


def _signature_bytes(key: PrivateKey) -> int:
    return (key.key_size + 7) // 8 if isinstance(key, RSAPrivateKey) else 64


def signature_maker(key: PrivateKey) -> Callable[[bytes], bytes]:
    """Return what signs with a key in the form that JWS wants (RFC 7518 §3.3, §3.4, RFC 8037 §3.1)."""
    if isinstance(key, RSAPrivateKey):
        return lambda data: key.sign(data, _PADDING, _SHA256)
    if isinstance(key, Ed25519PrivateKey):
        return key.sign
    return lambda data: _ecdsa(key, data)


def _ecdsa(key: EllipticCurvePrivateKey, data: bytes) -> bytes:
    """Return the 64 bytes r || s that JWS wants in place of DER (RFC 7518 §3.4)."""
    r, s = decode_dss_signature(key.sign(data, _ECDSA))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class _Timeline:
    """Hold who signs with one algorithm between one switch and the next, for all time."""

    __slots__ = ("_moments", "_signers")

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        """Work out every switch of keys that are sorted from the oldest to the newest."""
        switches = {key.signs_from for key in keys}
        switches |= {key.retires_at for key in keys if key.retires_at is not None}
        self._moments = sorted(switches)
        prepared = {key.kid: PreparedSigner(key) for key in keys}
        self._signers: list[PreparedSigner | None] = [None]
        for moment in self._moments:
            due = [key for key in keys if key.signs_from <= moment and key.is_published(moment)]
            self._signers.append(prepared[due[-1].kid] if due else None)

    def at(self, now: float) -> PreparedSigner | None:
        """Return who signs at a moment."""
        return self._signers[bisect_right(self._moments, now)]


class KeyRing:
    """Hold the keys of one environment; immutable, but for the JWKS that it remembers."""

    __slots__ = ("_bodies", "_by_kid", "_keys", "_retirements", "_timelines")

    def __init__(self, keys: Iterable[SigningKey]) -> None:
        """Take every key that is stored. Raises `ValueError` when two have one `kid`."""
        self._keys = sorted(keys, key=lambda key: (key.signs_from, key.kid))
        self._by_kid = {key.kid: key for key in self._keys}
        if len(self._by_kid) != len(self._keys):
            raise ValueError("two signing keys of one environment have the same kid; remove one of them")
        self._timelines = {
            algorithm: _Timeline([key for key in self._keys if key.algorithm == algorithm])
            for algorithm in {key.algorithm for key in self._keys}
        }
        self._retirements = sorted({key.retires_at for key in self._keys if key.retires_at is not None})
        self._bodies: dict[int, bytes] = {}

    def signer(self, algorithm: str, now: float) -> PreparedSigner:
        """Return the signer in force: the newest key of the algorithm that signs by now and is not retired.

        Raises `NoSigningKey` when there is none.
        """
        timeline = self._timelines.get(algorithm)
        signer = timeline.at(now) if timeline else None
        if signer is None:
            raise NoSigningKey(f"no key of {algorithm} may sign now")
        return signer

    def can_sign(self, algorithm: str, now: float) -> bool:
        """Tell whether a key of the algorithm may sign now."""
        timeline = self._timelines.get(algorithm)
        return timeline is not None and timeline.at(now) is not None

    def find(self, kid: str, now: float) -> SigningKey | None:
        """Return a published key by its id, or `None`."""
        key = self._by_kid.get(kid)
        return key if key is not None and key.is_published(now) else None

    def jwks_keys(self, now: float) -> list[dict[str, Any]]:
        """Return the public JWK of every key that is not retired, also of those that will sign later."""
        return [dict(key.public_jwk) for key in self._keys if key.is_published(now)]

    def jwks(self, now: float) -> bytes:
        """Return the JWKS (RFC 7517 §5), made once for all moments between two retirements."""
        interval = bisect_right(self._retirements, now)
        body = self._bodies.get(interval)
        if body is None:
            body = self._bodies[interval] = orjson.dumps({"keys": self.jwks_keys(now)})
        return body
