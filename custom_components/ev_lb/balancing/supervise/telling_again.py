"""Nothing is forgotten: a charger that was given current and draws nothing is told again.

A start may have been swallowed, a limit reset by a power cut. So while nothing flows, though a car
may be there, start and current are said again: at once after a fall of the meter by all of its
draw that no command of ours explains, then after 5, 15 and each 60 minutes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..estimate.charger_sensor import NOTHING_A, SLOWEST_S
from ..model import CarStatus, Reading

if TYPE_CHECKING:
    from ..state import ChargerState, State

WAITS_S = (5 * 60.0, 15 * 60.0, 60 * 60.0)
"""From one telling to the next; the last one goes on."""

FALL_SHARE, FALL_PLAY_A = 0.15, 1.0
"""A fall that differs from the draw by no more is the draw itself."""


@dataclass(slots=True, kw_only=True)
class TellingAgain:
    """How often a charger that draws nothing was told again."""

    since: float | None = None
    """Since when nothing has flowed."""

    times: int = 0
    due_at: float | None = None

    def on_nothing(self, first_at: float, now: float) -> None:
        """Note that nothing flows; the first telling is due at a moment."""
        if self.since is None:
            self.since, self.due_at, self.times = now, first_at, 0

    def on_told(self, now: float) -> None:
        """Plan the next telling."""
        self.due_at = now + WAITS_S[min(self.times, len(WAITS_S) - 1)]
        self.times += 1

    def on_drawing(self) -> None:
        """End it: the charger draws, or is not to."""
        self.since, self.times, self.due_at = None, 0, None

    def is_due(self, now: float) -> bool:
        """Return whether the charger is told again now."""
        return self.due_at is not None and now >= self.due_at


def doubt_draws(state: State, reading: Reading) -> None:
    """Doubt that a car draws whose whole draw has just gone from the meter, untold."""
    for charger in state.balanced:
        is_falling = state.house.falls_by(reading, charger.phases) > 0
        if not is_falling or not is_settled(state, charger, reading):
            continue
        since = last_settled_at(state, charger)
        fallen_a = state.house.fallen_a(reading, charger.phases, since)
        play_a = FALL_SHARE * charger.target_a + FALL_PLAY_A
        if abs(fallen_a - charger.target_a) <= play_a:
            charger.evidence.on_draw_lost(reading, reading.at)
            charger.telling.on_nothing(reading.at, reading.at)


def is_settled(state: State, charger: ChargerState, reading: Reading) -> bool:
    """Return whether the meter has shown the charger's draw, and no command moves its limits."""
    if charger.target_a == 0 or charger.sensor.drawn_a is not None:
        return False
    if charger.evidence.raise_ is not None or charger.setpoints.resume_a is not None:
        return False
    return reading.at > last_settled_at(state, charger)


def last_settled_at(state: State, charger: ChargerState) -> float:
    """Return when the last command to a charger on the same limits had surely been followed."""
    return max(
        sent_at + state.window_s(other)
        if (sent_at := other.setpoints.sent_at) is not None
        else float("-inf")
        for other in state.balanced
        if not set(other.phases).isdisjoint(charger.phases)
    )


def follow_silent_cars(state: State, now: float) -> None:
    """Follow which chargers draw nothing though they were given current."""
    for charger in state.balanced:
        if not draws_nothing(charger):
            charger.telling.on_drawing()
            continue
        newest = charger.setpoints.newest
        if newest is not None and newest.delivered_at is not None:
            charger.telling.on_nothing(newest.delivered_at + SLOWEST_S, now)


def told_again(state: State, now: float) -> frozenset[str]:
    """Return the chargers that are told again now what they have, and count it."""
    follow_silent_cars(state, now)
    told = [charger for charger in state.balanced if charger.telling.is_due(now)]
    for charger in told:
        charger.telling.on_told(now)
        if not charger.sensor.is_contradicted:
            charger.evidence.on_told_again(state.meter.reading, now)
    return frozenset(charger.charger_id for charger in told)


def draws_nothing(charger: ChargerState) -> bool:
    """Return whether nothing flows at a charger that was given current, and a car may be there."""
    if charger.target_a == 0 or charger.sensor.status is CarStatus.ABSENT:
        return False
    drawn_a = charger.sensor.drawn_a
    if drawn_a is not None:
        return drawn_a < NOTHING_A
    # The meter may have shown the house where it contradicted the sensor.
    is_stuck_at_0 = charger.sensor.is_contradicted and charger.sensor.samples[-1].drawn_a == 0
    return is_stuck_at_0 or charger.evidence.unconfirmed_low_a == 0


def moments(state: State) -> Iterator[float]:
    """Yield when chargers are told again."""
    for charger in state.balanced:
        if charger.telling.due_at is not None:
            yield charger.telling.due_at
