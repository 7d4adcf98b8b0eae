"""All that entities say: a changed state, and the same one again."""

from collections.abc import Callable
from datetime import datetime

from homeassistant.const import ATTR_RESTORED
from homeassistant.core import (
    CALLBACK_TYPE,
    CoreState,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_state_report_event,
)
from homeassistant.util import dt as dt_util

type Take = Callable[[str, State | None, datetime], None]
"""Takes an entity's id, its state, and when it was said; None: the entity was removed."""


@callback
def async_follow_reports(hass: HomeAssistant, entity_ids: list[str], take: Take) -> CALLBACK_TYPE:
    """Hand on all that is said once Home Assistant has started, until unsubscribed."""

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        at = state.last_updated if state is not None else dt_util.utcnow()
        if hass.state is CoreState.running:
            take(event.data["entity_id"], state, at)

    @callback
    def reported(event: Event[EventStateReportedData]) -> None:
        if hass.state is CoreState.running:
            take(event.data["entity_id"], event.data["new_state"], event.data["last_reported"])

    unsubscribe = (
        async_track_state_change_event(hass, entity_ids, changed),
        async_track_state_report_event(hass, entity_ids, reported),
    )

    @callback
    def stop() -> None:
        for call in unsubscribe:
            call()

    return stop


@callback
def async_take_standing(hass: HomeAssistant, entity_ids: list[str], take: Take) -> None:
    """Hand on the states that stand, but for those of an earlier run."""
    for entity_id in entity_ids:
        state = hass.states.get(entity_id)
        if state is not None and not state.attributes.get(ATTR_RESTORED):
            take(entity_id, state, state.last_reported)


def age_s(at: datetime) -> float:
    """Return how long ago it was."""
    return max((dt_util.utcnow() - at).total_seconds(), 0.0)
