"""Make one real key of each algorithm for all tests of this floor, and forge tokens with them."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from claimsmith.crypto.keyring import KeyRing, SigningKey, signature_maker
from claimsmith.crypto.signing_keys import generate_signing_key, load_private_key

NOW = 1_800_000_000.0
ISSUER = "https://auth.example.com"


def make_key(algorithm: str, signs_from: float = 0.0, retires_at: float | None = None) -> SigningKey:
    made = generate_signing_key(algorithm)
    return SigningKey(
        made.kid, algorithm, made.public_jwk, load_private_key(made.private_pkcs8), signs_from, retires_at
    )


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.fixture(scope="session")
def keys() -> dict[str, SigningKey]:
    return {algorithm: make_key(algorithm) for algorithm in ("RS256", "ES256", "EdDSA")}


@pytest.fixture(scope="session")
def ring(keys: dict[str, SigningKey]) -> KeyRing:
    return KeyRing(keys.values())


@pytest.fixture(scope="session")
def make_signing_key() -> Callable[..., SigningKey]:
    return make_key


Forge = Callable[..., str]


@pytest.fixture(scope="session")
def forge(keys: dict[str, SigningKey]) -> Forge:
    """Sign any header and payload, given as an object or as raw bytes, with one of our real keys."""

    def make(header: Any = None, payload: Any = None, *, key: str = "ES256") -> str:
        chosen = keys[key]
        if header is None:
            header = {}
        if isinstance(header, dict):
            whole = {"alg": chosen.algorithm, "kid": chosen.kid, "typ": "JWT"} | header
            header = json.dumps({name: value for name, value in whole.items() if value is not ...}).encode()
        if payload is None:
            payload = {}
        if isinstance(payload, dict):
            whole = {"iss": ISSUER, "iat": int(NOW), "exp": int(NOW) + 60} | payload
            payload = json.dumps({name: value for name, value in whole.items() if value is not ...}).encode()
        signed = f"{encode(header)}.{encode(payload)}"
        return f"{signed}.{encode(signature_maker(chosen.private_key)(signed.encode()))}"

    return make
