"""The core's events go out: the bus event, the device's event entity and the log."""

import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_send

from .balancing.model import BalancerEvent, EventType
from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)

ALARMING = frozenset({EventType.METER_UNAVAILABLE, EventType.CHARGER_UNRESPONSIVE})


@callback
def async_send_event(hass: HomeAssistant, entry: ConfigEntry, event: BalancerEvent) -> None:
    """Tell everyone who listens; a charger that was just removed has nothing to tell any more."""
    owner_id = event.charger_id or entry.entry_id
    if event.charger_id is not None and event.charger_id not in entry.subentries:
        return
    data = event_data(hass, entry, event)
    name = data.get("charger", entry.title)
    level = logging.WARNING if event.type in ALARMING else logging.INFO
    _LOGGER.log(level, "%s: %s %s", name, event.type, dict(event.data) or "")
    hass.bus.async_fire(f"{DOMAIN}_{event.type}", data)
    async_dispatcher_send(hass, event_signal(owner_id), event)


def event_data(hass: HomeAssistant, entry: ConfigEntry, event: BalancerEvent) -> dict[str, Any]:
    """Return what the bus event carries."""
    owner_id = event.charger_id or entry.entry_id
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, owner_id), entry.entry_id)
    data: dict[str, Any] = {
        "entry_id": entry.entry_id,
        "site": entry.title,
        ATTR_DEVICE_ID: device.id if device is not None else None,
    }
    if event.charger_id is not None:
        data["charger_id"] = event.charger_id
        charger = entry.subentries.get(event.charger_id)  # it may just have been removed
        data["charger"] = charger.title if charger is not None else event.charger_id
    return data | dict(event.data)


def event_signal(owner_id: str) -> str:
    """Return the dispatcher signal that carries the events of a site or charger."""
    return f"{DOMAIN}_event_{owner_id}"
