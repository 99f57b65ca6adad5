"""`claimsmith doctor`."""

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING

from claimsmith.cli.advice import again
from claimsmith.cli.commands import Commands, Common
from claimsmith.cli.doctor_findings import Finding
from claimsmith.cli.output import Drawn

if TYPE_CHECKING:
    from rich.console import Console

    from claimsmith.settings import Settings

commands = Commands()

_STYLES = {"ok": "green", "warn": "yellow", "fail": "red"}


@commands.command("doctor", example="claimsmith doctor --json")
def doctor(common: Common) -> Drawn:
    """Check files, keys, database, clock and issuer, and say what to mend.

    Changes nothing. Exit code 1 when a check fails; warnings leave it at 0.
    """
    findings = asyncio.run(_examine(common.settings(), common.environment))
    failed = any(finding.state == "fail" for finding in findings)
    data = {"healthy": not failed, "checks": [asdict(finding) for finding in findings]}
    return Drawn(data, lambda console: _draw(console, findings), exit_code=int(failed))


async def _examine(settings: "Settings", environment: str | None) -> list[Finding]:
    from claimsmith.cli import doctor_database, doctor_files, doctor_issuer

    findings = [*doctor_files.check_files(settings)]
    if any(finding.state == "fail" for finding in findings):
        blocked = "Not looked at: what is above must be mended first."
        return [*findings, Finding("database", "warn", blocked, f"Mend it and run: {again('doctor')}")]
    found = await doctor_database.check_database(settings)
    findings += found.findings
    codes = [each.code for each in found.environments]
    if environment is not None and codes and environment not in codes:
        known = f"Name one of: {', '.join(codes)}."
        findings.append(Finding("environment", "fail", f"There is no environment {environment!r}.", known))
    findings += doctor_issuer.check_issuers(found.environments, environment)
    return findings


def _draw(console: "Console", findings: list[Finding]) -> None:
    from rich.padding import Padding
    from rich.text import Text

    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        line = Text.assemble(
            (f"{finding.state:<4}", f"bold {_STYLES[finding.state]}"),
            "  ",
            (f"{finding.name:<{width}}", "bold"),
            f"  {finding.detail}",
        )
        console.print(line)
        if finding.remedy:
            console.print(Padding(Text(f"-> {finding.remedy}"), (0, 0, 0, width + 8), expand=False))
    counts = {state: sum(finding.state == state for finding in findings) for state in _STYLES}
    console.print(f"\n{counts['ok']} ok, {counts['warn']} to look at, {counts['fail']} failing")
