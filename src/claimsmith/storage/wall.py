"""Refuse any statement that is not bound to one environment.

Every table but `environments` has an `environment_id`. Before a statement runs, this wall looks at each
table it touches and demands that its condition pins that table's `environment_id` to a bound value, either
directly or through an equality with another pinned one. A query that forgets is a defect and fails at once,
in tests and in production alike, instead of showing one customer the data of another (U01-U06).

Statements that must cross environments (migrations, the change feed, sweeping) say so with
`execution_options(across_environments=True)`.
"""

from collections.abc import Iterable
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
    if isinstance(statement, Update | Delete):
        sources: list[Any] = [statement.table]
        conditions = [statement.whereclause]
    else:
        sources, conditions = _sources(statement)
    tables = [source for source in sources if "environment_id" in source.c]
    pinned = _pinned([part for condition in conditions for part in _conjuncts(condition)])
    for table in tables:
        if table not in pinned:
            raise WallBreached(f"a statement reads {table!s} without binding its environment: {statement!s}")


def _sources(statement: Select[Any]) -> tuple[list[Any], list[Any]]:
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


def _pinned(conditions: Iterable[ColumnElement[Any]]) -> set[Any]:
    pinned: set[Any] = set()
    equalities: list[tuple[Any, Any]] = []
    for condition in conditions:
        if not isinstance(condition, BinaryExpression) or condition.operator is not operators.eq:
            continue
        left, right = condition.left, condition.right
        if _is_wall(left) and _is_wall(right):
            equalities.append((left.table, right.table))
        elif _is_wall(left) and isinstance(right, BindParameter):
            pinned.add(left.table)
        elif _is_wall(right) and isinstance(left, BindParameter):
            pinned.add(right.table)
    for _ in equalities:
        for left, right in equalities:
            if left in pinned or right in pinned:
                pinned |= {left, right}
    return pinned


def _is_wall(element: Any) -> bool:
    return isinstance(element, Column) and element.name == "environment_id"
