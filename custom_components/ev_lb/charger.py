"""A command becomes calls of the user's scripts: one worker per charger, one command at a time.

A newer command replaces one that waits, and ends an increase that is under way; nothing ends
a reduction that is under way. What fails is tried again, a reduction without end. "No
exception" means only that the charger was told.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import voluptuous as vol
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_MODE, STATE_ON
from homeassistant.core import Context, HomeAssistant, split_entity_id
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.script import SCRIPT_MODE_SINGLE
from homeassistant.util import dt as dt_util

from .balancing.model import Command, SetCurrent, StartCharging, StopCharging

_LOGGER = logging.getLogger(__name__)

CALL_TIMEOUT_S = 10.0
"""A script that has not returned by then is stopped and tried again."""

FIRST_RETRIES_S = (1.0, 2.0, 4.0)
RETRY_INCREASE_S = 30.0
MISSING_SCRIPT_POLL_S = 1.0
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
    """From the decision until the scripts had returned."""

    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripts:
    """The user's scripts of one charger, and what they are told."""

    charger_id: str
    charger_name: str
    voltage_v: float
    set_current: str
    stop_charging: str | None = None
    start_charging: str | None = None
    response_time_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A command on its way."""

    command: Command
    sent_at: float
    is_reduction: bool


class CallFailedError(Exception):
    """A script call that did not do what it was asked."""

    def __init__(
        self, action: str, entity_id: str, error: str, *, is_timeout: bool = False
    ) -> None:
        """Say which call failed, and how."""
        super().__init__(error)
        self.action, self.entity_id, self.error = action, entity_id, error
        self.is_timeout = is_timeout


class ChargerWorker:
    """Carries out one charger's commands."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        scripts: Scripts,
        *,
        on_delivered: Callable[[Order], None],
        on_failed: Callable[[CallFailedError], None],
        on_change: Callable[[], None],
    ) -> None:
        """Prepare; nothing runs until the first command."""
        self.hass, self._entry, self._scripts = hass, entry, scripts
        self._on_delivered, self._on_failed, self._on_change = on_delivered, on_failed, on_change
        self._waiting: Order | None = None
        self._running: Order | None = None
        self._is_calling = False
        self._previous_a: int | None = None
        self._task: asyncio.Task[None] | None = None
        self._newer = asyncio.Event()
        self._scripts_awaited_until = 0.0
        self.delivery = Delivery()

    def await_scripts_until(self, moment: float) -> None:
        """Wait for scripts that are still missing until then, before a call counts as failed."""
        self._scripts_awaited_until = moment

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
        self._set_delivery(replace(self.delivery, status=CommandStatus.WAITING))
        self._newer.set()
        if self._running is not None and not self._running.is_reduction and self._task is not None:
            self._task.cancel()
            self._task = None
        if self._task is None or self._task.done():
            self._task = self._entry.async_create_background_task(
                self.hass, self._work(), f"ev_lb {self._scripts.charger_name}"
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
            await self._deliver(order)
        self._running = None

    async def _deliver(self, order: Order) -> None:
        """Carry out one command, again and again until it succeeds or a newer one waits."""
        failures = 0
        while self._waiting is None:
            self._newer.clear()
            try:
                self._is_calling = True
                await self._async_carry_out(order.command)
            except CallFailedError as failure:
                failures += 1
                self._note_failure(order, failure, is_first=failures == 1)
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
        return self._scripts.response_time_s if order.is_reduction else RETRY_INCREASE_S

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

    def _note_failure(self, order: Order, failure: CallFailedError, *, is_first: bool) -> None:
        status = CommandStatus.TIMED_OUT if failure.is_timeout else CommandStatus.REJECTED
        self._set_delivery(Delivery(status=status, at=dt_util.utcnow(), error=failure.error))
        if is_first:
            _LOGGER.warning(
                "%s: %s (%s) failed, will be tried again: %s",
                self._scripts.charger_name,
                failure.action,
                failure.entity_id,
                failure.error,
            )
            self._on_failed(failure)

    def _set_delivery(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self._on_change()

    async def _async_carry_out(self, command: Command) -> None:
        """Call the scripts that the command needs, in their order."""
        if isinstance(command, StopCharging):
            await self._async_stop()
            return
        start = self._scripts.start_charging if isinstance(command, StartCharging) else None
        if start is not None:
            await self._async_call("start_charging", start, command.current_a)
        try:
            await self._async_call("set_current", self._scripts.set_current, command.current_a)
        except CallFailedError:
            if start is not None:
                # Started with an unknown current: it must not stay so until the next try.
                await self._async_stop()
            raise

    async def _async_stop(self) -> None:
        if self._scripts.stop_charging is not None:
            await self._async_call("stop_charging", self._scripts.stop_charging, 0)
        else:
            await self._async_call("set_current", self._scripts.set_current, 0)

    async def _async_call(self, action: str, entity_id: str, current_a: int) -> None:
        """Call a script and wait for its end.

        Raises CallFailedError: when it is missing, fails, does not return, or would be dropped.
        """
        service = await self._async_service(entity_id)
        if not self.hass.services.has_service("script", service):
            raise CallFailedError(action, entity_id, "the script does not exist")
        if self._would_be_dropped(entity_id):
            raise CallFailedError(action, entity_id, "still running, and its mode is single")
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                await self.hass.services.async_call(
                    "script", service, self._variables(current_a), blocking=True, context=Context()
                )
        except TimeoutError as err:
            error = f"did not return within {CALL_TIMEOUT_S:.0f} s"
            raise CallFailedError(action, entity_id, error, is_timeout=True) from err
        except (HomeAssistantError, vol.Invalid) as err:
            raise CallFailedError(action, entity_id, str(err)) from err
        except Exception as err:  # a user's script may raise anything; the worker must live
            _LOGGER.debug("Unexpected error of %s", entity_id, exc_info=True)
            raise CallFailedError(action, entity_id, repr(err)) from err

    async def _async_service(self, entity_id: str) -> str:
        """Return the script's service, waiting for it while Home Assistant is starting up."""
        service = script_service(self.hass, entity_id)
        while (
            not self.hass.services.has_service("script", service)
            and self.hass.loop.time() < self._scripts_awaited_until
        ):
            await asyncio.sleep(MISSING_SCRIPT_POLL_S)
            service = script_service(self.hass, entity_id)
        return service

    def _would_be_dropped(self, entity_id: str) -> bool:
        """Return whether Home Assistant would drop the call without an error."""
        state = self.hass.states.get(entity_id)
        return (
            state is not None
            and state.state == STATE_ON
            and state.attributes.get(ATTR_MODE) == SCRIPT_MODE_SINGLE
        )

    def _variables(self, current_a: int) -> dict[str, Any]:
        return {
            "current_a": current_a,
            "current_w": round(current_a * self._scripts.voltage_v),
            "charger_id": self._scripts.charger_id,
            "charger_name": self._scripts.charger_name,
        }


def with_start(command: SetCurrent, undelivered: Command) -> Command:
    """Return the command with the start that it would otherwise replace before it got through."""
    if not isinstance(undelivered, StartCharging):
        return command
    return StartCharging(charger_id=command.charger_id, current_a=command.current_a)


def script_service(hass: HomeAssistant, entity_id: str) -> str:
    """Return the name of a script's service: it stays when the entity is renamed."""
    registered = er.async_get(hass).async_get(entity_id)
    return registered.unique_id if registered else split_entity_id(entity_id)[1]
