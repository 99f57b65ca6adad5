"""Run contenders in turns, several rounds, so that a slow minute of the machine hits all of them alike."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from statistics import median
from typing import Any

from bench.load import Loadable, Round, insist_on_flood, run
from bench.processes import Running

FIRST_WARM_UP_SECONDS = 6
WARM_UP_SECONDS = 2
LEAST_CPU_SHARE = 0.9
MOST_TRIES = 4
"""A round in which something else took over a tenth of the server's core is run again, so often at most."""

Contender = tuple[Running, Loadable]
Bare = Callable[[float], float]


def interleave(
    contenders: Mapping[str, Contender],
    *,
    rounds: int,
    seconds: float,
    bare: Bare | None = None,
    warm_up_seconds: tuple[float, float] = (FIRST_WARM_UP_SECONDS, WARM_UP_SECONDS),
    least_cpu_share: float = LEAST_CPU_SHARE,
) -> dict[str, dict[str, Any]]:
    """Return, per contender, the medians over the rounds, the rounds themselves and the memory after them.

    `bare` is given the share of its core that the generator used in the same round, and returns a rate.
    `warm_up_seconds` are those before everything and before each round.
    """
    for server, target in contenders.values():
        run(server, target, warm_up_seconds[0])
    seen: dict[str, list[Round]] = {name: [] for name in contenders}
    bare_rates: list[float] = []
    for number in range(rounds):
        for name, (server, target) in contenders.items():
            run(server, target, warm_up_seconds[1])
            seen[name].append(_undisturbed(server, target, seconds, name, least_cpu_share))
            _say(f"round {number + 1}, {name}: {seen[name][-1].rate:,.0f}/s")
        if bare:
            first = next(iter(seen.values()), [])
            bare_rates.append(bare(first[-1].generator_share if first else 0.1))
            _say(f"round {number + 1}, bare: {bare_rates[-1]:,.0f}/s")
    results = {name: _summary(seen[name], contenders[name][0]) for name in contenders}
    if bare:
        results["bare"] = {"rate": median(bare_rates), "rates": [round(rate, 1) for rate in bare_rates]}
    return results


def _undisturbed(
    server: Running, target: Loadable, seconds: float, name: str, least_cpu_share: float
) -> Round:
    """Return a round in which the server had its core, or the best of the tries."""
    tries: list[Round] = []
    while len(tries) < MOST_TRIES:
        tries.append(run(server, target, seconds))
        insist_on_flood(target, tries[-1])
        if tries[-1].cpu_share >= least_cpu_share:
            return tries[-1]
        _say(f"{name} had {tries[-1].cpu_share:.0%} of its core; once more")
    return max(tries, key=lambda one: one.cpu_share)


def _summary(rounds: list[Round], server: Running) -> dict[str, Any]:
    medians = {
        field.name: round(median(getattr(one, field.name) for one in rounds), 3) for field in fields(Round)
    }
    memory = server.memory()
    return {
        **medians,
        "rates": [round(one.rate, 1) for one in rounds],
        "worker_memory_bytes": memory.worker,
        "processes": memory.processes,
        "rounds": [{name: round(value, 3) for name, value in asdict(one).items()} for one in rounds],
    }


def _say(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")
