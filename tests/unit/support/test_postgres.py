"""The tests' PostgreSQL keeps databases apart, is reachable from this machine alone, and ends."""

import asyncio
import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import psutil
import pytest

from tests.support.postgres import running_postgres

HOLDING = """
import time
from tests.support.postgres import running_postgres
with running_postgres() as server:
    print(server.new_database(), flush=True)
    time.sleep(60)
"""


async def answer(url: str, *statements: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


def directory_of(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def modes_above(path: Path) -> dict[Path, int]:
    return {each: stat.S_IMODE(each.stat().st_mode) for each in path.parents}


async def test_databases_are_apart(postgres):
    one, two = postgres.new_database(), postgres.new_database()
    assert await answer(one, "CREATE TABLE a (b int)", "SELECT count(*) FROM a") == 0
    with pytest.raises(asyncpg.UndefinedTableError):
        await answer(two, "SELECT count(*) FROM a")


async def test_database_is_copied_from_a_template(postgres):
    template = postgres.new_database()
    await answer(template, "CREATE TABLE a (b int)", "INSERT INTO a VALUES (7)", "SELECT 1")
    copy = postgres.new_database(urlsplit(template).path.removeprefix("/"))
    assert await answer(copy, "SELECT b FROM a") == 7


async def test_no_network_address_is_listened_on(postgres_url):
    assert await answer(postgres_url, "SHOW listen_addresses") == ""


def test_nothing_is_left_and_no_directory_was_opened():
    above = modes_above(Path(asyncpg.__file__))
    with running_postgres() as server:
        home = directory_of(server.new_database())
        pid = int((home / "data" / "postmaster.pid").read_text().splitlines()[0])
        process = psutil.Process(pid)
        assert process.uids().real != 0
        assert process.uids().real == (os.geteuid() or home.stat().st_uid)
    assert not home.exists()
    assert not psutil.pid_exists(pid) or process.status() == psutil.STATUS_ZOMBIE
    assert modes_above(Path(asyncpg.__file__)) == above


def test_server_ends_when_the_block_fails():
    with pytest.raises(ZeroDivisionError), running_postgres() as server:
        url = server.new_database()
        raise ZeroDivisionError
    assert not directory_of(url).exists()
    with pytest.raises(OSError, match="No such file"):
        asyncio.run(answer(url, "SELECT 1"))


def test_server_does_not_outlive_tests_that_are_killed():
    with subprocess.Popen([sys.executable, "-c", HOLDING], stdout=subprocess.PIPE, text=True) as holding:
        assert holding.stdout is not None
        home = directory_of(holding.stdout.readline().strip())
        server = psutil.Process(int((home / "data" / "postmaster.pid").read_text().split()[0]))
        holding.kill()
    deadline = time.monotonic() + 20
    while home.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not home.exists()
    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE
