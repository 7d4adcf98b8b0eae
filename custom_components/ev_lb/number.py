"""Numbers: what the user changes while running. A dialog's rating can only be lowered."""

# Home Assistant's own entity classes break this rule, and so does every entity made of them.
# pyright: reportIncompatibleVariableOverride=false

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntityDescription,
    NumberMode,
    RestoreNumber,
)
from homeassistant.const import EntityCategory, UnitOfElectricCurrent, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .configuration import configured
from .const import (
    CONF_MAX_CHARGER_CURRENT_A,
    CONF_MAX_STARTS_PER_HOUR,
    CONF_MIN_EV_CURRENT_A,
    CONF_PRIORITY,
    CONF_RAMP_UP_TIME_S,
    CONF_SERVICE_CURRENT_A,
    MAX_MAX_STARTS_PER_HOUR,
    MAX_MIN_EV_CURRENT_A,
    MAX_PRIORITY,
    MAX_RAMP_UP_TIME_S,
    MIN_RAMP_UP_TIME_S,
)
from .coordinator import EvLbConfigEntry, EvLbCoordinator
from .entity import EvLbEntity, add_entities

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class EvLbNumberDescription(NumberEntityDescription):
    """A number and the setting that it changes."""

    setting: str
    is_rating: bool = False
    """Whether the dialog's value is the most the number can be."""

    native_step: float = 1


SITE_NUMBERS = (
    EvLbNumberDescription(
        key="service_current",
        translation_key="service_current",
        setting=CONF_SERVICE_CURRENT_A,
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        native_min_value=1,
        is_rating=True,
        entity_category=EntityCategory.CONFIG,
    ),
    EvLbNumberDescription(
        key="ramp_up_time",
        translation_key="ramp_up_time",
        setting=CONF_RAMP_UP_TIME_S,
        device_class=NumberDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        native_min_value=MIN_RAMP_UP_TIME_S,
        native_max_value=MAX_RAMP_UP_TIME_S,
        mode=NumberMode.BOX,
        entity_category=EntityCategory.CONFIG,
    ),
)

CHARGER_NUMBERS = (
    EvLbNumberDescription(
        key="max_charger_current",
        translation_key="max_charger_current",
        setting=CONF_MAX_CHARGER_CURRENT_A,
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        native_min_value=0,
        is_rating=True,
    ),
    EvLbNumberDescription(
        key="min_ev_current",
        translation_key="min_ev_current",
        setting=CONF_MIN_EV_CURRENT_A,
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        native_min_value=1,
        native_max_value=MAX_MIN_EV_CURRENT_A,
        entity_category=EntityCategory.CONFIG,
    ),
    EvLbNumberDescription(
        key="priority",
        translation_key="priority",
        setting=CONF_PRIORITY,
        native_min_value=1,
        native_max_value=MAX_PRIORITY,
        entity_category=EntityCategory.CONFIG,
    ),
    EvLbNumberDescription(
        key="max_starts_per_hour",
        translation_key="max_starts_per_hour",
        setting=CONF_MAX_STARTS_PER_HOUR,
        native_min_value=1,
        native_max_value=MAX_MAX_STARTS_PER_HOUR,
        mode=NumberMode.BOX,
        entity_category=EntityCategory.CONFIG,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the numbers of the site and its chargers."""
    add_entities(entry, async_add_entities, EvLbNumber, SITE_NUMBERS, CHARGER_NUMBERS)


class EvLbNumber(EvLbEntity, RestoreNumber):
    """A number; the store keeps it, Home Assistant's own memory steps in where that is lost."""

    entity_description: EvLbNumberDescription

    def __init__(
        self, coordinator: EvLbCoordinator, description: EvLbNumberDescription, owner_id: str
    ) -> None:
        """Take the range from the description, or the dialog."""
        super().__init__(coordinator, description, owner_id)
        self._configured: int = configured(owner_data(coordinator, owner_id), description.setting)
        if description.is_rating:
            self._attr_native_max_value = self._configured

    @override
    async def async_added_to_hass(self) -> None:
        """Take up the last value that Home Assistant kept, where the store is lost."""
        await super().async_added_to_hass()
        if not self.coordinator.store.is_lost:
            return
        last = await self.async_get_last_number_data()
        if last is None or last.native_value is None:
            return
        if self.native_min_value <= last.native_value <= self.native_max_value:
            await self.async_set_native_value(last.native_value)

    @property
    @override
    def native_value(self) -> int:
        """The value in force."""
        store = self.coordinator.store
        value = store.number(self.owner_id, self.entity_description.setting, self._configured)
        return min(value, self._configured) if self.entity_description.is_rating else value

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Put another value in force, in this turn."""
        self.coordinator.set_number(
            self.owner_id, self.entity_description.setting, int(value), self._configured
        )
        self.async_write_ha_state()

    @override
    def shown(self) -> tuple[object, bool]:
        """Return the value and whether there is one."""
        return self.native_value, self.available


def owner_data(coordinator: EvLbCoordinator, owner_id: str) -> Mapping[str, Any]:
    """Return what the dialog of the site or charger says."""
    entry = coordinator.config_entry
    return entry.data if owner_id == entry.entry_id else entry.subentries[owner_id].data
