"""Share what tests of several rooms need."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.support.postgres import PostgresServer, running_postgres

settings.register_profile(
    "claimsmith", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("claimsmith")
os.environ.setdefault("XDG_RUNTIME_DIR", "/tmp")


@pytest.fixture(scope="session")
def postgres() -> PostgresServer:
    """Run one PostgreSQL for all tests of this process."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> str:
    """Return the URL of a new, empty database."""
    return postgres.new_database()
