"""What is known of one phase of a meter: what it said last, and whether it lives.

A sensor that is only silent because nothing changed lives while its relatives speak. Nothing
brings back one that is unavailable, and one that used to repeat its value must do so itself.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeGuard

from homeassistant.const import ATTR_RESTORED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util

from .phase_sensors import PhaseSensors, Unread, measured
from .state_reports import StateReport

CONTRADICTION_S = 60.0
"""Import and export may be those of different moments for a while; a wrong sensor stays wrong."""


KEPT_WORDS, REPEATED_WORDS = 5, 3
"""A sensor repeats itself that has said so many of so many the same again: one replayed message
after a reconnection is no rhythm."""

RHYTHM_S = 300.0
"""What is said again after a longer silence is no rhythm either."""


@dataclass(slots=True, kw_only=True)
class Words:
    """What a sensor said last, and whether it says again what has not changed."""

    text: str | None = None
    at: datetime | None = None
    repeats: bool = False
    """Once it has shown that it does, its silence means something for good."""

    _were_same: deque[bool] = field(default_factory=lambda: deque[bool](maxlen=KEPT_WORDS))

    def on_report(self, report: StateReport) -> None:
        """Learn from one more word; what is said after an outage repeats nothing."""
        if not is_said(report.state):
            self.text = None
            return
        if self.at is not None and report.at - self.at > timedelta(seconds=RHYTHM_S):
            self._were_same.clear()
        self._were_same.append(report.state.state == self.text)
        self.text, self.at = report.state.state, report.at
        self.repeats |= sum(self._were_same) >= REPEATED_WORDS


class MeteredPhase:
    """What one phase says, or the total of all."""

    def __init__(self, hass: HomeAssistant, sensors: PhaseSensors) -> None:
        """Begin with nothing said."""
        self.hass, self.sensors = hass, sensors
        self.relatives: frozenset[str] = frozenset()
        """The sensors whose word is a sign of life for this phase."""

        self.said_at: datetime | None = None
        """When it spoke last, or was known to live; None: not since Home Assistant started."""

        self.current_a: float | None = None
        self.unread: Unread | None = None
        """Why there is no current; None: there is one, or it was not read yet."""

        self.words = {entity_id: Words() for entity_id in sensors.measuring}
        """What each of its sensors has said."""

        self._is_new = False
        self._contradictory_since: datetime | None = None

    @property
    def is_contradictory(self) -> bool:
        """Whether it has imported and exported at once for a while."""
        since = self._contradictory_since
        return since is not None and dt_util.utcnow() - since >= timedelta(seconds=CONTRADICTION_S)

    @property
    def repeats(self) -> bool:
        """Whether it says again what has not changed."""
        return any(words.repeats for words in self.words.values())

    def on_report(self, report: StateReport) -> None:
        """Note what one of its sensors said; only the power speaks for all of them."""
        self._is_new = True
        self.words[report.entity_id].on_report(report)
        if report.entity_id == self.sensors.power:
            self._lived_at(report.at)
        else:
            self.on_sign_of_life(report, is_measuring=True)

    def on_sign_of_life(self, report: StateReport, *, is_measuring: bool) -> bool:
        """Note that a relative spoke; return whether this phase lives by it.

        Only the power's own word, or another measuring sensor's of the device, begins it.
        """
        if self.repeats or not is_said(report.state):
            return False
        if self.said_at is None:
            standing = self.hass.states.get(self.sensors.power)
            if not is_measuring or standing is None or standing.attributes.get(ATTR_RESTORED):
                return False
            self._is_new = True
        self._lived_at(report.at)
        return True

    def read(self, voltage_v: float) -> None:
        """Take what its sensors say, if they said anything; else what they said stands."""
        if not self._is_new:
            return
        self._is_new = False
        now = measured(self.sensors, self.hass.states.get, voltage_v)
        if isinstance(now, Unread):
            self.current_a, self.unread = None, now
            return
        self.current_a, self.unread = now.current_a, None
        if not now.is_contradictory:
            self._contradictory_since = None
        elif self._contradictory_since is None:
            self._contradictory_since = dt_util.utcnow()

    def _lived_at(self, at: datetime) -> None:
        self.said_at = at if self.said_at is None else max(self.said_at, at)


def is_said(state: State | None) -> TypeGuard[State]:
    """Return whether there is a state that says anything."""
    return state is not None and state.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN)
