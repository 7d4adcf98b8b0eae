"""What is known of one phase of a meter: what it reported last, and whether it lives.

What flows is told by the phase's own sensors alone. A sensor that is only silent because nothing
changed lives while its relatives report, which says nothing of what flows. Nothing brings back
one that is unavailable, and one that used to repeat its value must do so itself.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import TypeGuard

from homeassistant.const import ATTR_RESTORED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State

from .phase_sensors import PhaseSensors, Unread, measured
from .state_reports import StateReport, age_s
from .units import unit_of

CONTRADICTION_S = 60.0
"""Import and export may be those of different moments for a while; a wrong sensor stays wrong."""


KEPT_REPORTS, REPEATED_REPORTS = 5, 3
"""A sensor repeats itself whose reports were so many of so many the same again: one replayed
message after a reconnection is no rhythm."""

RHYTHM_S = 300.0
"""What is reported again after a longer silence is no rhythm either."""


@dataclass(slots=True, kw_only=True)
class SensorReports:
    """What a sensor reported last, and whether it reports again what has not changed."""

    shown: tuple[str, str | None] | None = None
    """Its number and unit; None: nothing yet, or it was lost since."""

    at: float | None = None
    """When it showed something last."""

    repeats: bool = False
    """Once it has shown that it does, its silence means something for good."""

    _were_same: deque[bool] = field(default_factory=lambda: deque[bool](maxlen=KEPT_REPORTS))

    def on_report(self, report: StateReport, at: float) -> None:
        """Learn from one more report; what comes after an outage repeats nothing."""
        if not has_value(report.state):
            self.shown = None
            return
        if self.at is not None and at - self.at > RHYTHM_S:
            self._were_same.clear()
        before, self.shown = self.shown, (report.state.state, unit_of(report.state))
        self._were_same.append(self.shown == before)
        self.at = at
        self.repeats |= sum(self._were_same) >= REPEATED_REPORTS


class MeteredPhase:
    """What one phase reports, or the total of all."""

    def __init__(self, hass: HomeAssistant, sensors: PhaseSensors) -> None:
        """Begin with nothing reported."""
        self.hass, self.sensors = hass, sensors
        self.relatives: frozenset[str] = frozenset()
        """The sensors whose reports are a sign of life for this phase."""

        self.said_at: float | None = None
        """When its own sensors said what flows; None: not since Home Assistant started."""

        self.current_a: float | None = None
        self.unread: Unread | None = None
        """Why there is no current; None: there is one, or it was not read yet."""

        self.is_new = False
        """Whether its sensors show something that was not read."""

        self.reports = {entity_id: SensorReports() for entity_id in sensors.measuring}
        """What each of its sensors has reported."""

        self._power_lived_at: float | None = None
        self._contradictory_since: float | None = None

    @property
    def is_contradictory(self) -> bool:
        """Whether it has imported and exported at once for a while."""
        since = self._contradictory_since
        return since is not None and self._now() - since >= CONTRADICTION_S

    @property
    def lived_at(self) -> float | None:
        """When it was last known to live; None: not since Home Assistant started.

        An export that pays for something must live too: a dead one would pay for ever.
        """
        lived_at, export = self._power_lived_at, self.sensors.export
        if lived_at is None or export is None or self.current_a is None or self.current_a >= 0:
            return lived_at
        reports = self.reports[export]
        if reports.repeats and reports.at is not None:
            lived_at = min(lived_at, reports.at)
        return lived_at

    def on_report(self, report: StateReport) -> bool:
        """Note what one of its own sensors reports; return whether that tells that it lives.

        The power speaks for all. Another one says something of what flows when its number changes,
        beside a power that reports only changes: by day the export alone moves.
        """
        at = self._now() - age_s(report.at)
        reports = self.reports[report.entity_id]
        before = reports.shown
        reports.on_report(report, at)
        if report.entity_id == self.sensors.power:
            self.is_new = True
            self._say(at)
            return True
        if reports.shown != before:
            self.is_new |= self.said_at is not None
            has_changed = before is not None and reports.shown is not None
            if has_changed and self.said_at is not None and not self._repeats:
                self._say(at)
                return True
        if self.said_at is None:
            return self.on_sign_of_life(report, is_measuring=True)
        return False

    def on_sign_of_life(self, report: StateReport, *, is_measuring: bool) -> bool:
        """Note that a relative reported; return whether this phase lives by it.

        Only the power's own report, or another measuring sensor's of the device, begins it: what
        stands is as old as it is.
        """
        if self._repeats or not has_value(report.state):
            return False
        if self.said_at is None:
            standing = self.hass.states.get(self.sensors.power)
            if not is_measuring or standing is None or standing.attributes.get(ATTR_RESTORED):
                return False
            self.is_new, self.said_at = True, self._now() - age_s(standing.last_reported)
        self._live(self._now() - age_s(report.at))
        return True

    def read(self, voltage_v: float, *, is_whole: bool) -> None:
        """Take what its sensors show, if it was not read; else what they showed stands.

        `is_whole`: whether the telegram has ended; if not, what may come yet is read again then.
        """
        if not self.is_new:
            return
        self.is_new = not is_whole and self.sensors.current is not None
        now = measured(self.sensors, self.hass.states.get, voltage_v, is_whole=is_whole)
        if isinstance(now, Unread):
            self.current_a, self.unread = None, now
            return
        self.current_a, self.unread = now.current_a, None
        if not now.is_contradictory:
            self._contradictory_since = None
        elif self._contradictory_since is None:
            self._contradictory_since = self._now()

    @property
    def _repeats(self) -> bool:
        """Whether the power is dead when it is silent, whoever else is heard."""
        return self.reports[self.sensors.power].repeats

    def _now(self) -> float:
        return self.hass.loop.time()

    def _say(self, at: float) -> None:
        self.said_at = at if self.said_at is None else max(self.said_at, at)
        self._live(at)

    def _live(self, at: float) -> None:
        lived_at = self._power_lived_at
        self._power_lived_at = at if lived_at is None else max(lived_at, at)


def has_value(state: State | None) -> TypeGuard[State]:
    """Return whether there is a state that shows anything."""
    return state is not None and state.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN)
