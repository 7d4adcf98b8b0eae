"""What the dialogs refuse, and what they accept with a warning."""

from collections.abc import Container, Iterable, Mapping
from typing import Any

from homeassistant.components.script.const import DOMAIN as SCRIPT_DOMAIN
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import ATTR_MODE, CONF_NAME, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.script import SCRIPT_MODE_SINGLE

from .balancing.settings import UnavailableBehavior
from .balancing.voltage import is_believed
from .car import WORD_LISTS
from .const import (
    CONF_COMMAND_INTERVAL_S,
    CONF_DRAW_SENSOR,
    CONF_FALLBACK_CURRENT_A,
    CONF_MAX_CHARGER_CURRENT_A,
    CONF_METER_DELAY_S,
    CONF_METER_TIMEOUT_S,
    CONF_MIN_EV_CURRENT_A,
    CONF_POWER_METER,
    CONF_RESPONSE_TIME_S,
    CONF_SERVICE_CURRENT_A,
    CONF_SERVICE_VOLTAGE_V,
    CONF_STATUS_SENSOR,
    CONF_UNAVAILABLE_BEHAVIOR,
    CONF_VOLTAGE_SENSOR,
    DOMAIN,
    MAX_COMMAND_INTERVAL_S,
    MAX_METER_DELAY_S,
    MAX_METER_TIMEOUT_S,
    MAX_RESPONSE_TIME_S,
    SECTION_CAR,
    SECTION_METER,
    SECTION_TIMING,
)
from .meter import (
    CURRENT_UNITS,
    ENERGY_UNITS,
    POWER_UNITS,
    VOLTAGE_UNITS,
    is_number,
    unit_of,
    volts,
)
from .sources import CHARGER_SCRIPTS
from .status_words import folded, unexplained

type Values = Mapping[str, Any]
"""What a dialog holds, flat, by the keys of `const.py`."""

type Errors = dict[str, str]
"""Error keys by the field or section they are shown at."""

type Warnings = dict[str, dict[str, str]]
"""Warning keys, each with the placeholders of its text."""


VOLTAGE_ERRORS = {
    "entity_missing": "voltage_missing",
    "entity_own": "voltage_own",
    "not_numeric": "voltage_not_numeric",
    "energy_unit": "voltage_unit",
    "unit_unknown": "voltage_unit",
}
"""What a fault is called at the section: a field inside one cannot show its error."""

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


def site_errors(values: Values, others: Iterable[ConfigEntry]) -> Errors:
    """Return what is wrong with the site's name; `others` are the other sites."""
    return at(CONF_NAME, name_error(values[CONF_NAME], others))


def meter_errors(hass: HomeAssistant, values: Values, others: Iterable[ConfigEntry]) -> Errors:
    """Return what is wrong with how the site is measured."""
    details = voltage_error(hass, values.get(CONF_VOLTAGE_SENSOR))
    if details is None and not 0 <= values.get(CONF_METER_TIMEOUT_S, 0) <= MAX_METER_TIMEOUT_S:
        details = "meter_timeout_range"
    if details is None and not 0 <= values.get(CONF_METER_DELAY_S, 0) <= MAX_METER_DELAY_S:
        details = "meter_delay_range"
    return at(CONF_POWER_METER, meter_error(hass, values[CONF_POWER_METER], others)) | at(
        SECTION_METER, details
    )


def meter_warnings(
    hass: HomeAssistant, values: Values, chargers: Iterable[ConfigSubentry]
) -> Warnings:
    """Return what the user should know about a site that is accepted."""
    warnings: Warnings = {}
    meter = values[CONF_POWER_METER]
    if is_silent(hass, meter):
        warnings["meter_unavailable"] = {"entity_id": meter}
    warnings |= voltage_warning(hass, values)
    if values.get(CONF_METER_TIMEOUT_S) == 0:
        warnings["meter_never_silent"] = {}
    if values[CONF_UNAVAILABLE_BEHAVIOR] == UnavailableBehavior.SET_CURRENT:
        warnings |= fallbacks_warning(
            values[CONF_SERVICE_CURRENT_A], [charger.data for charger in chargers]
        )
    return warnings


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


def at(place: str, error: str | None) -> Errors:
    """Return the error at its place, if there is one."""
    return {} if error is None else {place: error}


def name_error(name: str, others: Iterable[ConfigEntry | ConfigSubentry]) -> str | None:
    """Return what is wrong with a name; entities and notifications are told apart by it."""
    if not name.strip():
        return "name_blank"
    taken = {folded_name(other.title) for other in others}
    return "name_taken" if folded_name(name) in taken else None


def folded_name(name: str) -> str:
    """Return the name as a reader tells it from others."""
    return name.strip().casefold()


def meter_error(hass: HomeAssistant, entity_id: str, others: Iterable[ConfigEntry]) -> str | None:
    """Return why the entity cannot be the meter of the site."""
    if error := sensor_error(hass, entity_id, POWER_UNITS | CURRENT_UNITS):
        return error
    if any(other.data.get(CONF_POWER_METER) == entity_id for other in others):
        return "meter_taken"
    return None


def voltage_error(hass: HomeAssistant, entity_id: str | None) -> str | None:
    """Return why the entity cannot tell the site's volts."""
    error = sensor_error(hass, entity_id, VOLTAGE_UNITS) if entity_id is not None else None
    return VOLTAGE_ERRORS[error] if error is not None else None


def voltage_warning(hass: HomeAssistant, values: Values) -> Warnings:
    """Return a warning when the volts cannot be used at the moment."""
    entity_id, nominal_v = values.get(CONF_VOLTAGE_SENSOR), values[CONF_SERVICE_VOLTAGE_V]
    if entity_id is None:
        return {}
    measured_v = volts(hass.states.get(entity_id))
    if measured_v is None:
        return {"voltage_unavailable": {"voltage_sensor": entity_id}}
    if is_believed(nominal_v, measured_v):
        return {}
    return {
        "voltage_not_believed": {
            "voltage_sensor": entity_id,
            "measured_v": f"{measured_v:g}",
            "service_voltage_v": str(nominal_v),
        }
    }


def car_error(
    hass: HomeAssistant, values: Values, site: ConfigEntry, others: Iterable[ConfigSubentry]
) -> str | None:
    """Return why the charger's own sensors cannot be used."""
    draw_sensor, status_sensor = values.get(CONF_DRAW_SENSOR), values.get(CONF_STATUS_SENSOR)
    if draw_sensor is not None:
        if error := sensor_error(hass, draw_sensor, POWER_UNITS | CURRENT_UNITS):
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


def words_to_explain(hass: HomeAssistant, values: Values) -> list[str]:
    """Return the words that the status sensor may say and we do not know, and those explained."""
    state = hass.states.get(values.get(CONF_STATUS_SENSOR, ""))
    unknown = unexplained(state.attributes, [state.state]) if state is not None else []
    explained = [word for key in WORD_LISTS.values() for word in values.get(key, ())]
    return list(dict.fromkeys([*unknown, *explained]))


def word_errors(values: Values) -> Errors:
    """Return what is wrong with the meanings of a charger's words: one cannot mean two things."""
    errors: Errors = {}
    seen = set[str]()
    for key in WORD_LISTS.values():
        these = {folded(word) for word in values[key]}
        if these & seen:
            errors[key] = "word_twice"
        seen |= these
    return errors


def entity_error(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return why we cannot listen to the entity."""
    registered = er.async_get(hass).entities.get(entity_id)
    if registered is None and hass.states.get(entity_id) is None:
        return "entity_missing"
    return "entity_own" if registered is not None and registered.platform == DOMAIN else None


def sensor_error(hass: HomeAssistant, entity_id: str, units: Container[str | None]) -> str | None:
    """Return why the entity cannot be a sensor of something in these units."""
    if error := entity_error(hass, entity_id):
        return error
    if not is_silent(hass, entity_id) and not is_number(hass.states.get(entity_id)):
        return "not_numeric"
    unit = known_unit(hass, entity_id)
    if unit in ENERGY_UNITS:
        return "energy_unit"
    return None if unit in units else "unit_unknown"


def is_silent(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether the entity says nothing at the moment."""
    state = hass.states.get(entity_id)
    return state is None or state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN)


def known_unit(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the entity's unit, also while it says nothing."""
    registered = er.async_get(hass).entities.get(entity_id)
    registered_unit = registered.unit_of_measurement if registered is not None else None
    return unit_of(hass.states.get(entity_id)) or registered_unit


def has_script(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether the entity id is that of a script; it may not be loaded yet."""
    domain, _, name = entity_id.partition(".")
    return domain == SCRIPT_DOMAIN and (
        hass.states.get(entity_id) is not None
        or entity_id in er.async_get(hass).entities
        or hass.services.has_service(SCRIPT_DOMAIN, name)
    )


def drops_calls(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether Home Assistant drops a call while the script still runs."""
    state = hass.states.get(entity_id)
    return state is not None and state.attributes.get(ATTR_MODE) == SCRIPT_MODE_SINGLE


def fallbacks_warning(service_current_a: int, chargers: Iterable[Values]) -> Warnings:
    """Return a warning when the chargers' fallback currents do not fit together."""
    total_a = sum(effective_fallback_a(charger) for charger in chargers)
    if total_a <= service_current_a:
        return {}
    return {
        "fallbacks_above_service": {
            "total_a": str(total_a),
            "service_current_a": str(service_current_a),
        }
    }


def effective_fallback_a(charger: Values) -> int:
    """Return the current that a charger's fallback comes to: capped, or 0 below its minimum."""
    current_a = min(charger[CONF_FALLBACK_CURRENT_A], charger[CONF_MAX_CHARGER_CURRENT_A])
    return current_a if current_a >= charger[CONF_MIN_EV_CURRENT_A] else 0
