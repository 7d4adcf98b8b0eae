"""The way to a charger: by its entities, by actions, or by scripts."""

from collections.abc import Container, Mapping
from typing import Any

import voluptuous as vol
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import SelectSelectorConfig, SelectSelectorMode

from ..const import CONF_CONTROL, CONF_CURRENT_NUMBER, CONF_PAUSE, CONF_START_ORDER
from ..control.entities import PauseKind, StartOrder
from ..control.protocol import ControlKind
from .by_actions import ACTIONS, action_fields, async_action_errors
from .by_entities import entity_errors, entity_fields, entity_warnings
from .by_scripts import SCRIPTS, script_errors, script_fields, script_warnings
from .fields import Errors, Values, Warnings
from .pause import PAUSE_ENTITIES, PAUSE_OPTIONS, pause_keys
from .selectors import SelectSelector

CONTROL = SelectSelector(
    SelectSelectorConfig(
        options=[*ControlKind], mode=SelectSelectorMode.DROPDOWN, translation_key=CONF_CONTROL
    )
)

CONTROL_KEYS = frozenset(
    {
        *SCRIPTS,
        *ACTIONS,
        CONF_CURRENT_NUMBER,
        CONF_PAUSE,
        CONF_START_ORDER,
        *PAUSE_OPTIONS,
        *(key for entities in PAUSE_ENTITIES.values() for key in entities),
    }
)
"""What the ways need to know, all together."""


def control_fields(hass: HomeAssistant, values: Values) -> Mapping[vol.Marker, Any]:
    """Return the fields of the way that these values say."""
    match ControlKind(values[CONF_CONTROL]):
        case ControlKind.SCRIPTS:
            return script_fields()
        case ControlKind.ENTITIES:
            return entity_fields(hass, values)
        case ControlKind.ACTIONS:
            return action_fields()


async def async_control_errors(
    hass: HomeAssistant, values: Values, taken: Container[str]
) -> Errors:
    """Return what is wrong with the way; `taken` are the numbers of other chargers."""
    match ControlKind(values[CONF_CONTROL]):
        case ControlKind.SCRIPTS:
            return script_errors(hass, values)
        case ControlKind.ENTITIES:
            return entity_errors(hass, values, taken)
        case ControlKind.ACTIONS:
            return await async_action_errors(hass, values)


def control_warnings(hass: HomeAssistant, values: Values, accepted: Container[str]) -> Warnings:
    """Return what the user should know; of `accepted` numbers it is known that they are amperes."""
    match ControlKind(values[CONF_CONTROL]):
        case ControlKind.SCRIPTS:
            return script_warnings(hass, values)
        case ControlKind.ENTITIES:
            return entity_warnings(hass, values, accepted)
        case ControlKind.ACTIONS:
            return {}


def without_other_ways(values: Values) -> dict[str, Any]:
    """Return the values with what the way to the charger needs, and nothing of other ways."""
    needed = needed_keys(values)
    kept = {key: value for key, value in values.items() if key not in CONTROL_KEYS or key in needed}
    if values[CONF_CONTROL] != ControlKind.ENTITIES:
        return kept
    return {CONF_START_ORDER: StartOrder.START_FIRST.value} | kept  # not asked where 0 A pauses


def needed_keys(values: Values) -> Container[str]:
    """Return what of the ways these values need."""
    match ControlKind(values[CONF_CONTROL]):
        case ControlKind.SCRIPTS:
            return SCRIPTS
        case ControlKind.ACTIONS:
            return ACTIONS
        case ControlKind.ENTITIES:
            order = () if values[CONF_PAUSE] == PauseKind.ZERO else (CONF_START_ORDER,)
            return (CONF_CURRENT_NUMBER, CONF_PAUSE, *pause_keys(values), *order)
