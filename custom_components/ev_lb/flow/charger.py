"""A charger: its currents, its wiring and its timing, whatever the way to it."""

from collections.abc import Iterable, Mapping
from typing import Any

import voluptuous as vol
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_NAME, UnitOfElectricCurrent
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    SelectOptionDict,
    Selector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from ..configuration import circuit_subentries
from ..const import (
    CONF_CIRCUIT,
    CONF_COMMAND_INTERVAL_S,
    CONF_FALLBACK_CURRENT_A,
    CONF_MAX_CHARGER_CURRENT_A,
    CONF_MIN_EV_CURRENT_A,
    CONF_PHASES,
    CONF_PRIORITY,
    CONF_RESPONSE_TIME_S,
    DEFAULT_COMMAND_INTERVAL_S,
    DEFAULT_FALLBACK_CURRENT_A,
    DEFAULT_MAX_CHARGER_CURRENT_A,
    DEFAULT_MIN_EV_CURRENT_A,
    DEFAULT_PRIORITY,
    DEFAULT_RESPONSE_TIME_S,
    MAX_CHARGER_CURRENT_A,
    MAX_COMMAND_INTERVAL_S,
    MAX_MIN_EV_CURRENT_A,
    MAX_PRIORITY,
    MAX_RESPONSE_TIME_S,
    SECTION_CAR,
    SECTION_TIMING,
)
from .car_sensors import car_error, car_section, car_warnings
from .fallbacks import fallbacks_warning
from .fields import Errors, Values, Warnings, at, whole_number, whole_seconds
from .names import name_error
from .observing import observing_warning
from .selectors import SelectSelector, TextSelector
from .wiring import charger_wirings, wiring_field

TIMING = section(
    vol.Schema(
        {
            vol.Required(CONF_RESPONSE_TIME_S, default=DEFAULT_RESPONSE_TIME_S): whole_seconds(),
            vol.Required(
                CONF_COMMAND_INTERVAL_S, default=DEFAULT_COMMAND_INTERVAL_S
            ): whole_seconds(),
        }
    ),
    {"collapsed": True},
)


def charger_schema(site: ConfigEntry, control: Mapping[vol.Marker, Any]) -> vol.Schema:
    """Return the form with the fields of the way to the charger.

    A site with one phase, or without circuits, is not asked for them.
    """
    phase_count, circuits = site.data[CONF_PHASES], circuit_subentries(site)
    return vol.Schema(
        {
            vol.Required(CONF_NAME): TextSelector(),
            **(wiring_field(charger_wirings(phase_count)) if phase_count > 1 else {}),
            **(circuit_field(circuits) if circuits else {}),
            vol.Required(
                CONF_MAX_CHARGER_CURRENT_A, default=DEFAULT_MAX_CHARGER_CURRENT_A
            ): whole_number(1, MAX_CHARGER_CURRENT_A, UnitOfElectricCurrent.AMPERE),
            vol.Required(CONF_MIN_EV_CURRENT_A, default=DEFAULT_MIN_EV_CURRENT_A): whole_number(
                1, MAX_MIN_EV_CURRENT_A, UnitOfElectricCurrent.AMPERE
            ),
            vol.Required(CONF_PRIORITY, default=DEFAULT_PRIORITY): whole_number(1, MAX_PRIORITY),
            vol.Required(CONF_FALLBACK_CURRENT_A, default=DEFAULT_FALLBACK_CURRENT_A): whole_number(
                0, MAX_CHARGER_CURRENT_A, UnitOfElectricCurrent.AMPERE
            ),
            **control,
            vol.Optional(SECTION_CAR): car_section(phase_count),
            vol.Optional(SECTION_TIMING): TIMING,
        }
    )


def circuit_field(
    circuits: Iterable[ConfigSubentry],
) -> dict[vol.Optional, Selector[SelectSelectorConfig]]:
    """Return the field that asks for the circuit that the charger is behind."""
    options = [
        SelectOptionDict(value=circuit.subentry_id, label=circuit.title) for circuit in circuits
    ]
    config = SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN)
    return {vol.Optional(CONF_CIRCUIT): SelectSelector(config)}


def charger_errors(
    hass: HomeAssistant, values: Values, site: ConfigEntry, others: Iterable[ConfigSubentry]
) -> Errors:
    """Return what is wrong with a charger; `others` are the other chargers of its site."""
    errors = at(CONF_NAME, name_error(values[CONF_NAME], others))
    if values[CONF_MIN_EV_CURRENT_A] > values[CONF_MAX_CHARGER_CURRENT_A]:
        errors[CONF_MIN_EV_CURRENT_A] = "min_above_max"
    errors |= at(SECTION_CAR, car_error(hass, values, site, others))
    if not 1 <= values[CONF_RESPONSE_TIME_S] <= MAX_RESPONSE_TIME_S:
        errors[SECTION_TIMING] = "response_time_range"
    elif not 0 <= values[CONF_COMMAND_INTERVAL_S] <= MAX_COMMAND_INTERVAL_S:
        errors[SECTION_TIMING] = "command_interval_range"
    return errors


def charger_warnings(
    hass: HomeAssistant, values: Values, site: ConfigEntry, others: Iterable[ConfigSubentry]
) -> Warnings:
    """Return what the user should know about a charger that is accepted."""
    warnings: Warnings = {}
    fallback_a = values[CONF_FALLBACK_CURRENT_A]
    most_a, least_a = values[CONF_MAX_CHARGER_CURRENT_A], values[CONF_MIN_EV_CURRENT_A]
    if fallback_a > most_a:
        warnings["fallback_above_maximum"] = {
            "fallback_a": str(fallback_a),
            "max_charger_current_a": str(most_a),
        }
    if fallback_a < least_a:
        warnings["fallback_below_minimum"] = {
            "fallback_a": str(fallback_a),
            "min_ev_current_a": str(least_a),
        }
    warnings |= car_warnings(hass, values, site) | observing_warning(values, site)
    return warnings | fallbacks_warning(site.data, [values, *(other.data for other in others)])
