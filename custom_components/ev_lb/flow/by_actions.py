"""Control by actions: sequences of Home Assistant's actions set, stop and start a charger."""

from typing import Any

import voluptuous as vol
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..const import CONF_SET_CURRENT_ACTION
from ..control.actions import ACTION_KEYS, Steps, async_validated
from .fields import Errors, Values
from .selectors import ActionSelector

ACTIONS = tuple(ACTION_KEYS.values())


def action_fields() -> dict[vol.Marker, Any]:
    """Return the fields for the actions."""
    is_asked = dict.fromkeys(ACTIONS, vol.Optional) | {CONF_SET_CURRENT_ACTION: vol.Required}
    return {asked(key): ActionSelector() for key, asked in is_asked.items()}


async def async_action_errors(hass: HomeAssistant, values: Values) -> Errors:
    """Return which actions cannot be run, and that nothing sets the current."""
    errors: Errors = dict.fromkeys(await async_action_faults(hass, values), "action_invalid")
    if not values[CONF_SET_CURRENT_ACTION]:
        errors[CONF_SET_CURRENT_ACTION] = "action_empty"
    return errors


async def async_action_faults(hass: HomeAssistant, values: Values) -> dict[str, str]:
    """Return what Home Assistant says of the actions that cannot be run."""
    picked = [key for key in ACTIONS if key in values]
    faults = {key: await async_sequence_fault(hass, values[key]) for key in picked}
    return {key: fault for key, fault in faults.items() if fault is not None}


async def async_sequence_fault(hass: HomeAssistant, steps: Steps) -> str | None:
    """Return why a sequence cannot be run, checked as those of automations are."""
    try:
        await async_validated(hass, steps)
    except (vol.Invalid, HomeAssistantError) as error:
        return str(error)
    return None
