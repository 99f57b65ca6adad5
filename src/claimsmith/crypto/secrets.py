"""Make secrets and identifiers from the operating system's randomness, and hash secrets."""

import secrets
import string

from claimsmith.domain.secrets import PlainSecret, SecretHash

CLIENT_SECRET_LENGTH = 52
_ALPHANUMERIC = string.ascii_letters + string.digits


def make_client_secret() -> PlainSecret:
    """Return a new client secret: 52 alphanumeric characters, about 309 random bits."""
    return PlainSecret("".join(secrets.choice(_ALPHANUMERIC) for _ in range(CLIENT_SECRET_LENGTH)))


def hash_secret(text: str) -> SecretHash:
    """Return the hash under which a secret is stored."""
    return SecretHash.of(text)


def random_hex(length: int) -> str:
    """Return random lower-case hexadecimal characters."""
    return secrets.token_hex((length + 1) // 2)[:length]
