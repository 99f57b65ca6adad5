"""Turn functions into commands: give each its shared options, open the platform, print what it returns.

A function that is a coroutine is given a `Context` of the chosen environment; any other is given `Common`.
"""

import asyncio
import getpass
import inspect
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimsmith.cli.advice import GIVEN
from claimsmith.cli.output import Answer, show

if TYPE_CHECKING:
    from claimsmith.settings import Settings
    from claimsmith.usecases.context import Context

PANEL = "Shared options"
EXAMPLE = "Example: "


@dataclass(frozen=True, slots=True)
class Common:
    """Hold the options that commands share, as they were given; what a command does not take is absent."""

    data: Path | None = None
    database_url: str | None = None
    config: Path | None = None
    environment: str | None = None
    as_json: bool = False

    def settings(self, **given: Any) -> "Settings":
        """Return the settings of this command; what is `given` on its command line ranks first."""
        from claimsmith.settings import read_settings

        return read_settings(
            {"data": self.data, "database_url": self.database_url, **given}, config=self.config
        )

    def run(
        self, act: "Callable[[Context], Coroutine[Any, Any, Any]]", *, makes: bool = False, **given: Any
    ) -> Any:
        """Open the platform, do something in the chosen environment, and close it again.

        Where there is no installation, `makes` decides whether one is made or the command is refused.
        """
        settings = self.settings(**given)
        if not makes:
            from claimsmith.cli.installation import require_installation

            require_installation(settings)
        return asyncio.run(self._run(act, settings))

    async def _run(self, act: "Callable[[Context], Coroutine[Any, Any, Any]]", settings: "Settings") -> Any:
        from claimsmith.opening import opened
        from claimsmith.usecases.context import Context
        from claimsmith.usecases.environments import find_environment

        async with opened(settings) as platform:
            environment = await find_environment(platform, self.environment)
            return await act(Context(platform, environment, author()))


def author() -> Any:
    """Return who acts: the operating system's user."""
    from claimsmith.domain.changes import Author

    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return Author("cli", name)


_SHARED = (
    ("data", Path | None, None, ("--data",), "Directory of the database and the master key.", "DIR"),
    (
        "database_url",
        str | None,
        None,
        ("--database-url",),
        "PostgreSQL URL. One with a password is better given as CLAIMSMITH_DATABASE_URL.",
        "URL",
    ),
    ("config", Path | None, None, ("--config",), "TOML file with settings.", "FILE"),
    (
        "environment",
        str | None,
        None,
        ("--environment",),
        "Code of the environment; else the default one.",
        "CODE",
    ),
    ("as_json", bool, False, ("--json",), "Print JSON for a script.", None),
)

ALL_SHARED = tuple(name for name, *_ in _SHARED)


def _shared_parameters(taken: Collection[str]) -> list[inspect.Parameter]:
    return [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=default,
            annotation=Annotated[
                kind, typer.Option(*names, help=text, metavar=metavar, rich_help_panel=PANEL)
            ],
        )
        for name, kind, default, names, text, metavar in _SHARED
        if name in taken
    ]


class Commands:
    """Collect the commands of one module."""

    def __init__(self, about: str | None = None, *, example: str | None = None) -> None:
        """Begin a group described by `about`; without it, the module holds one command that is no group.

        The help ends with the `example`; a test runs it.
        """
        self.app = typer.Typer(
            help=about,
            epilog=_epilog(example),
            no_args_is_help=about is not None,
            add_completion=False,
            pretty_exceptions_enable=False,
            context_settings={"help_option_names": ["-h", "--help"]},
        )
        if about is not None:
            self.app.callback()(lambda: None)

    def add(self, name: str, commands: "Commands") -> None:
        """Put a group inside this one."""
        self.app.add_typer(commands.app, name=name)

    def command(
        self, name: str, *, takes: Collection[str] = ALL_SHARED, example: str | None = None
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a function under a name. Its docstring is its help; its answer is printed.

        `takes` names those of the shared options that have an effect on it; it has no others. The help ends
        with the `example`; a test runs it.
        """

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            self.app.command(name, help=_help(function), epilog=_epilog(example), no_args_is_help=False)(
                _wrapped(function, takes)
            )
            return function

        return register


def _epilog(example: str | None) -> str | None:
    return None if example is None else f"{EXAMPLE}{example}"


def _help(function: Callable[..., Any]) -> str:
    """Return a docstring with each paragraph on one line, which the terminal's width then breaks."""
    paragraphs = (inspect.getdoc(function) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _wrapped(function: Callable[..., Any], takes: Collection[str]) -> Callable[..., None]:
    own = list(inspect.signature(function).parameters.values())[1:]
    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
    parameters += _shared_parameters(takes)
    is_coroutine = inspect.iscoroutinefunction(function)

    def invoke(**options: Any) -> None:
        shared = {name: options.pop(name) for name in takes}
        common = Common(**shared)
        GIVEN.set(common)
        answer: Answer | int | None
        if is_coroutine:
            answer = common.run(lambda context: function(context, **options))
        else:
            answer = function(common, **options)
        if isinstance(answer, int):
            raise typer.Exit(answer)
        if answer is not None:
            raise typer.Exit(show(answer, as_json=common.as_json))

    invoke.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by Typer
    invoke.__annotations__ = {each.name: each.annotation for each in parameters}
    return invoke
