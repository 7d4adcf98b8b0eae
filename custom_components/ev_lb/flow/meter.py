"""The meter: how the site is measured, and what happens without it."""

from collections.abc import Iterable

import voluptuous as vol
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import SelectSelector, SelectSelectorConfig, SelectSelectorMode

from ..balancing.settings import UnavailableBehavior
from ..balancing.voltage import is_believed
from ..const import (
    CONF_METER_DELAY_S,
    CONF_METER_TIMEOUT_S,
    CONF_POWER_METER,
    CONF_RAMP_UP_TIME_S,
    CONF_SERVICE_CURRENT_A,
    CONF_SERVICE_VOLTAGE_V,
    CONF_UNAVAILABLE_BEHAVIOR,
    CONF_VOLTAGE_SENSOR,
    DEFAULT_RAMP_UP_TIME_S,
    MAX_METER_DELAY_S,
    MAX_METER_TIMEOUT_S,
    MAX_RAMP_UP_TIME_S,
    MIN_RAMP_UP_TIME_S,
    SECTION_METER,
)
from ..inputs.units import LOAD_UNITS, VOLTAGE_UNITS, volts
from .entities import is_silent, sensor_error
from .fallbacks import fallbacks_warning
from .fields import (
    LOAD_SENSOR,
    VOLTAGE_SENSOR,
    Errors,
    Values,
    Warnings,
    at,
    whole_number,
    whole_seconds,
)

METER_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_POWER_METER): LOAD_SENSOR,
        vol.Required(
            CONF_UNAVAILABLE_BEHAVIOR, default=UnavailableBehavior.STOP.value
        ): SelectSelector(
            SelectSelectorConfig(
                options=[behavior.value for behavior in UnavailableBehavior],
                mode=SelectSelectorMode.LIST,
                translation_key=CONF_UNAVAILABLE_BEHAVIOR,
            )
        ),
        vol.Required(CONF_RAMP_UP_TIME_S, default=DEFAULT_RAMP_UP_TIME_S): whole_number(
            MIN_RAMP_UP_TIME_S, MAX_RAMP_UP_TIME_S, UnitOfTime.SECONDS
        ),
        vol.Required(SECTION_METER): section(
            vol.Schema(
                {
                    vol.Optional(CONF_VOLTAGE_SENSOR): VOLTAGE_SENSOR,
                    vol.Optional(CONF_METER_TIMEOUT_S): whole_seconds(),
                    vol.Optional(CONF_METER_DELAY_S): whole_seconds(),
                }
            ),
            {"collapsed": True},
        ),
    }
)

VOLTAGE_ERRORS = {
    "entity_missing": "voltage_missing",
    "entity_own": "voltage_own",
    "not_numeric": "voltage_not_numeric",
    "energy_unit": "voltage_unit",
    "unit_unknown": "voltage_unit",
}
"""What a fault is called at the section: a field inside one cannot show its error."""


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


def meter_error(hass: HomeAssistant, entity_id: str, others: Iterable[ConfigEntry]) -> str | None:
    """Return why the entity cannot be the meter of the site."""
    if error := sensor_error(hass, entity_id, LOAD_UNITS):
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
