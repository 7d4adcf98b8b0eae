"""Event entities: a device's news, as the logbook and automations see them."""

from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .balancing.model import CHARGER_NEWS, SITE_NEWS, News
from .coordinator import EvLbConfigEntry
from .entity import EvLbEntity, add_entities
from .news import news_signal

PARALLEL_UPDATES = 0

SITE_EVENT = EventEntityDescription(
    key="news", translation_key="site_news", event_types=list(SITE_NEWS)
)
CHARGER_EVENT = EventEntityDescription(
    key="news", translation_key="charger_news", event_types=list(CHARGER_NEWS)
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entities of the site and its chargers."""
    add_entities(entry, async_add_entities, EvLbEvent, (SITE_EVENT,), (CHARGER_EVENT,))


class EvLbEvent(EvLbEntity, EventEntity):
    """The news of a site or charger."""

    @override
    async def async_added_to_hass(self) -> None:
        """Listen for the owner's news."""
        await super().async_added_to_hass()
        signal = news_signal(self.owner_id)
        self.async_on_remove(async_dispatcher_connect(self.hass, signal, self._handle_news))

    @callback
    def _handle_news(self, news: News) -> None:
        self._trigger_event(news.type, dict(news.data))
        self.async_write_ha_state()

    @override
    def shown(self) -> tuple[object, bool]:
        """Return what only news changes."""
        return None, self.available
