"""The way to a charger: a command becomes calls of the user's scripts.

A call that returns means only that the script ran to its end; whether the charger follows is
watched at the meter.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

import voluptuous as vol
from homeassistant.const import ATTR_MODE, STATE_ON
from homeassistant.core import Context, HomeAssistant, split_entity_id
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.script import SCRIPT_MODE_SINGLE

from .balancing.model import Command, StartCharging, StopCharging

_LOGGER = logging.getLogger(__name__)

CALL_TIMEOUT_S = 10.0
"""A script that has not returned by then is stopped, and counts as failed."""

MISSING_SCRIPT_POLL_S = 1.0


class CallFailedError(Exception):
    """A call that did not do what it was asked."""

    def __init__(
        self, action: str, entity_id: str, error: str, *, is_timeout: bool = False
    ) -> None:
        """Say which call failed, and how."""
        super().__init__(error)
        self.action, self.entity_id, self.error = action, entity_id, error
        self.is_timeout = is_timeout


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripts:
    """The user's scripts of one charger."""

    set_current: str
    stop_charging: str | None = None
    """None: 0 A goes to `set_current`."""

    start_charging: str | None = None
    """None: only `set_current` is called."""


class ScriptControl:
    """Carries out one charger's commands by its scripts."""

    def __init__(
        self,
        hass: HomeAssistant,
        scripts: Scripts,
        *,
        charger_id: str,
        charger_name: str,
        voltage_v: float,
    ) -> None:
        """Note what the scripts are told: the charger, and volts for the power."""
        self.hass, self._scripts = hass, scripts
        self._charger_id, self._charger_name = charger_id, charger_name
        self._voltage_v = voltage_v
        self._awaited_until = 0.0

    def await_scripts_until(self, moment: float) -> None:
        """Wait until then for scripts that are missing, as they may be after a start."""
        self._awaited_until = moment

    async def async_carry_out(self, command: Command) -> None:
        """Call the scripts that the command needs, in their order.

        Raises CallFailedError: when one is missing, fails, does not return, or is not run.
        """
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
        """Call a script and wait for its end."""
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
            and self.hass.loop.time() < self._awaited_until
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
            "current_w": round(current_a * self._voltage_v),
            "charger_id": self._charger_id,
            "charger_name": self._charger_name,
        }


def script_service(hass: HomeAssistant, entity_id: str) -> str:
    """Return the name of a script's service: it stays when the entity is renamed."""
    registered = er.async_get(hass).async_get(entity_id)
    return registered.unique_id if registered else split_entity_id(entity_id)[1]
