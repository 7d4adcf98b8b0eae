"""One worker per charger: one command at a time, and none is lost.

A newer command replaces one that waits, and ends an increase that is under way; nothing ends
a reduction that is under way. What fails is tried again, a reduction without end.
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

from .balancing.model import Command, SetCurrent, StartCharging, StopCharging
from .control import CallFailedError, ScriptControl

_LOGGER = logging.getLogger(__name__)

FIRST_RETRIES_S = (1.0, 2.0, 4.0)
RETRY_INCREASE_S = 30.0
UNLOAD_WAIT_S = 10.0


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
    is_reduction: bool


class ChargerWorker:
    """Carries out one charger's commands."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        control: ScriptControl,
        *,
        name: str,
        response_time_s: float,
        on_delivered: Callable[[Order], None],
        on_failed: Callable[[CallFailedError], None],
        on_change: Callable[[], None],
    ) -> None:
        """Prepare; nothing runs until the first command."""
        self.hass, self._entry, self.control = hass, entry, control
        self._name, self._response_time_s = name, response_time_s
        self._on_delivered, self._on_failed, self._on_change = on_delivered, on_failed, on_change
        self._waiting: Order | None = None
        self._running: Order | None = None
        self._is_calling = False
        self._previous_a: int | None = None
        self._task: asyncio.Task[None] | None = None
        self._newer = asyncio.Event()
        self.delivery = Delivery()

    def send(self, command: Command, sent_at: float) -> None:
        """Take a command; it replaces one that waits."""
        undelivered = self._waiting or self._running
        if isinstance(command, SetCurrent) and undelivered is not None:
            command = with_start(command, undelivered.command)
        previous_a = self._previous_a
        self._previous_a = command.current_a
        is_reduction = (
            isinstance(command, StopCharging)
            or previous_a is None
            or command.current_a <= previous_a
        )
        self._waiting = Order(command=command, sent_at=sent_at, is_reduction=is_reduction)
        self._newer.set()
        if self._running is not None and not self._running.is_reduction:
            self._stop_task()
        self._set_delivery(replace(self.delivery, status=CommandStatus.WAITING))
        if self._task is None or self._task.done():
            self._task = self._entry.async_create_background_task(
                self.hass, self._work(), f"ev_lb {self._name}"
            )

    def drop_increases(self) -> None:
        """Give up increases that wait; reductions are finished."""
        if self._waiting is not None and not self._waiting.is_reduction:
            self._waiting = None
        is_resting = self._running is not None and not self._is_calling
        if self._running is not None and is_resting and not self._running.is_reduction:
            self._stop_task()
            self._set_delivery(replace(self.delivery, status=CommandStatus.NONE))

    async def async_close(self) -> None:
        """Finish what reduces, for a while, and stop."""
        self.drop_increases()
        if self._task is not None and not self._task.done():
            await asyncio.wait({self._task}, timeout=UNLOAD_WAIT_S)
        self._stop_task()

    def _stop_task(self) -> None:
        self._running = None
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _work(self) -> None:
        """Carry out commands until none waits."""
        while (order := self._waiting) is not None:
            self._waiting, self._running = None, order
            await self._async_deliver(order)
        self._running = None

    async def _async_deliver(self, order: Order) -> None:
        """Carry out one command, again and again until it succeeds or a newer one waits."""
        failures = 0
        while self._waiting is None:
            self._newer.clear()
            try:
                self._is_calling = True
                await self.control.async_carry_out(order.command)
            except CallFailedError as failure:
                failures += 1
                self._note_failure(failure, is_first=failures == 1)
            else:
                self._note_success(order)
                return
            finally:
                if self._running is order:
                    self._is_calling = False
            await self._async_rest(self._retry_delay_s(order, failures))

    def _retry_delay_s(self, order: Order, failures: int) -> float:
        if failures <= len(FIRST_RETRIES_S):
            return FIRST_RETRIES_S[failures - 1]
        return self._response_time_s if order.is_reduction else RETRY_INCREASE_S

    async def _async_rest(self, delay_s: float) -> None:
        """Wait before the next try, but not longer than until a newer command comes."""
        try:
            async with asyncio.timeout(delay_s):
                await self._newer.wait()
        except TimeoutError:
            pass

    def _note_success(self, order: Order) -> None:
        self._set_delivery(
            Delivery(
                status=CommandStatus.DELIVERED,
                at=dt_util.utcnow(),
                latency_s=round(self.hass.loop.time() - order.sent_at, 3),
            )
        )
        self._on_delivered(order)

    def _note_failure(self, failure: CallFailedError, *, is_first: bool) -> None:
        status = CommandStatus.TIMED_OUT if failure.is_timeout else CommandStatus.REJECTED
        self._set_delivery(Delivery(status=status, at=dt_util.utcnow(), error=failure.error))
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


def with_start(command: SetCurrent, undelivered: Command) -> Command:
    """Return the command with the start that it would otherwise replace before it got through."""
    if not isinstance(undelivered, StartCharging):
        return command
    return StartCharging(charger_id=command.charger_id, current_a=command.current_a)
