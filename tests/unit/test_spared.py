"""A server imports neither rich nor the object-relational mapper, and whoever asks for them gets them."""

import subprocess
import sys

import pytest

from claimsmith.spared import absent, import_without

SERVER = "import claimsmith.cli.serve, claimsmith.serving, claimsmith.app, claimsmith.edge.short_way, sys; "


def output_of(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("name", ["rich", "pygments", "sqlalchemy.orm", "alembic", "fastapi", "webauthn"])
def test_server_does_without(name):
    assert output_of(f"{SERVER} print({name!r} in sys.modules)") == "False"


def test_what_was_spared_is_there_when_asked_for():
    code = (
        f"{SERVER} import rich, sqlalchemy.ext.asyncio as extension; "
        "from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session; "
        "print(AsyncSession.__module__, async_scoped_session.__module__, hasattr(extension, 'nothing'))"
    )
    assert output_of(code) == "sqlalchemy.ext.asyncio.session sqlalchemy.ext.asyncio.scoping False"


def test_package_that_is_here_stays_as_it_is():
    before = dict(vars(sys.modules["json"]))
    import_without("json", "decoder")
    with absent("json"):
        assert sys.modules["json"] is not None
    assert vars(sys.modules["json"]) == before


def test_absent_module_comes_back():
    with absent("claimsmith_that_is_nowhere"), pytest.raises(ModuleNotFoundError):
        __import__("claimsmith_that_is_nowhere")
    assert "claimsmith_that_is_nowhere" not in sys.modules
