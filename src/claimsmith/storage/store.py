"""Share what every store does: bind statements to its environment, run them, and page through lists."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Delete,
    RowMapping,
    Select,
    Table,
    Update,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.paging import Page, check_page_size
from claimsmith.storage import questions
from claimsmith.storage.columns import UtcDateTime
from claimsmith.storage.questions import Answer, Question, Row
from claimsmith.storage.transactions import Transaction

Item = TypeVar("Item")
_MOST_KEPT = 1_024


class Store:
    """Hold a transaction, bound to one environment."""

    def __init__(self, connection: Transaction, environment_id: str) -> None:
        """Bind the store to one environment of one transaction."""
        self.connection = connection
        self.environment_id = environment_id

    def within(self, table: Any) -> ColumnElement[bool]:
        """Return the condition that pins a table to this environment."""
        condition: ColumnElement[bool] = table.c.environment_id == self.environment_id
        return condition

    def select(self, table: Table, *conditions: ColumnElement[bool]) -> Select[Any]:
        """Select whole rows of one table of this environment."""
        return _all_of(table, self.environment_id).where(*conditions)

    def update(self, table: Table, *conditions: ColumnElement[bool]) -> Update:
        """Update rows of one table of this environment."""
        return update(table).where(self.within(table), *conditions)

    def delete(self, table: Table, *conditions: ColumnElement[bool]) -> Delete:
        """Delete rows of one table of this environment."""
        return delete(table).where(self.within(table), *conditions)

    async def insert(self, table: Table, /, **values: Any) -> None:
        """Insert one row into this environment."""
        question = questions.inserting(table, tuple(values)) if questions.is_plain(values) else None
        if question is not None:
            await self.ask(question, **values)
            return
        await self.connection.execute(insert(table).values(environment_id=self.environment_id, **values))

    async def insert_later(self, table: Table, /, **values: Any) -> None:
        """Insert one row of plain values before anything else is asked; only then its errors are raised."""
        question = questions.inserting(table, tuple(values))
        if question is None:
            raise ValueError(f"{table.name} has columns that are made up, and not all of them are given")
        await self.tell(question, **values)

    async def insert_many(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Insert several rows into this environment; none is fine."""
        if rows:
            await self.connection.execute(
                insert(table), [{"environment_id": self.environment_id, **row} for row in rows]
            )

    async def insert_missing(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Insert those of several rows whose key is not there; none is fine."""
        if rows:
            make = questions.insert_on(self.connection.dialect.name)
            await self.connection.execute(
                make(table).on_conflict_do_nothing(),
                [{"environment_id": self.environment_id, **row} for row in rows],
            )

    async def upsert(
        self, table: Table, values: dict[str, Any], key: Sequence[str], changed: dict[str, Any]
    ) -> None:
        """Insert one row, or change the row that holds its key; no changes means leaving that row alone.

        One statement, so that of two writers none fails. `key` names the columns beside `environment_id`.
        """
        dialect = self.connection.dialect.name
        if questions.is_plain({**values, **changed}):
            question = questions.putting(table, tuple(values), tuple(key), tuple(changed), dialect)
            if question is not None:
                await self.ask(
                    question, **values, **{f"new_{name}": value for name, value in changed.items()}
                )
                return
        statement = questions.insert_on(dialect)(table).values(environment_id=self.environment_id, **values)
        elements = ["environment_id", *key]
        if changed:
            statement = statement.on_conflict_do_update(index_elements=elements, set_=changed)
        else:
            statement = statement.on_conflict_do_nothing(index_elements=elements)
        await self.connection.execute(statement)

    async def insert_if_free(self, table: Table, /, **values: Any) -> bool:
        """Insert one row unless a unique value of it is taken; tell whether it was inserted.

        One statement: of two writers the second waits for the first, and neither transaction is spoilt.
        """
        dialect = self.connection.dialect.name
        question = questions.putting(table, tuple(values), None, (), dialect)
        if question is not None and questions.is_plain(values):
            return bool(await self.ask(question, **values))
        statement = questions.insert_on(dialect)(table).values(environment_id=self.environment_id, **values)
        statement = statement.on_conflict_do_nothing()
        return (await self.connection.execute(statement)).rowcount > 0

    async def ask(self, question: Question, /, **values: Any) -> Answer:
        """Ask a question within this transaction, on behalf of this environment."""
        return await self.connection.ask(question, self.environment_id, values)

    async def tell(self, question: Question, /, **values: Any) -> None:
        """Write something for whose answer nobody waits, before anything else is asked."""
        await self.connection.tell(question, self.environment_id, values)

    async def ask_rows(self, question: Question, /, **values: Any) -> list[Row]:
        """Ask a question and return its rows by the names of their columns."""
        names = question.form(self.connection.dialect).names
        return [dict(zip(names, row, strict=True)) for row in await self.ask(question, **values)]

    async def find_all(self, table: Table, /, **equal: Any) -> list[Row]:
        """Return the whole rows of which some columns have the given values, none of them `None`."""
        return await self.ask_rows(questions.found_by(table, tuple(equal)), **equal)

    async def find_one(self, table: Table, /, **equal: Any) -> Row | None:
        """Return a whole row of which some columns have the given values, or `None`."""
        found = await self.find_all(table, **equal)
        return found[0] if found else None

    async def change(self, table: Table, key: Mapping[str, Any], /, **values: Any) -> int:
        """Change some columns of the rows that have the values of a key; return how many there were."""
        if not questions.is_plain(values):
            return await self.run(
                self.update(table, *(table.c[name] == key[name] for name in key)).values(values)
            )
        question = questions.changing(table, tuple(key), tuple(values))
        given = {f"key_{name}": value for name, value in key.items()}
        return len(await self.ask(question, **given, **values))

    async def remove_all(self, table: Table, /, **equal: Any) -> int:
        """Delete the rows of which some columns have the given values; return how many there were."""
        question = questions.deleting(table, tuple(equal))
        return len(await self.ask(question, **{f"key_{name}": value for name, value in equal.items()}))

    async def rows(self, statement: Select[Any]) -> Sequence[RowMapping]:
        """Run a query and return its rows as mappings."""
        rows: Sequence[RowMapping] = (await self.connection.execute(statement)).mappings().all()
        return rows

    async def row(self, statement: Select[Any]) -> RowMapping | None:
        """Run a query and return its first row, if there is one."""
        row: RowMapping | None = (await self.connection.execute(statement)).mappings().first()
        return row

    async def exists(self, table: Table, *conditions: ColumnElement[bool]) -> bool:
        """Tell whether a row of this environment meets the conditions."""
        found = await self.connection.execute(
            select(table.c.environment_id).where(self.within(table), *conditions).limit(1)
        )
        return found.first() is not None

    async def run(self, statement: Update | Delete) -> int:
        """Run an update or delete and return how many rows it touched."""
        return (await self.connection.execute(statement)).rowcount

    async def page(
        self,
        statement: Select[Any],
        order: tuple[Any, Any],
        make: Callable[[RowMapping], Item],
        *,
        page_size: int | None,
        next_token: str | None,
        descending: bool = False,
    ) -> Page[Item]:
        """Return one page of a query, ordered by `(column, unique column)`.

        `next_token` is what the page before handed out; it names the last row seen, so that rows which come
        and go meanwhile neither repeat nor hide others.
        """
        size = check_page_size(page_size)
        column, unique = order
        if next_token:
            seen = _typed(order, _open_token(next_token))
            statement = statement.where(_after(order, seen, descending=descending))
        ordering = [column.desc(), unique.desc()] if descending else [column, unique]
        found = await self.rows(statement.order_by(*ordering).limit(size + 1))
        following = None
        if len(found) > size:
            last = found[size - 1]
            following = _make_token([_told(last[column.key]), _told(last[unique.key])])
        return Page([make(row) for row in found[:size]], following)


@lru_cache(_MOST_KEPT)
def _all_of(table: Table, environment_id: str) -> Select[Any]:
    """Return the query for all rows of a table of an environment; conditions make another of it.

    Kept, because making it takes longer than adding the conditions of one query.
    """
    return select(table).where(table.c.environment_id == environment_id)


def _after(order: tuple[Any, Any], seen: list[Any], *, descending: bool) -> ColumnElement[bool]:
    column, unique = order
    value, key = seen
    if descending:
        return or_(column < value, and_(column == value, unique < key))
    return or_(column > value, and_(column == value, unique > key))


def _told(value: Any) -> str:
    told: str = value.isoformat() if isinstance(value, datetime) else value
    return told


def _typed(order: tuple[Any, Any], seen: list[str]) -> list[Any]:
    try:
        return [
            datetime.fromisoformat(text).astimezone(UTC) if isinstance(column.type, UtcDateTime) else text
            for column, text in zip(order, seen, strict=True)
        ]
    except (ValueError, OverflowError):
        raise _bad_token() from None


def _make_token(seen: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(seen).encode()).decode().rstrip("=")


def _open_token(token: str) -> list[Any]:
    try:
        seen = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, binascii.Error, UnicodeEncodeError):
        seen = None
    if not isinstance(seen, list) or len(seen) != 2 or not all(isinstance(part, str) for part in seen):
        raise _bad_token()
    return seen


def _bad_token() -> InvalidInput:
    return InvalidInput(
        "next_token is not one this server handed out; start again without it.",
        field="next_token",
        code="NEXT_TOKEN_INVALID",
    )
