"""Control by scripts: a command becomes calls of the user's scripts."""

from typing import override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import ATTR_MODE, STATE_ON
from homeassistant.core import Context, HomeAssistant, split_entity_id
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.script import SCRIPT_MODE_SINGLE

from ..const import (
    CONF_SET_CURRENT_SCRIPT,
    CONF_START_CHARGING_SCRIPT,
    CONF_STOP_CHARGING_SCRIPT,
)
from .protocol import Action, Call, CallFailedError
from .routines import RoutineControl

SCRIPT_KEYS = {
    Action.SET_CURRENT: CONF_SET_CURRENT_SCRIPT,
    Action.STOP_CHARGING: CONF_STOP_CHARGING_SCRIPT,
    Action.START_CHARGING: CONF_START_CHARGING_SCRIPT,
}
"""Where the dialog keeps the scripts."""


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
    async def _async_make(self, call: Call) -> None:
        """Call a script and wait for its end."""
        if self._would_be_dropped(call.entity_id):
            raise CallFailedError(call, "still running, and its mode is single")
        service, data = script_service(self.hass, call.entity_id), self._variables(call.current_a)
        await self.hass.services.async_call(
            "script", service, data, blocking=True, context=Context()
        )

    def _would_be_dropped(self, entity_id: str) -> bool:
        """Return whether Home Assistant would drop the call without an error."""
        state = self.hass.states.get(entity_id)
        return (
            state is not None
            and state.state == STATE_ON
            and state.attributes.get(ATTR_MODE) == SCRIPT_MODE_SINGLE
        )


def script_service(hass: HomeAssistant, entity_id: str) -> str:
    """Return the name of a script's service: it stays when the entity is renamed."""
    registered = er.async_get(hass).async_get(entity_id)
    return registered.unique_id if registered else split_entity_id(entity_id)[1]
