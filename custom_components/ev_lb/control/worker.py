"""One worker per charger: one command at a time, and none is lost.

It decides nothing. A newer command replaces one that waits, and ends an increase that is under
way; nothing ends a reduction that is under way. What fails is tried again, a reduction without
end. What may replace a start that was not delivered, and what is given up, the core says.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.async_ import create_eager_task

from ..balancing.model import Command
from .protocol import CallFailedError, Control, ControlAwaitedError

_LOGGER = logging.getLogger(__name__)

FIRST_RETRIES_S = (1.0, 2.0, 4.0)
"""A call that failed once often works at once: a radio or a cloud that hiccups."""

RETRY_INCREASE_S = 30.0
"""An increase that failed so often protects nothing: it must not flood a charger in trouble."""

UNLOAD_WAIT_S = 10.0
"""As long as one call may take, see `CALL_TIMEOUT_S`: an unload holds up the user's dialog."""

AWAITED_POLL_S = 1.0
"""How often it is looked for what may still come after a start."""

ENDING_WAIT_S = 1.0
"""How long the next command waits for the script of an increase that it has ended."""


class CommandStatus(StrEnum):
    """What became of the last command."""

    NONE = "none"
    WAITING = "waiting"
    DELIVERED = "delivered"
    REJECTED = "rejected"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The last command's fate, for the entities."""

    status: CommandStatus = CommandStatus.NONE
    at: datetime | None = None
    """When it got through or failed last."""

    latency_s: float | None = None
    """From the decision until the calls had returned."""

    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A command on its way."""

    command: Command
    sent_at: float
    """The `now` of the decision that asked for it."""


class ChargerWorker:
    """Carries out one charger's commands."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        control: Control,
        *,
        name: str,
        response_time_s: float,
        on_delivered: Callable[[Order], None],
        on_call_failed: Callable[[Order], None],
        on_failed: Callable[[CallFailedError], None],
        on_change: Callable[[], None],
    ) -> None:
        """Prepare; nothing runs until the first command.

        `on_call_failed` is called for each try, `on_failed` once for a command.
        """
        self.hass, self._entry, self._control = hass, entry, control
        self._name, self._response_time_s = name, response_time_s
        self._on_delivered, self._on_call_failed = on_delivered, on_call_failed
        self._on_failed, self._on_change = on_failed, on_change
        self._waiting: Order | None = None
        self._running: Order | None = None
        self._is_given_up = False
        self._task: asyncio.Task[None] | None = None
        self._call: asyncio.Task[None] | None = None
        self._newer = asyncio.Event()
        self.delivery = Delivery()

    def send(self, command: Command, sent_at: float) -> None:
        """Take a command; it replaces one that waits."""
        self._waiting = Order(command=command, sent_at=sent_at)
        self._newer.set()
        ending = None
        if self._running is not None and not self._running.command.is_reduction:
            ending = self._end_call()
            self._stop_task()
        self._set_delivery(replace(self.delivery, status=CommandStatus.WAITING))
        if self._task is None or self._task.done():
            self._task = self._entry.async_create_background_task(
                self.hass, self._work(ending), f"ev_lb {self._name}"
            )

    def drop_increases(self) -> None:
        """Give up increases that have not got through; reductions are finished.

        A call that is under way comes to its end, but is not tried again.
        """
        if self._waiting is not None and not self._waiting.command.is_reduction:
            self._waiting = None
            if self._running is None:  # it waited for another call to end
                self._set_delivery(replace(self.delivery, status=CommandStatus.NONE))
        if self._running is None or self._running.command.is_reduction:
            return
        self._is_given_up = True
        if self._call is None:
            self._stop_task()
            self._set_delivery(replace(self.delivery, status=CommandStatus.NONE))

    async def async_close(self) -> None:
        """Finish what reduces, for a while, and stop."""
        self.drop_increases()
        if self._task is not None and not self._task.done():
            await asyncio.wait({self._task}, timeout=UNLOAD_WAIT_S)
        self._stop_task()

    def _stop_task(self) -> None:
        task, self._task, self._running = self._task, None, None
        if task is not None:
            task.cancel()

    def _end_call(self) -> asyncio.Task[None] | None:
        call, self._call = self._call, None
        if call is not None:
            call.cancel()
        return call

    async def _work(self, ending: asyncio.Task[None] | None) -> None:
        """Carry out commands until none waits, the first when the call it ended has ended."""
        if ending is not None:
            await asyncio.wait({ending}, timeout=ENDING_WAIT_S)
        while (order := self._waiting) is not None:
            self._waiting, self._running = None, order
            await self._async_deliver(order)
        self._running = None

    async def _async_deliver(self, order: Order) -> None:
        """Carry out one command, again and again until it succeeds or a newer one waits."""
        failures = 0
        self._is_given_up = False
        while self._waiting is None and not self._is_given_up:
            self._newer.clear()
            try:
                await self._async_call(order.command)
            except ControlAwaitedError:
                delay_s = AWAITED_POLL_S
            except CallFailedError as failure:
                failures += 1
                self._record_failure(order, failure, is_first=failures == 1)
                delay_s = self._retry_delay_s(order, failures)
            else:
                self._record_success(order)
                return
            if not self._is_given_up:
                await self._async_rest(delay_s)

    async def _async_call(self, command: Command) -> None:
        """Carry out one command; what was begun ends, though this worker be ended first.

        A task of its own that Home Assistant does not know: it would cancel it when it stops.
        """
        call = create_eager_task(self._control.async_carry_out(command), loop=self.hass.loop)
        call.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._call = call
        try:
            if not call.done():
                await asyncio.wait({call})  # unlike a shield it is silent when the call fails later
            call.result()
        finally:
            if self._call is call:
                self._call = None

    def _retry_delay_s(self, order: Order, failures: int) -> float:
        if failures <= len(FIRST_RETRIES_S):
            return FIRST_RETRIES_S[failures - 1]
        return self._response_time_s if order.command.is_reduction else RETRY_INCREASE_S

    async def _async_rest(self, delay_s: float) -> None:
        """Wait before the next try, but not longer than until a newer command comes."""
        try:
            async with asyncio.timeout(delay_s):
                await self._newer.wait()
        except TimeoutError:
            pass

    def _record_success(self, order: Order) -> None:
        self._set_delivery(
            Delivery(
                status=CommandStatus.DELIVERED,
                at=dt_util.utcnow(),
                latency_s=round(self.hass.loop.time() - order.sent_at, 3),
            )
        )
        self._on_delivered(order)

    def _record_failure(self, order: Order, failure: CallFailedError, *, is_first: bool) -> None:
        status = CommandStatus.TIMED_OUT if failure.is_timeout else CommandStatus.REJECTED
        self._set_delivery(Delivery(status=status, at=dt_util.utcnow(), error=failure.error))
        self._on_call_failed(order)
        if is_first:
            _LOGGER.warning(
                "%s: %s (%s) failed, will be tried again: %s",
                self._name,
                failure.action,
                failure.entity_id,
                failure.error,
            )
            self._on_failed(failure)

    def _set_delivery(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self._on_change()
