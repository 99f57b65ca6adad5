"""Keep requirements.lock installable anywhere: every package hashed, no address of a registry."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.source import ROOT


def entries() -> list[str]:
    """Return each entry of the lock with the lines that continue it."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return [line for line in text.replace("\\\n", "").splitlines() if line and not line.startswith("#")]


def locked() -> dict[str, set[str]]:
    """Return each locked package with its versions; a version can depend on the platform."""
    found: dict[str, set[str]] = {}
    for entry in entries():
        pin = Requirement(entry.split("--hash=")[0].strip())
        found.setdefault(canonicalize_name(pin.name), set()).update(each.version for each in pin.specifier)
    return found


def test_every_package_has_hashes():
    assert [entry.split()[0] for entry in entries() if "--hash=sha256:" not in entry] == []


def test_every_package_has_one_exact_version():
    loose = [
        entry.split()[0]
        for entry in entries()
        if not re.match(r"[A-Za-z0-9._-]+(\[[^\]]*\])?==[^\s*]+", entry)
    ]
    assert loose == []


def test_no_address_and_no_option_is_in_it():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.findall(r"\w+://\S*|^-\S+.*|@ file\S*", text, re.MULTILINE) == []


def test_every_requirement_of_the_project_is_locked_in_an_allowed_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"].values()
    wanted = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *(each for group in groups for each in group if isinstance(each, str)),
    ]
    versions = locked()
    unmet = []
    for requirement in map(Requirement, wanted):
        found = versions.get(canonicalize_name(requirement.name), set())
        if not found or not all(
            requirement.specifier.contains(version, prereleases=True) for version in found
        ):
            unmet.append(f"{requirement}: {sorted(found) or 'absent'}")
    assert unmet == []
