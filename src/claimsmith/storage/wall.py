"""Refuse any statement that is not bound to one environment.

Every table but `environments` has an `environment_id`. Before a statement runs, this wall looks at each
table it touches and demands that its condition pins that table's `environment_id` to a bound value, either
directly or through an equality with another pinned one. A query that forgets is a defect and fails at once,
in tests and in production alike, instead of showing one customer the data of another (U01-U06).

Statements that must cross environments (migrations, the change feed, sweeping) say so with
`execution_options(across_environments=True)`.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Select, Update, event
from sqlalchemy.engine import Engine
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, BindParameter, BooleanClauseList, ColumnElement
from sqlalchemy.sql.schema import Column, Table
from sqlalchemy.sql.selectable import Alias, CompoundSelect, Join

ACROSS = "across_environments"


class WallBreached(RuntimeError):
    """Say that a statement touches a table without being bound to one environment: a defect."""


MOST_PASSED = 2_000

_passed: dict[Any, None] = {}
"""Statements that were found to be bound, by their structure: values change it no more than the verdict."""


def guard(engine: Engine) -> None:
    """Install the wall on an engine (the synchronous one beneath an async engine)."""
    event.listen(engine, "before_execute", _check, retval=False)


def _check(
    connection: Connection,
    statement: Any,
    multiparams: Any,
    params: Any,
    execution_options: Any,
) -> None:
    if execution_options.get(ACROSS):
        return
    structure = getattr(statement, "_generate_cache_key", lambda: None)()
    if structure is not None and structure.key in _passed:
        return
    for part in _statements(statement):
        _check_one(part)
    if structure is not None:
        if len(_passed) >= MOST_PASSED:
            _passed.clear()
        _passed[structure.key] = None


def check_question(statement: Any, parameter: str) -> None:
    """Refuse a statement that is asked past `guard`, unless one parameter binds all of it to one environment.

    Raises `WallBreached` also for a value that is written into the statement, or named otherwise: who asks
    fills in that one parameter and no other.
    """
    for part in _statements(statement):
        _check_one(part)
        for bound in _environments(part):
            if bound.key != parameter:
                raise WallBreached(f"a question binds its environment to {bound!s}: {statement!s}")


def _environments(part: Any) -> list[Any]:
    """Return what a part of a question is bound to, or puts into its row."""
    if not isinstance(part, Insert):
        return [bound for _, bound in _bound(_conjuncts_of(part))]
    written: Any = part._values or {}
    row = {getattr(column, "name", column): value for column, value in written.items()}
    if not isinstance(row.get("environment_id"), BindParameter):
        raise WallBreached(f"a question inserts into no environment: {part!s}")
    return [row["environment_id"]]


def _statements(statement: Any) -> Iterable[Any]:
    if isinstance(statement, CompoundSelect):
        for part in statement.selects:
            yield from _statements(part)
        return
    if isinstance(statement, Select | Update | Delete | Insert):
        yield statement
        for inner in visitors.iterate(statement):
            if inner is not statement and isinstance(inner, Select):
                yield inner


def _check_one(statement: Any) -> None:
    if isinstance(statement, Insert):
        return  # environment_id is NOT NULL and part of every key
    sources, _ = _sources(statement)
    pinned = _pinned(_conjuncts_of(statement))
    for table in sources:
        if "environment_id" in table.c and table not in pinned:
            raise WallBreached(f"a statement reads {table!s} without binding its environment: {statement!s}")


def _conjuncts_of(statement: Any) -> list[ColumnElement[Any]]:
    if isinstance(statement, Insert):
        return []
    _, conditions = _sources(statement)
    return [part for condition in conditions for part in _conjuncts(condition)]


def _sources(statement: Any) -> tuple[list[Any], list[Any]]:
    if isinstance(statement, Update | Delete):
        return [statement.table], [statement.whereclause]
    sources: list[Any] = []
    conditions: list[Any] = [statement.whereclause]
    waiting = list(statement.get_final_froms())
    while waiting:
        source = waiting.pop()
        if isinstance(source, Join):
            conditions.append(source.onclause)
            waiting += [source.left, source.right]
        elif isinstance(source, Table | Alias):
            sources.append(source)
    return sources, conditions


def _conjuncts(condition: Any) -> Iterable[ColumnElement[Any]]:
    if condition is None:
        return
    if isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
        for part in condition.clauses:
            yield from _conjuncts(part)
    elif hasattr(condition, "element") and type(condition).__name__ == "Grouping":
        yield from _conjuncts(condition.element)
    else:
        yield condition


def _pinned(conditions: Sequence[ColumnElement[Any]]) -> set[Any]:
    pinned = {table for table, _ in _bound(conditions)}
    equalities = [
        (left.table, right.table)
        for left, right in _equalities(conditions)
        if _is_wall(left) and _is_wall(right)
    ]
    for _ in equalities:
        for left, right in equalities:
            if left in pinned or right in pinned:
                pinned |= {left, right}
    return pinned


def _bound(conditions: Iterable[ColumnElement[Any]]) -> Iterable[tuple[Any, BindParameter[Any]]]:
    """Return the tables whose environment is a bound value, each with that value."""
    for left, right in _equalities(conditions):
        if _is_wall(left) and isinstance(right, BindParameter):
            yield left.table, right
        elif _is_wall(right) and isinstance(left, BindParameter):
            yield right.table, left


def _equalities(conditions: Iterable[ColumnElement[Any]]) -> Iterable[tuple[Any, Any]]:
    for condition in conditions:
        if isinstance(condition, BinaryExpression) and condition.operator is operators.eq:
            yield condition.left, condition.right


def _is_wall(element: Any) -> bool:
    return isinstance(element, Column) and element.name == "environment_id"
