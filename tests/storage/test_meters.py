"""Usage adds up to the same total in the database, record by record, as the rule gives for all at once."""

import asyncio
import random
from datetime import timedelta

from claimsmith.domain.metering import MeterRecord, MeterType, Usage, fold
from claimsmith.storage.meters import Meter, StoredRecord
from claimsmith.usecases.metering import counted
from tests.storage.test_agreements import NOW, STARTED, begin, filled

PERIOD = begin("agreement_1", "customer_1", STARTED).period
METER = Meter("agreement_1", "calls", PERIOD)


async def agreed(database):
    async with database.storing("one") as work:
        await filled(work)
        await work.agreements.add(begin("agreement_1", "customer_1", STARTED), [STARTED], NOW)


async def test_totals_are_the_fold_of_the_records(database):
    await agreed(database)
    chance = random.Random(7)
    async with database.storing("one") as work:
        for number in range(60):
            type = MeterType.ABSOLUTE if chance.random() < 0.2 else MeterType.DELTA
            at = NOW + timedelta(minutes=chance.randrange(40))
            record = StoredRecord(type, chance.randrange(100), at, at)
            total = await work.meters.take(METER)
            assert total.last_order == number
            assert await work.meters.add(METER, record, total.last_order, NOW)
            usage = await counted(work, METER, total, record)
            await work.meters.put(METER, usage, 0)
            assert usage == fold(await work.meters.records(METER))
        assert await work.meters.totals("agreement_1", PERIOD) == {"calls": usage}
    async with database.reading("two") as other:
        assert await other.meters.totals("agreement_1", PERIOD) == {}


async def test_key_counts_once(database):
    await agreed(database)
    record = StoredRecord(MeterType.DELTA, 5, NOW, NOW, idempotency_key="one")
    async with database.storing("one") as work:
        assert await work.meters.add(METER, record, (await work.meters.take(METER)).last_order, NOW)
        assert not await work.meters.add(METER, record, (await work.meters.take(METER)).last_order, NOW)
        assert await work.meters.find_record("agreement_1", "calls", "one") == record
        assert await work.meters.find_record("agreement_1", "calls", "two") is None


async def test_writers_of_one_meter_wait_for_each_other(database):
    await agreed(database)

    async def used(number):
        async with database.storing("one") as work:
            total = await work.meters.take(METER)
            record = StoredRecord(MeterType.DELTA, 1, NOW, NOW)
            await work.meters.add(METER, record, total.last_order, NOW)
            await work.meters.put(METER, await counted(work, METER, total, record), 0)

    await asyncio.gather(*map(used, range(8)))
    async with database.reading("one") as work:
        assert await work.meters.totals("agreement_1", PERIOD) == {"calls": Usage(added=8)}
        assert [each.received_order for each in await work.meters.records(METER)] == list(range(8))
        assert isinstance((await work.meters.records(METER))[0], MeterRecord)
