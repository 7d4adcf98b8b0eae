"""Charge Control: whether a session runs."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .central_system import CHARGING_STATUSES, OcppConfigEntry
from .entity import OcppEntity


async def async_setup_entry(
    _: HomeAssistant, entry: OcppConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add one for each charge point."""
    async_add_entities(
        ChargeControl(charge_point, "switch", "Charge Control")
        for charge_point in entry.runtime_data.charge_points.values()
    )


class ChargeControl(OcppEntity, SwitchEntity):
    """Begins and ends a session. A suspended one is on."""

    @property
    @override
    def is_on(self) -> bool:
        return self.charge_point.status in CHARGING_STATUSES

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self.charge_point.async_start_charging()

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self.charge_point.async_stop_charging()
