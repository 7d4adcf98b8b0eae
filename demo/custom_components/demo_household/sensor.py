"""What can be seen of the demo household.

The meter and the wallboxes are devices, as real ones are. What no real device shows, such as what
the house draws without the cars, belongs to none.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import UnitOfElectricCurrent, UnitOfElectricPotential, UnitOfPower
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from . import DOMAIN, HOUSEHOLD, SIGNAL_MOVED
from .household import Home, Household

METER = "House meter"

REPORTED_S = 1.0
"""How often a device reports."""

EARLY_S = 0.1
"""A step that comes this much early is still the one that is due."""

UNITS = {
    SensorDeviceClass.CURRENT: UnitOfElectricCurrent.AMPERE,
    SensorDeviceClass.POWER: UnitOfPower.WATT,
    SensorDeviceClass.VOLTAGE: UnitOfElectricPotential.VOLT,
}


@dataclass(frozen=True, kw_only=True)
class DemoSensorDescription(SensorEntityDescription):
    """A sensor of the household."""

    value: Callable[[Household, float], float | str]
    device: str | None = None
    """The name of the device that it belongs to; None: none."""


def measured(
    name: str,
    quantity: SensorDeviceClass,
    value: Callable[[Household, float], float],
    *,
    device: str | None = None,
    icon: str | None = None,
) -> DemoSensorDescription:
    """Return a sensor of amperes, watts or volts."""
    digits = 0 if quantity is SensorDeviceClass.POWER else 1
    return DemoSensorDescription(
        key=f"{device or ''} {name}".strip().lower().replace(" ", "_"),
        name=name,
        icon=icon,
        device_class=quantity,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UNITS[quantity],
        suggested_display_precision=digits,
        value=lambda household, now: round(value(household, now), digits),
        device=device,
    )


def sensors_of(home: Home) -> Iterator[DemoSensorDescription]:
    """Yield everything that can be seen."""
    for phase in home.phases:
        yield from sensors_of_phase(home, phase)
    for charger in home.wallboxes:
        yield measured(
            f"{charger.capitalize()} draw",
            SensorDeviceClass.CURRENT,
            lambda household, now, charger=charger: household.chargers[charger].drawn_a(now),
            icon="mdi:ev-station",
        )
    yield DemoSensorDescription(
        key="house_activity",
        name="House activity",
        icon="mdi:home-clock",
        value=lambda household, now: household.activity(now).name,
    )


def sensors_of_phase(home: Home, phase: int) -> Iterator[DemoSensorDescription]:
    """Yield what can be seen of a phase; of an only one the devices show no more than they must."""
    label = f" L{phase + 1}" if len(home.phases) > 1 else ""
    current, power, voltage = UNITS

    def total_a(household: Household, now: float) -> float:
        return household.total_a(phase, now)

    yield measured(f"Supply current{label}", current, total_a, icon="mdi:transmission-tower")
    yield measured(
        f"House load{label}",
        current,
        lambda household, now: household.house_a(phase, now),
        icon="mdi:home-lightning-bolt",
    )
    yield measured(
        f"Power{label}",
        power,
        lambda household, now: household.power_w(phase, now),
        device=METER,
    )
    if label:
        volts = home.voltages_v[phase]
        yield measured(f"Current{label}", current, total_a, device=METER)
        yield measured(f"Voltage{label}", voltage, lambda *_: volts, device=METER)
        for charger in home.wallboxes:
            yield measured(
                f"Current{label}",
                current,
                lambda household, now, charger=charger: household.chargers[charger].drawn_on_a(
                    phase, now
                ),
                device=f"{charger.capitalize()} wallbox",
            )


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors."""
    household = hass.data[HOUSEHOLD]
    async_add_entities(
        DemoSensor(household, description) for description in sensors_of(household.home)
    )


class DemoSensor(SensorEntity):
    """A sensor that reports whenever it is due, changed or not."""

    entity_description: DemoSensorDescription
    _attr_should_poll = False

    def __init__(self, household: Household, description: DemoSensorDescription) -> None:
        self.entity_description = description
        self._attr_unique_id = f"{DOMAIN}_{description.key}"
        if description.device is not None:
            self._attr_has_entity_name = True
            self._attr_device_info = DeviceInfo(
                identifiers={(DOMAIN, description.device)}, name=description.device
            )
        self._household = household
        self._due_at = 0.0

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(async_dispatcher_connect(self.hass, SIGNAL_MOVED, self._moved))

    @callback
    def _moved(self, now: float) -> None:
        if now < self._due_at:
            return
        period_s = 0.0 if self.entity_description.device is None else REPORTED_S
        self._due_at = now + period_s - EARLY_S
        self._attr_native_value = self.entity_description.value(self._household, now)
        self.async_write_ha_state()
