import asyncio

from claimsmith.edge.leaving import MOST_TOGETHER, Leaving


class Written:
    def __init__(self, name: str, log: list[tuple[str, bytes]]) -> None:
        self.name, self.log = name, log

    def leave(self, answer: bytes) -> None:
        self.log.append((self.name, answer))


async def test_one_answer_leaves_before_the_loop_waits():
    log: list[tuple[str, bytes]] = []
    leaving = Leaving()
    leaving.add(Written("a", log), b"1", asyncio.get_running_loop())
    assert log == []
    await asyncio.sleep(0)
    assert log == [("a", b"1")]


async def test_four_leave_at_once_and_in_order():
    log: list[tuple[str, bytes]] = []
    leaving, loop = Leaving(), asyncio.get_running_loop()
    for number in range(MOST_TOGETHER + 1):
        leaving.add(Written(str(number), log), b"%d" % number, loop)
    assert MOST_TOGETHER == 4
    assert log == [("0", b"0"), ("1", b"1"), ("2", b"2"), ("3", b"3")]
    await asyncio.sleep(0)
    assert log[4:] == [("4", b"4")]


async def test_none_leaves_twice():
    log: list[tuple[str, bytes]] = []
    leaving = Leaving()
    leaving.add(Written("a", log), b"1", asyncio.get_running_loop())
    leaving.send()
    leaving.send()
    await asyncio.sleep(0)
    assert log == [("a", b"1")]


class Broken:
    def leave(self, answer: bytes) -> None:
        raise RuntimeError("the connection is gone")


async def test_answer_that_cannot_leave_holds_back_no_other():
    log: list[tuple[str, bytes]] = []
    leaving, loop = Leaving(), asyncio.get_running_loop()
    for leaver in (Written("a", log), Broken(), Written("b", log)):
        leaving.add(leaver, b"1", loop)
    await asyncio.sleep(0)
    assert log == [("a", b"1"), ("b", b"1")]
