"""A circuit: a breaker behind the main one, its phases, and a meter of its own if it has one."""

from collections.abc import Iterable
from typing import Any

import voluptuous as vol
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_NAME, UnitOfElectricCurrent
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section

from ..configuration import circuit_sensors, wired_phases
from ..const import (
    CONF_CIRCUIT_CURRENT_A,
    CONF_PHASES,
    CONF_POWER_METER,
    CONF_VOLTAGE_SENSOR,
    DEFAULT_CIRCUIT_CURRENT_A,
    MAX_CIRCUIT_CURRENT_A,
    SECTION_CIRCUIT,
    of_phase,
)
from ..inputs.units import CHANNEL_UNITS, MEASURING_CHANNELS
from .entities import sensor_error
from .fields import SENSOR_FIELDS, Errors, Values, at, whole_number
from .meter import ALL_TOGETHER, CHANNEL_ERRORS, VOLTAGE_ERRORS, Phases, keys_of
from .names import name_error
from .selectors import TextSelector
from .wiring import circuit_wirings, wiring_field


def circuit_schema(phase_count: int) -> vol.Schema:
    """Return the form; a site with one phase is not asked for phases."""
    phases = measured_phases(phase_count)
    return vol.Schema(
        {
            vol.Required(CONF_NAME): TextSelector(),
            vol.Required(CONF_CIRCUIT_CURRENT_A, default=DEFAULT_CIRCUIT_CURRENT_A): whole_number(
                1, MAX_CIRCUIT_CURRENT_A, UnitOfElectricCurrent.AMPERE
            ),
            **(wiring_field(circuit_wirings(phase_count)) if phase_count > 1 else {}),
            vol.Optional(SECTION_CIRCUIT): section(
                vol.Schema(
                    {
                        vol.Optional(key): SENSOR_FIELDS[units]
                        for channel, units in CHANNEL_UNITS.items()
                        for key in keys_of(channel, phases)
                    }
                ),
                {"collapsed": True},
            ),
        }
    )


def measured_phases(phase_count: int) -> Phases:
    """Return which phases the form has fields for."""
    return tuple(range(phase_count)) if phase_count > 1 else ALL_TOGETHER


def circuit_errors(
    hass: HomeAssistant, values: Values, site: ConfigEntry, others: Iterable[ConfigSubentry]
) -> Errors:
    """Return what is wrong with a circuit; `others` are the other circuits of its site."""
    return at(CONF_NAME, name_error(values[CONF_NAME], others)) | at(
        SECTION_CIRCUIT, circuit_meter_error(hass, values, site, others)
    )


def circuit_meter_error(
    hass: HomeAssistant, values: Values, site: ConfigEntry, others: Iterable[ConfigSubentry]
) -> str | None:
    """Return why the circuit cannot be measured so."""
    count = site.data[CONF_PHASES]
    phases = measured_phases(count)
    used = {site.data[key] for key in site_keys(count) if key in site.data}
    used |= {other.data[key] for other in others for key in site_keys(count) if key in other.data}
    for channel, units in CHANNEL_UNITS.items():
        errors = VOLTAGE_ERRORS if channel == CONF_VOLTAGE_SENSOR else CHANNEL_ERRORS
        for entity_id in [values[key] for key in keys_of(channel, phases) if key in values]:
            if error := sensor_error(hass, entity_id, units):
                return errors[error]
            if channel != CONF_VOLTAGE_SENSOR:
                if entity_id in used:
                    return "channel_twice"
                used.add(entity_id)
    own = wired_phases(values, count) if count > 1 else phases
    given = {key for channel in CHANNEL_UNITS for key in keys_of(channel, phases) if key in values}
    needed = {*keys_of(CONF_POWER_METER, own)}
    fitting = {key for channel in CHANNEL_UNITS for key in keys_of(channel, own)}
    return "circuit_meter_incomplete" if given and not needed <= given <= fitting else None


def site_keys(phase_count: int) -> list[str]:
    """Return where a site or a circuit keeps what measures how much flows."""
    phases: Phases = (None, *range(phase_count))
    return [key for channel in MEASURING_CHANNELS for key in keys_of(channel, phases)]


def circuit_suggestions(values: Values, phase_count: int) -> dict[str, Any]:
    """Return the stored values as the form shows them: what measures it, under its phases."""
    in_use = dict[str, Any]()
    for sensors in circuit_sensors(values, phase_count):
        phase = sensors.phase if phase_count > 1 else None
        found = (sensors.power, sensors.export, sensors.current, sensors.voltage)
        for channel, entity_id in zip(CHANNEL_UNITS, found, strict=True):
            if entity_id:
                in_use[of_phase(channel, phase)] = entity_id
    return {**in_use, **values}
