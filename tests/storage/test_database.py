import pytest
from sqlalchemy.exc import IntegrityError

from tests.storage.conftest import NOW


async def test_error_does_not_hold_what_was_to_be_stored(database):
    """G7: a defect is logged with its error, and what was to be stored may be the hash of a secret."""
    with pytest.raises(IntegrityError) as failed:
        async with database.storing("nowhere") as work:
            await work.console_sessions.add_link(b"hash of a secret", created_at=NOW, expires_at=NOW)
    assert "hash of a secret" not in str(failed.value)
