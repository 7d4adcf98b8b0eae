"""Control by entities: the number that takes the current, and the way to pause."""

from collections.abc import Container
from typing import Any

import voluptuous as vol
from homeassistant.components.input_number import DOMAIN as INPUT_NUMBER_DOMAIN
from homeassistant.components.number.const import DOMAIN as NUMBER_DOMAIN
from homeassistant.const import ATTR_ASSUMED_STATE, STATE_UNAVAILABLE, UnitOfElectricCurrent
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers.selector import SelectSelectorConfig, SelectSelectorMode
from homeassistant.util.unit_conversion import ElectricCurrentConverter

from ..configuration import charger_subentries
from ..const import (
    CONF_CURRENT_NUMBER,
    CONF_MAX_CHARGER_CURRENT_A,
    CONF_MIN_EV_CURRENT_A,
    CONF_PAUSE,
    DOMAIN,
)
from ..control.entities import PauseKind
from ..inputs.units import CURRENT_UNITS
from .charger_device import entity_known
from .entities import control_error, known_unit
from .fields import Errors, Values, Warnings, entity_of
from .pause import PAUSE_ENTITIES, is_pause_known, pause_errors, pause_fields
from .selectors import SelectSelector

NUMBERS = (NUMBER_DOMAIN, INPUT_NUMBER_DOMAIN)

PAUSE_KINDS = (
    PauseKind.SWITCH,
    PauseKind.INVERTED_SWITCH,
    PauseKind.BUTTONS,
    PauseKind.SELECT,
    PauseKind.ZERO,
)
"""The browser chooses the first until the user does: not the one that asks for nothing more."""

PAUSE = SelectSelector(
    SelectSelectorConfig(
        options=[*PAUSE_KINDS], mode=SelectSelectorMode.DROPDOWN, translation_key=CONF_PAUSE
    )
)


def entity_fields(hass: HomeAssistant, values: Values) -> dict[vol.Marker, Any]:
    """Return the fields for the entities; those of the pause where all of them are known."""
    return {
        vol.Required(CONF_CURRENT_NUMBER): entity_of(NUMBERS),
        vol.Required(CONF_PAUSE): PAUSE,
        **(pause_fields(hass, values) if is_pause_known(values) else {}),
    }


def entity_errors(hass: HomeAssistant, values: Values, taken: Container[str]) -> Errors:
    """Return what is wrong with the entities; `taken` are the numbers of other chargers."""
    errors: Errors = {}
    number = values[CONF_CURRENT_NUMBER]
    if error := number_error(hass, number, values[CONF_MIN_EV_CURRENT_A]):
        errors[CONF_CURRENT_NUMBER] = error
    elif number in taken:
        errors[CONF_CURRENT_NUMBER] = "number_taken"
    elif values[CONF_PAUSE] == PauseKind.ZERO and (entity_known(hass, number).minimum or 0) > 0:
        errors[CONF_PAUSE] = "pause_above_zero"
    return errors | (pause_errors(hass, values) if is_pause_known(values) else {})


def number_error(hass: HomeAssistant, entity_id: str, min_ev_current_a: int) -> str | None:
    """Return why a number cannot take the charger's current."""
    if error := control_error(hass, entity_id, NUMBERS):
        return error
    unit = entity_known(hass, entity_id).unit
    if unit is not None and unit not in CURRENT_UNITS:
        return "number_unit"
    most_a = most_taken_a(hass, entity_id)
    is_too_low = most_a is not None and most_a < min_ev_current_a
    return "number_below_minimum" if is_too_low else None


def most_taken_a(hass: HomeAssistant, entity_id: str) -> float | None:
    """Return the highest current that a number takes; None: nobody knows."""
    number = entity_known(hass, entity_id)
    unit = number.unit or UnitOfElectricCurrent.AMPERE
    if number.maximum is None or unit not in CURRENT_UNITS:
        return None
    return ElectricCurrentConverter.convert(number.maximum, unit, UnitOfElectricCurrent.AMPERE)


def entity_warnings(hass: HomeAssistant, values: Values, accepted: Container[str]) -> Warnings:
    """Return what the user should know; of `accepted` numbers it is known that they are amperes."""
    warnings: Warnings = {}
    number = values[CONF_CURRENT_NUMBER]
    state = hass.states.get(number)
    keys = (CONF_CURRENT_NUMBER, *PAUSE_ENTITIES[PauseKind(values[CONF_PAUSE])])
    if silent := [values[key] for key in keys if is_unavailable(hass, values[key])]:
        warnings["control_unavailable"] = {"control_entities": ", ".join(dict.fromkeys(silent))}
    if known_unit(hass, number) is None and number not in accepted:
        warnings["number_without_unit"] = {"current_number": number}
    most_a, max_a = most_taken_a(hass, number), values[CONF_MAX_CHARGER_CURRENT_A]
    if most_a is not None and most_a < max_a:
        warnings["number_below_maximum"] = {
            "current_number": number,
            "number_maximum_a": f"{most_a:g}",
            "max_charger_current_a": str(max_a),
        }
    is_assumed = state is not None and state.attributes.get(ATTR_ASSUMED_STATE, False)
    if is_assumed or split_entity_id(number)[0] == INPUT_NUMBER_DOMAIN:
        warnings["number_not_read_back"] = {"current_number": number}
    return warnings


def is_unavailable(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether nothing can be sent to the entity now; a button says nothing until pressed."""
    state = hass.states.get(entity_id)
    return state is None or state.state == STATE_UNAVAILABLE


def numbers_taken(hass: HomeAssistant, subentry_id: str | None) -> set[str]:
    """Return the numbers of all chargers of all sites but this one."""
    return {
        charger.data[CONF_CURRENT_NUMBER]
        for site in hass.config_entries.async_entries(DOMAIN)
        for charger in charger_subentries(site)
        if charger.subentry_id != subentry_id and CONF_CURRENT_NUMBER in charger.data
    }
