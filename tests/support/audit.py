"""Ask the public advisory service about the locked dependencies; its absence is reported, not hidden."""

import json
import subprocess
import sys
from typing import Any

COMMAND = (
    *("-m", "pip_audit", "--no-deps", "--disable-pip", "--progress-spinner", "off"),
    *("--format", "json", "-r", "requirements.lock"),
)
UNREACHABLE = (
    "ConnectionError",
    "ConnectTimeout",
    "ReadTimeout",
    "ProxyError",
    "Max retries exceeded",
    "Could not connect",
    "Temporary failure in name resolution",
    "Name or service not known",
)
NOT_CHECKED = "known vulnerabilities: NOT CHECKED"


def main() -> int:
    """Run pip-audit over requirements.lock; return 1 for a known vulnerability or an audit that failed."""
    done = subprocess.run([sys.executable, *COMMAND], capture_output=True, text=True, check=False)
    code, told = judge(done.returncode, done.stdout, done.stderr)
    print(told)
    return code


def judge(returncode: int, stdout: str, stderr: str) -> tuple[int, str]:
    """Return the exit code and what to print. A report is judged by itself, whatever else was written.

    A package that the service does not know is named and forgiven: mirrors of an index often lack advisories.
    """
    report = _report(stdout)
    if report is not None:
        found = [
            f"  {each['name']} {each['version']}: {vulnerability['id']}"
            f" (mended in: {', '.join(vulnerability['fix_versions']) or 'no version yet'})"
            for each in report
            for vulnerability in each.get("vulns", ())
        ]
        skipped = [f"  {each['name']}: {each['skip_reason']}" for each in report if "skip_reason" in each]
        if found:
            return 1, "\n".join(["known vulnerabilities:", *found])
        if report and len(skipped) == len(report):
            return 0, f"{NOT_CHECKED}, the advisory service knows none of {len(report)} packages"
        if returncode == 0 and report:
            unknown = [f"{NOT_CHECKED}, {len(skipped)} packages:", *skipped] if skipped else []
            judged = f"known vulnerabilities: none in {len(report) - len(skipped)} packages"
            return 0, "\n".join([judged, *unknown])
    elif any(sign in stderr for sign in UNREACHABLE):
        return 0, f"{NOT_CHECKED}, the advisory service could not be reached"
    return 1, f"known vulnerabilities: pip-audit failed with {returncode}:\n{stdout}{stderr}"


def _report(stdout: str) -> list[dict[str, Any]] | None:
    try:
        dependencies: list[dict[str, Any]] = json.loads(stdout)["dependencies"]
    except (json.JSONDecodeError, KeyError, TypeError):
        return None
    return dependencies


if __name__ == "__main__":
    sys.exit(main())
