"""The charger's current: without a unit, as core's integration has it."""

from typing import override

from homeassistant.components.number import NumberEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from . import MOST_A, WallboxConfigEntry, WallboxEntity


async def async_setup_entry(
    _: HomeAssistant, entry: WallboxConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add it."""
    async_add_entities([MaximumChargingCurrent(entry.runtime_data, "max_charging_current")])


class MaximumChargingCurrent(WallboxEntity, NumberEntity):
    """What the charger offers the car."""

    _attr_name = "Maximum charging current"
    _attr_native_min_value, _attr_native_max_value = 6, MOST_A

    @property
    @override
    def native_value(self) -> float:
        return self.charger.current_a

    @override
    async def async_set_native_value(self, value: float) -> None:
        self.charger.current_a = value
        self.charger.changed()
