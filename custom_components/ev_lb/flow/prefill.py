"""The form of the meter is filled in with what is recognised of its device."""

from typing import Any

import voluptuous as vol
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import DeviceSelectorConfig, EntityFilterSelectorConfig

from ..const import (
    CONF_CURRENT_METER,
    CONF_EXPORT_METER,
    CONF_POWER_METER,
    CONF_REVERSED,
    CONF_VOLTAGE_SENSOR,
    MAX_PHASES,
    of_phase,
)
from ..inputs.meter_device import Channel, Recognised, recognise
from ..sources import METER_SOURCES
from .fields import Values
from .meter import ALL_TOGETHER, Phases
from .meter_device import candidates_of
from .selectors import DeviceSelector

CONF_DEVICE = "meter_device"
"""Only asked, never stored: what counts is what the form says afterwards."""

DEVICE_SCHEMA = vol.Schema(
    {
        vol.Optional(CONF_DEVICE): DeviceSelector(
            DeviceSelectorConfig(
                entity=[
                    EntityFilterSelectorConfig(
                        domain=SENSOR_DOMAIN,
                        device_class=[
                            SensorDeviceClass.POWER,
                            SensorDeviceClass.APPARENT_POWER,
                            SensorDeviceClass.CURRENT,
                        ],
                    )
                ]
            )
        )
    }
)

MEASURED = frozenset(METER_SOURCES) | {
    of_phase(CONF_REVERSED, phase) for phase in (None, *range(MAX_PHASES))
}
"""What a device's sensors say of the meter: nothing of it stays when another one is picked."""


def recognised(hass: HomeAssistant, device_id: str | None) -> Recognised | None:
    """Return what is recognised of a device; None: no device, or nothing of it."""
    if device_id is None:
        return None
    found = recognise(candidates_of(hass, device_id))
    return found if found.has_load or found.disabled else None


def phases_recognised(found: Recognised, phase_count: int) -> Phases | None:
    """Return which phases of the site the device measures; None: none, and no total."""
    each = found.phases[:phase_count]
    if len(each) == phase_count > 1 and all(power_of(channel) for channel in each):
        return tuple(range(phase_count))
    return ALL_TOGETHER if power_of(total_of(found)) else None


def filled_in(values: Values, found: Recognised, phases: Phases) -> dict[str, Any]:
    """Return the values with the meter's sensors as they were recognised."""
    filled = {key: value for key, value in values.items() if key not in MEASURED}
    for phase in phases:
        channel = total_of(found) if phase is None else found.phases[phase]
        picked = {
            CONF_POWER_METER: power_of(channel),
            CONF_EXPORT_METER: channel.export,
            CONF_CURRENT_METER: channel.current if channel.power is not None else None,
            CONF_VOLTAGE_SENSOR: channel.voltage,
            CONF_REVERSED: channel.is_reversed or None,
        }
        filled |= {of_phase(key, phase): picked[key] for key in picked if picked[key] is not None}
    return filled


def power_of(channel: Channel) -> str | None:
    """Return what tells how much flows: the power, or where there is none the current."""
    return channel.power or channel.current


def total_of(found: Recognised) -> Channel:
    """Return the total; of a meter with one phase alone that phase is the total."""
    if len(found.phases) != 1:
        return found.total
    total, only = found.total, found.phases[0]
    if power_of(total) is None:
        return only
    return Channel(
        power=total.power or only.power,
        export=total.export,
        current=total.current or only.current,
        is_reversed=total.is_reversed if total.power else only.is_reversed,
        voltage=total.voltage or only.voltage,
    )
