"""Binary sensors: whether the meter is there, a charger runs, and whether anything is wrong."""

# Home Assistant's own entity classes break this rule, and so does every entity made of them.
# pyright: reportIncompatibleVariableOverride=false

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import STATE_OFF, STATE_ON, EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity

from .balancing.model import MeterStatus
from .coordinator import EvLbConfigEntry, EvLbCoordinator
from .entity import EvLbEntity, add_entities
from .snapshot import Snapshot

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class EvLbBinarySensorDescription(BinarySensorEntityDescription):
    """A binary sensor and where its value comes from."""

    is_on: Callable[[Snapshot, str], bool]
    """Takes the snapshot and the owner's id."""

    is_remembered: bool = False
    """Whether our own file knows it of the last run, better than Home Assistant does."""


SITE_BINARY_SENSORS = (
    EvLbBinarySensorDescription(
        key="meter_status",
        translation_key="meter_status",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on=lambda data, _site_id: data.view.meter_status is MeterStatus.AVAILABLE,
    ),
    EvLbBinarySensorDescription(
        key="fallback_active",
        translation_key="fallback_active",
        device_class=BinarySensorDeviceClass.PROBLEM,
        is_on=lambda data, _site_id: data.view.meter_status is MeterStatus.UNAVAILABLE,
    ),
)

CHARGER_BINARY_SENSORS = (
    EvLbBinarySensorDescription(
        key="active",
        translation_key="active",
        device_class=BinarySensorDeviceClass.RUNNING,
        is_on=lambda data, charger_id: data.view.chargers[charger_id].target_a > 0,
    ),
    EvLbBinarySensorDescription(
        key="unresponsive",
        translation_key="unresponsive",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on=lambda data, charger_id: data.view.chargers[charger_id].is_unresponsive,
        is_remembered=True,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of the site and its chargers."""
    add_entities(
        entry, async_add_entities, EvLbBinarySensor, SITE_BINARY_SENSORS, CHARGER_BINARY_SENSORS
    )


class EvLbBinarySensor(EvLbEntity, BinarySensorEntity, RestoreEntity):
    """A binary sensor; until the first decision it shows what it showed before the restart."""

    entity_description: EvLbBinarySensorDescription

    def __init__(
        self, coordinator: EvLbCoordinator, description: EvLbBinarySensorDescription, owner_id: str
    ) -> None:
        """Take the description's value."""
        super().__init__(coordinator, description, owner_id)
        self._restored: bool | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Remember what was shown before the restart."""
        await super().async_added_to_hass()
        last = await self.async_get_last_state()
        if last is not None and last.state in (STATE_ON, STATE_OFF):
            self._restored = last.state == STATE_ON

    @property
    @override
    def is_on(self) -> bool:
        """What is so now, or was so before the restart."""
        is_recalled = self.entity_description.is_remembered and not self.coordinator.store.is_lost
        if not self.is_deciding and not is_recalled and self._restored is not None:
            return self._restored
        return self.entity_description.is_on(self.coordinator.data, self.owner_id)

    @override
    def shown(self) -> tuple[object, bool]:
        """Return the value and whether there is one."""
        return self.is_on, self.available
