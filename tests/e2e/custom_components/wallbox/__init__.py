"""Stands in for core's Wallbox integration: the same entities on a device, without its cloud."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity

DOMAIN = "wallbox"
PLATFORMS = (Platform.NUMBER, Platform.SENSOR, Platform.SWITCH)
MOST_A = 32
VOLTAGE_V = 230
SERIAL_NUMBER = "12345"

type WallboxConfigEntry = ConfigEntry[Charger]


@dataclass(slots=True)
class Charger:
    """A charger with a car that takes what it is given on three phases."""

    current_a: float = MOST_A
    is_charging: bool = True
    on_change: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])

    @property
    def power_kw(self) -> float:
        """Return what the car draws."""
        return round(3 * VOLTAGE_V * self.current_a / 1000, 1) if self.is_charging else 0.0

    def changed(self) -> None:
        """Have all its entities written anew."""
        for write in self.on_change:
            write()


class WallboxEntity(Entity):
    """An entity of the charger, with the unique id that core's integration gives it."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, charger: Charger, key: str) -> None:
        self.charger = charger
        self._attr_unique_id = f"{key}-{SERIAL_NUMBER}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, SERIAL_NUMBER)}, name="Wallbox Pulsar", manufacturer="Wallbox"
        )

    @override
    async def async_added_to_hass(self) -> None:
        self.charger.on_change.append(self.async_write_ha_state)


async def async_setup_entry(hass: HomeAssistant, entry: WallboxConfigEntry) -> bool:
    """Add the charger."""
    entry.runtime_data = Charger()
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True
