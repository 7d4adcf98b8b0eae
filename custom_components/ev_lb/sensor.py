"""Sensors: what is free, what each charger was told, and why."""

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
from homeassistant.const import (
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfPower,
    UnitOfTime,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .balancing.model import BalancerState, LimitedBy, MeterStatus
from .balancing.settings import UnavailableBehavior
from .control.worker import CommandStatus
from .coordinator import EvLbConfigEntry, EvLbCoordinator, Snapshot, shown_s
from .entity import EvLbEntity, add_entities

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class EvLbSensorDescription(SensorEntityDescription):
    """A sensor and where its value comes from."""

    value: Callable[[Snapshot, str], StateType | datetime]
    """Takes the snapshot and the owner's id."""

    is_metered: bool = False
    """Whether the sensor has no value while the meter is unavailable."""

    is_setting: bool = False
    """Whether the value is known without a decision."""


def lowest_available_a(data: Snapshot) -> float | None:
    """Return what is free on the fullest phase."""
    if data.view.available_a is None:
        return None
    return round(min(data.view.available_a), 1) + 0.0  # no "-0.0"


def power_set_w(data: Snapshot, charger_id: str) -> int:
    """Return the power that a charger was last told, at the nominal voltage."""
    settings = data.settings.chargers
    charger = next(charger for charger in settings if charger.charger_id == charger_id)
    amperes = data.view.chargers[charger_id].setpoint_a * len(charger.phases)
    return round(amperes * data.service_voltage_v)


SITE_SENSORS = (
    EvLbSensorDescription(
        key="available_current",
        translation_key="available_current",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=1,
        is_metered=True,
        value=lambda data, _site_id: lowest_available_a(data),
    ),
    EvLbSensorDescription(
        key="configured_fallback",
        translation_key="configured_fallback",
        device_class=SensorDeviceClass.ENUM,
        options=list(UnavailableBehavior),
        entity_category=EntityCategory.DIAGNOSTIC,
        is_setting=True,
        value=lambda data, _site_id: data.settings.site.unavailable_behavior,
    ),
    EvLbSensorDescription(
        key="meter_period",
        translation_key="meter_period",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda data, _site_id: shown_s(data.view.meter_period_s),
    ),
    EvLbSensorDescription(
        key="meter_delay",
        translation_key="meter_delay",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda data, _site_id: shown_s(data.view.meter_delay_s),
    ),
)

CHARGER_SENSORS = (
    EvLbSensorDescription(
        key="current_set",
        translation_key="current_set",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=0,
        value=lambda data, charger_id: data.view.chargers[charger_id].setpoint_a,
    ),
    EvLbSensorDescription(
        key="power_set",
        translation_key="power_set",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        value=power_set_w,
    ),
    EvLbSensorDescription(
        key="balancer_state",
        translation_key="balancer_state",
        device_class=SensorDeviceClass.ENUM,
        options=list(BalancerState),
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda data, charger_id: data.view.chargers[charger_id].balancer_state,
    ),
    EvLbSensorDescription(
        key="limited_by",
        translation_key="limited_by",
        device_class=SensorDeviceClass.ENUM,
        options=list(LimitedBy),
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda data, charger_id: data.view.chargers[charger_id].limited_by,
    ),
    EvLbSensorDescription(
        key="last_command",
        translation_key="last_command",
        device_class=SensorDeviceClass.ENUM,
        options=list(CommandStatus),
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda data, charger_id: data.deliveries[charger_id].status,
    ),
    EvLbSensorDescription(
        key="last_command_time",
        translation_key="last_command_time",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda data, charger_id: data.deliveries[charger_id].at,
    ),
    EvLbSensorDescription(
        key="last_command_latency",
        translation_key="last_command_latency",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda data, charger_id: data.deliveries[charger_id].latency_s,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of the site and its chargers."""
    add_entities(entry, async_add_entities, EvLbSensor, SITE_SENSORS, CHARGER_SENSORS)


class EvLbSensor(EvLbEntity, RestoreSensor):
    """A sensor; until the first decision it shows what it showed before the restart."""

    entity_description: EvLbSensorDescription

    def __init__(
        self, coordinator: EvLbCoordinator, description: EvLbSensorDescription, owner_id: str
    ) -> None:
        """Take the description's value."""
        super().__init__(coordinator, description, owner_id)
        self.is_read = description.is_metered
        self._restored: StateType | date | datetime | Decimal = None

    @override
    async def async_added_to_hass(self) -> None:
        """Remember what was shown before the restart."""
        await super().async_added_to_hass()
        last = await self.async_get_last_sensor_data()
        is_setting, options = self.entity_description.is_setting, self.entity_description.options
        if last is None or is_setting or (options and last.native_value not in options):
            return
        self._restored = last.native_value

    @property
    @override
    def native_value(self) -> StateType | date | datetime | Decimal:
        """What is so now, or was so before the restart."""
        if not self.is_deciding and self._restored is not None:
            return self._restored
        return self.entity_description.value(self.coordinator.data, self.owner_id)

    @property
    @override
    def available(self) -> bool:
        """Whether there is anything to show."""
        is_lost = self.coordinator.data.view.meter_status is MeterStatus.UNAVAILABLE
        return super().available and not (self.entity_description.is_metered and is_lost)

    @override
    def shown(self) -> tuple[object, bool]:
        """Return the value and whether there is one."""
        return self.native_value, self.available
