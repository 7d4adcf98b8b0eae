"""Switches: whether the balancer controls the site, and each charger."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity

from .coordinator import EvLbConfigEntry
from .entity import EvLbEntity, add_entities

PARALLEL_UPDATES = 0

ENABLED = SwitchEntityDescription(key="enabled", translation_key="enabled")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of the site and its chargers."""
    add_entities(entry, async_add_entities, EvLbSwitch, (ENABLED,), (ENABLED,))


class EvLbSwitch(EvLbEntity, SwitchEntity, RestoreEntity):
    """A switch; the store keeps it, Home Assistant's own memory steps in where that is lost."""

    @override
    async def async_added_to_hass(self) -> None:
        """Take up the last position that Home Assistant kept, where the store is lost."""
        await super().async_added_to_hass()
        if not self.coordinator.store.is_lost:
            return
        last = await self.async_get_last_state()
        if last is not None and last.state in (STATE_ON, STATE_OFF):
            self.coordinator.set_enabled(self.owner_id, is_enabled=last.state == STATE_ON)

    @property
    @override
    def is_on(self) -> bool:
        """Whether the balancer controls the owner."""
        return self.coordinator.store.is_enabled(self.owner_id)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Take control, in this turn."""
        self._set(is_enabled=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Leave the chargers as they are."""
        self._set(is_enabled=False)

    def _set(self, *, is_enabled: bool) -> None:
        self.coordinator.set_enabled(self.owner_id, is_enabled=is_enabled)
        self.async_write_ha_state()

    @override
    def shown(self) -> tuple[object, bool]:
        """Return the position and whether there is one."""
        return self.is_on, self.available
