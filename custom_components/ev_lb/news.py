"""News goes out: the bus event, the device's event entity and the log."""

import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_send

from .balancing.model import News, NewsType
from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)

ALARMING = frozenset({NewsType.METER_UNAVAILABLE, NewsType.CHARGER_UNRESPONSIVE})


@callback
def async_tell(hass: HomeAssistant, entry: ConfigEntry, news: News) -> None:
    """Tell everyone who listens; a charger that was just removed has nothing to tell any more."""
    owner_id = news.charger_id or entry.entry_id
    if news.charger_id is not None and news.charger_id not in entry.subentries:
        return
    data = event_data(hass, entry, news)
    name = data.get("charger", entry.title)
    level = logging.WARNING if news.type in ALARMING else logging.INFO
    _LOGGER.log(level, "%s: %s %s", name, news.type, dict(news.data) or "")
    hass.bus.async_fire(f"{DOMAIN}_{news.type}", data)
    async_dispatcher_send(hass, news_signal(owner_id), news)


def event_data(hass: HomeAssistant, entry: ConfigEntry, news: News) -> dict[str, Any]:
    """Return what the bus event carries."""
    owner_id = news.charger_id or entry.entry_id
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, owner_id), entry.entry_id)
    data: dict[str, Any] = {
        "entry_id": entry.entry_id,
        "site": entry.title,
        ATTR_DEVICE_ID: device.id if device is not None else None,
    }
    if news.charger_id is not None:
        data["charger_id"] = news.charger_id
        data["charger"] = entry.subentries[news.charger_id].title
    return data | dict(news.data)


def news_signal(owner_id: str) -> str:
    """Return the dispatcher signal that carries the news of a site or charger."""
    return f"{DOMAIN}_news_{owner_id}"
