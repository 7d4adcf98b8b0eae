"""A charger: its currents, its scripts, its own sensors and its timing."""

from collections.abc import Iterable

import voluptuous as vol
from homeassistant.components.script.const import DOMAIN as SCRIPT_DOMAIN
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_NAME, UnitOfElectricCurrent
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)

from ..configuration import is_metered_in_total, measuring_ids, wired_phases
from ..const import (
    CONF_CIRCUIT,
    CONF_COMMAND_INTERVAL_S,
    CONF_FALLBACK_CURRENT_A,
    CONF_MAX_CHARGER_CURRENT_A,
    CONF_MIN_EV_CURRENT_A,
    CONF_PHASES,
    CONF_PRIORITY,
    CONF_RESPONSE_TIME_S,
    CONF_SET_CURRENT_SCRIPT,
    CONF_START_CHARGING_SCRIPT,
    CONF_STATUS_SENSOR,
    CONF_STOP_CHARGING_SCRIPT,
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
from ..control.scripts import drops_calls
from ..inputs.charger_sensors import DRAW_SENSORS
from ..inputs.units import LOAD_UNITS
from ..sources import CHARGER_SCRIPTS
from .entities import (
    entity_error,
    has_script,
    is_silent,
    known_unit,
    sensor_error,
)
from .fallbacks import fallbacks_warning
from .fields import LOAD_SENSOR, Errors, Values, Warnings, at, whole_number, whole_seconds
from .names import name_error
from .wiring import charger_wirings, wiring_field

STATUS_DOMAINS = ("sensor", "binary_sensor", "select", "input_select", "input_boolean")

SCRIPT = EntitySelector(
    EntitySelectorConfig(filter=EntityWithDeviceFilterSelectorConfig(domain=SCRIPT_DOMAIN))
)
STATUS_SENSOR = EntitySelector(
    EntitySelectorConfig(filter=EntityWithDeviceFilterSelectorConfig(domain=[*STATUS_DOMAINS]))
)
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


def charger_schema(phase_count: int, circuits: Iterable[ConfigSubentry]) -> vol.Schema:
    """Return the form; a site with one phase, or without circuits, is not asked for them."""
    circuits = list(circuits)
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
            vol.Required(CONF_SET_CURRENT_SCRIPT): SCRIPT,
            vol.Optional(CONF_STOP_CHARGING_SCRIPT): SCRIPT,
            vol.Optional(CONF_START_CHARGING_SCRIPT): SCRIPT,
            vol.Required(SECTION_CAR): section(
                vol.Schema(
                    {
                        **{vol.Optional(key): LOAD_SENSOR for key in DRAW_SENSORS[:phase_count]},
                        vol.Optional(CONF_STATUS_SENSOR): STATUS_SENSOR,
                    }
                ),
                {"collapsed": True},
            ),
            vol.Required(SECTION_TIMING): TIMING,
        }
    )


def circuit_field(circuits: Iterable[ConfigSubentry]) -> dict[vol.Optional, SelectSelector]:
    """Return the field that asks for the circuit that the charger is behind."""
    options = [
        SelectOptionDict(value=circuit.subentry_id, label=circuit.title) for circuit in circuits
    ]
    config = SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN)
    return {vol.Optional(CONF_CIRCUIT): SelectSelector(config)}


DRAW_ERRORS = {
    "entity_missing": "draw_missing",
    "entity_own": "draw_own",
    "not_numeric": "draw_not_numeric",
    "energy_unit": "draw_energy_unit",
    "unit_unknown": "draw_unit",
}
STATUS_ERRORS = {"entity_missing": "status_missing", "entity_own": "status_own"}

CAR_WARNINGS = dict.fromkeys(DRAW_SENSORS, "draw_unavailable") | {
    CONF_STATUS_SENSOR: "status_unavailable"
}
"""What is said of a charger's own sensor that says nothing now."""


def charger_errors(
    hass: HomeAssistant, values: Values, site: ConfigEntry, others: Iterable[ConfigSubentry]
) -> Errors:
    """Return what is wrong with a charger; `others` are the other chargers of its site."""
    errors = at(CONF_NAME, name_error(values[CONF_NAME], others))
    if values[CONF_MIN_EV_CURRENT_A] > values[CONF_MAX_CHARGER_CURRENT_A]:
        errors[CONF_MIN_EV_CURRENT_A] = "min_above_max"
    for key in CHARGER_SCRIPTS:
        if key in values and not has_script(hass, values[key]):
            errors[key] = "script_missing"
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
    if hides_phases(values, site):
        warnings["total_hides_car"] = {}
    silent: dict[str, list[str]] = {}
    for key, warning in CAR_WARNINGS.items():
        if key in values and is_silent(hass, values[key]):
            silent.setdefault(warning, []).append(values[key])
    for warning, entity_ids in silent.items():
        name = warning.replace("unavailable", "sensor")
        warnings[warning] = {name: ", ".join(entity_ids)}
    warnings |= fallbacks_warning(site.data, [values, *(charger.data for charger in others)])
    picked = dict.fromkeys(values[key] for key in CHARGER_SCRIPTS if key in values)
    if dropping := [script for script in picked if drops_calls(hass, script)]:
        warnings["script_single"] = {"scripts": ", ".join(dropping)}
    return warnings


def hides_phases(values: Values, site: ConfigEntry) -> bool:
    """Return whether nothing tells on which of a charger's phases its car charges.

    A charger on one phase is no question: a repair issue tells what a total does not show of it.
    """
    phase_count = len(wired_phases(values, site.data[CONF_PHASES]))
    is_measured = all(key in values for key in DRAW_SENSORS[:phase_count])
    return is_metered_in_total(site.data) and phase_count > 1 and not is_measured


def car_error(
    hass: HomeAssistant, values: Values, site: ConfigEntry, others: Iterable[ConfigSubentry]
) -> str | None:
    """Return why the charger's own sensors cannot be used."""
    draw_sensors = [values[key] for key in DRAW_SENSORS if key in values]
    taken = {other.data[key] for other in others for key in DRAW_SENSORS if key in other.data}
    taken |= measuring_ids(site)
    for index, draw_sensor in enumerate(draw_sensors):
        if error := sensor_error(hass, draw_sensor, LOAD_UNITS):
            return DRAW_ERRORS[error]
        if draw_sensor in taken:
            return "draw_taken"
        if draw_sensor in draw_sensors[:index]:
            return "draw_twice"
    phase_count = len(wired_phases(values, site.data[CONF_PHASES]))
    given = tuple(key for key in DRAW_SENSORS if key in values)
    if given not in ((), DRAW_SENSORS[:1], DRAW_SENSORS[:phase_count]):
        return "draw_incomplete"
    status_sensor = values.get(CONF_STATUS_SENSOR)
    if status_sensor is not None:
        if error := entity_error(hass, status_sensor):
            return STATUS_ERRORS[error]
        if known_unit(hass, status_sensor) is not None:
            return "status_no_words"
    return None
