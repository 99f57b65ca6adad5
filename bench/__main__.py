"""Run the benchmark: `python -m bench --help`."""

import argparse
import json
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bench import bare, facts, load, people, report, stock
from bench.peer_server import Peer, install
from bench.rounds import Contender, interleave
from bench.subject import Subject, check_token

RESULTS = Path(__file__).with_name("results") / "latest.json"
ALGORITHMS = {"rs256": "RS256", "es256": "ES256"}


@dataclass(frozen=True, slots=True)
class Plan:
    """Say what to run and how long."""

    parts: tuple[str, ...]
    without: frozenset[str]
    rounds: int
    seconds: float
    stock: stock.Stock
    is_quick: bool
    keep: Path | None = None


def main() -> int:
    """Run what the command line asks for; return the exit status."""
    options = _options().parse_args()
    plan = Plan(
        parts=(options.only,) if options.only else (*ALGORITHMS, "stock", "people"),
        without=frozenset(options.without),
        rounds=options.rounds or (1 if options.quick else 3),
        seconds=2 if options.quick else 5,
        stock=stock.Stock(1_000, 10_000, 100) if options.quick else stock.FULL,
        is_quick=options.quick,
        keep=options.keep,
    )
    if "subject" in plan.without:
        plan = replace(plan, parts=tuple(part for part in plan.parts if part in ALGORITHMS))
    if "peer" not in plan.without and set(plan.parts) & set(ALGORITHMS):
        install()
    known = facts.collect()
    results: dict[str, Any] = {}
    commands: list[str] = []
    with tempfile.TemporaryDirectory(prefix="claimsmith-bench-") as folder:
        for part in plan.parts:
            measure = _MEASURES.get(part) or partial(_measure_algorithm, part)
            results[part] = measure(plan, Path(folder), commands)
    verdicts = report.judge(results)
    problem = facts.peer_runtime_problem(known) if "peer" not in plan.without else None
    notes = [problem] if problem else []
    sys.stdout.write(report.render(results, verdicts, notes) + "\n")
    document = _document(plan, known, results, verdicts, notes, commands)
    for path in _places(options):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=2) + "\n")
    return 1 if options.insist and not all(verdict.is_met for verdict in verdicts) else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure what a token costs.")
    parser.add_argument(
        "--quick", action="store_true", help="one short round and a small stock: a smoke test"
    )
    parser.add_argument("--only", choices=(*ALGORITHMS, "stock", "people"), help="measure one part only")
    parser.add_argument(
        "--without", choices=("subject", "peer", "bare"), action="append", default=[], help="leave one out"
    )
    parser.add_argument("--rounds", type=int, help="rounds to take the median of (default 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results to this file too")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="keep the databases of people there, and use them again",
    )
    parser.add_argument(
        "--assert", dest="insist", action="store_true", help="exit with 1 when a target is missed"
    )
    return parser


def _places(options: argparse.Namespace) -> list[Path]:
    """Return the files to write: the committed one only for a complete run."""
    complete = not (options.quick or options.only or options.without)
    return [*([RESULTS] if complete else []), *([options.json] if options.json else [])]


def _measure_algorithm(part: str, plan: Plan, folder: Path, commands: list[str]) -> dict[str, Any]:
    algorithm = ALGORITHMS[part]
    payload = b""
    contenders: dict[str, Contender] = {}
    with ExitStack() as stack:
        if "subject" not in plan.without:
            subject = Subject(folder / part)
            stack.callback(subject.server.stop)
            subject.wait()
            contenders["subject"] = (subject.server, subject.target(subject.configure(algorithm)))
        if "peer" not in plan.without:
            peer = Peer(algorithm, folder)
            stack.callback(peer.server.stop)
            contenders["peer"] = (peer.server, peer.target)
        for _, target in reversed(contenders.values()):
            payload = check_token(target, algorithm).encode()
            commands.append(load.shown(target, plan.seconds))
        sign = partial(bare.measure, algorithm, payload or bytes(700), plan.seconds)
        return interleave(
            contenders,
            rounds=plan.rounds,
            seconds=plan.seconds,
            bare=None if "bare" in plan.without else sign,
        )


def _measure_stock(plan: Plan, folder: Path, commands: list[str]) -> dict[str, Any]:
    contenders: dict[str, Contender] = {}
    ready: list[float] = []
    size = 0
    with ExitStack() as stack:
        for name, amount in (("ten", stock.TEN), ("full", plan.stock)):
            subject = Subject(folder / f"stock-{name}")
            stack.callback(subject.server.stop)
            subject.wait()
            credentials = subject.configure("ES256")
            subject.server.stop()
            size = stock.fill(subject.data, amount, credentials.client_id)
            for _ in range(3):
                subject.server.stop()
                subject = Subject(subject.data, subject.port)
                stack.callback(subject.server.stop)
                ready.append(subject.seconds_until_token(credentials))
            one, turns = subject.target(credentials), subject.target(credentials, rotate=10)
            contenders |= {f"{name} one": (subject.server, one), f"{name} turns": (subject.server, turns)}
            if name == "full":
                spread = subject.target(credentials, rotate=amount.applications, random=True)
                contenders["full at random"] = (subject.server, spread)
        for _, target in contenders.values():
            check_token(target, "ES256")
            commands.append(load.shown(target, plan.seconds))
        rows = interleave(contenders, rounds=plan.rounds, seconds=plan.seconds)
    return {**rows, "database_bytes": size, "ready_seconds": round(median(ready[3:]), 3)}


def _measure_people(plan: Plan, folder: Path, commands: list[str]) -> dict[str, Any]:
    commands.append("python -m bench --only people")
    return people.measure(
        people.QUICK if plan.is_quick else people.FULL,
        plan.rounds,
        plan.seconds,
        plan.keep or folder,
        is_bare_measured="bare" not in plan.without,
        is_quick=plan.is_quick,
    )


_MEASURES = {"stock": _measure_stock, "people": _measure_people}


def _document(
    plan: Plan,
    known: dict[str, Any],
    results: dict[str, Any],
    verdicts: list[report.Verdict],
    notes: list[str],
    commands: list[str],
) -> dict[str, Any]:
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": known,
        "settings": {
            "rounds": plan.rounds,
            "seconds_per_round": plan.seconds,
            "connections": load.CONNECTIONS,
            "servers_core": 0,
            "load_core": 1,
        },
        "commands": commands,
        "results": results,
        "targets": report.as_json(verdicts),
        "notes": notes,
    }


if __name__ == "__main__":
    sys.exit(main())
