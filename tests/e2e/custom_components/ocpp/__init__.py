"""Stands in for lbbrhzn/ocpp: the same entities and action, and the same ways to fail.

Read in its source and seen with it at a37fed3. Each way to fail is told where it is repeated.
"""

import voluptuous as vol
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv

from .central_system import DOMAIN, PLATFORMS, CentralSystem, OcppConfigEntry

SET_CHARGE_RATE = vol.Schema(
    {
        vol.Optional("devid"): cv.string,
        vol.Optional("conn_id", default=0): cv.positive_int,
        vol.Required("custom_profile"): dict,
    }
)


async def async_setup_entry(hass: HomeAssistant, entry: OcppConfigEntry) -> bool:
    """Listen for the charge points."""
    central_system = CentralSystem(hass, entry.data)
    entry.runtime_data = central_system
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    await central_system.async_start()
    hass.services.async_register(
        DOMAIN, "set_charge_rate", central_system.async_set_charge_rate, SET_CHARGE_RATE
    )
    return True


async def async_unload_entry(hass: HomeAssistant, entry: OcppConfigEntry) -> bool:
    """Listen no more."""
    await entry.runtime_data.async_stop()
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
