"""Hold one transaction on one connection of the pool; questions go to the driver within it.

What SQLAlchemy does around a statement takes ten times as long as the driver does: it is built, its compiled
text is looked for, contexts and results are made, greenlets are changed. A question (`questions.py`) has
none of this. All other statements go through SQLAlchemy as ever, over the same connection and in the same
transaction; what that needs is made when the first of them comes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from claimsmith.storage.at_hand import AtHand
from claimsmith.storage.driver_errors import DriverErrors
from claimsmith.storage.lines import line_of
from claimsmith.storage.questions import Answer, Question

Said = TypeVar("Said")


class Transaction:
    """Be one transaction. It begins with its first statement: before it there is nothing to protect."""

    def __init__(self, hand: AtHand, pooled: Any, errors: DriverErrors, *, writes: bool) -> None:
        """Take a connection, and where it goes afterwards."""
        self._hand = hand
        self._engine = hand.engine
        self._pooled = pooled
        self._line = line_of(pooled.driver_connection, writes=writes)
        self._errors = errors
        self._writes = writes
        self._answers: dict[Any, Answer] = {}
        self._is_begun = False
        self._is_known = True
        self._described: AsyncConnection | None = None

    @property
    def dialect(self) -> Dialect:
        """Return what SQLAlchemy knows of this kind of database."""
        return self._engine.dialect

    async def ask(self, question: Question, environment_id: str, values: Mapping[str, Any]) -> Answer:
        """Ask a question on behalf of an environment; return its rows.

        Asked again before anything was written here, it has the same answer.
        """
        form = question.form(self._engine.dialect)
        arguments = form.arguments(environment_id, values)
        key = (form.text, *arguments) if self._writes and not question.writes else None
        if key is not None and key in self._answers:
            return self._answers[key]
        answer = form.read(await self._said(self._line.run, form.text, arguments))
        if question.writes:
            self._answers.clear()
        elif key is not None:
            self._answers[key] = answer
        return answer

    async def tell(self, question: Question, environment_id: str, values: Mapping[str, Any]) -> None:
        """Write something for whose answer nobody waits: it is written before anything else is asked."""
        form = question.form(self._engine.dialect)
        self._answers.clear()
        await self._said(self._line.tell, form.text, form.arguments(environment_id, values))

    async def execute(self, statement: Any, parameters: Any = None) -> CursorResult[*tuple[Any, ...]]:
        """Execute a statement by SQLAlchemy, behind the wall."""
        result: CursorResult[*tuple[Any, ...]] = await (await self.described()).execute(statement, parameters)
        return result

    async def described(self) -> AsyncConnection:
        """Return the connection as SQLAlchemy has it, within this transaction."""
        self._answers.clear()
        await self._said(self._line.settle)
        if self._described is None:
            made = Connection(self._engine.sync_engine, connection=self._pooled)
            self._described = AsyncConnection(self._engine, made)
            await self._described.execution_options(**self._line.options)
            await self._described.begin()
        return self._described

    async def across_environments(self) -> AsyncConnection:
        """Return the connection as SQLAlchemy has it, from now on without the wall."""
        return await (await self.described()).execution_options(across_environments=True)

    async def commit(self) -> None:
        """Keep what was written."""
        if self._is_begun:
            await self._said(self._line.commit)

    async def abandon(self, *, is_known: bool) -> None:
        """Take back what was written, and let the pool have the connection.

        One whose state is not known, because somebody stopped waiting for it or it failed otherwise than by
        refusing a value, is used no more.
        """
        try:
            if self._is_begun:
                await self._line.rollback(is_known=is_known and self._is_known)
        except Exception:
            if self._pooled.is_valid:  # SQLAlchemy may have thrown it away
                self._pooled.invalidate()
        await self._give_back()

    async def leave(self) -> None:
        """End: what was written is kept by now."""
        if self._described is None:
            self._hand.keep(self._pooled)
        else:
            await self._give_back()

    async def _give_back(self) -> None:
        """Let the pool have the connection: SQLAlchemy has changed what has to be reset."""
        await self._hand.give_back(self._pooled if self._described is None else self._described)

    async def _said(self, say: Callable[..., Awaitable[Said]], *what: Any) -> Said:
        """Say something to the database, and tell its errors as SQLAlchemy does."""
        try:
            await self._begin()
            return await say(*what)
        except Exception as error:
            told = self._errors.told(error)
            self._is_known = isinstance(told, IntegrityError)
            if told is error:
                raise
            raise told from error

    async def _begin(self) -> None:
        if not self._is_begun:
            self._is_begun = True
            await self._line.begin()


class Opening:
    """Open a transaction for `async with`; it is committed at the end, unless something is raised.

    Whoever writes to SQLite holds `writer` meanwhile.
    """

    __slots__ = ("_errors", "_hand", "_transaction", "_writer", "_writes")

    def __init__(
        self, hand: AtHand, errors: DriverErrors, *, writes: bool, writer: asyncio.Lock | None = None
    ) -> None:
        """Take where connections come from."""
        self._hand = hand
        self._errors = errors
        self._writes = writes
        self._writer = writer

    async def __aenter__(self) -> Transaction:
        """Begin."""
        if self._writer is not None:
            await self._writer.acquire()
        try:
            pooled = await self._hand.take()
        except BaseException:
            self._let_others()
            raise
        self._transaction = Transaction(self._hand, pooled, self._errors, writes=self._writes)
        return self._transaction

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Commit, or take back what was written."""
        try:
            if error is None:
                await self._commit()
            else:
                await self._abandon(error)
        finally:
            self._let_others()

    async def _commit(self) -> None:
        try:
            await self._transaction.commit()
        except BaseException as error:
            await self._abandon(error)
            raise
        await self._transaction.leave()

    async def _abandon(self, error: BaseException) -> None:
        """Leave; shielded, so that who is stopped once more does not leave a transaction open."""
        leaving = self._transaction.abandon(is_known=isinstance(error, Exception))
        await asyncio.shield(asyncio.create_task(leaving))

    def _let_others(self) -> None:
        if self._writer is not None:
            self._writer.release()
