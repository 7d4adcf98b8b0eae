"""What runs beside a test: in a thread, with a loop of its own."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any

type IsReady = Callable[[], None]
"""To be called once it serves."""

type Served = Callable[[IsReady], Coroutine[Any, Any, None]]
"""What runs until it is cancelled."""


@contextmanager
def running_beside(serve: Served) -> Iterator[asyncio.AbstractEventLoop]:
    """Run it from when it is ready; return its loop."""
    is_ready = Event()
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        serving = loop.create_task(serve(is_ready.set))
        serving.add_done_callback(lambda _: is_ready.set())  # where it failed, nobody waits
        thread = Thread(target=run_until_cancelled, args=(loop, serving), daemon=True)
        thread.start()
        try:
            is_ready.wait()
            yield loop
        finally:
            loop.call_soon_threadsafe(serving.cancel)
            thread.join()


def run_until_cancelled(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    """Run the loop for as long as the task."""
    with suppress(asyncio.CancelledError):
        loop.run_until_complete(task)
