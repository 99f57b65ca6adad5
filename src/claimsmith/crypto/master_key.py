"""Load the master key, which seals everything secret in the database, or make it at the first start."""

import base64
import binascii
import os
import secrets
from pathlib import Path

FILE_NAME = "master.key"
KEY_BYTES = 32


class MasterKeyError(ValueError):
    """Say why the master key cannot be used and what to do."""


def load_master_key(data: Path, *, value: str | None = None, file: Path | None = None) -> bytes:
    """Return the 32 bytes of the master key.

    A value given (`CLAIMSMITH_MASTER_KEY`) ranks over a file given (`CLAIMSMITH_MASTER_KEY_FILE`), and that
    over `master.key` in the data directory, which is made with mode 0600 when it is absent. Raises
    `MasterKeyError`.
    """
    if value:
        return _decode(value, "CLAIMSMITH_MASTER_KEY")
    if file is not None:
        return _read(file)
    path = data / FILE_NAME
    if not path.exists():
        _make(path)
    return _read(path)


def _make(path: Path) -> None:
    """Write a new key so that of several processes one wins and none reads half a key."""
    temporary = path.with_name(f"{FILE_NAME}.{secrets.token_hex(8)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass  # another process was first; its key counts
    finally:
        temporary.unlink()


def _read(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode & 0o777
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise MasterKeyError(f"The master key file {path} cannot be read: {error}.") from None
    if mode & 0o077:
        raise MasterKeyError(
            f"The master key file {path} can be read by others (mode {mode:03o}). Run: chmod 600 {path}"
        )
    return _decode(text, f"The master key file {path}")


def _decode(text: str, source: str) -> bytes:
    stripped = text.strip()
    try:
        key = base64.b64decode(stripped + "=" * (-len(stripped) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise MasterKeyError(
            f"{source} must hold 32 bytes as base64url. Make one with: "
            "python3 -c 'import base64,os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
        )
    return key
