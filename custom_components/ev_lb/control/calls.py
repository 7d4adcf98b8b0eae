"""What all ways to a charger share: calls one after another, each within a time."""

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import override

import voluptuous as vol
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..balancing.model import Command
from .protocol import Action, Call, CallFailedError, Control, ControlAwaitedError, Unusable

_LOGGER = logging.getLogger(__name__)

CALL_TIMEOUT_S = 10.0
"""A call that has not returned by then is stopped, and counts as failed."""


class CallControl[CallT: Call](Control):
    """Carries out one charger's commands by calls."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Wait for nothing that is missing until told to."""
        self.hass = hass
        self._awaited_until = 0.0

    @property
    @override
    def unusable(self) -> Mapping[str, Unusable]:
        """Nothing that is there is of no use."""
        return {}

    @override
    def await_until(self, moment: float) -> None:
        """Wait until then for what is missing."""
        self._awaited_until = moment

    @override
    async def async_carry_out(self, command: Command) -> None:
        """Make the calls that the command needs, or none where one of them cannot be made."""
        calls = self._calls(command)
        for call in calls:
            await self._async_require(call)
        is_started = False
        for place, call in enumerate(calls):
            try:
                if place > 0:  # the one before took its time
                    await self._async_require_still(call)
                await self._async_call(call)
            except CallFailedError as failure:
                is_starting = call.action is Action.START_CHARGING and failure.is_timeout
                if is_started or (is_starting and call is not calls[-1]):
                    # Started with an unknown current: it must not stay so until the next try.
                    await self._async_call(self._stop_call())
                raise
            is_started = call.action is Action.START_CHARGING

    @abstractmethod
    def _calls(self, command: Command) -> Sequence[CallT]:
        """Return the calls of a command in their order."""

    @abstractmethod
    def _stop_call(self) -> CallT:
        """Return the call that stops the charger."""

    @abstractmethod
    async def _async_obstacle(self, call: CallT) -> str | None:
        """Return why a call cannot be made now; None: it can."""

    @abstractmethod
    async def _async_make(self, call: CallT) -> None:
        """Make a call and wait for its end; it may raise anything."""

    async def _async_require(self, call: CallT) -> None:
        """Raise when a call cannot be made."""
        obstacle = await self._async_obstacle(call)
        if obstacle is None:
            return
        if self.hass.loop.time() < self._awaited_until:
            raise ControlAwaitedError
        raise CallFailedError(call, obstacle)

    async def _async_require_still(self, call: CallT) -> None:
        """Raise when a call can no longer be made: Home Assistant would skip it without a word."""
        obstacle = await self._async_obstacle(call)
        if obstacle is not None:
            raise CallFailedError(call, obstacle)

    def _turn(self, _call: CallT) -> AbstractAsyncContextManager[None]:
        """Return what is waited for before a call, beyond its time."""
        return nullcontext()

    async def _async_call(self, call: CallT) -> None:
        """Make a call within its time; whatever goes wrong is a failed call."""
        timeout = asyncio.timeout(CALL_TIMEOUT_S)
        try:
            async with self._turn(call), timeout:
                await self._async_make(call)
        except asyncio.CancelledError as err:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # Somebody else started the script anew (mode restart), or stopped it.
            raise CallFailedError(call, "was stopped before its end") from err
        except TimeoutError as err:
            if not timeout.expired():  # what was called had one of its own
                raise CallFailedError(call, str(err)) from err
            error = f"did not return within {CALL_TIMEOUT_S:.0f} s"
            raise CallFailedError(call, error, is_timeout=True) from err
        except CallFailedError:
            raise
        except (HomeAssistantError, vol.Invalid) as err:
            raise CallFailedError(call, str(err)) from err
        except Exception as err:  # what is called may raise anything; the worker must live
            _LOGGER.debug("Unexpected error of %s", call.entity_id, exc_info=True)
            raise CallFailedError(call, repr(err)) from err
