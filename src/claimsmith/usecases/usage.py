"""Count tokens issued and refused, without making any request wait, and read the counts.

Counts live in memory and are written every two seconds and at shutdown: `kill -9` loses at most what was
counted since the last write. Security events are not counted here but logged at once.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from claimsmith.domain.errors import InvalidInput, Unavailable
from claimsmith.storage.database import Database
from claimsmith.storage.usage import ActiveKind, UsageKey
from claimsmith.usecases.context import Context

FLUSH_SECONDS = 2.0
SECONDS_A_DAY = 86_400
LONGEST_SPAN_DAYS = 400
MOST_REMEMBERED = 50_000
"""So many users and organizations are remembered as written; beyond that, some are written again."""
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class UsageCounter:
    """Hold what was counted since the last write."""

    def __init__(self, database: Database) -> None:
        """Begin empty."""
        self._database = database
        self._counts: dict[tuple[str, int, str, str], int] = defaultdict(int)
        self._used: dict[tuple[str, str], float] = {}
        self._active: set[tuple[str, int, ActiveKind, str]] = set()
        self._known_active: set[int] = set()
        self._writing = asyncio.Lock()

    def issued(self, environment_id: str, client_id: str, secret_id: str | None, now: float) -> None:
        """Count an answer with tokens, and mark the secret as used, if there was one, at `now` (seconds)."""
        self._counts[environment_id, int(now // SECONDS_A_DAY), client_id, "issued"] += 1
        if secret_id is not None:
            self._used[environment_id, secret_id] = now

    def active(self, environment_id: str, user_id: str, organization_code: str | None, now: float) -> None:
        """Note that a user was issued an access token, in an organization if there is one.

        One row for each in a month, however many tokens: what was written is remembered, by its hash.
        """
        day = int(now // SECONDS_A_DAY)
        month = day - date.fromordinal(_EPOCH_DAY + day).day + 1
        self._note_active((environment_id, month, "user", user_id))
        if organization_code is not None:
            self._note_active((environment_id, month, "organization", organization_code))

    def _note_active(self, key: "tuple[str, int, ActiveKind, str]") -> None:
        if hash(key) not in self._known_active:
            if len(self._known_active) >= MOST_REMEMBERED:
                self._known_active.clear()
            self._known_active.add(hash(key))
            self._active.add(key)

    def refused(self, environment_id: str, client_id: str, reason: str, now: float) -> None:
        """Count one refusal for an application that exists."""
        self._counts[environment_id, int(now // SECONDS_A_DAY), client_id, f"refused:{reason}"] += 1

    async def flush(self) -> None:
        """Write what was counted before. What cannot be written now is kept for the next time.

        One write goes on at a time, so that whoever comes second finds the first one's counts written.
        """
        async with self._writing:
            defect: Exception | None = None
            waiting = {key[0] for key in self._counts} | {key[0] for key in self._used}
            for environment_id in sorted(waiting | {key[0] for key in self._active}):
                try:
                    await self._flush_one(environment_id)
                except Unavailable:
                    continue
                except Exception as error:  # the other environments' counts must not wait for its cure
                    defect = error
            if defect is not None:
                raise defect

    async def _flush_one(self, environment_id: str) -> None:
        counts = {key: self._counts.pop(key) for key in [*self._counts] if key[0] == environment_id}
        marks = {key: self._used.pop(key) for key in [*self._used] if key[0] == environment_id}
        active = {key for key in self._active if key[0] == environment_id}
        self._active -= active
        try:
            async with self._database.storing(environment_id) as work:
                await work.usage.mark_active([_active_key(key) for key in active])
                await work.usage.add({_usage_key(key): count for key, count in counts.items()})
                await work.client_secrets.mark_used(
                    {key[1]: datetime.fromtimestamp(at, UTC) for key, at in marks.items()}
                )
        except BaseException:
            for key, count in counts.items():
                self._counts[key] += count
            self._used = {**marks, **self._used}
            self._active |= active
            raise


def _usage_key(key: tuple[str, int, str, str]) -> UsageKey:
    _, day, client_id, outcome = key
    return UsageKey(date.fromordinal(_EPOCH_DAY + day), client_id, outcome)


def _active_key(key: tuple[str, int, ActiveKind, str]) -> tuple[date, ActiveKind, str]:
    _, month, kind, subject_id = key
    return date.fromordinal(_EPOCH_DAY + month), kind, subject_id


@dataclass(frozen=True, slots=True)
class DailyUsage:
    """Hold the counts of one application on one day (UTC)."""

    day: date
    application_id: str
    issued: int
    refused: dict[str, int]


async def read_usage(
    context: Context, *, application_id: str | None = None, first: str | None = None, last: str | None = None
) -> list[DailyUsage]:
    """Return the counts of the days from `first` to `last` (`YYYY-MM-DD`, UTC), newest day first.

    Without days: the last 30. What this process counted is written first, so that its own tokens show.
    """
    until = _day(last, "to") if last else context.platform.now().date()
    since = _day(first, "from") if first else until - timedelta(days=29)
    if since > until or (until - since).days > LONGEST_SPAN_DAYS:
        raise InvalidInput(
            f"The days {since} to {until} are no span of 1 to {LONGEST_SPAN_DAYS} days.", field="from"
        )
    await context.platform.usage.flush()
    async with context.reading() as work:
        counts = await work.usage.between(since, until, application_id=application_id)
    days: dict[tuple[date, str], DailyUsage] = {}
    for key, count in counts.items():
        usage = days.get((key.day, key.application_id), DailyUsage(key.day, key.application_id, 0, {}))
        if key.outcome == "issued":
            usage = DailyUsage(usage.day, usage.application_id, count, usage.refused)
        else:
            usage.refused[key.outcome.removeprefix("refused:")] = count
        days[key.day, key.application_id] = usage
    return sorted(days.values(), key=lambda usage: (-usage.day.toordinal(), usage.application_id))


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{field} is {text!r}; write a day as 2026-01-31.", field=field) from None
