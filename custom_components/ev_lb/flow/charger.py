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
    TextSelector,
)

from ..const import (
    CONF_COMMAND_INTERVAL_S,
    CONF_DRAW_SENSOR,
    CONF_FALLBACK_CURRENT_A,
    CONF_MAX_CHARGER_CURRENT_A,
    CONF_MIN_EV_CURRENT_A,
    CONF_POWER_METER,
    CONF_PRIORITY,
    CONF_RESPONSE_TIME_S,
    CONF_SERVICE_CURRENT_A,
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
from ..inputs.units import LOAD_UNITS
from ..sources import CHARGER_SCRIPTS
from .entities import (
    drops_calls,
    entity_error,
    has_script,
    is_silent,
    known_unit,
    sensor_error,
)
from .fallbacks import fallbacks_warning
from .fields import LOAD_SENSOR, Errors, Values, Warnings, at, whole_number, whole_seconds
from .names import name_error

STATUS_DOMAINS = ("sensor", "binary_sensor", "select", "input_select", "input_boolean")

SCRIPT = EntitySelector(
    EntitySelectorConfig(filter=EntityWithDeviceFilterSelectorConfig(domain=SCRIPT_DOMAIN))
)

CHARGER_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
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
                    vol.Optional(CONF_DRAW_SENSOR): LOAD_SENSOR,
                    vol.Optional(CONF_STATUS_SENSOR): EntitySelector(
                        EntitySelectorConfig(
                            filter=EntityWithDeviceFilterSelectorConfig(domain=[*STATUS_DOMAINS])
                        )
                    ),
                }
            ),
            {"collapsed": True},
        ),
        vol.Required(SECTION_TIMING): section(
            vol.Schema(
                {
                    vol.Required(
                        CONF_RESPONSE_TIME_S, default=DEFAULT_RESPONSE_TIME_S
                    ): whole_seconds(),
                    vol.Required(
                        CONF_COMMAND_INTERVAL_S, default=DEFAULT_COMMAND_INTERVAL_S
                    ): whole_seconds(),
                }
            ),
            {"collapsed": True},
        ),
    }
)

DRAW_ERRORS = {
    "entity_missing": "draw_missing",
    "entity_own": "draw_own",
    "not_numeric": "draw_not_numeric",
    "energy_unit": "draw_energy_unit",
    "unit_unknown": "draw_unit",
}
STATUS_ERRORS = {"entity_missing": "status_missing", "entity_own": "status_own"}

CAR_WARNINGS = {CONF_DRAW_SENSOR: "draw_unavailable", CONF_STATUS_SENSOR: "status_unavailable"}
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
    warnings |= {
        warning: {key: values[key]}
        for key, warning in CAR_WARNINGS.items()
        if key in values and is_silent(hass, values[key])
    }
    warnings |= fallbacks_warning(
        site.data[CONF_SERVICE_CURRENT_A], [values, *(charger.data for charger in others)]
    )
    picked = dict.fromkeys(values[key] for key in CHARGER_SCRIPTS if key in values)
    if dropping := [script for script in picked if drops_calls(hass, script)]:
        warnings["script_single"] = {"scripts": ", ".join(dropping)}
    return warnings


def car_error(
    hass: HomeAssistant, values: Values, site: ConfigEntry, others: Iterable[ConfigSubentry]
) -> str | None:
    """Return why the charger's own sensors cannot be used."""
    draw_sensor, status_sensor = values.get(CONF_DRAW_SENSOR), values.get(CONF_STATUS_SENSOR)
    if draw_sensor is not None:
        if error := sensor_error(hass, draw_sensor, LOAD_UNITS):
            return DRAW_ERRORS[error]
        if draw_sensor == site.data[CONF_POWER_METER] or any(
            other.data.get(CONF_DRAW_SENSOR) == draw_sensor for other in others
        ):
            return "draw_taken"
    if status_sensor is not None:
        if error := entity_error(hass, status_sensor):
            return STATUS_ERRORS[error]
        if known_unit(hass, status_sensor) is not None:
            return "status_no_words"
    return None
