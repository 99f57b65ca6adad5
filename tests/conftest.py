"""Share what tests of several rooms need."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support import server
from tests.support.ca import Authority, make_authority
from tests.support.chromium import MISSING, chromium_path
from tests.support.platform import remove_templates
from tests.support.postgres import PostgresServer, running_postgres

settings.register_profile(
    "claimsmith", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("claimsmith")

LONGEST_FIRST = ("docs", "journeys", "browser", "cli", "clients")
"""The rooms whose tests start processes: begun last, one long file would keep one worker alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest; within a room everything stays as it is."""
    rooms = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rooms.get(item.nodeid.split("/")[1], len(rooms)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without Chromium a browser test is skipped, saying what to install; in CI it fails."""
    if item.get_closest_marker("browser") is None or chromium_path() is not None:
        return
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(MISSING, pytrace=False)
    pytest.skip(MISSING)


def pytest_sessionfinish() -> None:
    """Leave nothing behind."""
    remove_templates()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Run one PostgreSQL for all tests of this process."""
    with running_postgres() as running:
        yield running


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> str:
    """Return the URL of a new, empty database."""
    return postgres.new_database()


@pytest.fixture
def unmade_postgres_url(postgres: PostgresServer) -> str:
    """Return the URL of a database that `open_platform` makes."""
    return postgres.unmade()


@pytest.fixture
def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    return server.free_port()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return a private certificate authority."""
    return make_authority(tmp_path_factory.mktemp("ca"))
