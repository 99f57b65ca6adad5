"""Build, check and compile once what each token of a user asks of the database.

A question is one statement and its own transaction. SQLAlchemy describes it, as it does every other; what it
comes to for a database is kept, so that asking costs neither building nor compiling. The wall looks at it
when it is built, and demands more than of others: the environment is one parameter, `OWN_ENVIRONMENT`, all
over the statement, and only who asks on behalf of an environment fills it in (`Form.arguments`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, String, Update, bindparam
from sqlalchemy.engine import Dialect

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
    parameters: tuple[tuple[str, _Turn | None], ...]
    written: Mapping[str, Any]
    readers: tuple[tuple[int, _Turn], ...]

    def arguments(self, environment_id: str, values: Mapping[str, Any]) -> list[Any]:
        """Return the parameters in their order; no value stands in for the environment that is asked for."""
        given = {**self.written, **values, ENVIRONMENT: environment_id}
        return [turn(given[name]) if turn else given[name] for name, turn in self.parameters]

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
    """Hold one statement that is asked over and over. Raises `WallBreached` when it is not bound."""

    __slots__ = ("_forms", "statement", "writes")

    def __init__(self, statement: Any) -> None:
        """Check a query, or an update that returns what it changed."""
        check_question(statement, ENVIRONMENT)
        self.statement = statement
        self.writes = isinstance(statement, Update)
        self._forms: dict[str, Form] = {}

    def form(self, dialect: Dialect) -> Form:
        """Return what the question is for a kind of database."""
        known = self._forms.get(dialect.name)
        if known is None:
            known = self._forms[dialect.name] = _compile(self.statement, dialect)
        return known


def _compile(statement: Any, dialect: Dialect) -> Form:
    compiled = statement.compile(dialect=dialect)
    parameters = tuple(
        (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
        for name in compiled.positiontup
    )
    written = {name: each.value for name, each in compiled.binds.items() if not each.required}
    columns = statement.exported_columns
    turns = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    readers = tuple((position, turn) for position, turn in enumerate(turns) if turn is not None)
    return Form(compiled.string, parameters, written, readers)
