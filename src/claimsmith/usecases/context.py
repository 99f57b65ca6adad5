"""Hold what every use case is given: the parts of the platform, one environment, and who acts."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from claimsmith.crypto.macs import Macs
from claimsmith.crypto.password_hashing import PasswordHashing
from claimsmith.crypto.sealing import Sealer
from claimsmith.domain.changes import Author
from claimsmith.domain.environments import Environment
from claimsmith.domain.errors import NotPermitted
from claimsmith.outbound.http_client import OutboundClient
from claimsmith.outbound.logged_phone import LoggedPhone
from claimsmith.outbound.smtp import SmtpSender
from claimsmith.storage.database import Database
from claimsmith.storage.work import Work

if TYPE_CHECKING:
    from claimsmith.usecases.directory import Directory
    from claimsmith.usecases.messages import Sender
    from claimsmith.usecases.usage import UsageCounter


@dataclass(frozen=True, slots=True)
class Platform:
    """Hold the parts of one running process.

    Without `mail`, nobody delivers mail: it waits in the outbox for whoever looks there. So do text messages
    while `phone` is the sender that only logs.
    """

    database: Database
    directory: "Directory"
    sealer: Sealer
    macs: Macs
    usage: "UsageCounter"
    now: Callable[[], datetime]
    mail: SmtpSender | None
    outbound: OutboundClient
    password_hashing: PasswordHashing
    phone: "Sender" = field(default_factory=LoggedPhone)
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep


@dataclass(frozen=True, slots=True)
class Context:
    """Bind a use case to one environment and to who acts.

    Whoever makes a context has checked that the actor may do what follows.
    """

    platform: Platform
    environment: Environment
    author: Author
    holds: frozenset[str] | None = None
    """The management scopes of who acts; `None` for an operator, who holds all."""

    def refuse_escalation(self, scopes: Iterable[str]) -> None:
        """Refuse to hand out management scopes that who acts does not hold. Raises `NotPermitted` (V-186)."""
        if self.holds is None:
            return
        missing = sorted(set(scopes) - self.holds)
        if missing:
            raise NotPermitted(
                f"This would hand out the management scope {missing[0]}, which the caller does not hold. Let "
                "an application that holds it do this, or use the console or the command line.",
                code="SCOPE_ESCALATION",
            )

    def reading(self) -> AbstractAsyncContextManager[Work]:
        """Begin a look at this environment."""
        return self.platform.database.reading(self.environment.id)

    def storing(self) -> AbstractAsyncContextManager[Work]:
        """Begin writing records that are no configuration."""
        return self.platform.database.storing(self.environment.id)

    def changing(self) -> AbstractAsyncContextManager[Work]:
        """Begin a change of configuration; what it records reaches every process."""
        return self.platform.database.changing(self.environment.id, self.author)
