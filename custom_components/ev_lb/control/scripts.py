"""Control by scripts: a command becomes calls of the user's scripts."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, override

import voluptuous as vol
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import ATTR_MODE, STATE_ON
from homeassistant.core import Context, HomeAssistant, split_entity_id
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.script import SCRIPT_MODE_SINGLE

from ..balancing.model import Command, StartCharging, StopCharging
from ..const import (
    CONF_SET_CURRENT_SCRIPT,
    CONF_START_CHARGING_SCRIPT,
    CONF_STOP_CHARGING_SCRIPT,
)
from .protocol import Call, CallFailedError, Control, ControlAwaitedError

_LOGGER = logging.getLogger(__name__)

CALL_TIMEOUT_S = 10.0
"""A script that has not returned by then is stopped, and counts as failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripts:
    """The user's scripts of one charger."""

    set_current: str
    stop_charging: str | None = None
    """None: 0 A goes to `set_current`."""

    start_charging: str | None = None
    """None: only `set_current` is called."""


class ScriptControl(Control):
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
        """Keep what the scripts are told: the charger, and volts for the power."""
        self.hass, self._scripts = hass, scripts
        self._charger_id, self._charger_name = charger_id, charger_name
        self._voltage_v = voltage_v
        self._awaited_until = 0.0

    @override
    def await_until(self, moment: float) -> None:
        """Wait until then for scripts that are missing."""
        self._awaited_until = moment

    @override
    async def async_carry_out(self, command: Command) -> None:
        """Call the scripts that the command needs."""
        calls = self._calls(command)
        for call in calls:
            self._require_script(call)
        for index, call in enumerate(calls):
            try:
                await self._async_call(call)
            except CallFailedError:
                if index > 0:
                    # Started with an unknown current: it must not stay so until the next try.
                    await self._async_call(self._stop_call())
                raise

    def _calls(self, command: Command) -> list[Call]:
        if isinstance(command, StopCharging):
            return [self._stop_call()]
        current_a, start = command.current_a, self._scripts.start_charging
        calls = [
            Call(action="set_current", entity_id=self._scripts.set_current, current_a=current_a)
        ]
        if isinstance(command, StartCharging) and start is not None:
            calls.insert(0, Call(action="start_charging", entity_id=start, current_a=current_a))
        return calls

    def _stop_call(self) -> Call:
        stop = self._scripts.stop_charging
        if stop is None:
            return Call(action="set_current", entity_id=self._scripts.set_current, current_a=0)
        return Call(action="stop_charging", entity_id=stop, current_a=0)

    def _require_script(self, call: Call) -> None:
        """Raise when the script is missing."""
        if self.hass.services.has_service("script", script_service(self.hass, call.entity_id)):
            return
        if self.hass.loop.time() < self._awaited_until:
            raise ControlAwaitedError
        raise CallFailedError(call, "the script does not exist")

    async def _async_call(self, call: Call) -> None:
        """Call a script and wait for its end."""
        if self._would_be_dropped(call.entity_id):
            raise CallFailedError(call, "still running, and its mode is single")
        service, data = script_service(self.hass, call.entity_id), self._variables(call.current_a)
        timeout = asyncio.timeout(CALL_TIMEOUT_S)
        try:
            async with timeout:
                await self.hass.services.async_call(
                    "script", service, data, blocking=True, context=Context()
                )
        except asyncio.CancelledError as err:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # Somebody else started the script anew (mode restart), or stopped it.
            raise CallFailedError(call, "was stopped before its end") from err
        except TimeoutError as err:
            if not timeout.expired():  # the script's own
                raise CallFailedError(call, str(err)) from err
            error = f"did not return within {CALL_TIMEOUT_S:.0f} s"
            raise CallFailedError(call, error, is_timeout=True) from err
        except (HomeAssistantError, vol.Invalid) as err:
            raise CallFailedError(call, str(err)) from err
        except Exception as err:  # a user's script may raise anything; the worker must live
            _LOGGER.debug("Unexpected error of %s", call.entity_id, exc_info=True)
            raise CallFailedError(call, repr(err)) from err

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


def script_control(hass: HomeAssistant, charger: ConfigSubentry, voltage_v: float) -> Control:
    """Return the way to a charger that the user has set up."""
    scripts = Scripts(
        set_current=charger.data[CONF_SET_CURRENT_SCRIPT],
        stop_charging=charger.data.get(CONF_STOP_CHARGING_SCRIPT),
        start_charging=charger.data.get(CONF_START_CHARGING_SCRIPT),
    )
    return ScriptControl(
        hass,
        scripts,
        charger_id=charger.subentry_id,
        charger_name=charger.title,
        voltage_v=voltage_v,
    )


def script_service(hass: HomeAssistant, entity_id: str) -> str:
    """Return the name of a script's service: it stays when the entity is renamed."""
    registered = er.async_get(hass).async_get(entity_id)
    return registered.unique_id if registered else split_entity_id(entity_id)[1]
