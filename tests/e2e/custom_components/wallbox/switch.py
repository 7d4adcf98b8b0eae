"""What pauses the charger."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from . import WallboxConfigEntry, WallboxEntity


async def async_setup_entry(
    _: HomeAssistant, entry: WallboxConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add it."""
    async_add_entities([PauseResume(entry.runtime_data, "paused")])


class PauseResume(WallboxEntity, SwitchEntity):
    """On while the car charges, whatever its unique id says."""

    _attr_name = "Pause/resume"

    @property
    @override
    def is_on(self) -> bool:
        return self.charger.is_charging

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        self.charger.is_charging = True
        self.charger.changed()

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        self.charger.is_charging = False
        self.charger.changed()
