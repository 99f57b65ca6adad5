"""Hold what every use case is given: the parts of the platform, one environment, and who acts."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from claimsmith.crypto.sealing import Sealer
from claimsmith.domain.changes import Author
from claimsmith.domain.environments import Environment
from claimsmith.storage.database import Database
from claimsmith.storage.work import Work

if TYPE_CHECKING:
    from claimsmith.usecases.directory import Directory
    from claimsmith.usecases.usage import UsageCounter


@dataclass(frozen=True, slots=True)
class Platform:
    """Hold the parts of one running process."""

    database: Database
    directory: "Directory"
    sealer: Sealer
    usage: "UsageCounter"
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Context:
    """Bind a use case to one environment and to who acts.

    Whoever makes a context has checked that the actor may do what follows.
    """

    platform: Platform
    environment: Environment
    author: Author

    def reading(self) -> AbstractAsyncContextManager[Work]:
        """Begin a look at this environment."""
        return self.platform.database.reading(self.environment.id)

    def storing(self) -> AbstractAsyncContextManager[Work]:
        """Begin writing records that are no configuration."""
        return self.platform.database.storing(self.environment.id)

    def changing(self) -> AbstractAsyncContextManager[Work]:
        """Begin a change of configuration; what it records reaches every process."""
        return self.platform.database.changing(self.environment.id, self.author)
