"""Control by actions: sequences of Home Assistant's actions set, stop and start a charger."""

from copy import deepcopy
from typing import Any

import voluptuous as vol
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.script import async_validate_actions_config
from homeassistant.helpers.selector import ActionSelector

from ..const import (
    CONF_SET_CURRENT_ACTION,
    CONF_START_CHARGING_ACTION,
    CONF_STOP_CHARGING_ACTION,
)
from .fields import Errors, Values

ACTIONS = (CONF_SET_CURRENT_ACTION, CONF_STOP_CHARGING_ACTION, CONF_START_CHARGING_ACTION)


def action_fields() -> dict[vol.Marker, Any]:
    """Return the fields for the actions."""
    return {
        vol.Required(CONF_SET_CURRENT_ACTION): ActionSelector(),
        vol.Optional(CONF_STOP_CHARGING_ACTION): ActionSelector(),
        vol.Optional(CONF_START_CHARGING_ACTION): ActionSelector(),
    }


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


async def async_sequence_fault(hass: HomeAssistant, sequence: object) -> str | None:
    """Return why a sequence cannot be run, checked as those of automations are."""
    try:
        # What is checked is filled with objects that cannot be stored.
        await async_validate_actions_config(hass, cv.SCRIPT_SCHEMA(deepcopy(sequence)))
    except (vol.Invalid, HomeAssistantError) as error:
        return str(error)
    return None
