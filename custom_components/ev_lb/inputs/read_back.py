"""What chargers that are controlled by their entities say they were told becomes a read-back.

What only repeats what was written to it is no evidence: an assumed state, or a helper of the
user's. Nor is what stands in an entity that cannot be reached.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

from homeassistant.components.input_boolean import DOMAIN as INPUT_BOOLEAN_DOMAIN
from homeassistant.components.input_number import DOMAIN as INPUT_NUMBER_DOMAIN
from homeassistant.components.input_select import DOMAIN as INPUT_SELECT_DOMAIN
from homeassistant.components.number.const import ATTR_VALUE
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    ATTR_ASSUMED_STATE,
    ATTR_ENTITY_ID,
    ATTR_OPTION,
    ATTR_SERVICE,
    ATTR_SERVICE_DATA,
    EVENT_CALL_SERVICE,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import CALLBACK_TYPE, Context, Event, HomeAssistant, State, callback
from homeassistant.helpers import config_validation as cv

from ..balancing.model import ReadBack
from ..configuration import charger_subentries, is_controlled_by_entities
from ..control.current_number import current_number, read_current_a
from ..control.entities import ChargerEntities, charger_entities
from ..control.reach import has_lost_device, unreachable
from .state_reports import StateReport, age_s, async_follow_from_start

HELPER_DOMAINS = frozenset({INPUT_NUMBER_DOMAIN, INPUT_BOOLEAN_DOMAIN, INPUT_SELECT_DOMAIN})

SHOWN_AFTER: Mapping[str, str] = {SERVICE_TURN_ON: STATE_ON, SERVICE_TURN_OFF: STATE_OFF}

SETTLING_S = 120.0
"""How long a device may take to show what a person has asked for: a cloud is polled each 90 s.

Until then it may show its old value, also after it has shown for a moment what was written.
"""


class ReadBacks:
    """What the chargers of a site that are controlled by their entities say they were told."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Find them."""
        self._chargers = {
            charger.subentry_id: Told(hass, charger_entities(charger.data))
            for charger in charger_subentries(entry)
            if is_controlled_by_entities(charger.data)
        }

    @callback
    def listen(self, on_report: Callable[[], None]) -> list[CALLBACK_TYPE]:
        """Tell of all that they say, until unsubscribed."""
        return [told.listen(on_report) for told in self._chargers.values()]

    def take(self) -> dict[str, ReadBack]:
        """Return what they said last, once, by charger: those that said anything new."""
        return {
            charger_id: told.take()
            for charger_id, told in self._chargers.items()
            if told.has_report
        }


class Told:
    """What one charger says it was told."""

    def __init__(self, hass: HomeAssistant, entities: ChargerEntities) -> None:
        """Keep the entities."""
        self.hass, self._entities = hass, entities
        self._hands = {
            entity_id: Hand()
            for entity_id in (entities.current_number, entities.pause_entity)
            if entity_id is not None
        }
        self.has_report = False
        """Whether they have said anything that was not taken yet."""

    @callback
    def listen(self, on_report: Callable[[], None]) -> CALLBACK_TYPE:
        """Tell of all that the entities say once Home Assistant has started."""

        @callback
        def take(said: StateReport | HomeAssistant) -> None:
            self.has_report = True
            news = (
                {said.entity_id: said.state}
                if isinstance(said, StateReport)
                else {entity_id: self.hass.states.get(entity_id) for entity_id in self._hands}
            )
            for entity_id, state in news.items():
                if state is not None:
                    self._hands[entity_id].note(state, self.hass)
            on_report()

        @callback
        def asked(event: Event) -> None:
            named = named_in(event.data) & self._hands.keys()
            if named and is_persons(self.hass, event.context):
                for entity_id in named:
                    self._hands[entity_id].ask(asked_for(event.data), self.hass.loop.time())

        unsubscribe = (
            async_follow_from_start(self.hass, list(self._hands), take),
            self.hass.bus.async_listen(EVENT_CALL_SERVICE, asked),
        )

        @callback
        def stop() -> None:
            for call in unsubscribe:
                call()

        return stop

    def take(self) -> ReadBack:
        """Return what the entities say now."""
        self.has_report = False
        entities = self._entities
        current_a = read_current_a(self._evidence(entities.current_number))
        pause = self._evidence(entities.pause_entity)
        is_paused = entities.is_paused_in.get(pause.state) if pause is not None else None
        if entities.stop is None and current_a is not None:
            is_paused = current_a <= 0
        acted = [entity_id for entity_id, hand in self._hands.items() if hand.take()]
        return ReadBack(
            at=self._said_at(),
            current_a=current_a,
            is_paused=is_paused,
            is_by_hand=any(self._evidence(entity_id) is not None for entity_id in acted),
            most_a=self._most_a(),
        )

    def _most_a(self) -> int | None:
        """Return the most that the number takes, be it one that only repeats what was written."""
        number_id = self._entities.current_number
        if unreachable(self.hass, number_id) is not None:
            return None
        takes = current_number(self.hass.states.get(number_id))
        return None if takes is None else takes.most_a

    def _said_at(self) -> float:
        """Return when the newest of it was said."""
        said = [state for each in self._hands if (state := self.hass.states.get(each)) is not None]
        newest = max((state.last_reported for state in said), default=None)
        return self.hass.loop.time() - (age_s(newest) if newest is not None else 0.0)

    def _evidence(self, entity_id: str | None) -> State | None:
        """Return the state of an entity; None where it says nothing of the charger."""
        if entity_id is None or (state := self.hass.states.get(entity_id)) is None:
            return None
        if state.domain in HELPER_DOMAINS or state.attributes.get(ATTR_ASSUMED_STATE):
            return None
        if unreachable(self.hass, entity_id) or has_lost_device(self.hass, entity_id):
            return None
        return state


class Hand:
    """Whether a person has changed an entity."""

    def __init__(self) -> None:
        """Begin without anything that was said."""
        self._context_id: str | None = None
        """Of what was said last: of another value in the same context the device is the author."""

        self._last: object = None
        self._by_hand: object = None
        """What a person wants it to show."""

        self._acted_at = float("-inf")
        self._has_acted = False

    def ask(self, value: object, now: float) -> None:
        """See that a person wants it to show something."""
        self._by_hand, self._acted_at = value, now

    def note(self, state: State, hass: HomeAssistant) -> None:
        """See what an entity says."""
        if state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN):
            return
        value, now = meant(state.state), hass.loop.time()
        is_another, self._last = value != self._last, value
        is_new, self._context_id = state.context.id != self._context_id, state.context.id
        if is_new and is_persons(hass, state.context):
            self._by_hand, self._acted_at, self._has_acted = value, now, True
        elif is_another:
            is_wanted = value == self._by_hand
            self._has_acted = is_wanted and now <= self._acted_at + SETTLING_S

    def take(self) -> bool:
        """Return, once, whether what stands is what a person has just put there."""
        has_acted, self._has_acted = self._has_acted, False
        return has_acted


def meant(text: str) -> object:
    """Return what is said: a number is the same however it is written."""
    try:
        return float(text)
    except ValueError:
        return text


def asked_for(call: Mapping[str, Any]) -> object:
    """Return what an entity is to show after a call; None: not known."""
    data = call[ATTR_SERVICE_DATA]
    if ATTR_VALUE in data:
        return meant(str(data[ATTR_VALUE]))
    return data.get(ATTR_OPTION, SHOWN_AFTER.get(call[ATTR_SERVICE]))


def named_in(call: Mapping[str, Any]) -> frozenset[str]:
    """Return the entities that a call names."""
    named = call[ATTR_SERVICE_DATA].get(ATTR_ENTITY_ID, [])
    # Home Assistant declares a bare list.
    ids = cast(list[object], cv.ensure_list_csv(named))  # pyright: ignore[reportUnknownMemberType]
    return frozenset(each for each in ids if isinstance(each, str))


def is_persons(hass: HomeAssistant, context: Context) -> bool:
    """Return whether a person did something, or something that has set off an automation."""
    if context.user_id is not None or context.parent_id is None:
        return context.user_id is not None
    return any(
        state.context.user_id is not None
        for state in hass.states.async_all()
        if state.context.id == context.parent_id
    )
