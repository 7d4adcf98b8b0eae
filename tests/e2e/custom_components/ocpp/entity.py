"""What the entities of a charge point share."""

from typing import override

from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity import Entity

from .central_system import DOMAIN, ChargePoint


class OcppEntity(Entity):
    """Written when the charge point says something, and not when it is lost."""

    _attr_should_poll = False

    def __init__(self, charge_point: ChargePoint, platform: str, name: str) -> None:
        self.charge_point = charge_point
        key = name.lower().replace(" ", "_")
        self._attr_name = name
        self._attr_unique_id = (
            f"{DOMAIN}.{charge_point.name}.{key}.sensor"
            if platform == "sensor"
            else f"{platform}.{DOMAIN}.{charge_point.name}.{key}"
        )
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, charge_point.name)}, name=charge_point.name
        )
        self.entity_id = f"{platform}.{charge_point.name}_{key}"

    @property
    @override
    def available(self) -> bool:
        return self.charge_point.is_connected

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(
            async_dispatcher_connect(self.hass, self.charge_point.signal, self.async_write_ha_state)
        )
