"""Control by scripts: a command becomes calls of the user's scripts."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import ATTR_MODE, STATE_ON
from homeassistant.core import Context, HomeAssistant, State, split_entity_id
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.script import (
    ATTR_CUR,
    ATTR_MAX,
    SCRIPT_MODE_PARALLEL,
    SCRIPT_MODE_SINGLE,
)
from homeassistant.util.hass_dict import HassKey

from ..const import (
    CONF_SET_CURRENT_SCRIPT,
    CONF_START_CHARGING_SCRIPT,
    CONF_STOP_CHARGING_SCRIPT,
    DOMAIN,
)
from .protocol import Action, Call, CallFailedError
from .routines import RoutineControl

SCRIPT_KEYS = {
    Action.SET_CURRENT: CONF_SET_CURRENT_SCRIPT,
    Action.STOP_CHARGING: CONF_STOP_CHARGING_SCRIPT,
    Action.START_CHARGING: CONF_START_CHARGING_SCRIPT,
}
"""Where the dialog keeps the scripts."""

TURNS: HassKey[dict[str, asyncio.Lock]] = HassKey(f"{DOMAIN}_script_turns")
"""One call of ours at a time, for each script."""


class ScriptControl(RoutineControl[str]):
    """Carries out one charger's commands by its scripts."""

    def __init__(self, hass: HomeAssistant, charger: ConfigSubentry, voltage_v: float) -> None:
        """Take the scripts that the user has picked."""
        data = charger.data
        scripts = {action: data[key] for action, key in SCRIPT_KEYS.items() if key in data}
        super().__init__(hass, charger, voltage_v, scripts)

    @property
    @override
    def uses(self) -> frozenset[str]:
        """The scripts."""
        return frozenset(self._routines.values())

    @property
    @override
    def is_reachable(self) -> bool:
        """Whether all scripts exist."""
        return all(self._exists(script) for script in self.uses)

    @override
    def _entity_of(self, routine: str, action: Action) -> str:
        return routine

    def _exists(self, entity_id: str) -> bool:
        return self.hass.services.has_service("script", script_service(self.hass, entity_id))

    @override
    async def _async_obstacle(self, call: Call) -> str | None:
        return None if self._exists(call.entity_id) else "the script does not exist"

    @override
    def _turn(self, call: Call) -> AbstractAsyncContextManager[None]:
        """Wait for the other chargers that share the script.

        In the mode `restart` their runs would be stopped, and their calls return all the same.
        """
        state = self.hass.states.get(call.entity_id)
        if state is not None and state.attributes.get(ATTR_MODE) == SCRIPT_MODE_PARALLEL:
            return super()._turn(call)
        turns = self.hass.data.setdefault(TURNS, {})
        return turns.setdefault(script_service(self.hass, call.entity_id), asyncio.Lock())

    @override
    async def _async_make(self, call: Call) -> None:
        """Call a script and wait for its end."""
        if (reason := why_dropped(self.hass.states.get(call.entity_id))) is not None:
            raise CallFailedError(call, reason)
        service, data = script_service(self.hass, call.entity_id), self._variables(call.current_a)
        await self.hass.services.async_call(
            "script", service, data, blocking=True, context=Context()
        )


def drops_calls(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether Home Assistant drops a call, without an error, while the script still runs."""
    state = hass.states.get(entity_id)
    return state is not None and state.attributes.get(ATTR_MODE) == SCRIPT_MODE_SINGLE


def why_dropped(state: State | None) -> str | None:
    """Return why Home Assistant would drop a call of a script now; None: it would not."""
    if state is None or state.state != STATE_ON:
        return None
    mode, most = state.attributes.get(ATTR_MODE), state.attributes.get(ATTR_MAX)
    if mode == SCRIPT_MODE_SINGLE:
        return f"still running, and its mode is {mode}"
    if isinstance(most, int) and state.attributes.get(ATTR_CUR, 0) >= most:
        return f"already runs {most} times, which is its maximum"
    return None


def script_service(hass: HomeAssistant, entity_id: str) -> str:
    """Return the name of a script's service: it stays when the entity is renamed."""
    registered = er.async_get(hass).async_get(entity_id)
    return registered.unique_id if registered else split_entity_id(entity_id)[1]
