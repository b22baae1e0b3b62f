"""Turns are fair: nobody waits behind somebody else's thousand questions."""

import asyncio
import threading

import pytest

from api.admission import Admission, OverloadedError, Workbench


async def _start(gate: Admission, client: str, order: list[str]) -> None:
    await gate.enter(client)
    order.append(client)
    gate.leave()


async def test_clients_take_turns() -> None:
    """One question of a quiet client comes after one of the noisy client, not after all."""
    gate, order = Admission(running=1, waiting=20, per_client=20), list[str]()
    await gate.enter("first")
    noisy = [asyncio.create_task(_start(gate, "noisy", order)) for _number in range(10)]
    await asyncio.sleep(0)
    quiet = asyncio.create_task(_start(gate, "quiet", order))
    await asyncio.sleep(0)
    gate.leave()
    await asyncio.gather(quiet, *noisy)
    assert order.index("quiet") == 1
    assert order.count("noisy") == 10


async def test_a_full_queue_makes_room_for_who_holds_less() -> None:
    """The last question of the noisy client is sent away with a time to come back."""
    gate, order = Admission(running=1, waiting=4, per_client=4), list[str]()
    await gate.enter("first")
    noisy = [asyncio.create_task(_start(gate, "noisy", order)) for _number in range(4)]
    await asyncio.sleep(0)
    quiet = asyncio.create_task(_start(gate, "quiet", order))
    await asyncio.sleep(0)
    gate.leave()
    results = await asyncio.gather(*noisy, quiet, return_exceptions=True)
    assert isinstance(results[3], OverloadedError)
    assert results[3].params["retry_after_s"] >= 1
    assert [each for each in results if each is None] == [None] * 4
    assert "quiet" in order


async def test_one_client_may_not_fill_the_queue() -> None:
    """Beyond its own share a client is refused at once."""
    gate = Admission(running=1, waiting=10, per_client=2)
    await gate.enter("first")
    waiting = [asyncio.create_task(gate.enter("noisy")) for _number in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(OverloadedError):
        await gate.enter("noisy")
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert gate.held == 0


async def test_who_waits_too_long_is_told() -> None:
    """Patience ends; the place in the queue is free again."""
    gate = Admission(running=1, waiting=2, patience_s=0.01)
    await gate.enter("first")
    with pytest.raises(OverloadedError):
        await gate.enter("second")
    assert gate.held == 0
    gate.leave()
    await gate.enter("third")


async def test_work_runs_in_threads_no_more_than_cores() -> None:
    """The loop goes on, the results come back, and the threads never exceed the cores."""
    bench = Workbench(cores=2, waiting=50)
    lock, busy, most = threading.Lock(), 0, 0

    def work(number: int) -> int:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        threading.Event().wait(0.01)
        with lock:
            busy -= 1
        return number * 2

    results = await asyncio.gather(*(bench.run(f"c{n % 5}", work, n) for n in range(12)))
    bench.close()
    assert results == [number * 2 for number in range(12)]
    assert most <= 2


async def test_what_fails_in_a_thread_fails_for_who_asked() -> None:
    """An error comes back as itself, and its place is free again."""
    bench = Workbench(cores=1, waiting=1)
    with pytest.raises(ValueError, match="invalid literal"):
        await bench.run("first", int, "no number")
    assert await bench.run("second", int, "2") == 2
    bench.close()


async def test_work_that_nobody_waits_for_keeps_its_place() -> None:
    """Who hangs up while a thread works lets nobody in before that thread is done."""
    bench = Workbench(cores=1, waiting=1)
    begun, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()
    order: list[str] = []

    def work(name: str) -> None:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait()
        order.append(name)

    gone = asyncio.create_task(bench.run("gone", work, "gone"))
    await begun.wait()
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    next_one = asyncio.create_task(bench.run("next", order.append, "next"))
    await asyncio.sleep(0)
    waiting = bench._admission.held
    go_on.set()
    await next_one
    assert waiting == 1
    bench.close()
    assert order == ["gone", "next"]
