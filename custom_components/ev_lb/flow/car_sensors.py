"""A charger's own sensors: what the car draws, has taken, and does."""

from collections.abc import Iterable
from typing import Any

import voluptuous as vol
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section

from ..configuration import is_metered_in_total, measuring_ids, wired_phases
from ..const import CONF_ENERGY_SENSOR, CONF_PHASES, CONF_STATUS_SENSOR
from ..inputs.charger_sensors import DRAW_SENSORS
from ..inputs.units import ENERGY_UNITS, LOAD_UNITS
from .entities import entity_error, is_silent, known_unit, sensor_error
from .fields import ENERGY_SENSOR, LOAD_SENSOR, Values, Warnings, entity_of

STATUS_SENSOR = entity_of(("sensor", "binary_sensor", "select", "input_select", "input_boolean"))

DRAW_ERRORS = {
    "entity_missing": "draw_missing",
    "entity_own": "draw_own",
    "not_numeric": "draw_not_numeric",
    "energy_unit": "draw_energy_unit",
    "unit_unknown": "draw_unit",
}
STATUS_ERRORS = {"entity_missing": "status_missing", "entity_own": "status_own"}
ENERGY_ERRORS = {
    "entity_missing": "energy_missing",
    "entity_own": "energy_own",
    "not_numeric": "energy_not_numeric",
    "unit_unknown": "energy_unit",
}

CAR_WARNINGS = dict.fromkeys(DRAW_SENSORS, "draw_unavailable") | {
    CONF_STATUS_SENSOR: "status_unavailable"
}
"""What is said of a charger's own sensor that says nothing now."""


def car_section(phase_count: int) -> section:
    """Return the section for a charger's own sensors."""
    fields: dict[vol.Marker, Any] = {
        **{vol.Optional(key): LOAD_SENSOR for key in DRAW_SENSORS[:phase_count]},
        vol.Optional(CONF_STATUS_SENSOR): STATUS_SENSOR,
        vol.Optional(CONF_ENERGY_SENSOR): ENERGY_SENSOR,
    }
    return section(vol.Schema(fields), {"collapsed": True})


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
    return status_error(hass, values) or energy_error(hass, values)


def status_error(hass: HomeAssistant, values: Values) -> str | None:
    """Return why the status sensor says nothing in words."""
    if CONF_STATUS_SENSOR not in values:
        return None
    if error := entity_error(hass, values[CONF_STATUS_SENSOR]):
        return STATUS_ERRORS[error]
    return "status_no_words" if known_unit(hass, values[CONF_STATUS_SENSOR]) is not None else None


def energy_error(hass: HomeAssistant, values: Values) -> str | None:
    """Return why the energy sensor counts no energy."""
    if CONF_ENERGY_SENSOR not in values:
        return None
    error = sensor_error(hass, values[CONF_ENERGY_SENSOR], ENERGY_UNITS)
    return ENERGY_ERRORS[error] if error is not None else None


def car_warnings(hass: HomeAssistant, values: Values, site: ConfigEntry) -> Warnings:
    """Return what the sensors that were picked, and those that were not, leave unseen."""
    warnings: Warnings = {"total_hides_car": {}} if hides_phases(values, site) else {}
    silent: dict[str, list[str]] = {}
    for key, warning in CAR_WARNINGS.items():
        if key in values and is_silent(hass, values[key]):
            silent.setdefault(warning, []).append(values[key])
    for warning, entity_ids in silent.items():
        name = warning.replace("unavailable", "sensor")
        warnings[warning] = {name: ", ".join(entity_ids)}
    return warnings


def hides_phases(values: Values, site: ConfigEntry) -> bool:
    """Return whether nothing tells on which of a charger's phases its car charges.

    A charger on one phase is no question: a repair issue tells what a total does not show of it.
    """
    phase_count = len(wired_phases(values, site.data[CONF_PHASES]))
    is_measured = all(key in values for key in DRAW_SENSORS[:phase_count])
    return is_metered_in_total(site.data) and phase_count > 1 and not is_measured
