"""Open a platform: settings -> storage, crypto, outbound -> the parts that use cases are given.

No HTTP is known here, so that a command of the command line does not load it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from claimsmith.crypto.macs import Macs
from claimsmith.crypto.master_key import load_master_key
from claimsmith.crypto.password_hashing import PasswordHashing, free_cores
from claimsmith.crypto.sealing import Sealer
from claimsmith.domain.environments import Environment
from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.management_scopes import MANAGEMENT_SCOPES
from claimsmith.outbound.allow_list import AllowList
from claimsmith.outbound.http_client import OutboundClient
from claimsmith.outbound.logged_phone import LoggedPhone
from claimsmith.outbound.phone_gateway import BadPhoneGateway, PhoneGateway
from claimsmith.outbound.smtp import BadSmtpUrl, SmtpSender, read_smtp_url
from claimsmith.settings import Settings, SettingsError
from claimsmith.storage.database import Database, sqlite_url
from claimsmith.storage.schema import check_schema, migrate
from claimsmith.usecases.context import Context, Platform
from claimsmith.usecases.directory import Directory
from claimsmith.usecases.environments import (
    SYSTEM,
    ensure_first_environment,
    ensure_management_api,
    list_environments,
)
from claimsmith.usecases.keys import check_master_key
from claimsmith.usecases.messages import Sender
from claimsmith.usecases.plans_file import put_in_force, read_plans_file
from claimsmith.usecases.usage import UsageCounter


def now_utc() -> datetime:
    """Return the time of the wall clock."""
    return datetime.now(UTC)


def make_platform(settings: Settings, now: Callable[[], datetime] = now_utc) -> Platform:
    """Return the parts of one process. Nothing is read or connected yet, but for the master key.

    Raises `MasterKeyError` when the master key cannot be used, `SettingsError` for what is called from here.
    """
    # First what can be refused and makes nothing.
    mail, outbound = _mail(settings), _outbound(settings)
    url = settings.database_url.get_secret_value() if settings.database_url else sqlite_url(settings.data)
    database = Database(url, now=now)
    if database.is_sqlite or not (settings.master_key or settings.master_key_file):
        _make_directory(settings.data)
    master_key = load_master_key(
        settings.data,
        value=settings.master_key.get_secret_value() if settings.master_key else None,
        file=settings.master_key_file,
    )
    sealer = Sealer(master_key)
    return Platform(
        database=database,
        directory=Directory(database, sealer, now),
        sealer=sealer,
        macs=Macs(master_key),
        usage=UsageCounter(database),
        now=now,
        mail=mail,
        outbound=outbound,
        password_hashing=PasswordHashing(free_cores(settings.workers)),
        phone=_phone(settings, outbound, now),
    )


def _make_directory(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(
            f"The data directory {data} cannot be made: {error.strerror}. Name another with --data or "
            "CLAIMSMITH_DATA."
        ) from None


def _outbound(settings: Settings) -> OutboundClient:
    try:
        return OutboundClient(AllowList(settings.outbound_allow), ca_file=settings.outbound_ca_file)
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _mail(settings: Settings) -> SmtpSender | None:
    if settings.smtp_url is None:
        return None
    try:
        server = read_smtp_url(
            settings.smtp_url.get_secret_value(),
            sender=settings.mail_from,
            ca_file=settings.outbound_ca_file,
        )
        return SmtpSender(server)
    except BadSmtpUrl as error:
        raise SettingsError(str(error)) from None
    except OSError as error:
        raise SettingsError(
            f"outbound_ca_file {settings.outbound_ca_file} cannot be used: {error.strerror or error}."
        ) from None


def _phone(settings: Settings, outbound: OutboundClient, now: Callable[[], datetime]) -> Sender:
    if settings.phone_gateway_url is None or settings.phone_gateway_secret is None:
        return LoggedPhone()
    secret = settings.phone_gateway_secret.get_secret_value()
    try:
        return PhoneGateway(settings.phone_gateway_url, secret, outbound, now)
    except BadPhoneGateway as error:
        raise SettingsError(str(error)) from None


async def prepare(platform: Platform, settings: Settings, *, follow_address: bool = True) -> Environment:
    """Bring the database to where this version can serve; return the default environment.

    SQLite is migrated; PostgreSQL must have been (`SchemaMismatch` otherwise). Nothing else is written with a
    master key that is not this database's (`CannotOpen`). The first environment and the management API of
    each are made if absent. Safe to run in several processes and again. A process that does not itself listen
    must not `follow_address`: an issuer and plans that are there stay, unless `settings` give others. Raises
    `SettingsError` for a plans file that is wrong.
    """
    plans = _plans(settings)
    if platform.database.is_sqlite:
        await migrate(platform.database)
    else:
        await check_schema(platform.database)
    derived = settings.derived_issuer
    for environment in await list_environments(platform):
        if environment.is_default:
            await check_master_key(Context(platform, environment, SYSTEM))
            derived = derived if follow_address else environment.issuer
    default = await ensure_first_environment(platform, issuer=settings.issuer, derived_issuer=derived)
    for environment in await list_environments(platform):
        await ensure_management_api(Context(platform, environment, SYSTEM), MANAGEMENT_SCOPES)
    if plans is not None or follow_address:
        await put_in_force(platform, plans)
    return default


def _plans(settings: Settings) -> dict[str, Any] | None:
    if settings.plans_file is None:
        return None
    try:
        return read_plans_file(settings.plans_file)
    except InvalidInput as error:
        raise SettingsError(error.message) from None


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Platform]:
    """Open a platform for one command: prepared, its directory read, closed at the end."""
    platform = make_platform(settings)
    try:
        await prepare(platform, settings, follow_address=False)
        await platform.directory.start()
        yield platform
        await platform.usage.flush()
    finally:
        await platform.database.close()


def prepare_now(settings: Settings) -> Environment:
    """Prepare from a process that has no event loop yet (before workers start)."""

    async def run() -> Environment:
        platform = make_platform(settings)
        try:
            return await prepare(platform, settings)
        finally:
            await platform.database.close()

    return asyncio.run(run())
