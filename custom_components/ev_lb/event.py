"""Event entities: a device's events, as the logbook and automations see them."""

from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .balancing.model import CHARGER_EVENTS, SITE_EVENTS, BalancerEvent
from .coordinator import EvLbConfigEntry
from .entity import EvLbEntity, add_entities
from .events import event_signal

PARALLEL_UPDATES = 0

SITE_EVENT = EventEntityDescription(
    key="news", translation_key="site_news", event_types=list(SITE_EVENTS)
)
CHARGER_EVENT = EventEntityDescription(
    key="news", translation_key="charger_news", event_types=list(CHARGER_EVENTS)
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entities of the site and its chargers."""
    add_entities(entry, async_add_entities, EvLbEvent, (SITE_EVENT,), (CHARGER_EVENT,))


class EvLbEvent(EvLbEntity, EventEntity):
    """The events of a site or charger."""

    @override
    async def async_added_to_hass(self) -> None:
        """Listen for the owner's events."""
        await super().async_added_to_hass()
        signal = event_signal(self.owner_id)
        self.async_on_remove(async_dispatcher_connect(self.hass, signal, self._handle_event))

    @callback
    def _handle_event(self, event: BalancerEvent) -> None:
        self._trigger_event(event.type, dict(event.data))
        self.async_write_ha_state()

    @override
    def shown(self) -> tuple[object, bool]:
        """Return what only events change."""
        return None, self.available
