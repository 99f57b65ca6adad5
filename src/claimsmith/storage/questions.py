"""Build, check and compile once what is asked of the database over and over.

A question is one statement. SQLAlchemy describes it, as it does every other; what it comes to for a database
is kept, so that asking costs neither building nor compiling. It is asked by itself (`Database.ask`) or within
a transaction (`Store.ask`). The wall looks at it before it is asked for the first time, and demands more than
of others: the environment is one parameter, `OWN_ENVIRONMENT`, all over the statement, and only who asks on
behalf of an environment fills it in (`Form.arguments`).

The questions that most stores ask are made here of a table and the names of columns, once for each.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    ColumnElement,
    Delete,
    Insert,
    String,
    Table,
    Update,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from claimsmith.storage.columns import UtcDateTime
from claimsmith.storage.wall import check_question

_GIVEN = "given_"
ENVIRONMENT = f"{_GIVEN}environment_id"
OWN_ENVIRONMENT: BindParameter[Any] = bindparam(ENVIRONMENT, type_=String())
"""The environment that a question is bound to."""

Answer = Sequence[Sequence[Any]]
Row = Mapping[Any, Any]
_Turn = Callable[[Any], Any]


def given(column: Any, name: str | None = None) -> BindParameter[Any]:
    """Return a parameter of the type of a column; whoever asks gives it by the column's name, or another."""
    return bindparam(f"{_GIVEN}{name or column.name}", type_=column.type)


def own(table: Any) -> ColumnElement[bool]:
    """Return the condition that pins a table to the environment that is asked for."""
    condition: ColumnElement[bool] = table.c.environment_id == OWN_ENVIRONMENT
    return condition


def equal(table: Table, *names: str, prefix: str = "") -> list[ColumnElement[bool]]:
    """Return the conditions that rows are of the environment and have given values in some columns."""
    return [own(table), *(table.c[name] == given(table.c[name], f"{prefix}{name}") for name in names)]


def insert_on(dialect: str) -> Any:
    """Return what makes an INSERT of one kind of database, which can say what becomes of conflicts."""
    return postgresql.insert if dialect == "postgresql" else sqlite.insert


def _plain(name: str) -> str:
    """Return the name by which a parameter is given: SQLAlchemy keeps those of columns for itself."""
    return name.removeprefix(_GIVEN)


_OWN = _plain(ENVIRONMENT)


@dataclass(frozen=True, slots=True)
class Form:
    """Hold what a question is for one kind of database: its text, and how values go there and come back."""

    text: str
    parameters: tuple[str, ...]
    turns: tuple[tuple[str, _Turn], ...]
    written: Mapping[str, Any]
    names: tuple[str, ...]
    readers: tuple[tuple[int, _Turn], ...]

    def arguments(self, environment_id: str, values: Mapping[str, Any]) -> list[Any]:
        """Return the parameters in their order; no value stands in for the environment that is asked for."""
        given = {**self.written, **values, _OWN: environment_id}
        for name, turn in self.turns:
            given[name] = turn(given[name])
        return list(map(given.__getitem__, self.parameters))

    def read(self, found: Answer) -> Answer:
        """Return rows as Python has them, in the order of `names`."""
        if not self.readers:
            return found
        rows = []
        for row in found:
            values = list(row)
            for position, turn in self.readers:
                if values[position] is not None:
                    values[position] = turn(values[position])
            rows.append(values)
        return rows


class Question:
    """Hold one statement that is asked over and over: a query, or a change that returns what it changed."""

    __slots__ = ("_forms", "statement", "writes")

    def __init__(self, statement: Any) -> None:
        """Hold a statement as it is; checking costs more than a command that asks nothing should wait."""
        self.statement = statement
        self.writes = isinstance(statement, Insert | Update | Delete)
        self._forms: dict[str, Form] = {}

    def form(self, dialect: Dialect) -> Form:
        """Return what the question is for a kind of database. Raises `WallBreached` when it is not bound."""
        known = self._forms.get(dialect.name)
        if known is None:
            check_question(self.statement, ENVIRONMENT)
            known = self._forms[dialect.name] = _compile(self.statement, dialect)
        return known


def _compile(statement: Any, dialect: Dialect) -> Form:
    compiled = statement.compile(dialect=dialect)
    turns = {name: _turn(compiled.binds[name].type, dialect) for name in compiled.positiontup}
    written = {name: each.value for name, each in compiled.binds.items() if not each.required}
    columns = list(statement.exported_columns)
    readers = [_reader(column.type, dialect) for column in columns]
    return Form(
        text=compiled.string,
        parameters=tuple(map(_plain, compiled.positiontup)),
        turns=tuple((_plain(name), turn) for name, turn in turns.items() if turn is not None),
        written={_plain(name): value for name, value in written.items()},
        names=tuple(column.key for column in columns),
        readers=tuple((position, turn) for position, turn in enumerate(readers) if turn is not None),
    )


def _turn(type_: Any, dialect: Dialect) -> _Turn | None:
    """Return what SQLAlchemy would write a value with, or what comes to the same in fewer steps."""
    if isinstance(type_, UtcDateTime):
        return _moment_text if dialect.name == "sqlite" else _aware
    turn: _Turn | None = type_.dialect_impl(dialect).bind_processor(dialect)
    return turn


def _reader(type_: Any, dialect: Dialect) -> _Turn | None:
    """Return what SQLAlchemy would read a value with, or what comes to the same in fewer steps."""
    if isinstance(type_, UtcDateTime):
        return _moment if dialect.name == "sqlite" else None  # asyncpg's are aware, and in UTC
    turn: _Turn | None = type_.dialect_impl(dialect).result_processor(dialect, None)
    return turn


def _aware(moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise ValueError("a stored time must be aware")
    return moment


def _moment_text(moment: datetime | None) -> str | None:
    aware = _aware(moment)
    if aware is None:
        return None
    return aware.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@cache
def found_by(table: Table, names: tuple[str, ...]) -> Question:
    """Return the question for whole rows of which some columns have the given values."""
    return Question(select(table).where(*equal(table, *names)))


@cache
def inserting(table: Table, names: tuple[str, ...]) -> Question | None:
    """Return what inserts a row with some columns; `None` when SQLAlchemy has to make up others."""
    made_up = {column.name for column in table.c if column.default is not None}
    if made_up - set(names):
        return None
    return Question(insert(table).values(_values(table, names)))


@cache
def putting(
    table: Table, names: tuple[str, ...], key: tuple[str, ...] | None, changed: tuple[str, ...], dialect: str
) -> Question | None:
    """Return what inserts a row unless its key is taken, and else changes some columns of the one there.

    No `key` stands for any of the table's; the changes are given as `new_...`. A row comes back when one was
    inserted or changed.
    """
    if inserting(table, names) is None:
        return None
    statement = insert_on(dialect)(table).values(_values(table, names))
    elements = None if key is None else ["environment_id", *key]
    if changed:
        new = {name: given(table.c[name], f"new_{name}") for name in changed}
        put = statement.on_conflict_do_update(index_elements=elements, set_=new)
    else:
        put = statement.on_conflict_do_nothing(index_elements=elements)
    return Question(put.returning(table.c.environment_id))


@cache
def changing(table: Table, key: tuple[str, ...], names: tuple[str, ...]) -> Question:
    """Return what changes some columns of the rows that have given values (`key_...`); a row for each."""
    values = {name: given(table.c[name]) for name in names}
    return Question(
        update(table)
        .where(*equal(table, *key, prefix="key_"))
        .values(values)
        .returning(table.c.environment_id)
    )


@cache
def deleting(table: Table, key: tuple[str, ...]) -> Question:
    """Return what deletes the rows that have given values (`key_...`); a row for each."""
    return Question(delete(table).where(*equal(table, *key, prefix="key_")).returning(table.c.environment_id))


def is_plain(values: Mapping[str, Any]) -> bool:
    """Tell whether values are given as they are, and none is worked out by the database."""
    return not any(isinstance(value, ClauseElement) for value in values.values())


def _values(table: Table, names: Sequence[str]) -> dict[str, Any]:
    return {"environment_id": OWN_ENVIRONMENT, **{name: given(table.c[name]) for name in names}}
