"""Nothing is forgotten: a charger that draws less than it was given is told again.

A start or a raise may have been swallowed, a limit reset by a power cut. So while nothing flows,
though a car may be there, start and current are said again, and the current alone where only a
raise has not shown: at once after a fall of the meter by all of its draw that no command of ours
explains, or where its own entities show that it was reset, else 90 s after the command, then after
5, 15 and each 60 minutes. Where the meter has shown a draw that the charger's sensor denies it is
told after 15 minutes, then each hour. So is a stop said again that nothing has shown, where others
or the house brought the limit down.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..estimate.charger_sensor import CLOSE_A, NOTHING_A, SLOWEST_S, is_frozen
from ..estimate.house_load import IMPOSSIBLE_A, drawn
from ..increases.overload import over_limits
from ..model import CarStatus, Reading
from .evidence import PART_A

if TYPE_CHECKING:
    from ..state import ChargerState, State

WAITS_S = (5 * 60.0, 15 * 60.0, 60 * 60.0)
"""From one telling to the next; the last one goes on."""

FALL_SHARE, FALL_PLAY_A = 0.15, 1.0
"""A fall that differs from the draw by no more is the draw itself."""

LEAST_DRAW_A = 6
"""No charger offers less (IEC 61851-1), and hardly a car takes less of it."""


@dataclass(slots=True, kw_only=True)
class TellingAgain:
    """How often a charger that draws less than it was given was told again."""

    is_nothing: bool = False
    """Whether it is nothing."""

    times: int = 0
    due_at: float | None = None
    """When it is told again; None: it draws what it was given."""

    def on_short(self, first_at: float, now: float, *, is_nothing: bool = True) -> None:
        """Note that it draws less than it was given; the first telling is due at a moment."""
        if is_nothing and not self.is_nothing:
            self.due_at, self.times = first_at, 0
        elif self.due_at is None:
            # A car that takes less was told so before: it need not be told soon again.
            self.due_at = now + WAITS_S[min(self.times, 2)] if self.times else first_at
        self.is_nothing = is_nothing

    def on_reset(self, now: float) -> None:
        """Note that it shows that it was reset: it is told again at once."""
        self.is_nothing, self.due_at, self.times = True, now, 0

    def on_told(self, now: float, *, is_doubted: bool) -> None:
        """Plan the next telling; `is_doubted`: the meter has shown what its sensor has not."""
        last = len(WAITS_S) - 1
        self.due_at = now + WAITS_S[last if is_doubted else min(self.times, last)]
        self.times += 1

    def on_drawing(self) -> None:
        """End it: the charger draws, or is not to."""
        self.times = 0 if self.is_nothing else self.times
        self.is_nothing, self.due_at = False, None

    def is_due(self, now: float) -> bool:
        """Return whether the charger is told again now."""
        return self.due_at is not None and now >= self.due_at


def doubt_draws(state: State, reading: Reading) -> None:
    """Doubt that a car draws whose whole draw has just gone from the meter, untold.

    Or one of which the meter leaves no room for it, in a house that has never fed in.
    """
    settled_at = last_settled_at(state)
    for charger in state.balanced:
        if is_impossible(state, charger, reading):
            charger.evidence.on_draw_lost(reading, reading.at)
            charger.telling.on_short(reading.at, reading.at)
            continue
        since = max([settled_at[load.index] for load in charger.witnesses])
        if reading.at <= since or not is_settled(charger):
            continue
        if state.house.falls_by(reading, charger.wiring) <= 0:
            continue
        fallen_a = state.house.fallen_a(reading, charger.wiring, since)
        play_a = FALL_SHARE * charger.target_a + FALL_PLAY_A
        if abs(fallen_a - charger.target_a) <= play_a:
            charger.evidence.on_draw_lost(reading, reading.at)
            charger.telling.on_short(reading.at, reading.at)


def is_impossible(state: State, charger: ChargerState, reading: Reading) -> bool:
    """Return whether two readings show less than a car must draw, if it draws at all.

    Only of one whose start has never shown: the answer to a probe may have been the house's.
    """
    is_seen = charger.evidence.sighting is None or charger.sensor.drawn_a is not None
    if is_seen or state.house.has_exported:
        return False
    last_two = state.house.history[-2:]
    most_a = IMPOSSIBLE_A + min(
        [
            each.current_a[load.index] / load.weight
            for load in charger.witnesses
            for each in last_two
        ]
    )
    # As in most houses it could be all of them: not worth asking what it may have drawn.
    if len(last_two) == 1 or most_a >= charger.settings.rated_current_a * state.gain.value:
        return False
    return most_a < drawn(state, charger, reading).low_a


def is_settled(charger: ChargerState) -> bool:
    """Return whether the meter alone has shown what the charger draws."""
    if charger.target_a == 0 or charger.sensor.drawn_a is not None:
        return False
    return charger.evidence.raise_ is None and charger.setpoints.resume_a is None


def last_settled_at(state: State) -> Sequence[float]:
    """Return when the last command to a charger on each limit had surely been followed."""
    settled_at = [float("-inf")] * len(state.limits)
    for charger in state.balanced:
        newest = charger.setpoints.newest
        at = float("-inf")
        if newest is not None and newest.sent_at is not None:
            told_at = newest.first_failed_at if newest.delivered_at is None else newest.delivered_at
            at = float("inf") if told_at is None else told_at + state.window_s(charger)
        for load in charger.witnesses:
            settled_at[load.index] = max(settled_at[load.index], at)
    return settled_at


def follow_short_cars(state: State, now: float) -> None:
    """Follow which chargers draw less than they were given."""
    for charger in state.balanced:
        if not (draws_less(charger) or may_draw_on(charger)):
            charger.telling.on_drawing()
            continue
        newest = charger.setpoints.newest
        if newest is not None and newest.delivered_at is not None:
            is_doubted = charger.sensor.is_contradicted or is_denied(charger)
            wait_s = WAITS_S[1] if is_doubted else SLOWEST_S
            first_at = newest.delivered_at + wait_s
            is_nothing = charger.target_a > 0 and (
                draws_nothing(charger) or charger.read_back.is_reset
            )
            charger.telling.on_short(first_at, now, is_nothing=is_nothing)


def told_again(state: State, now: float) -> frozenset[str]:
    """Return the chargers that are told again now what they have, and count it.

    None is started on a limit that is over.
    """
    follow_short_cars(state, now)
    over = over_limits(state)
    told = [
        charger
        for charger in state.balanced
        if charger.telling.is_due(now) and over.isdisjoint(charger.limits)
    ]
    for charger in told:
        is_doubted = charger.sensor.is_contradicted or is_denied(charger)
        charger.telling.on_told(now, is_doubted=is_doubted)
        is_lost = draws_nothing(charger) and not charger.sensor.is_contradicted
        if charger.target_a > 0 and is_lost and charger.evidence.raise_ is None:
            charger.evidence.on_draw_lost(state.meter.reading, now)
    return frozenset(charger.charger_id for charger in told)


def is_denied(charger: ChargerState) -> bool:
    """Return whether the charger's sensor shows that it ignores a cut that the meter has shown.

    The sensor may stand still; or the house has fallen by as much, and the cut was lost.
    """
    return bool(charger.sensor.samples) and is_frozen(charger.sensor, charger.setpoints)


def draws_less(charger: ChargerState) -> bool:
    """Return whether a charger draws less than it was given, and its command may be lost.

    Or more, by its own sensor alone.
    """
    if charger.target_a == 0 or charger.sensor.status is CarStatus.ABSENT:
        return False
    if draws_nothing(charger) or charger.read_back.is_reset:
        return True
    evidence, drawn_a = charger.evidence, charger.sensor.drawn_a
    if is_denied(charger):
        return True
    if charger.sensor.is_contradicted and charger.sensor.samples:
        denied_a = charger.sensor.samples[-1].drawn_a
        return denied_a is not None and denied_a < charger.target_a - CLOSE_A
    if evidence.raise_ is None:
        return False
    if drawn_a is None:
        return True
    # One that had not taken what it was given before the raise takes less by itself.
    return evidence.least_a is None and drawn_a < charger.target_a - CLOSE_A


def may_draw_on(charger: ChargerState) -> bool:
    """Return whether a charger's stop may be lost: nothing has shown it."""
    if charger.target_a > 0 or charger.sensor.status is CarStatus.ABSENT:
        return False
    is_seen = charger.sensor.drawn_a is not None
    return charger.evidence.is_stop_unseen and not is_seen


def draws_nothing(charger: ChargerState) -> bool:
    """Return whether nothing flows, for all that is known."""
    sensor = charger.sensor
    if sensor.drawn_a is not None:
        return sensor.drawn_a < NOTHING_A
    # The meter may have shown the house where it contradicted the sensor.
    is_at_0 = bool(sensor.samples) and sensor.samples[-1].drawn_a == 0
    low_a, min_a = charger.evidence.low_a, min(charger.settings.min_ev_current_a, LEAST_DRAW_A)
    # What the meter has shown of a start that hardly a car draws was the house.
    is_too_little = low_a is not None and low_a < min_a - PART_A
    return (is_at_0 and sensor.is_contradicted) or is_too_little


def moments(state: State) -> Iterator[float]:
    """Yield when chargers are told again."""
    for charger in state.balanced:
        if charger.telling.due_at is not None:
            yield charger.telling.due_at
