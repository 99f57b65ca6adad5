"""Check the data directory, the master key, the TLS files and the free disk, without making any of them."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from claimsmith.cli.advice import again
from claimsmith.cli.doctor_findings import Finding
from claimsmith.crypto.master_key import FILE_NAME, MasterKeyError, load_master_key
from claimsmith.settings import Settings

SCARCE_BYTES = 1_000_000_000
TOO_LITTLE_BYTES = 100_000_000
EXPIRES_SOON_DAYS = 14


def check_files(settings: Settings) -> Iterator[Finding]:
    """Check everything on disk."""
    yield _data_directory(settings)
    if settings.data.is_dir():
        yield _free_disk(settings.data)
    yield _master_key(settings)
    if settings.tls_cert is not None:
        yield _certificate(settings.tls_cert)


def _data_directory(settings: Settings) -> Finding:
    name, data = "data directory", settings.data
    if not data.exists():
        if settings.database_url is not None:
            return Finding(name, "ok", f"{data.absolute()} does not exist; with PostgreSQL it need not.")
        return Finding(
            name,
            "fail",
            f"{data.absolute()} does not exist.",
            f"Name the right one with --data, or make it: claimsmith serve --data {data}",
        )
    if not data.is_dir():
        return Finding(name, "fail", f"{data.absolute()} is no directory.", "Name another with --data.")
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        return Finding(
            name, "fail", f"This user may not write in {data.absolute()}.", "Run as the user that owns it."
        )
    mode = data.stat().st_mode & 0o777
    if mode & 0o077:
        return Finding(
            name, "warn", f"{data.absolute()} is open to others (mode {mode:03o}).", f"chmod 700 {data}"
        )
    return Finding(name, "ok", str(data.absolute()))


def _free_disk(data: Path) -> Finding:
    free = shutil.disk_usage(data).free
    detail = f"{free / 1e9:.1f} GB free where the data is."
    if free < TOO_LITTLE_BYTES:
        return Finding("free disk", "fail", detail, "Free space now: without it nothing can be written.")
    if free < SCARCE_BYTES:
        return Finding("free disk", "warn", detail, "Free space before it runs out.")
    return Finding("free disk", "ok", detail)


def _master_key(settings: Settings) -> Finding:
    name, path = "master key", settings.data / FILE_NAME
    value = settings.master_key.get_secret_value() if settings.master_key else None
    if value is None and settings.master_key_file is None and not path.exists():
        return Finding(
            name,
            "fail",
            f"There is no {path}.",
            f"Restore it from a backup. On a new installation it is made by: {again('serve')}",
        )
    try:
        load_master_key(settings.data, value=value, file=settings.master_key_file)
    except MasterKeyError as error:
        return Finding(name, "fail", str(error), "Without the right key the signing keys cannot be opened.")
    source = "CLAIMSMITH_MASTER_KEY" if value else str(settings.master_key_file or path)
    return Finding(name, "ok", f"32 bytes from {source}.")


def _certificate(path: Path) -> Finding:
    from cryptography.x509 import load_pem_x509_certificate

    try:
        certificate = load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        return Finding("TLS certificate", "fail", f"{path} cannot be read: {error}", "Give a PEM file.")
    days = (certificate.not_valid_after_utc - datetime.now(UTC)).days
    if days < 0:
        return Finding("TLS certificate", "fail", f"{path} has expired.", "Renew it and restart the server.")
    if days < EXPIRES_SOON_DAYS:
        return Finding(
            "TLS certificate", "warn", f"{path} is good for {days} days.", "Renew it and restart the server."
        )
    return Finding("TLS certificate", "ok", f"{path} is good for {days} days.")
