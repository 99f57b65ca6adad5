"""Store what customers used of metered features: every record, and the totals of each period."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select

from claimsmith.domain.metering import MeterRecord, MeterType, Usage
from claimsmith.domain.periods import Period
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import meter_records, meter_totals


@dataclass(frozen=True, slots=True)
class Meter:
    """Name what is counted: one feature of one agreement in one period."""

    agreement_id: str
    feature_key: str
    period: Period


@dataclass(frozen=True, slots=True)
class MeterTotal:
    """Hold what was used, the order of the last record, and the highest share of the limit that was told."""

    usage: Usage
    last_order: int
    told_percent: int


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """Hold one record as it was reported; `counted_at` is the instant at which it counts."""

    type: MeterType
    value: int
    used_at: datetime
    counted_at: datetime
    idempotency_key: str | None = None


class MeterStore(Store):
    """Store the metered usage of one environment."""

    async def take(self, meter: Meter) -> MeterTotal:
        """Return the total of a meter with the order of the next record, and let others wait for it.

        Whoever takes a meter adds a record to it in the same transaction.
        """
        key = ("agreement_id", "feature_key", "period_start")
        values = {
            **_key(meter),
            "period_end": meter.period.end,
            "base": 0,
            "base_order": -1,
            "added": 0,
            "last_order": -1,
            "told_percent": 0,
        }
        await self.upsert(meter_totals, values, key, {})
        taken = await self.connection.execute(
            self.update(meter_totals, *_same(meter_totals, meter))
            .values(last_order=meter_totals.c.last_order + 1)
            .returning(*meter_totals.c)
        )
        return _total(taken.mappings().one())

    async def add(self, meter: Meter, record: StoredRecord, order: int, received_at: datetime) -> bool:
        """Insert a record unless its idempotency key is taken; tell whether it was inserted."""
        return await self.insert_if_free(
            meter_records,
            **_key(meter),
            received_order=order,
            type=record.type.value,
            value=record.value,
            used_at=record.used_at,
            counted_at=record.counted_at,
            received_at=received_at,
            idempotency_key=record.idempotency_key,
        )

    async def sum_after(self, meter: Meter, record: MeterRecord) -> int:
        """Return the sum of the deltas that are later than an absolute value."""
        table = meter_records
        later = or_(
            table.c.counted_at > record.used_at,
            and_(table.c.counted_at == record.used_at, table.c.received_order > record.received_order),
        )
        found = await self.connection.execute(
            select(func.coalesce(func.sum(table.c.value), 0)).where(
                self.within(table), *_same(table, meter), table.c.type == MeterType.DELTA.value, later
            )
        )
        return int(found.scalar_one())

    async def put(self, meter: Meter, usage: Usage, told_percent: int) -> None:
        """Write the total of a meter that was taken."""
        await self.run(
            self.update(meter_totals, *_same(meter_totals, meter)).values(
                base=usage.base,
                base_at=usage.base_at,
                base_order=usage.base_order,
                added=usage.added,
                told_percent=told_percent,
            )
        )

    async def find_record(
        self, agreement_id: str, feature_key: str, idempotency_key: str
    ) -> StoredRecord | None:
        """Return the record that an idempotency key was used for, or `None`."""
        row = await self.row(
            self.select(
                meter_records,
                meter_records.c.agreement_id == agreement_id,
                meter_records.c.feature_key == feature_key,
                meter_records.c.idempotency_key == idempotency_key,
            )
        )
        if row is None:
            return None
        return StoredRecord(
            type=MeterType(row["type"]),
            value=row["value"],
            used_at=row["used_at"],
            counted_at=row["counted_at"],
            idempotency_key=row["idempotency_key"],
        )

    async def totals(self, agreement_id: str, period: Period) -> Mapping[str, Usage]:
        """Return what was used in a period, by the features' keys."""
        rows = await self.rows(
            self.select(
                meter_totals,
                meter_totals.c.agreement_id == agreement_id,
                meter_totals.c.period_start == period.start,
            )
        )
        return {row["feature_key"]: _total(row).usage for row in rows}

    async def records(self, meter: Meter) -> list[MeterRecord]:
        """Return every record of a meter in the order of their arrival."""
        statement = self.select(meter_records, *_same(meter_records, meter))
        rows = await self.rows(statement.order_by(meter_records.c.received_order))
        return [
            MeterRecord(
                value=row["value"],
                used_at=row["counted_at"],
                type=MeterType(row["type"]),
                received_order=row["received_order"],
            )
            for row in rows
        ]


def _key(meter: Meter) -> dict[str, Any]:
    return {
        "agreement_id": meter.agreement_id,
        "feature_key": meter.feature_key,
        "period_start": meter.period.start,
    }


def _same(table: Any, meter: Meter) -> list[Any]:
    return [table.c[name] == value for name, value in _key(meter).items()]


def _total(row: Row) -> MeterTotal:
    usage = Usage(base=row["base"], base_at=row["base_at"], base_order=row["base_order"], added=row["added"])
    return MeterTotal(usage=usage, last_order=row["last_order"], told_percent=row["told_percent"])
