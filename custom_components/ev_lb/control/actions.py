"""Control by actions: a command becomes a run of an action sequence that the dialog holds."""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any, override

import voluptuous as vol
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_CONTINUE_ON_ERROR, CONF_ENABLED
from homeassistant.core import Context, HomeAssistant, valid_entity_id
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.script import Script, async_validate_actions_config

from ..const import (
    CONF_SET_CURRENT_ACTION,
    CONF_START_CHARGING_ACTION,
    CONF_STOP_CHARGING_ACTION,
    DOMAIN,
)
from .protocol import Action, Call, CallFailedError
from .reach import unreachable
from .routines import RoutineControl

ACTION_KEYS = {
    Action.SET_CURRENT: CONF_SET_CURRENT_ACTION,
    Action.STOP_CHARGING: CONF_STOP_CHARGING_ACTION,
    Action.START_CHARGING: CONF_START_CHARGING_ACTION,
}
"""Where the dialog keeps the action sequences."""

type Steps = Sequence[dict[str, Any]]
"""An action sequence as it is stored: what Home Assistant makes of it cannot be."""


class ActionControl(RoutineControl[Steps]):
    """Carries out one charger's commands by action sequences."""

    def __init__(self, hass: HomeAssistant, charger: ConfigSubentry, voltage_v: float) -> None:
        """Take the sequences that the user has written."""
        data = charger.data
        sequences = {action: data[key] for action, key in ACTION_KEYS.items() if data.get(key)}
        super().__init__(hass, charger, voltage_v, sequences)
        steps = {action: understood(sequence) for action, sequence in sequences.items()}
        self._named = {action: named(hass, each) for action, each in steps.items()}
        self._done_to = {
            action: named(hass, filter(is_sure, each)) for action, each in steps.items()
        }

    @property
    @override
    def uses(self) -> frozenset[str]:
        """The entities that the sequences name, as an automation counts its own."""
        return frozenset[str]().union(*self._named.values())

    @property
    @override
    def is_reachable(self) -> bool:
        """Whether all that the sequences do something to is there."""
        return all(self._obstacle(action) is None for action in self._routines)

    @override
    def _entity_of(self, routine: Steps, action: Action) -> str:
        return ", ".join(sorted(self._named[action])) or ACTION_KEYS[action]

    @override
    async def _async_obstacle(self, call: Call) -> str | None:
        try:
            await async_validated(self.hass, self._routines[call.action])
        except (vol.Invalid, HomeAssistantError) as err:
            return f"the actions cannot be run: {err}"
        return self._obstacle(call.action)

    def _obstacle(self, action: Action) -> str | None:
        """Return what a sequence names that is missing, or that a sure step would miss.

        Home Assistant goes on without an error. Of steps behind a condition only the user knows.
        """
        for entity_id in sorted(self._named[action]):
            if self.hass.states.get(entity_id) is None:
                return f"{entity_id} does not exist"
        for entity_id in sorted(self._done_to[action]):
            if obstacle := unreachable(self.hass, entity_id):
                return f"{entity_id} {obstacle}"
        return None

    @override
    async def _async_make(self, call: Call) -> None:
        """Run a sequence to its end; a run that is cancelled is stopped."""
        script = Script(
            self.hass,
            await async_validated(self.hass, self._routines[call.action]),
            f"{self._charger_name} {call.action}",
            DOMAIN,
            log_exceptions=False,
        )
        try:
            result = await script.async_run(self._variables(call.current_a), Context())
        finally:
            await script.async_unload()
        if result is None:
            raise CallFailedError(call, "was not run: Home Assistant stops")


async def async_validated(hass: HomeAssistant, steps: Steps) -> list[dict[str, Any]]:
    """Return a sequence as it can be run.

    Raises vol.Invalid or HomeAssistantError: where it cannot, as when a device of it is gone.
    """
    return await async_validate_actions_config(hass, cv.SCRIPT_SCHEMA(deepcopy(list(steps))))


def understood(steps: Steps) -> list[dict[str, Any]]:
    """Return the steps of a sequence; none where Home Assistant does not understand it."""
    try:
        return cv.SCRIPT_SCHEMA(deepcopy(list(steps)))
    except vol.Invalid:
        return []


def named(hass: HomeAssistant, steps: Iterable[dict[str, Any]]) -> frozenset[str]:
    """Return the entities that steps name."""
    script = Script(hass, list(steps), "", DOMAIN, top_level=False)
    return frozenset(filter(valid_entity_id, script.referenced_entities))


def is_sure(step: dict[str, Any]) -> bool:
    """Return whether a step is done in each run, and means to do what it says."""
    is_call = cv.determine_script_action(step) == cv.SCRIPT_ACTION_CALL_SERVICE
    return is_call and step.get(CONF_ENABLED) is not False and not step.get(CONF_CONTINUE_ON_ERROR)
