"""Event entities: a device's news, as the logbook and automations see them.

A cut is no bus event: it is the daily work. Here it is one row of the logbook, which tells why.
"""

# Home Assistant's own entity classes break this rule, and so does every entity made of them.
# pyright: reportIncompatibleVariableOverride=false

from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .balancing.model import CHARGER_EVENTS, SITE_EVENTS, BalancerEvent, LimitedBy
from .coordinator import EvLbConfigEntry
from .entity import EvLbEntity, add_entities
from .events import event_signal
from .sentences import Texts, sentence

PARALLEL_UPDATES = 0

STARTED = "started"
"""The first news of all: nobody has to wonder about an entity that is unknown."""

CURRENT_REDUCED = "current_reduced"

FORCED = (LimitedBy.HEADROOM, LimitedBy.SHARING, LimitedBy.OVERLOAD)
"""Reasons of a cut that nobody asked for: what the user or the charger lowers is no news."""

SITE_EVENT = EventEntityDescription(
    key="news", translation_key="site_news", event_types=[STARTED, *SITE_EVENTS]
)
CHARGER_EVENT = EventEntityDescription(
    key="news",
    translation_key="charger_news",
    event_types=[STARTED, CURRENT_REDUCED, *CHARGER_EVENTS],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entities of the site and its chargers."""
    add_entities(entry, async_add_entities, EvLbEvent, (SITE_EVENT,), ())
    add_entities(entry, async_add_entities, EvLbChargerEvent, (), (CHARGER_EVENT,))


class EvLbEvent(EvLbEntity, EventEntity):
    """The events of a site or charger."""

    @override
    async def async_added_to_hass(self) -> None:
        """Listen for the owner's events; where none is restored, this is the first."""
        await super().async_added_to_hass()
        signal = event_signal(self.owner_id)
        self.async_on_remove(async_dispatcher_connect(self.hass, signal, self._handle_event))
        if self.state is None:
            self._trigger_event(STARTED)

    @callback
    def _handle_event(self, event: BalancerEvent) -> None:
        self._trigger_event(event.type, dict(event.data))
        self.async_write_ha_state()

    @override
    def shown(self) -> tuple[object, bool]:
        """Return what only events change."""
        return None, self.available


class EvLbChargerEvent(EvLbEvent):
    """The events of a charger, and its cuts."""

    _target_a = 0

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Tell of a cut, once; a stop has an event of its own."""
        super()._handle_coordinator_update()
        data = self.coordinator.data
        charger = data.view.chargers[self.owner_id]
        before_a, self._target_a = self._target_a, charger.target_a
        is_cut = 0 < charger.target_a < before_a and charger.limited_by in FORCED
        if is_cut and not data.is_observing:  # what is only observed has not happened
            attributes = {
                "previous_current_a": before_a,
                "current_a": charger.target_a,
                "sentence": sentence(data, self.owner_id, Texts.of_the_home(self.hass)),
            }
            self._trigger_event(CURRENT_REDUCED, attributes)
            self.async_write_ha_state()
