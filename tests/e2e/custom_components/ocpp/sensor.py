"""What a charge point says of itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import override

from homeassistant.components.sensor import (
    RestoreSensor,
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import UnitOfElectricCurrent, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .central_system import ChargePoint, OcppConfigEntry
from .entity import OcppEntity


@dataclass(frozen=True, kw_only=True)
class OcppSensorDescription(SensorEntityDescription):
    """A sensor of a charge point."""

    label: str
    value: Callable[[ChargePoint], float | str | None]


SENSORS = (
    OcppSensorDescription(
        key="status_connector",
        label="Status Connector",
        value=lambda charge_point: charge_point.status,
    ),
    OcppSensorDescription(
        key="transaction_id",
        label="Transaction Id",
        value=lambda charge_point: charge_point.transaction_id,
    ),
    OcppSensorDescription(
        key="current_import",
        label="Current Import",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        value=lambda charge_point: charge_point.current_a,
    ),
    OcppSensorDescription(
        key="power_active_import",
        label="Power Active Import",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.KILO_WATT,
        value=lambda charge_point: charge_point.power_kw,
    ),
)


async def async_setup_entry(
    _: HomeAssistant, entry: OcppConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add all of each charge point."""
    async_add_entities(
        OcppSensor(charge_point, description)
        for charge_point in entry.runtime_data.charge_points.values()
        for description in SENSORS
    )


class OcppSensor(OcppEntity, RestoreSensor):
    """Written with each message; until it knows better it shows what it did before a restart."""

    entity_description: OcppSensorDescription

    def __init__(self, charge_point: ChargePoint, description: OcppSensorDescription) -> None:
        super().__init__(charge_point, "sensor", description.label)
        self.entity_description = description

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        if restored := await self.async_get_last_sensor_data():
            self._attr_native_value = restored.native_value

    @property
    @override
    def native_value(self) -> StateType | date | datetime | Decimal:
        value = self.entity_description.value(self.charge_point)
        if value is not None:
            self._attr_native_value = value
        return self._attr_native_value
