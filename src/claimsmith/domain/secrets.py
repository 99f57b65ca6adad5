"""Say by type which texts are secret, which are hashes, and which are sealed."""

import base64
import hashlib
import hmac


class PlainSecret:
    """Hold a secret in clear so that it cannot be printed or logged by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Wrap the secret."""
        self._text = text

    def reveal(self) -> str:
        """Return the secret itself; call it where the secret is shown, once."""
        return self._text

    def __repr__(self) -> str:
        """Return a mask."""
        return "PlainSecret(***)"

    __str__ = __repr__


class SecretHash(bytes):
    """Hold the SHA-256 of a secret that this server made (32 bytes).

    No slow hash: a secret of 300 random bits cannot be guessed, and a slow hash would be a lever to exhaust
    the server (Y05).
    """

    def __new__(cls, digest: bytes) -> "SecretHash":
        """Wrap a digest. Raises `ValueError` unless it has 32 bytes."""
        if len(digest) != 32:
            raise ValueError(f"a secret hash has 32 bytes, not {len(digest)}")
        return super().__new__(cls, digest)

    @classmethod
    def of(cls, secret: PlainSecret | str) -> "SecretHash":
        """Return the hash of a secret."""
        return cls(_digest(secret))

    def matches(self, secret: PlainSecret | str) -> bool:
        """Tell whether a secret has this hash, in a time that tells nothing else (E12).

        Any text may be presented: bytes are compared, so characters outside ASCII raise nothing (Y10).
        """
        return hmac.compare_digest(_digest(secret), self)

    def __repr__(self) -> str:
        """Return a mask."""
        return "SecretHash(***)"

    # Without this, str() and f-strings would print the bytes: the `__str__` of bytes asks no `__repr__`.
    __str__ = __repr__


class SealedValue(bytes):
    """Hold bytes that only the holder of the master key can open."""

    def to_text(self) -> str:
        """Return the base64url text, padded, that storage keeps."""
        return base64.urlsafe_b64encode(self).decode("ascii")

    @classmethod
    def from_text(cls, text: str) -> "SealedValue":
        """Return the sealed value of a stored text. Raises `ValueError` for any other text."""
        value = cls(base64.urlsafe_b64decode(text))
        if value.to_text() != text:  # the decoder drops foreign characters silently
            raise ValueError("a sealed value is stored as padded base64url; this text is something else")
        return value

    def __repr__(self) -> str:
        """Return the size alone."""
        return f"SealedValue({len(self)} bytes)"

    __str__ = __repr__


def _digest(secret: PlainSecret | str) -> bytes:
    text = secret.reveal() if isinstance(secret, PlainSecret) else secret
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
