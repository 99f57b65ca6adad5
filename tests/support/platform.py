"""Open a real platform for a test: real database, real keys, a clock that the test moves."""

import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from sqlalchemy import URL, make_url

from claimsmith import opening
from claimsmith.app import compose
from claimsmith.domain.changes import Author
from claimsmith.domain.environments import Environment
from claimsmith.domain.management_scopes import MANAGEMENT_SCOPES
from claimsmith.edge.front import Front
from claimsmith.settings import Settings, read_settings
from claimsmith.storage.schema import migrate
from claimsmith.usecases.bootstrap import bootstrap
from claimsmith.usecases.context import Context, Platform
from tests.support.answers import assert_as_described

ISSUER = "http://127.0.0.1:8000"


@dataclass
class Clock:
    """Be a clock that stands still until it is moved."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __call__(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        """Move instead of waiting."""
        self.move(seconds)


@dataclass
class OpenPlatform:
    """Hold a platform with its application, clock and default environment."""

    platform: Platform
    settings: Settings
    app: Front
    clock: Clock
    environment: Environment

    def context(self, environment: Environment | None = None) -> Context:
        """Return a context of the default environment, or of another one."""
        return Context(self.platform, environment or self.environment, Author("cli", "test"))

    def http(self, base_url: str = ISSUER, **options: Any) -> httpx.AsyncClient:
        """Return a client that calls the application in this process."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=True)
        return httpx.AsyncClient(transport=transport, base_url=base_url, **options)

    async def management(self, environment: Environment | None = None) -> httpx.AsyncClient:
        """Return a client that holds a management token with every scope, and checks what it is answered."""
        context = self.context(environment)
        issuer = context.environment.issuer
        made = await bootstrap(context, MANAGEMENT_SCOPES)
        async with self.http(issuer) as http:
            answer = await http.post(
                f"{issuer}/oauth2/token",
                data={
                    "grant_type": "client_credentials",
                    "client_id": made.client_id,
                    "client_secret": made.secret.reveal(),
                    "audience": made.audience,
                },
            )
        assert answer.status_code == 200, answer.text
        bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return self.http(issuer, headers=bearer, event_hooks={"response": [assert_as_described]})


@asynccontextmanager
async def open_platform(
    directory: Path,
    *,
    database_url: str | None = None,
    clock: Callable[[], datetime] | None = None,
    issuer: str = ISSUER,
    plans: Path | None = None,
) -> AsyncIterator[OpenPlatform]:
    """Open a platform on SQLite in `directory`, or on the PostgreSQL database at `database_url`.

    The plans of a file `plans` are in force.
    """
    await _take_prepared(directory, database_url, issuer)
    clock = clock or Clock()  # not before the keys of the copy, which sign from when they were made
    given = {"data": directory, "issuer": issuer, "database_url": database_url, "plans_file": plans}
    settings = read_settings(given, environ={})
    platform = opening.make_platform(settings, clock)
    if isinstance(clock, Clock):
        platform = replace(platform, sleep=clock.sleep)
    try:
        await migrate(platform.database)
        environment = await opening.prepare(platform, settings)
        await platform.directory.start()
        app = compose(platform, settings)
        yield OpenPlatform(platform, settings, app, clock, environment)
    finally:
        await platform.database.close()


_templates: dict[tuple[str, str], Path] = {}


async def _take_prepared(directory: Path, database_url: str | None, issuer: str) -> None:
    """Begin with a copy of a fresh installation, made once: migrating and making RSA keys takes its time.

    A PostgreSQL database that is there is left as it is.
    """
    if database_url is None:
        shutil.copytree(await _prepared("sqlite", issuer, None), directory, dirs_exist_ok=True)
        return
    url = make_url(database_url)
    home = str(url.query["host"])
    template = f"prepared_{hashlib.sha256(issuer.encode()).hexdigest()[:16]}"
    if (home, issuer) not in _templates:
        await copy_database(url.set(database=template), "template0")
    of_template = url.set(database=template).render_as_string(hide_password=False)
    prepared = await _prepared(home, issuer, of_template)
    if await copy_database(url, template):
        shutil.copytree(prepared, directory, dirs_exist_ok=True)


async def _prepared(place: str, issuer: str, database_url: str | None) -> Path:
    """Return a data directory with a fresh installation in a database of one place."""
    if (place, issuer) not in _templates:
        directory = Path(tempfile.mkdtemp(prefix="claimsmith-template-"))
        given = {"data": directory, "issuer": issuer, "database_url": database_url}
        platform = opening.make_platform(read_settings(given, environ={}), Clock())
        await migrate(platform.database)
        await opening.prepare(platform, read_settings(given, environ={}))
        await platform.database.close()
        _templates[place, issuer] = directory
    return _templates[place, issuer]


def remove_templates() -> None:
    """Remove the directories whose copies were opened."""
    while _templates:
        shutil.rmtree(_templates.popitem()[1], ignore_errors=True)


async def copy_database(url: URL, template: str) -> bool:
    """Make a PostgreSQL database as a copy of another one; tell whether it was not there."""
    connection = await asyncpg.connect(url.set(database="postgres").render_as_string(hide_password=False))
    try:
        await connection.execute(f"CREATE DATABASE {url.database} TEMPLATE {template}")
    except asyncpg.DuplicateDatabaseError:
        return False
    finally:
        await connection.close()
    return True
