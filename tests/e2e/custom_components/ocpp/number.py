"""Maximum Current: the profile of the whole station."""

from typing import override

from homeassistant.components.number import RestoreNumber
from homeassistant.const import UnitOfElectricCurrent
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .central_system import MAX_CURRENT_A, ChargePoint, OcppConfigEntry
from .entity import OcppEntity


async def async_setup_entry(
    _: HomeAssistant, entry: OcppConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add one for each charge point."""
    async_add_entities(
        MaximumCurrent(charge_point) for charge_point in entry.runtime_data.charge_points.values()
    )


class MaximumCurrent(OcppEntity, RestoreNumber):
    """Shows what was accepted last; it is never read from the charge point."""

    _attr_native_min_value = 0
    _attr_native_max_value = MAX_CURRENT_A
    _attr_native_step = 1
    _attr_native_unit_of_measurement = UnitOfElectricCurrent.AMPERE

    def __init__(self, charge_point: ChargePoint) -> None:
        super().__init__(charge_point, "number", "Maximum Current")
        self._attr_native_value = MAX_CURRENT_A

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        if restored := await self.async_get_last_number_data():
            self._attr_native_value = restored.native_value

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Show it at once, and take it back when it is refused, with an error."""
        before = self._attr_native_value
        self._attr_native_value = value
        self.async_write_ha_state()
        profile = {
            "chargingProfileId": 1000,
            "stackLevel": 1,
            "chargingProfileKind": "Relative",
            "chargingProfilePurpose": "ChargePointMaxProfile",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": value}],
            },
        }
        if not await self.charge_point.async_is_profile_accepted(0, profile):
            self._attr_native_value = before
            self.async_write_ha_state()
            raise HomeAssistantError(f"charger did not accept {value:.1f} A")
