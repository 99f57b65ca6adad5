import pytest

from claimsmith.storage.database import async_url
from claimsmith.storage.database_url import FORM, place_of, problem_of, shown


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("mysql://u:pa55word@db.test/x", "mysql://u:***@db.test/x"),
        ("postgresql+psycopg://u:pa55word@db.test/x", "postgresql+psycopg://u:***@db.test/x"),
        ("nonsense:pa55word", "nonsense..."),
        ("host=db.test password=pa55word", "host..."),
        ("/var/lib/claimsmith.db", "/var/lib/claimsmith.db"),
        ("", ""),
    ],
)
def test_what_is_no_url_of_postgresql_is_refused_without_its_password(url: str, masked: str):
    assert problem_of(url) == f"The database URL '{masked}' is none of PostgreSQL. Write it as {FORM}."


@pytest.mark.parametrize("url", ["sqlite:///x.db", "sqlite+aiosqlite:////tmp/x.db", "sqlite://"])
def test_sqlite_needs_no_url(url: str):
    assert problem_of(url) == (
        f"The database URL '{url}' names SQLite, which needs no URL: leave it away and name the directory of "
        "the database with --data or CLAIMSMITH_DATA."
    )


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("postgresql://u:pa55word", "postgresql://u:***"),
        ("postgresql://u:pa55/word@db.test/x", "postgresql://u:***@db.test/x"),
        ("postgresql://u:pa55#word@db.test/x", "postgresql://u:***@db.test/x"),
        ("postgresql://u:p@db.test:port/x", "postgresql://u:***@db.test:port/x"),
        ("postgresql://u:p@a:1,b:2/x", "postgresql://u:***@a:1,b:2/x"),
        ("postgresql://u:p@[::1/x", "postgresql://u:***@[::1/x"),
    ],
)
def test_place_that_cannot_be_read_is_refused(url: str, masked: str):
    problem = problem_of(url)
    assert problem is not None
    assert problem.startswith(f"The database URL '{masked}' has no host and port that can be read. ")


def test_parameter_without_meaning_is_refused():
    assert problem_of("postgresql://u@db.test/x?password=a@b&channel_binding=require") == (
        "The database URL 'postgresql://u@db.test/x?password=***&channel_binding=require' has the parameter "
        "'channel_binding', which has no meaning here. Take it out; those that have are: host, port, user, "
        "password, passfile, sslmode, ssl, target_session_attrs, prepared_statement_cache_size."
    )
    assert problem_of("postgresql://u@db.test/x?sslmode=on") == (
        "The database URL 'postgresql://u@db.test/x?sslmode=on' has the sslmode 'on'; use one of disable, "
        "allow, prefer, require, verify-ca, verify-full."
    )


@pytest.mark.parametrize(
    ("url", "opened"),
    [
        ("postgres://u:p@db.test/x", "postgresql+asyncpg://u:p@db.test/x"),
        ("postgresql://u:p%40@[::1]:5432/x", "postgresql+asyncpg://u:p%40@[::1]:5432/x"),
        ("postgresql+asyncpg://u@/x?host=/run", "postgresql+asyncpg://u@/x?host=%2Frun"),
        ("postgresql://u@db.test/x?sslmode=require", "postgresql+asyncpg://u@db.test/x?ssl=require"),
    ],
)
def test_url_of_postgresql_is_opened_by_its_driver(url: str, opened: str):
    assert problem_of(url) is None
    assert async_url(url) == opened


def test_address_without_a_password_is_shown_whole():
    for url in ("postgresql://db.test:5432/x", "postgresql://[::1]:5432/x", "postgresql://u@/x?host=/run"):
        assert shown(url) == url


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://u:pa55word@db.test/x%20y", "PostgreSQL at db.test:5432, database x y"),
        ("postgres://u:pa55word@[::1]:5433", "PostgreSQL at [::1]:5433, database u"),
        ("postgresql:///", "PostgreSQL at localhost:5432, database of the same user"),
        ("postgresql:///x?host=db.test&port=1", "PostgreSQL at db.test:1, database x"),
        ("postgresql://u@/x?host=/run/pg", "PostgreSQL at the socket in /run/pg, database x"),
        ("sqlite+aiosqlite:////var/data/claimsmith.db", "SQLite in /var/data/claimsmith.db"),
        ("sqlite+aiosqlite:///data/claimsmith.db", "SQLite in data/claimsmith.db"),
    ],
)
def test_place_is_told_without_user_and_password(url: str, place: str):
    assert place_of(url) == place
