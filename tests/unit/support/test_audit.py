"""A found vulnerability always fails, whatever else was written; only an unreachable service is forgiven."""

import json

import pytest

from tests.support.audit import judge

GOOD = {"name": "joserfc", "version": "1.8.1", "vulns": []}
BAD = {
    "name": "joserfc",
    "version": "1.6.5",
    "vulns": [{"id": "GHSA-1", "fix_versions": ["1.8.0"], "aliases": [], "description": "timed out"}],
}


def report(*dependencies: dict) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


@pytest.mark.parametrize("stderr", ["Found 1 known vulnerability", "ConnectionError: Max retries exceeded"])
def test_found_vulnerability_fails(stderr):
    told = "known vulnerabilities:\n  joserfc 1.6.5: GHSA-1 (mended in: 1.8.0)"
    assert judge(1, report(GOOD, BAD), stderr) == (1, told)


def test_package_that_could_not_be_judged_fails():
    skipped = {"name": "claimsmith", "skip_reason": "not found"}
    code, told = judge(0, report(GOOD, skipped), "")
    assert (code, told.splitlines()[1]) == (1, "  claimsmith: not found")


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
