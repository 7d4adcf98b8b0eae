"""Devices of chargers, as their integrations put them into Home Assistant's registries."""

from dataclasses import dataclass, field
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from .test_meter_device import add_device

CURRENT_RANGE = {"min": 6, "max": 32, "step": 1}
DISABLED = er.RegistryEntryDisabler.INTEGRATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """An entity of a charger's device."""

    domain: str
    unique_id: str
    state: str | None
    """None: it is disabled."""

    name: str | None = None
    """None: its unique id."""

    unit: str | None = None
    can: dict[str, Any] = field(default_factory=dict[str, Any])
    """Its capabilities: the range of a number, the options of a select."""


WALLBOX = (
    Entity(domain="number", unique_id="max_charging_current-1", state="16", can=CURRENT_RANGE),
    Entity(domain="switch", unique_id="paused-1", state="on"),
    Entity(domain="sensor", unique_id="status_description-1", state="Charging"),
    Entity(domain="sensor", unique_id="charging_power-1", state="3.6", unit="kW"),
    Entity(domain="sensor", unique_id="added_energy-1", state="7.2", unit="kWh"),
)
"""As core's integration has them; its number has no unit."""

WALLBOX_FILLED_IN = {
    "name": "Wallbox",
    "current_number": "number.max_charging_current_1",
    "pause": "switch",
    "pause_switch": "switch.paused_1",
    "start_order": "set_first",
    "max_charger_current_a": 32,
    "min_ev_current_a": 6,
    "draw_sensor": "sensor.charging_power_1",
    "status_sensor": "sensor.status_description_1",
    "energy_sensor": "sensor.added_energy_1",
    "response_time_s": 20,
    "command_interval_s": 60,
}


def add_charger(
    hass: HomeAssistant, platform: str, *entities: Entity, name: str = "Wallbox"
) -> str:
    """Add a charger's device with its entities, and return its id."""
    (device_id,) = add_device(hass, platform, name)
    device = dr.async_get(hass).async_get(device_id)
    assert device is not None
    entry = hass.config_entries.async_get_entry(device.config_entry_id)
    for entity in entities:
        entity_id = (
            er.async_get(hass)
            .async_get_or_create(
                entity.domain,
                platform,
                entity.unique_id,
                config_entry=entry,
                device_id=device_id,
                capabilities=entity.can,
                unit_of_measurement=entity.unit,
                original_name=entity.name or entity.unique_id,
                disabled_by=DISABLED if entity.state is None else None,
                suggested_object_id=entity.unique_id,
            )
            .entity_id
        )
        if entity.state is not None:
            unit = {} if entity.unit is None else {"unit_of_measurement": entity.unit}
            hass.states.async_set(entity_id, entity.state, entity.can | unit)
    return device_id
