"""Give each test a data directory and a command line on it."""

import os
import shutil
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine


@pytest.fixture(autouse=True)
def _no_settings_of_this_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CLAIMSMITH_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def fresh_installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory to copy, made once: making RSA keys takes its time."""
    made = CommandLine(tmp_path_factory.mktemp("fresh") / "data")
    for words in (("migrate",), ("environment", "list")):
        done = made(*words)
        assert done.code == 0, done.stderr
    return made.data


@pytest.fixture
def empty_cli(tmp_path: Path) -> CommandLine:
    """Return a command line on a data directory that does not exist yet."""
    return CommandLine(tmp_path / "data")


@pytest.fixture
def cli(fresh_installation: Path, empty_cli: CommandLine) -> CommandLine:
    """Return a command line on an installation that nobody has used yet."""
    shutil.copytree(fresh_installation, empty_cli.data)
    return empty_cli


@pytest.fixture(scope="module")
def shared_cli(fresh_installation: Path, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """Return a command line on an installation that the tests of one module share."""
    copied = tmp_path_factory.mktemp("shared") / "data"
    shutil.copytree(fresh_installation, copied)
    return CommandLine(copied)
