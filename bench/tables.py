"""Print the part `people` of a results file as the tables of docs/benchmarks.md.

Usage: `python -m bench.tables [FILE]`; without a file it is bench/results/latest.json.
"""

import json
import sys
from pathlib import Path
from typing import Any

from bench.report import judge

LATEST = Path(__file__).with_name("results") / "latest.json"
_BACKENDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_FLOWS = {
    "sign-in": "code and PKCE sign-in with a session",
    "refresh": "refresh (two signatures)",
    "userinfo": "userinfo",
    "introspection": "introspection",
    "password sign-in": "password sign-in, page by page",
    "password sign-in, both cores": "the same, the server on both cores",
    "token idle": "machine token, no password hashed",
    "token flooded": "machine token, hashing queue full",
}


def tables(people: dict[str, Any]) -> str:
    """Return both tables in Markdown."""
    lines = [
        f"{people['users']:,} users stored.",
        "",
        "| | requests/s | p50 ms | p99 ms | CPU ms | MB |",
        "|---|---|---|---|---|---|",
    ]
    for backend, database in _BACKENDS.items():
        for flow, words in _FLOWS.items():
            row = people[f"{backend} {flow}"]
            cells = [
                f"{database}: {words}",
                f"{row['rate']:,.0f}",
                f"{row['p50_ms']:,.1f}",
                f"{row['p99_ms']:,.1f}",
                f"{row['cpu_microseconds'] / 1e3:.2f}",
                f"{row['worker_memory_bytes'] / 1e6:.0f}",
            ]
            lines.append(f"| {' | '.join(cells)} |")
    for name, words in (("bare", "bare RS256 signatures"), ("bare argon2id", "bare argon2id")):
        if name in people:
            lines.append(f"| {words} | {people[name]['rate']:,.0f} | | | | |")
    lines += ["", "| target | wanted | measured | |", "|---|---|---|---|"]
    for verdict in judge({"people": people}):
        met = "met" if verdict.is_met else "**missed**"
        unit = verdict.unit.replace(" x", "")
        lines.append(f"| {verdict.name} | {verdict.bound:g}{unit} | {verdict.measured:.2f}{unit} | {met} |")
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    """Run with the arguments of the command line."""
    document = json.loads(Path(arguments[0] if arguments else LATEST).read_text())
    people = document["results"].get("people")
    if people is None:
        raise SystemExit("bench.tables: this file has no part `people`; run python -m bench --only people.")
    sys.stdout.write(tables(people) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
