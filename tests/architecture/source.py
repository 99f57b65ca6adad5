"""Read the source as the architecture tests see it: parsed, never imported."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "claimsmith"
MIGRATIONS = SRC / "storage" / "migrations"


def modules() -> list[Path]:
    """Return every Python file of the package."""
    return sorted(SRC.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def told(path: Path) -> str:
    """Return a file's path as messages show it."""
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    """Return the name of every module that a file imports, in whichever place."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
