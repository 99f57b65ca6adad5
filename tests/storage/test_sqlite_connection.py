"""A statement on SQLite changes threads once, and no transaction is left open."""

import asyncio
import sqlite3

import pytest

from claimsmith.storage.sqlite_connection import connect


@pytest.fixture
async def connection(tmp_path):
    opened = await connect(str(tmp_path / "x.db"), isolation_level=None, check_same_thread=False)
    await opened.run_statement("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT)", ())
    opened.changes = count_changes(opened)
    yield opened
    await opened.close()


def count_changes(connection):
    """Count the changes of threads from now on."""
    seen = []
    put = connection._tx.put

    class Counting:
        def put_nowait(self, item):
            seen.append(item)
            put(item)

        def get(self):
            raise AssertionError("the thread holds the queue itself")

    connection._tx = Counting()
    return seen


async def run(connection, statement, parameters=()):
    cursor = connection.cursor()
    await cursor.execute(statement, parameters)
    return cursor


async def test_statement_comes_back_with_its_rows_after_one_change_of_threads(connection):
    cursor = await run(connection, "INSERT INTO things (name) VALUES (?), (?) RETURNING id, name", ("a", "b"))
    assert list(await cursor.fetchall()) == [(1, "a"), (2, "b")]
    assert [column[0] for column in cursor.description] == ["id", "name"]
    assert (cursor.rowcount, cursor.lastrowid) == (2, 2)
    await cursor.close()
    assert len(connection.changes) == 1


async def test_statement_for_many_rows(connection):
    cursor = connection.cursor()
    await cursor.executemany("INSERT INTO things (name) VALUES (?)", [("a",), ("b",), ("c",)])
    assert (cursor.rowcount, cursor.description) == (3, None)
    found = await run(connection, "SELECT count(*) FROM things")
    assert list(await found.fetchall()) == [(3,)]


async def test_beginning_to_read_goes_with_the_first_statement(connection):
    connection.begin_with_next(writes=False)
    assert not connection.in_transaction
    await run(connection, "SELECT 1")
    assert connection.in_transaction
    await connection.commit()
    assert not connection.in_transaction
    assert len(connection.changes) == 2


async def test_transaction_without_a_statement_costs_nothing(connection):
    connection.begin_with_next(writes=False)
    await connection.commit()
    connection.begin_with_next(writes=False)
    await connection.rollback()
    await run(connection, "SELECT 1")
    assert not connection.in_transaction
    assert len(connection.changes) == 1


async def test_beginning_to_write_takes_the_lock_with_the_first_statement(connection, tmp_path):
    connection.begin_with_next(writes=True)
    await run(connection, "SELECT name FROM things")
    assert connection.in_transaction
    assert len(connection.changes) == 1
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None, timeout=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    await connection.commit()
    other.execute("BEGIN IMMEDIATE")
    other.close()


async def test_rollback_after_a_commit_asks_nothing(connection):
    connection.begin_with_next(writes=True)
    await run(connection, "SELECT 1")
    await connection.commit()
    await connection.rollback()
    assert len(connection.changes) == 2


async def test_failed_statement_says_why_and_is_rolled_back(connection):
    connection.begin_with_next(writes=True)
    await run(connection, "INSERT INTO things (id) VALUES (1)")
    with pytest.raises(sqlite3.IntegrityError, match=r"things\.id"):
        await run(connection, "INSERT INTO things (id) VALUES (1)")
    await connection.rollback()
    assert not connection.in_transaction
    found = await run(connection, "SELECT count(*) FROM things")
    assert list(await found.fetchall()) == [(0,)]


async def test_transaction_that_begins_after_nobody_waits_any_more_is_rolled_back(connection):
    connection.begin_with_next(writes=True)
    waiting = asyncio.create_task(run(connection, "SELECT 1"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await connection.rollback()
    assert not connection.in_transaction
