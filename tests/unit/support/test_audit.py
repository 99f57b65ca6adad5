"""A found vulnerability always fails, what could not be asked is said and forgiven."""

import json

import pytest

from tests.support.audit import judge

GOOD = {"name": "joserfc", "version": "1.8.1", "vulns": []}
BAD = {
    "name": "joserfc",
    "version": "1.6.5",
    "vulns": [{"id": "GHSA-1", "fix_versions": ["1.8.0"], "aliases": [], "description": "timed out"}],
}
UNKNOWN = {"name": "claimsmith", "skip_reason": "not found"}


def report(*dependencies: dict) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


@pytest.mark.parametrize("stderr", ["Found 1 known vulnerability", "ConnectionError: Max retries exceeded"])
def test_found_vulnerability_fails(stderr):
    told = "known vulnerabilities:\n  joserfc 1.6.5: GHSA-1 (mended in: 1.8.0)"
    assert judge(1, report(GOOD, BAD), stderr) == (1, told)


def test_found_vulnerability_fails_next_to_packages_that_are_unknown():
    assert judge(1, report(BAD, UNKNOWN), "")[0] == 1


def test_package_that_the_service_does_not_know_is_named():
    code, told = judge(0, report(GOOD, UNKNOWN), "")
    assert (code, told.splitlines()) == (
        0,
        [
            "known vulnerabilities: none in 1 packages",
            "known vulnerabilities: NOT CHECKED, 1 packages:",
            "  claimsmith: not found",
        ],
    )


def test_service_that_knows_nothing_is_said_in_one_line():
    told = "known vulnerabilities: NOT CHECKED, the advisory service knows none of 1 packages"
    assert judge(0, report(UNKNOWN), "") == (0, told)


def test_failed_audit_fails():
    code, told = judge(1, "", "ERROR: requirements.lock is malformed")
    assert code == 1
    assert "malformed" in told


def test_empty_report_fails():
    assert judge(0, report(), "")[0] == 1


def test_unreachable_service_is_said_and_forgiven():
    told = "known vulnerabilities: NOT CHECKED, the advisory service could not be reached"
    assert judge(1, "", "requests.exceptions.ConnectionError: refused") == (0, told)


def test_nothing_found():
    assert judge(0, report(GOOD), "No known vulnerabilities found") == (
        0,
        "known vulnerabilities: none in 1 packages",
    )
