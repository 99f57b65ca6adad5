"""Keep the house in order: names, sizes, docstrings, and a domain that needs nothing."""

import ast
import sys
from collections.abc import Iterator

from tests.architecture.source import MIGRATIONS, SRC, imports, modules, told, tree

FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "service", "data", "info"}
MOST_LINES = 500
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def test_every_folder_says_what_it_is():
    folders = {path.parent for path in modules() if not path.is_relative_to(MIGRATIONS)}
    silent = [
        told(folder)
        for folder in sorted(folders)
        if not (folder / "__init__.py").exists() or not ast.get_docstring(tree(folder / "__init__.py"))
    ]
    assert silent == []


def test_no_room_is_named_for_nothing():
    names = {path.stem for path in modules()} | {path.parent.name for path in modules()}
    plurals = {f"{name}s" for name in FORBIDDEN_NAMES}
    assert sorted(names & (FORBIDDEN_NAMES | plurals)) == []


def test_no_file_is_long():
    # A migration is written once and describes every table of its day.
    long = [
        told(path)
        for path in modules()
        if not path.is_relative_to(MIGRATIONS)
        and len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES
    ]
    assert long == []


def test_everything_public_has_a_docstring():
    silent = [
        f"{told(path)}: {name}"
        for path in modules()
        if not path.is_relative_to(MIGRATIONS)
        for name, node in public(tree(path))
        if not ast.get_docstring(node)
    ]
    assert silent == []


def public(
    node: ast.Module | ast.ClassDef, within: str = ""
) -> Iterator[tuple[str, ast.Module | Definition]]:
    """Return a module or class and what is public in it, methods included."""
    yield within or "the module", node
    for child in node.body:
        if not isinstance(child, Definition) or child.name.startswith("_"):
            continue
        name = f"{within}.{child.name}" if within else child.name
        if isinstance(child, ast.ClassDef):
            yield from public(child, name)
        elif not is_overload(child):
            yield name, child


def is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether this is one of several signatures, whose implementation has the docstring."""
    return any(ast.unparse(decorator).endswith("overload") for decorator in node.decorator_list)


def test_domain_needs_the_standard_library_alone():
    foreign = [
        f"{told(path)}: {name}"
        for path in modules()
        if path.is_relative_to(SRC / "domain")
        for name in imports(path)
        if name.split(".")[0] not in sys.stdlib_module_names
        and name.split(".")[:2] != ["claimsmith", "domain"]
    ]
    assert foreign == []
