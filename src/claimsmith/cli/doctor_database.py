"""Check the database, its schema, the signing keys and the client secrets, by reading alone."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from claimsmith.cli.advice import again
from claimsmith.cli.doctor_findings import Finding
from claimsmith.cli.failures import told
from claimsmith.cli.finding import every
from claimsmith.crypto.sealing import CannotOpen
from claimsmith.domain.applications import Application
from claimsmith.domain.changes import Author
from claimsmith.domain.environments import Environment
from claimsmith.domain.errors import Unavailable
from claimsmith.opening import make_platform
from claimsmith.settings import Settings
from claimsmith.storage.database import DATABASE_FILE
from claimsmith.storage.schema import SchemaMismatch, check_schema
from claimsmith.usecases import applications, client_secrets, environments, keys
from claimsmith.usecases.context import Context, Platform

OLD_KEY_DAYS = 365
EXPIRES_SOON_DAYS = 14
CLOCK_SLACK_SECONDS = 5.0
CLOCK_LIMIT_SECONDS = 60.0


@dataclass(slots=True)
class Examined:
    """Hold what was found, and the environments for the checks that follow."""

    findings: list[Finding] = field(default_factory=list)
    environments: list[Environment] = field(default_factory=list)


async def check_database(settings: Settings) -> Examined:
    """Check the database and what it holds."""
    examined = Examined()
    path = settings.data / DATABASE_FILE
    if settings.database_url is None and not path.exists():
        remedy = f"Restore it from a backup. On a new installation it is made by: {again('serve')}"
        examined.findings.append(Finding("database", "fail", f"There is no {path}.", remedy))
        return examined
    platform = make_platform(settings)
    try:
        await _examine(platform, examined)
    finally:
        await platform.database.close()
    return examined


async def _examine(platform: Platform, examined: Examined) -> None:
    """Look at everything; what the database refuses on the way, or does not answer, is a finding too."""
    kind = "SQLite" if platform.database.is_sqlite else "PostgreSQL"
    try:
        if not await _answers(platform, examined, kind):
            return
        await _examine_environments(platform, examined)
    except (Unavailable, DBAPIError) as error:
        said = told(error)
        if said is None:
            raise
        examined.findings.append(Finding("database", "fail", *_parted(said)))


def _parted(said: str) -> tuple[str, str]:
    """Return what happened and what to do, which are the first sentence and the rest."""
    happened, _, remedy = said.partition(". ")
    return f"{happened}.", remedy


async def _answers(platform: Platform, examined: Examined, kind: str) -> bool:
    try:
        await check_schema(platform.database)
    except SchemaMismatch as error:
        examined.findings.append(Finding("database", "ok", f"{kind} answers."))
        examined.findings.append(Finding("schema", "fail", str(error), again("migrate")))
        return False
    if platform.database.is_sqlite:
        damage = await _damage(platform)
        if damage is not None:
            examined.findings.append(damage)
            return False
    examined.findings.append(Finding("database", "ok", f"{kind} answers."))
    examined.findings.append(Finding("schema", "ok", "It is the one this version needs."))
    return True


async def _damage(platform: Platform) -> Finding | None:
    """Return what SQLite finds wrong in its file; `None` for a sound one."""
    async with platform.database.across_environments() as connection:
        found = (await connection.execute(text("PRAGMA quick_check(1)"))).scalar_one()
    if found == "ok":
        return None
    said = " ".join(str(found).split())
    return Finding(
        "database",
        "fail",
        f"The file is damaged ({platform.database.place}): {said}.",
        "Stop what uses it and restore it from a backup.",
    )


async def _examine_environments(platform: Platform, examined: Examined) -> None:
    if not platform.database.is_sqlite:
        examined.findings.append(await _database_clock(platform))
    examined.environments = await environments.list_environments(platform)
    if not examined.environments:
        examined.findings.append(
            Finding(
                "environments",
                "warn",
                "There is none yet.",
                f"Start once: {again('serve')}",
            )
        )
    for environment in examined.environments:
        context = Context(platform, environment, Author("cli", "doctor"))
        examined.findings.append(await _signing_keys(context))
        examined.findings.append(await _secrets(context))


async def _database_clock(platform: Platform) -> Finding:
    async with platform.database.across_environments() as connection:
        found: datetime = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return clock_finding("clock and database", (datetime.now(UTC) - found).total_seconds(), "the database's")


def clock_finding(name: str, seconds: float, whose: str) -> Finding:
    """Judge how far this machine's clock is from another."""
    detail = f"This machine's clock is {seconds:+.1f} s from {whose}."
    if abs(seconds) <= CLOCK_SLACK_SECONDS:
        return Finding(name, "ok", detail)
    remedy = "Synchronize the clocks (NTP): tokens would be refused as expired or not yet valid."
    return Finding(name, "warn" if abs(seconds) <= CLOCK_LIMIT_SECONDS else "fail", detail, remedy)


async def _signing_keys(context: Context) -> Finding:
    name = f"signing keys of {context.environment.code}"
    standings = await keys.list_keys(context)
    try:
        async with context.reading() as work:
            keys.open_keyring(context.platform.sealer, context.environment.id, await work.signing_keys.all())
    except (CannotOpen, ValueError) as error:
        return Finding(
            name, "fail", str(error), "Restore master.key from its backup, or set CLAIMSMITH_MASTER_KEY."
        )
    signing = [each.key for each in standings if each.state == "signing"]
    algorithms = sorted(key.algorithm.value for key in signing)
    if "RS256" not in algorithms or len(set(algorithms)) != len(algorithms):
        return Finding(
            name,
            "fail",
            f"These sign now: {', '.join(algorithms) or 'none'}.",
            "Restore the database from a backup.",
        )
    oldest = max((context.platform.now() - key.signs_from).days for key in signing)
    detail = (
        f"One signs for each of {', '.join(algorithms)}, the oldest for {oldest} days; "
        f"there are {len(standings)} in all."
    )
    if oldest > OLD_KEY_DAYS:
        return Finding(name, "warn", detail, again("keys rotate", environment=_named(context)))
    return Finding(name, "ok", detail)


async def _secrets(context: Context) -> Finding:
    name = f"client secrets of {context.environment.code}"
    soon = context.platform.now() + timedelta(days=EXPIRES_SOON_DAYS)
    ending: list[str] = []
    without: list[str] = []
    for application in await every(applications.list_applications, context):
        if application.type.is_confidential:
            await _judge_secrets(context, application, soon, ending, without)
    if not ending and not without:
        return Finding(name, "ok", f"None expires within {EXPIRES_SOON_DAYS} days.")
    said = [f"Expiring within {EXPIRES_SOON_DAYS} days: {', '.join(ending)}."] if ending else []
    said += [f"Without a live secret: {', '.join(without)}."] if without else []
    remedy = again("application secrets add APPLICATION --name NAME", environment=_named(context))
    return Finding(name, "warn", " ".join(said), remedy)


def _named(context: Context) -> str | None:
    """Return the environment that a command must name: each but the default one."""
    return None if context.environment.is_default else context.environment.code


async def _judge_secrets(
    context: Context, application: Application, soon: datetime, ending: list[str], without: list[str]
) -> None:
    now = context.platform.now()
    found = await client_secrets.list_secrets(context, application.id)
    live = [each for each in found if each.expires_at is None or each.expires_at > now]
    if not live:
        without.append(application.name)
    elif all(each.expires_at is not None and each.expires_at < soon for each in live):
        ending.append(application.name)
