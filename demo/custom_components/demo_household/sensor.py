"""What can be seen of the demo household."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import UnitOfElectricCurrent, UnitOfPower
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.helpers.typing import ConfigType, DiscoveryInfoType

from . import DOMAIN, HOUSEHOLD, RATED_CURRENT_A, SIGNAL_MOVED
from .household import VOLTAGE_V, Household

EARLY_S = 0.1
"""A step that comes this much early is still the one that is due."""


@dataclass(frozen=True, kw_only=True)
class DemoSensorDescription(SensorEntityDescription):
    """A sensor of the household."""

    value: Callable[[Household, float], float | str]
    period_s: float = 0.0
    """The least time between two reports."""


def current(
    key: str, name: str, icon: str, value: Callable[[Household, float], float]
) -> DemoSensorDescription:
    """Return a sensor of amperes."""
    return DemoSensorDescription(
        key=key,
        name=name,
        icon=icon,
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=1,
        value=lambda household, now: round(value(household, now), 1),
    )


SENSORS = (
    DemoSensorDescription(
        key="house_power",
        name="House power",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        value=lambda household, now: round(household.total_a(now) * VOLTAGE_V),
        period_s=1.0,
    ),
    current("supply_current", "Supply current", "mdi:transmission-tower", Household.total_a),
    current("house_load", "House load", "mdi:home-lightning-bolt", Household.house_a),
    *(
        current(
            f"{charger}_draw",
            f"{charger.capitalize()} draw",
            "mdi:ev-station",
            lambda household, now, charger=charger: household.chargers[charger].drawn_a(now),
        )
        for charger in RATED_CURRENT_A
    ),
    DemoSensorDescription(
        key="house_activity",
        name="House activity",
        icon="mdi:home-clock",
        value=lambda household, now: household.activity(now).name,
    ),
)


async def async_setup_platform(
    hass: HomeAssistant,
    config: ConfigType,
    async_add_entities: AddEntitiesCallback,
    discovery_info: DiscoveryInfoType | None = None,
) -> None:
    """Add the sensors."""
    household = hass.data[HOUSEHOLD]
    async_add_entities(DemoSensor(household, description) for description in SENSORS)


class DemoSensor(SensorEntity):
    """A sensor that reports whenever it is due, changed or not."""

    entity_description: DemoSensorDescription
    _attr_should_poll = False

    def __init__(self, household: Household, description: DemoSensorDescription) -> None:
        self.entity_description = description
        self._attr_unique_id = f"{DOMAIN}_{description.key}"
        self._household = household
        self._due_at = 0.0

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(async_dispatcher_connect(self.hass, SIGNAL_MOVED, self._moved))

    @callback
    def _moved(self, now: float) -> None:
        if now < self._due_at:
            return
        self._due_at = now + self.entity_description.period_s - EARLY_S
        self._attr_native_value = self.entity_description.value(self._household, now)
        self.async_write_ha_state()
