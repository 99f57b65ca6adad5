"""Make secrets and identifiers from the operating system's randomness, and hash secrets."""

import math
import secrets
import string

from claimsmith.domain.secrets import PlainSecret, SecretHash

CLIENT_SECRET_LENGTH = 52
CLIENT_ID_LENGTH = 32
LEAST_TOKEN_BYTES = 16
_ALPHANUMERIC = string.ascii_letters + string.digits
_EVEN = 256 - 256 % len(_ALPHANUMERIC)
_UNEVEN = bytes(range(_EVEN, 256))
_CHARACTERS = bytes(ord(_ALPHANUMERIC[byte % len(_ALPHANUMERIC)]) for byte in range(256))
_SPARE = 12
"""One byte in 32 is left out; as many more are drawn at once, so that one drawing nearly always does."""
_BITS_PER_CHARACTER = math.log2(len(_ALPHANUMERIC))


def make_client_secret() -> PlainSecret:
    """Return a new client secret: 52 alphanumeric characters, about 309 random bits."""
    return PlainSecret(_alphanumeric(CLIENT_SECRET_LENGTH))


def make_opaque_token(prefix: str, bytes: int = 32) -> PlainSecret:
    """Return `prefix_` and alphanumeric characters that hold at least this many random bytes.

    The prefix lets secret scanners recognize a leaked token and says what it is for (Y11). 32 bytes make 43
    characters. Raises `ValueError` below 16 bytes, which could be guessed (Y05).
    """
    if bytes < LEAST_TOKEN_BYTES:
        raise ValueError(
            f"a token of {bytes} random bytes can be guessed; ask for {LEAST_TOKEN_BYTES} or more"
        )
    return PlainSecret(f"{prefix}_{_alphanumeric(math.ceil(bytes * 8 / _BITS_PER_CHARACTER))}")


def make_client_id() -> str:
    """Return a new client id: 32 lower-case hexadecimal characters."""
    return random_hex(CLIENT_ID_LENGTH)


def hash_secret(text: str) -> SecretHash:
    """Return the hash under which a secret is stored."""
    return SecretHash.of(text)


def random_hex(length: int) -> str:
    """Return this many random lower-case hexadecimal characters. Raises `ValueError` below one."""
    if length < 1:
        raise ValueError(f"{length} hexadecimal characters cannot be made; ask for at least one")
    return secrets.token_hex((length + 1) // 2)[:length]


def _alphanumeric(length: int) -> str:
    """Return random characters, each as likely as the others: bytes that would favour some are left out."""
    made = ""
    while len(made) < length:
        made += secrets.token_bytes(length + _SPARE).translate(_CHARACTERS, _UNEVEN).decode("ascii")
    return made[:length]
