"""Load the master key, which seals everything secret in the database, or make it at the first start."""

import base64
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from claimsmith.crypto.strict_base64url import decode

FILE_NAME = "master.key"
KEY_BYTES = 32
_LONGEST_FILE = 1024


class MasterKeyError(ValueError):
    """Say why the master key cannot be used and what to do."""


def load_master_key(data: Path, *, value: str | None = None, file: Path | None = None) -> bytes:
    """Return the 32 bytes of the master key.

    A value given (`CLAIMSMITH_MASTER_KEY`) ranks over a file given (`CLAIMSMITH_MASTER_KEY_FILE`), and that
    over `master.key` in the data directory, which is made with mode 0600 when it is absent. An empty value
    counts as none. A file that its group or others can read is refused. Raises `MasterKeyError`.
    """
    if value:
        return _decode(value, "CLAIMSMITH_MASTER_KEY")
    if file is not None:
        return _read(file)
    path = data / FILE_NAME
    if not os.path.lexists(path):
        _make(path)
    return _read(path)


def _make(path: Path) -> None:
    """Write a new key so that of several processes one wins and none reads half a key.

    A link, unlike a rename, fails when its target is there: the first key stays.
    """
    temporary = path.with_name(f"{FILE_NAME}.{secrets.token_hex(8)}")
    try:
        _write(temporary, base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        with suppress(FileExistsError):  # another process was first; its key counts
            os.link(temporary, path)
        _sync_directory(path.parent)
    except OSError as error:
        raise MasterKeyError(
            f"The master key file {path} cannot be made: {error.strerror}. Let this process write to "
            f"{path.parent}, or give the key in CLAIMSMITH_MASTER_KEY."
        ) from None
    finally:
        with suppress(OSError):
            temporary.unlink()


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_directory(path: Path) -> None:
    """Make the new name survive a power cut: a lost master key is a lost database."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> bytes:
    try:
        # Not blocking, so that a pipe is refused below and does not hold up the start.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            mode = os.fstat(handle).st_mode
            content = os.read(handle, _LONGEST_FILE) if stat.S_ISREG(mode) else b""
        finally:
            os.close(handle)
    except OSError as error:
        raise MasterKeyError(
            f"The master key file {path} cannot be read: {error.strerror}. Let the user of this process "
            f"read it, or name another file in CLAIMSMITH_MASTER_KEY_FILE."
        ) from None
    if not stat.S_ISREG(mode):
        raise MasterKeyError(
            f"The master key file {path} is no regular file. Name a file that holds the key."
        )
    if mode & 0o077:
        raise MasterKeyError(
            f"The master key file {path} can be read by others (mode {mode & 0o777:03o}). "
            f"Run: chmod 600 {path} (or mount it with mode 0400)."
        )
    return _decode(content.decode("latin-1"), f"The master key file {path}")


def _decode(text: str, source: str) -> bytes:
    try:
        key = decode(text.strip().rstrip("="))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise MasterKeyError(
            f"{source} must hold 32 bytes as base64url. Make one with: "
            "python3 -c 'import base64,os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
        )
    return key
