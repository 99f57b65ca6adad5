"""Hold the targets, judge the measurements against them, and print both."""

from dataclasses import asdict, dataclass
from typing import Any

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold one target with what was measured for it."""

    name: str
    measured: float
    bound: float
    at_least: bool
    unit: str

    @property
    def is_met(self) -> bool:
        """Tell whether the target is met."""
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound

    def line(self) -> str:
        """Return one printed line."""
        mark = "pass" if self.is_met else "FAIL"
        sign = ">=" if self.at_least else "<="
        return (
            f"  {mark}  {self.name:<58} {self.measured:>9.2f}{self.unit}  ({sign} {self.bound:g}{self.unit})"
        )


def judge(results: dict[str, Any]) -> list[Verdict]:
    """Return a verdict for every target whose measurements are there."""
    verdicts = [*_judge_algorithms(results), *_judge_stock(results.get("stock", {}))]
    verdicts += _judge_people(results.get("people", {}))
    memory = [
        row["worker_memory_bytes"]
        # Of workers that hash passwords memory is reported, not judged: one hash alone takes 19 MiB.
        for part, rows in results.items()
        if part != "people"
        for name, row in rows.items()
        if isinstance(row, dict) and "worker_memory_bytes" in row and name != "peer"
    ]
    if memory:
        told = "memory per worker of machines, largest peak"
        verdicts.append(Verdict(told, max(memory) / MEGABYTE, 120, False, " MB"))
    return verdicts


def _judge_algorithms(results: dict[str, Any]) -> list[Verdict]:
    def ratio(part: str, other: str, bound: float) -> list[Verdict]:
        rows = results.get(part, {})
        if "subject" not in rows or other not in rows:
            return []
        measured = rows["subject"]["rate"] / rows[other]["rate"]
        named = {"bare": "bare signature rate", "peer": "oidc-provider"}[other]
        return [Verdict(f"{part.upper()} requests/s over {named}", measured, bound, True, " x")]

    return [*ratio("rs256", "bare", 0.55), *ratio("rs256", "peer", 2), *ratio("es256", "peer", 3)]


def _judge_stock(stock: dict[str, Any]) -> list[Verdict]:
    if not stock:
        return []
    verdicts = [
        Verdict(
            f"full database over ten, {label}", stock[f"full {key}"]["rate"] / stock[f"ten {key}"]["rate"],
            0.9, True, " x",
        )
        for key, label in (("one", "one application"), ("turns", "ten applications in turns"))
    ]  # fmt: skip
    return [*verdicts, Verdict("start to first token, full database", stock["ready_seconds"], 2, False, " s")]


def _judge_people(people: dict[str, Any]) -> list[Verdict]:
    verdicts = []
    for backend in ("sqlite", "postgresql") if people else ():
        if "bare" in people:
            ratio = people[f"{backend} refresh"]["rate"] / people["bare"]["rate"]
            verdicts.append(Verdict(f"{backend}: refresh over bare RS256 rate", ratio, 0.2, True, " x"))
        if "bare argon2id" in people:
            ratio = (
                people[f"{backend} password sign-in, both cores"]["rate"] / people["bare argon2id"]["rate"]
            )
            name = f"{backend}: password sign-ins, both cores, over bare argon2id"
            verdicts.append(Verdict(name, ratio, 0.8, True, " x"))
        harm = people[f"{backend} token flooded"]["p99_ms"] / people[f"{backend} token idle"]["p99_ms"]
        name = f"{backend}: p99 of tokens, hashing queue full over idle"
        verdicts.append(Verdict(name, harm, 2, False, " x"))
    return verdicts


def as_json(verdicts: list[Verdict]) -> list[dict[str, Any]]:
    """Return the verdicts for the results file."""
    return [{**asdict(one), "measured": round(one.measured, 4), "is_met": one.is_met} for one in verdicts]


def render(results: dict[str, Any], verdicts: list[Verdict], notes: list[str]) -> str:
    """Return the whole report as text."""
    head = f"  {'':<28}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'CPU us':>9}{'core':>7}{'MB':>8}   rounds"
    lines: list[str] = []
    for part, rows in results.items():
        lines += [
            part.upper(),
            head,
            *(_row(name, row) for name, row in rows.items() if isinstance(row, dict)),
            "",
        ]
    if "stock" in results:
        lines += [f"  database of {results['stock']['database_bytes'] / MEGABYTE:.0f} MB", ""]
    if "people" in results:
        lines += [f"  {results['people']['users']:,} users stored", ""]
    lines += ["Targets", *(verdict.line() for verdict in verdicts)] if verdicts else []
    return "\n".join([*lines, *(f"Note: {note}" for note in notes)])


def _row(name: str, row: dict[str, Any]) -> str:
    rates = " ".join(f"{rate:,.0f}" for rate in row["rates"])
    if "p50_ms" not in row:
        return f"  {name:<28}{row['rate']:>12,.0f}{'':>42}   {rates}"
    megabytes = row["worker_memory_bytes"] / MEGABYTE
    return (
        f"  {name:<28}{row['rate']:>12,.0f}{row['p50_ms']:>9.2f}{row['p99_ms']:>9.2f}"
        f"{row['cpu_microseconds']:>9.0f}{row['cpu_share']:>7.0%}{megabytes:>8.1f}   {rates}"
    )
