"""The meter: how the site is measured, and what happens without it."""

from collections.abc import Iterable, Sequence
from typing import Any

import voluptuous as vol
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import Selector, SelectSelectorConfig, SelectSelectorMode

from ..balancing.settings import UnavailableBehavior
from ..balancing.voltage import is_believed
from ..configuration import measuring_ids
from ..const import (
    CONF_CURRENT_METER,
    CONF_EXPORT_METER,
    CONF_HEARTBEAT,
    CONF_METER_DELAY_S,
    CONF_METER_TIMEOUT_S,
    CONF_POWER_METER,
    CONF_RAMP_UP_TIME_S,
    CONF_REVERSED,
    CONF_SERVICE_VOLTAGE_V,
    CONF_UNAVAILABLE_BEHAVIOR,
    CONF_VOLTAGE_SENSOR,
    DEFAULT_RAMP_UP_TIME_S,
    MAX_METER_DELAY_S,
    MAX_METER_TIMEOUT_S,
    MAX_RAMP_UP_TIME_S,
    MIN_RAMP_UP_TIME_S,
    SECTION_CHANNELS,
    SECTION_METER,
    of_phase,
)
from ..inputs.units import CHANNEL_UNITS, LOAD_UNITS, VOLTAGE_UNITS, volts
from .entities import entity_error, is_silent, sensor_error
from .fallbacks import fallbacks_warning
from .fields import (
    CURRENT_SENSOR,
    LOAD_SENSOR,
    VOLTAGE_SENSOR,
    Errors,
    Values,
    Warnings,
    whole_number,
    whole_seconds,
)
from .selectors import BooleanSelector, EntitySelector, SelectSelector

type Phases = Sequence[int | None]
"""The phases that have sensors of their own; None alone: one sensor for all."""

ALL_TOGETHER: Phases = (None,)

SECTION_SENSORS = (CONF_EXPORT_METER, CONF_CURRENT_METER)
"""What the form keeps in its section of further sensors."""


def meter_schema(phases: Phases) -> vol.Schema:
    """Return the form for a meter with sensors for these phases."""

    def each[S: Selector[Any]](key: str, field: S) -> dict[vol.Optional, S]:
        return {vol.Optional(of_phase(key, phase)): field for phase in phases}

    return vol.Schema(
        {
            **{vol.Required(of_phase(CONF_POWER_METER, phase)): LOAD_SENSOR for phase in phases},
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
            vol.Optional(SECTION_CHANNELS): section(
                vol.Schema(
                    {
                        **each(CONF_EXPORT_METER, LOAD_SENSOR),
                        **each(CONF_CURRENT_METER, CURRENT_SENSOR),
                        **each(CONF_REVERSED, BooleanSelector()),
                    }
                ),
                {"collapsed": True},
            ),
            vol.Optional(SECTION_METER): section(
                vol.Schema(
                    {
                        **each(CONF_VOLTAGE_SENSOR, VOLTAGE_SENSOR),
                        vol.Optional(CONF_HEARTBEAT): EntitySelector(),
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

CHANNEL_ERRORS = {
    "entity_missing": "channel_missing",
    "entity_own": "channel_own",
    "not_numeric": "channel_not_numeric",
    "energy_unit": "channel_unit",
    "unit_unknown": "channel_unit",
}
HEARTBEAT_ERRORS = {"entity_missing": "heartbeat_missing", "entity_own": "heartbeat_own"}


def meter_errors(
    hass: HomeAssistant, values: Values, phases: Phases, others: Iterable[ConfigEntry]
) -> Errors:
    """Return what is wrong with how the site is measured; `others` are the other sites."""
    taken = {entity_id for other in others for entity_id in measuring_ids(other)}
    errors: Errors = {}
    for place, error in sensor_faults(hass, values, phases, taken):
        errors.setdefault(place, error)
    if error := details_error(hass, values, phases):
        errors[SECTION_METER] = error
    return errors


def sensor_faults(
    hass: HomeAssistant, values: Values, phases: Phases, taken: Iterable[str]
) -> Iterable[tuple[str, str]]:
    """Yield where a sensor cannot be what it was picked for, and why."""
    used = set[str]()
    for phase in phases:
        key = of_phase(CONF_POWER_METER, phase)
        if error := sensor_error(hass, values[key], LOAD_UNITS):
            yield key, error
        elif values[key] in taken:
            yield key, "meter_taken"
        elif values[key] in used:
            yield key, "meter_twice"
        used.add(values[key])
    for channel in SECTION_SENSORS:
        for entity_id in [values[key] for key in keys_of(channel, phases) if key in values]:
            if error := sensor_error(hass, entity_id, CHANNEL_UNITS[channel]):
                yield SECTION_CHANNELS, CHANNEL_ERRORS[error]
            elif entity_id in used:
                yield SECTION_CHANNELS, "channel_twice"
            used.add(entity_id)
    if any(
        values.get(of_phase(CONF_REVERSED, phase)) and of_phase(CONF_EXPORT_METER, phase) in values
        for phase in phases
    ):
        yield SECTION_CHANNELS, "channel_reversed"


def details_error(hass: HomeAssistant, values: Values, phases: Phases) -> str | None:
    """Return what is wrong with the volts, the heartbeat or the times."""
    for key in keys_of(CONF_VOLTAGE_SENSOR, phases):
        if key in values and (error := sensor_error(hass, values[key], VOLTAGE_UNITS)):
            return VOLTAGE_ERRORS[error]
    if CONF_HEARTBEAT in values and (error := entity_error(hass, values[CONF_HEARTBEAT])):
        return HEARTBEAT_ERRORS[error]
    if not 0 <= values.get(CONF_METER_TIMEOUT_S, 0) <= MAX_METER_TIMEOUT_S:
        return "meter_timeout_range"
    if not 0 <= values.get(CONF_METER_DELAY_S, 0) <= MAX_METER_DELAY_S:
        return "meter_delay_range"
    return None


def meter_warnings(
    hass: HomeAssistant, values: Values, phases: Phases, chargers: Iterable[ConfigSubentry]
) -> Warnings:
    """Return what the user should know about a site that is accepted."""
    warnings: Warnings = {}
    keys = [*keys_of(CONF_POWER_METER, phases), *keys_of(CONF_EXPORT_METER, phases)]
    silent = [values[key] for key in keys if key in values and is_silent(hass, values[key])]
    if silent:
        warnings["meter_unavailable"] = {"entity_id": ", ".join(silent)}
    for key in keys_of(CONF_VOLTAGE_SENSOR, phases):
        warnings |= voltage_warning(hass, values.get(key), values[CONF_SERVICE_VOLTAGE_V])
    if values.get(CONF_METER_TIMEOUT_S) == 0:
        warnings["meter_never_silent"] = {}
    if values[CONF_UNAVAILABLE_BEHAVIOR] == UnavailableBehavior.SET_CURRENT:
        warnings |= fallbacks_warning(values, [charger.data for charger in chargers])
    return warnings


def voltage_warning(hass: HomeAssistant, entity_id: str | None, nominal_v: int) -> Warnings:
    """Return a warning when the volts cannot be used at the moment."""
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


def keys_of(key: str, phases: Phases) -> list[str]:
    """Return where the form keeps something of each phase."""
    return [of_phase(key, phase) for phase in phases]
