"""Passwords are hashed with argon2id in few threads, and no more of them than fit."""

import asyncio
import os
import sys
import threading
from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from claimsmith.crypto.password_hashing import NICENESS, WAITING_PER_THREAD, PasswordHashing, free_cores
from claimsmith.domain.errors import Unavailable
from claimsmith.domain.passwords import StoredPassword
from claimsmith.domain.secrets import PlainSecret

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PLAIN = PlainSecret("correct horse battery")


@pytest.fixture
def hashing():
    pool = PasswordHashing(1)
    yield pool
    pool.close()


def stored(hash, method="argon2id", parameters=None):
    return StoredPassword("kp_1", method, hash, NOW, parameters or {})


async def test_hashes_with_the_parameters_of_the_decision(hashing):
    hash = await hashing.hash(PLAIN)
    assert hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    found = extract_parameters(hash)
    assert (found.type, found.salt_len, found.hash_len) == (Type.ID, 16, 32)
    assert hash != await hashing.hash(PLAIN)


async def test_verifies_its_own_hashes(hashing):
    hash = await hashing.hash(PLAIN)
    good = await hashing.verify(stored(hash), PLAIN)
    assert (good.is_good, good.better_hash) == (True, None)
    for wrong in ("correct horse batter", "correct horse battery ", "", "\ud800", "x" * 1025):
        assert not (await hashing.verify(stored(hash), PlainSecret(wrong))).is_good
    assert not (await hashing.verify(None, PLAIN)).is_good
    assert not (await hashing.verify(stored("$argon2id$broken"), PLAIN)).is_good


async def test_passwords_that_agree_in_their_first_72_bytes_differ(hashing):
    """S03."""
    hash = await hashing.hash(PlainSecret("a" * 72 + "b"))
    assert (await hashing.verify(stored(hash), PlainSecret("a" * 72 + "b"))).is_good
    assert not (await hashing.verify(stored(hash), PlainSecret("a" * 72 + "c"))).is_good
    assert not (await hashing.verify(stored(hash), PlainSecret("a" * 72))).is_good


async def test_one_password_typed_on_two_keyboards_is_one(hashing):
    hash = await hashing.hash(PlainSecret("cr\u00e8me br\u00fbl\u00e9e"))
    assert (await hashing.verify(stored(hash), PlainSecret("cre\u0300me bru\u0302le\u0301e"))).is_good


async def test_a_hash_with_other_parameters_is_replaced(hashing):
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PLAIN.reveal())
    verified = await hashing.verify(stored(old), PLAIN)
    assert verified.is_good
    assert verified.better_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await hashing.verify(stored(verified.better_hash), PLAIN)).is_good


async def test_the_hash_of_another_system_is_replaced(hashing):
    old = stored("f96b697d7cb7938d525a2f31aaf161d0", "md5")
    verified = await hashing.verify(old, PlainSecret("message digest"))
    assert verified.is_good
    assert (await hashing.verify(stored(verified.better_hash), PlainSecret("message digest"))).is_good
    wrong = await hashing.verify(old, PlainSecret("message digests"))
    assert (wrong.is_good, wrong.better_hash) == (False, None)


async def test_a_hash_of_a_password_as_it_was_typed_is_found(hashing):
    import hashlib

    typed = "cre\u0300me bru\u0302le\u0301e"
    old = stored(hashlib.md5(typed.encode(), usedforsecurity=False).hexdigest(), "md5")
    assert (await hashing.verify(old, PlainSecret(typed))).is_good


async def test_who_comes_when_the_queue_is_full_is_told_to_come_again(hashing):
    """Y03, R-24."""
    places = 1 + WAITING_PER_THREAD
    outcomes = await asyncio.gather(
        *(hashing.verify(None, PLAIN) for _ in range(places * 3)), return_exceptions=True
    )
    refused = [each for each in outcomes if isinstance(each, Unavailable)]
    assert len(refused) == places * 2
    assert refused[0].retry_after_seconds == 1
    assert not (await hashing.verify(None, PLAIN)).is_good


async def test_who_stops_waiting_gives_the_place_back_only_when_the_work_is_over(hashing):
    places = 1 + WAITING_PER_THREAD
    for _ in range(3):
        waiting = [asyncio.create_task(hashing.verify(None, PLAIN)) for _ in range(places)]
        await asyncio.sleep(0)
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        while True:
            try:
                await hashing.verify(None, PLAIN)
                break
            except Unavailable:
                await asyncio.sleep(0.01)
    outcomes = await asyncio.gather(*(hashing.verify(None, PLAIN) for _ in range(places)))
    assert len(outcomes) == places


async def test_the_loop_goes_on_while_passwords_are_hashed(hashing):
    hashed = asyncio.gather(*(hashing.hash(PLAIN) for _ in range(4)))
    turns = 0
    while not hashed.done():
        turns += 1
        await asyncio.sleep(0)
    await hashed
    assert turns > 100


async def test_an_unchecked_password_is_a_defect(hashing):
    with pytest.raises(ValueError, match="checked before"):
        await hashing.hash(PlainSecret(""))


def test_a_core_is_left_to_everything_else():
    assert free_cores(1) >= 1
    assert free_cores(64) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a priority per thread")
async def test_threads_that_hash_stand_back(hashing):
    def niceness():
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    own = niceness()
    assert await hashing._run(niceness) == min(19, max(own, NICENESS))
    assert niceness() == own
