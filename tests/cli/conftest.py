"""Give each test a data directory and a command line on it."""

import os
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine


@pytest.fixture(autouse=True)
def _no_settings_of_this_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CLAIMSMITH_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    """Return a command line on an empty data directory."""
    return CommandLine(tmp_path / "data")


@pytest.fixture(scope="module")
def shared_cli(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """Return a command line on a data directory that the tests of one module share."""
    return CommandLine(tmp_path_factory.mktemp("shared") / "data")
