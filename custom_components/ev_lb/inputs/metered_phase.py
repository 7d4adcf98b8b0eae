"""What is known of one phase of a meter: what it said last, and whether it lives.

A sensor that is only silent because nothing changed lives while its relatives speak. Nothing
brings back one that is unavailable, and one that used to repeat its value must do so itself.
"""

from datetime import datetime, timedelta
from typing import TypeGuard

from homeassistant.const import ATTR_RESTORED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util

from .phase_sensors import PhaseSensors, Unread, measured
from .state_reports import StateReport

CONTRADICTION_S = 60.0
"""Import and export may be those of different moments for a while; a wrong sensor stays wrong."""


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

        self._is_new = False
        self._repeats = False
        """Whether it has said again what had not changed: then its silence means something."""

        self._texts: dict[str, str] = {}
        self._contradictory_since: datetime | None = None

    @property
    def is_contradictory(self) -> bool:
        """Whether it has imported and exported at once for a while."""
        since = self._contradictory_since
        return since is not None and dt_util.utcnow() - since >= timedelta(seconds=CONTRADICTION_S)

    def on_report(self, report: StateReport) -> None:
        """Note what one of its sensors said."""
        self._is_new = True
        self._lived_at(report.at)
        if not is_said(report.state):
            self._texts.pop(report.entity_id, None)  # what it says after an outage repeats nothing
            return
        text, before = report.state.state, self._texts.get(report.entity_id)
        self._repeats |= text == before
        self._texts[report.entity_id] = text

    def on_sign_of_life(self, report: StateReport, *, is_measuring: bool) -> bool:
        """Note that a relative spoke; return whether this phase lives by it.

        Only a phase's own word, or another phase's of the same device, begins it.
        """
        if self._repeats or not is_said(report.state):
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
