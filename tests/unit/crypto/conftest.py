"""Make one real key of each algorithm for all tests of this floor, and forge tokens with them."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from claimsmith.crypto.jwt_verification import TokenRejected, VerifiedClaims, verify_jwt
from claimsmith.crypto.keyring import KeyRing, SigningKey, signature_maker
from claimsmith.crypto.signing_keys import generate_signing_key, load_private_key

NOW = 1_800_000_000.0
ISSUER = "https://auth.example.com"
ALGORITHMS = ["RS256", "ES256", "EdDSA"]
BOTH = frozenset({"JWT", "at+jwt"})
CLAIMS = {"iss": ISSUER, "iat": int(NOW), "exp": int(NOW) + 60}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

MakeKey = Callable[..., SigningKey]
Forge = Callable[..., str]
Verify = Callable[..., VerifiedClaims]
Refusal = Callable[..., str]


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.fixture(scope="session")
def make_signing_key() -> MakeKey:
    def make(algorithm: str, signs_from: float = 0.0, retires_at: float | None = None) -> SigningKey:
        made = generate_signing_key(algorithm)
        private = load_private_key(made.private_pkcs8)
        return SigningKey(made.kid, algorithm, made.public_jwk, private, signs_from, retires_at)

    return make


@pytest.fixture(scope="session")
def keys(make_signing_key: MakeKey) -> dict[str, SigningKey]:
    return {algorithm: make_signing_key(algorithm) for algorithm in ALGORITHMS}


@pytest.fixture(scope="session")
def ring(keys: dict[str, SigningKey]) -> KeyRing:
    return KeyRing(keys.values())


@pytest.fixture(scope="session")
def forge(keys: dict[str, SigningKey]) -> Forge:
    """Sign any header and payload with one of our real keys.

    A dictionary changes the good one (`...` takes a member away); bytes stand for themselves.
    """

    def encoded(part: dict[str, Any] | bytes | None, good: dict[str, Any]) -> str:
        if isinstance(part, bytes):
            return encode(part)
        whole = good | (part or {})
        return encode(json.dumps({name: value for name, value in whole.items() if value is not ...}).encode())

    def make(
        header: dict[str, Any] | bytes | None = None,
        payload: dict[str, Any] | bytes | None = None,
        *,
        key: str = "ES256",
    ) -> str:
        chosen = keys[key]
        good = {"alg": chosen.algorithm, "kid": chosen.kid, "typ": "JWT"}
        signed = f"{encoded(header, good)}.{encoded(payload, CLAIMS)}"
        return f"{signed}.{encode(signature_maker(chosen.private_key)(signed.encode()))}"

    return make


@pytest.fixture(scope="session")
def verify(ring: KeyRing) -> Verify:
    def call(token: Any, **changed: Any) -> VerifiedClaims:
        return verify_jwt(token, ring, **({"now": NOW, "issuer": ISSUER, "typ": BOTH} | changed))

    return call


@pytest.fixture(scope="session")
def refusal(verify: Verify) -> Refusal:
    """Return the reason for which a token is refused; fail when it is not."""

    def call(token: Any, **changed: Any) -> str:
        with pytest.raises(TokenRejected) as refused:
            verify(token, **changed)
        assert str(refused.value) == refused.value.reason
        return refused.value.reason

    return call
