"""What does not fit between a meter and the phases of its site: asked, never refused."""

import re
from dataclasses import dataclass

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..const import CONF_PHASES, CONF_POWER_METER
from ..inputs.meter_device import recognise
from ..inputs.units import CURRENT_UNITS
from .entities import known_unit
from .fields import Values, Warnings
from .meter import ALL_TOGETHER, Phases
from .meter_device import candidates_of

PHASE_NAME = re.compile(
    r"(?:^|_)(?:l_?([123])|(?:phase|fase|line|leg)_?([123abcrst])|([abc])_act(?:ive)?_power)(?:_|$)"
)
"""How integrations name the sensors of one phase of several."""

MEASURED = frozenset(
    {SensorDeviceClass.POWER, SensorDeviceClass.APPARENT_POWER, SensorDeviceClass.CURRENT}
)


def meter_questions(hass: HomeAssistant, values: Values, phases: Phases) -> Warnings:
    """Return what is asked of a site whose meter has one sensor for all."""
    if phases != ALL_TOGETHER:
        return {}
    entity_id = values[CONF_POWER_METER]
    named = {"power_meter": entity_id}
    questions: Warnings = {}
    device = measured_by_its_device(hass, entity_id)
    is_one = entity_id in device.phases or phase_named(entity_id) is not None
    if is_one and device.phase_count != 1:
        questions["one_phase_of_several"] = named
    if values[CONF_PHASES] > 1:
        questions["total_unseen"] = {}
        if known_unit(hass, entity_id) in CURRENT_UNITS:
            questions["total_is_current"] = named
    elif not is_one and device.phase_count is not None and device.phase_count > 1:
        questions["total_of_several"] = named
    return questions


def phase_named(entity_id: str) -> str | None:
    """Return the phase that a sensor is named after; None: no phase."""
    found = PHASE_NAME.search(entity_id.partition(".")[2])
    return next((name for name in found.groups() if name), None) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePhases:
    """What a sensor's device measures of single phases."""

    phase_count: int | None = None
    """How many it has sensors for, disabled ones too; None: the sensor has no device."""

    phases: frozenset[str] = frozenset()
    """The sensors of single phases that were recognised."""


def measured_by_its_device(hass: HomeAssistant, entity_id: str) -> DevicePhases:
    """Return what the device of a sensor measures: as it is recognised, or as it is named."""
    registry = er.async_get(hass)
    entity = registry.async_get(entity_id)
    if entity is None or entity.device_id is None:
        return DevicePhases()
    found = recognise(candidates_of(hass, entity.device_id))
    siblings = er.async_entries_for_device(
        registry, entity.device_id, include_disabled_entities=True
    )
    named = {
        phase_named(sibling.entity_id)
        for sibling in siblings
        if (sibling.device_class or sibling.original_device_class) in MEASURED
    }
    return DevicePhases(
        phase_count=max(len(found.phases), len(named - {None})),
        phases=frozenset(
            sensor
            for channel in found.phases
            for sensor in (channel.power, channel.current)
            if sensor is not None
        ),
    )
