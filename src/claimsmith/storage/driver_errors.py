"""Turn what drivers raise into what SQLAlchemy raises for it: who asks a driver directly tells the same."""

import sqlite3

from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError


class DriverErrors:
    """Know the errors of one driver."""

    def __init__(self, *, is_sqlite: bool) -> None:
        """Take which of the two drivers it is."""
        self._refused: tuple[type[Exception], ...]
        self._unanswered: tuple[type[Exception], ...]
        if is_sqlite:
            self._refused, self._unanswered = (sqlite3.IntegrityError,), (sqlite3.OperationalError,)
            return
        import asyncpg  # here, for it is not needed with SQLite

        self._refused = (asyncpg.IntegrityConstraintViolationError,)
        self._unanswered = (
            asyncpg.PostgresConnectionError,
            asyncpg.InsufficientResourcesError,
            asyncpg.OperatorInterventionError,
            asyncpg.TransactionRollbackError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
        )

    def told(self, error: Exception) -> Exception:
        """Return what is raised instead of an error; the error itself when it is a defect of ours."""
        if isinstance(error, self._unanswered):
            return _unanswered(error)
        if isinstance(error, self._refused):
            return _told(IntegrityError, error)
        return error


def _unanswered(error: Exception) -> DBAPIError:
    """Return what `Database` tells as `Unavailable`."""
    return _told(OperationalError, error)


def not_connected(error: Exception, dialect: Dialect) -> Exception:
    """Return what SQLAlchemy raises for an error of connecting: by it `Database` tells what is wrong."""
    told: Exception = DBAPIError.instance(
        None, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
    )
    return told


def _told(kind: type[DBAPIError], error: Exception) -> DBAPIError:
    return kind(None, None, error, hide_parameters=True)
