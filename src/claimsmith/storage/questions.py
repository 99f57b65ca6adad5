"""Build, check and compile once what each token of a user asks of the database.

A question is one statement and its own transaction. SQLAlchemy describes it, as it does every other; what it
comes to for a database is kept, so that asking costs neither building nor compiling. The wall looks at it
before it is asked for the first time, and demands more than of others: the environment is one parameter,
`OWN_ENVIRONMENT`, all over the statement, and only who asks on behalf of an environment fills it in
(`Form.arguments`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, String, Update, bindparam
from sqlalchemy.engine import Dialect

from claimsmith.storage.columns import UtcDateTime
from claimsmith.storage.wall import check_question

ENVIRONMENT = "given_environment_id"
OWN_ENVIRONMENT: BindParameter[Any] = bindparam(ENVIRONMENT, type_=String())
"""The environment that a question is bound to."""

Answer = Sequence[Sequence[Any]]
_Turn = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Form:
    """Hold what a question is for one kind of database: its text, and how values go there and come back."""

    text: str
    parameters: tuple[str, ...]
    turns: tuple[tuple[str, _Turn], ...]
    written: Mapping[str, Any]
    readers: tuple[tuple[int, _Turn], ...]

    def arguments(self, environment_id: str, values: Mapping[str, Any]) -> list[Any]:
        """Return the parameters in their order; no value stands in for the environment that is asked for."""
        given = {**self.written, **values, ENVIRONMENT: environment_id}
        for name, turn in self.turns:
            given[name] = turn(given[name])
        return [given[name] for name in self.parameters]

    def read(self, found: Answer) -> Answer:
        """Return rows as Python has them."""
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
    """Hold one statement that is asked over and over: a query, or an update that returns what it changed."""

    __slots__ = ("_forms", "statement", "writes")

    def __init__(self, statement: Any) -> None:
        """Hold a statement as it is; checking costs more than a command that asks nothing should wait."""
        self.statement = statement
        self.writes = isinstance(statement, Update)
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
    readers = [_reader(column.type, dialect) for column in statement.exported_columns]
    return Form(
        text=compiled.string,
        parameters=tuple(compiled.positiontup),
        turns=tuple((name, turn) for name, turn in turns.items() if turn is not None),
        written=written,
        readers=tuple((position, turn) for position, turn in enumerate(readers) if turn is not None),
    )


def _turn(type_: Any, dialect: Dialect) -> _Turn | None:
    turn: _Turn | None = type_.dialect_impl(dialect).bind_processor(dialect)
    return turn


def _reader(type_: Any, dialect: Dialect) -> _Turn | None:
    """Return what SQLAlchemy would read a value with, or what comes to the same in fewer steps."""
    if isinstance(type_, UtcDateTime):
        return _moment if dialect.name == "sqlite" else None  # asyncpg's are aware, and in UTC
    turn: _Turn | None = type_.dialect_impl(dialect).result_processor(dialect, None)
    return turn


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")
