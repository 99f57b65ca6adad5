"""Name commands that lead on, with the options that say which installation and environment is meant.

What a person gave on this command line, the next one needs too: without it, another installation is asked.
What came from the shell's variables is there for the next command as well, and is not repeated.
"""

import shlex
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from claimsmith.cli.commands import Common

GIVEN: ContextVar["Common | None"] = ContextVar("GIVEN", default=None)
"""The shared options of the command that runs."""

OF_THE_INSTALLATION = ("serve", "migrate", "environment")
"""The commands that take no environment."""


def again(command: str, *, environment: str | None = None) -> str:
    """Return a command as it is typed: `claimsmith`, its words, and the options that were given now.

    An `environment` stands in for the one that was given.
    A database URL that holds a password is named and not printed.
    """
    given = GIVEN.get()
    options: list[str] = []
    if given is not None:
        options += ["--data", shlex.quote(str(given.data))] if given.data else []
        options += ["--database-url", _shown_url(given.database_url)] if given.database_url else []
        options += ["--config", shlex.quote(str(given.config))] if given.config else []
        environment = environment or given.environment
    if environment and command.partition(" ")[0] not in OF_THE_INSTALLATION:
        options += ["--environment", shlex.quote(environment)]
    return " ".join(["claimsmith", command, *options])


def _shown_url(url: str) -> str:
    from urllib.parse import urlsplit

    try:
        has_password = urlsplit(url).password is not None or "password" in url
    except ValueError:
        has_password = True
    return "URL" if has_password else shlex.quote(url)
