"""Ask whether a connection still lives before it is used again, if it has rested for a while.

A server restarts and a firewall forgets; whoever comes next shall not notice. Asking costs three round trips,
more than most transactions do, so a connection that was in use a moment ago is not asked.
"""

import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

RESTED_SECONDS = 1.0
_RETURNED_AT = "claimsmith_returned_at"


def ask_rested(engine: Engine) -> None:
    """Install this on an engine; a connection that does not answer is replaced, and the others with it."""

    def note(_connection: Any, record: Any) -> None:
        record.info[_RETURNED_AT] = time.monotonic()

    def ask(connection: Any, record: Any, _proxy: Any) -> None:
        returned_at = record.info.get(_RETURNED_AT)
        if returned_at is None or time.monotonic() - returned_at < RESTED_SECONDS:
            return
        dialect: Any = engine.dialect
        try:
            dialect.do_ping(connection)
        except dialect.dbapi.Error as error:
            if dialect.is_disconnect(error, connection, None):
                raise InvalidatePoolError from error
            raise

    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", ask)
