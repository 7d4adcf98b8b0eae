"""All that entities say: a changed state, and the same one again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

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
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util


@dataclass(frozen=True, slots=True, kw_only=True)
class StateReport:
    """What an entity said, as it came."""

    entity_id: str
    state: State | None
    """None: the entity was removed."""

    at: datetime


type Take = Callable[[StateReport], None]

type TakeFirst = Callable[[StateReport | HomeAssistant], None]
"""Takes reports, and Home Assistant itself when it has started."""


@callback
def async_follow_reports(hass: HomeAssistant, entity_ids: list[str], take: Take) -> CALLBACK_TYPE:
    """Hand on all that is said once Home Assistant has started, until unsubscribed."""

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        at = state.last_updated if state is not None else dt_util.utcnow()
        if hass.state is CoreState.running:
            take(StateReport(entity_id=event.data["entity_id"], state=state, at=at))

    @callback
    def reported(event: Event[EventStateReportedData]) -> None:
        data = event.data
        if hass.state is CoreState.running:
            at = data["last_reported"]
            take(StateReport(entity_id=data["entity_id"], state=data["new_state"], at=at))

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
def async_follow_from_start(
    hass: HomeAssistant, entity_ids: list[str], take: TakeFirst
) -> CALLBACK_TYPE:
    """Hand on that Home Assistant has started, and all that is said from then on.

    What stands at the start counts too: an entity that reports only changes may be silent for
    hours.
    """
    unsubscribe = (
        async_follow_reports(hass, entity_ids, take),
        async_at_started(hass, take),
    )

    @callback
    def stop() -> None:
        for call in unsubscribe:
            call()

    return stop


def age_s(at: datetime) -> float:
    """Return how long ago it was."""
    return max((dt_util.utcnow() - at).total_seconds(), 0.0)
