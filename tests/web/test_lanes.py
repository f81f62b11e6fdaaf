"""Lanes of threads."""

import asyncio
from threading import Barrier, Event, current_thread

import pytest

from service.web.lanes import Lane, LaneFull


async def until(holds):
    """Let the loop and the threads go on until something holds."""
    while not holds():  # noqa: ASYNC110 - nothing tells when a thread is idle
        await asyncio.sleep(0.001)


def test_what_a_job_returns_or_raises_comes_back():
    """To whoever waits for it."""

    async def scene():
        lane = Lane("test", 1, 1)
        assert await lane.run(lambda: 3) == 3
        with pytest.raises(ZeroDivisionError):
            await lane.run(lambda: 1 / 0)
        assert await lane.run(lambda: 4) == 4

    asyncio.run(scene())


def test_so_many_jobs_go_on_at_once_and_no_more():
    """The rest waits, in its order."""

    async def scene():
        lane, together, order = Lane("test", 2, 8), Barrier(3, timeout=60), []
        first = [asyncio.create_task(lane.run(together.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        later = [asyncio.create_task(lane.run(lambda number=number: order.append(number))) for number in range(4)]
        await asyncio.sleep(0)
        assert order == []
        await asyncio.to_thread(together.wait)
        await asyncio.gather(*first, *later)
        assert sorted(order) == [0, 1, 2, 3]

    asyncio.run(scene())


def test_more_than_may_wait_are_refused_but_not_what_was_let_in():
    """An answer that is half handed out goes on."""

    async def scene():
        lane, go = Lane("test", 1, 1), Event()
        waiting = [asyncio.create_task(lane.run(go.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(LaneFull):
            await lane.run(lambda: None)
        further = asyncio.create_task(lane.run(lambda: "on", is_new=False))
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(*waiting)
        assert await further == "on"

    asyncio.run(scene())


def test_the_thread_that_was_busy_last_is_taken_first():
    """Its rulesets are made; each thread has its own."""

    async def scene():
        lane, together = Lane("test", 3, 8), Barrier(3, timeout=60)
        await asyncio.gather(*(lane.run(together.wait) for _ in range(3)))
        await until(lambda: len(lane._idle) == 3)
        names = set()
        for _ in range(5):
            names.add(await lane.run(lambda: current_thread().name))
            await until(lambda: len(lane._idle) == 3)
        assert len(names) == 1

    asyncio.run(scene())
