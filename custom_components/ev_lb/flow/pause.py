"""How a charger that is controlled by its entities is paused: its entities for that."""

from collections.abc import Collection, Mapping
from typing import Any

import voluptuous as vol
from homeassistant.components.button.const import DOMAIN as BUTTON_DOMAIN
from homeassistant.components.input_boolean import DOMAIN as INPUT_BOOLEAN_DOMAIN
from homeassistant.components.input_button import DOMAIN as INPUT_BUTTON_DOMAIN
from homeassistant.components.input_select import DOMAIN as INPUT_SELECT_DOMAIN
from homeassistant.components.select.const import DOMAIN as SELECT_DOMAIN
from homeassistant.components.switch.const import DOMAIN as SWITCH_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import Selector, SelectSelectorConfig, SelectSelectorMode

from ..const import (
    CONF_CHARGING_OPTION,
    CONF_CONTROL,
    CONF_PAUSE,
    CONF_PAUSE_SELECT,
    CONF_PAUSE_SWITCH,
    CONF_PAUSED_OPTION,
    CONF_START_BUTTON,
    CONF_START_ORDER,
    CONF_STOP_BUTTON,
)
from ..control.entities import PauseKind, StartOrder
from ..control.protocol import ControlKind
from .charger_device import entity_known
from .entities import control_error
from .fields import Errors, Values, entity_of
from .selectors import SelectSelector

SWITCHES = (SWITCH_DOMAIN, INPUT_BOOLEAN_DOMAIN)
BUTTONS = (BUTTON_DOMAIN, INPUT_BUTTON_DOMAIN)
SELECTS = (SELECT_DOMAIN, INPUT_SELECT_DOMAIN)

PAUSE_ENTITIES: Mapping[PauseKind, Mapping[str, tuple[str, ...]]] = {
    PauseKind.ZERO: {},
    PauseKind.SWITCH: {CONF_PAUSE_SWITCH: SWITCHES},
    PauseKind.INVERTED_SWITCH: {CONF_PAUSE_SWITCH: SWITCHES},
    PauseKind.BUTTONS: {CONF_START_BUTTON: BUTTONS, CONF_STOP_BUTTON: BUTTONS},
    PauseKind.SELECT: {CONF_PAUSE_SELECT: SELECTS},
}
"""What each way to pause needs, and of which domains."""

PAUSE_OPTIONS = (CONF_CHARGING_OPTION, CONF_PAUSED_OPTION)


def pause_keys(values: Values) -> list[str]:
    """Return what the way to pause needs to know."""
    kind = PauseKind(values[CONF_PAUSE])
    return [*PAUSE_ENTITIES[kind], *(PAUSE_OPTIONS if kind is PauseKind.SELECT else ())]


def is_pause_known(values: Values) -> bool:
    """Return whether nothing of it is left to ask."""
    return CONF_PAUSE in values and all(key in values for key in pause_keys(values))


def lacks_pause(values: Values) -> bool:
    """Return whether the way to pause is chosen, and its entities are not."""
    is_by_entities = values[CONF_CONTROL] == ControlKind.ENTITIES
    return is_by_entities and not is_pause_known(values)


def pause_fields(hass: HomeAssistant, values: Values) -> dict[vol.Marker, Any]:
    """Return the fields of the way to pause; the options of a select once it is picked."""
    kind = PauseKind(values[CONF_PAUSE])
    if kind is PauseKind.ZERO:
        return {}
    fields: dict[vol.Marker, Any] = {
        vol.Required(key): entity_of(domains) for key, domains in PAUSE_ENTITIES[kind].items()
    }
    if kind is PauseKind.SELECT and CONF_PAUSE_SELECT in values:
        options = option_field(hass, values)
        fields |= {vol.Required(key): options for key in PAUSE_OPTIONS}
    order = vol.Required(CONF_START_ORDER, default=StartOrder.START_FIRST.value)
    return fields | {order: START_ORDER}


START_ORDER = SelectSelector(
    SelectSelectorConfig(
        options=[*StartOrder], mode=SelectSelectorMode.DROPDOWN, translation_key=CONF_START_ORDER
    )
)


def option_field(hass: HomeAssistant, values: Values) -> Selector[SelectSelectorConfig]:
    """Return the field for an option of the select; it is typed where the select names none."""
    options = [*entity_known(hass, values[CONF_PAUSE_SELECT]).options]
    # What was picked and is gone comes back to us, for an error in words of ours.
    picked = {values[key] for key in PAUSE_OPTIONS if key in values}
    return SelectSelector(
        SelectSelectorConfig(
            options=options,
            mode=SelectSelectorMode.DROPDOWN,
            custom_value=not options or not picked <= {*options},
        )
    )


def pause_errors(hass: HomeAssistant, values: Values) -> Errors:
    """Return what is wrong with what pauses the charger, as far as it is known."""
    errors: Errors = {}
    for key, domains in PAUSE_ENTITIES[PauseKind(values[CONF_PAUSE])].items():
        if key in values and (error := control_error(hass, values[key], domains)):
            errors[key] = error
    if errors or not is_pause_known(values):
        return errors
    if values[CONF_PAUSE] == PauseKind.BUTTONS:
        if values[CONF_START_BUTTON] == values[CONF_STOP_BUTTON]:
            errors[CONF_STOP_BUTTON] = "buttons_same"
    elif values[CONF_PAUSE] == PauseKind.SELECT:
        errors = option_errors(entity_known(hass, values[CONF_PAUSE_SELECT]).options, values)
    return errors


def option_errors(options: Collection[str], values: Values) -> Errors:
    """Return which options a select does not have; where it names none, all are believed."""
    if options and (unknown := [key for key in PAUSE_OPTIONS if values[key] not in options]):
        return dict.fromkeys(unknown, "option_unknown")
    is_same = values[CONF_CHARGING_OPTION] == values[CONF_PAUSED_OPTION]
    return {CONF_PAUSED_OPTION: "options_same"} if is_same else {}
