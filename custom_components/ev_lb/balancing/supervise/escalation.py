"""While a limit is over, commands go on. This rule knows no beliefs.

As long as the last reading shows a limit over by more than the deadband, then each time the window
(response time plus meter delay) has passed since a charger on it was last told anything new, those
that run on it go a step further down: what it takes, then the minimum, then stop (without the
minimum, where a total would show a third of it). A stop is
repeated to the stopped ones: five times after each window, then once a minute, and each quarter of
an hour where the charger's own sensor and status say that nothing flows. Who runs on through a long
window is told once a minute what it has: the command before may be lost. It runs on the clock as
well as on readings, since a meter that reports only changes says nothing while the overload
stands. A reading within the limit ends it, a lost meter, or the switch: nothing else. What is
believed may spare a charger one step, never silence the rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from ..allocate.ceiling import Ceiling
from ..increases.overload import over_limits
from ..model import LimitedBy
from ..settings import ChargerSettings, Metering
from .evidence import is_overdue

if TYPE_CHECKING:
    from ..state import ChargerState, State

SOON_REPEATS = 5
"""So often a stop is repeated after each window: most deafness is over within a minute."""

REPEAT_S = 60.0
QUIET_REPEAT_S = 15 * 60.0
"""For a charger whose own sensors say that nothing flows: they may be wrong, but seldom are."""

LONGEST_WINDOW_S = 120.0
"""However late the meter is believed to be, the next step comes after so long."""

STEP_RESPONSES = 3
"""So many response times an overload may last before what stands is said again."""

LATE_PERIODS, LONGEST_PERIOD_S = 1.2, 60.0
"""How late a reading may be, and how long at most it is waited for."""


class Step(IntEnum):
    """How far a charger has been taken beyond its share."""

    NONE = 0
    MINIMUM = 1
    STOP = 2


@dataclass(slots=True, kw_only=True)
class Escalation:
    """How far one charger has been taken down because a limit stays over."""

    step: Step = Step.NONE
    repeats: int = 0
    """How often its stop was said again."""

    is_spared: bool = False
    """Whether it was spared a step, because its own sensor shows that it follows."""

    over_since: float | None = None
    """Since when one of its limits has been over; None: none is."""

    def on_step(self, *, is_minimum_left: bool) -> None:
        """Take it a step further down."""
        is_first = self.step is Step.NONE and is_minimum_left
        self.step = Step.MINIMUM if is_first else Step.STOP

    def on_spared(self) -> None:
        """Spare it one step."""
        self.is_spared = True

    def on_repeat(self) -> None:
        """Count a stop that is said again."""
        self.repeats += 1

    def on_over(self, now: float) -> None:
        """Note that one of its limits is over."""
        self.over_since = now if self.over_since is None else self.over_since

    def on_within(self) -> None:
        """End it: all its limits are within what they carry."""
        self.step, self.repeats, self.is_spared, self.over_since = Step.NONE, 0, False, None

    def ceiling(self, charger: ChargerSettings) -> Ceiling | None:
        """Return what the charger is bounded to meanwhile; None: nothing."""
        match self.step:
            case Step.NONE:
                return None
            case Step.MINIMUM:
                most_a = charger.min_ev_current_a
            case Step.STOP:
                most_a = 0
        return Ceiling(current_a=most_a, limited_by=LimitedBy.OVERLOAD)


def follow_limits(state: State, now: float) -> None:
    """Follow since when limits are over, and end the escalation of chargers whose are not."""
    if state.meter.reading is None:
        return
    reading_a, limits, over = state.meter.reading.current_a, state.limits, over_limits(state)
    state.overloads.on_over(over, now)
    for charger in state.balanced:
        if not over.isdisjoint(charger.limits):
            charger.escalation.on_over(now)
        is_lost = not state.meter.is_available
        if is_lost or all(reading_a[index] <= limits[index].in_force_a for index in charger.limits):
            charger.escalation.on_within()


def due_limits(state: State, now: float) -> frozenset[int]:
    """Return the limits that are over, and whose chargers have had their time to follow."""
    due = set[int]()
    for index in over_limits(state):
        at = next_step_at(state, on_limit(state, index))
        if at is not None and now >= at:
            due.add(index)
    return frozenset(due)


def escalate(state: State, due: frozenset[int], reduced: frozenset[str], now: float) -> bool:
    """Take the chargers of limits a step down; return whether any was.

    What is being cut anyway is spared, unless a cut before has had its time and has not shown. Who
    loads several of them takes one step.
    """
    stepped, spared = set[str](), set[str]()
    for index in sorted(due):
        on_it = on_limit(state, index)
        running = [charger for charger in on_it if charger.target_a > 0]
        is_cut = any(charger.charger_id in reduced for charger in on_it)
        for charger in running:
            if charger.charger_id in stepped | spared:
                continue
            if is_cut and not is_overdue(state, charger, now):
                continue
            if is_to_be_spared(charger, running):
                charger.escalation.on_spared()
                spared.add(charger.charger_id)
                continue
            min_a = charger.settings.min_ev_current_a
            is_minimum_left = charger.target_a > min_a and not is_divided(state, charger)
            charger.escalation.on_step(is_minimum_left=is_minimum_left)
            stepped.add(charger.charger_id)
    return bool(stepped)


def is_divided(state: State, charger: ChargerState) -> bool:
    """Return whether a total hides on which of its phases a charger's car is.

    Its minimum would show as a third of it: only without it the house's part is known.
    """
    return len(charger.phases) > 1 and any(
        state.limits[index].metering is Metering.DIVIDED for index in charger.limits
    )


def on_limit(state: State, index: int) -> list[ChargerState]:
    """Return the chargers that load a limit."""
    return [charger for charger in state.balanced if index in charger.limits]


def told_again(state: State, reduced: frozenset[str], now: float) -> frozenset[str]:
    """Return the chargers that are told once more now what they have, and count the stops.

    None that runs on a limit on which one is being cut: that is the step.
    """
    told = set[str]()
    stepping = {
        index for each in state.balanced if each.charger_id in reduced for index in each.limits
    }
    for charger, due_at in repeats(state):
        is_step = charger.target_a > 0 and not stepping.isdisjoint(charger.limits)
        if now < due_at or is_step:
            continue
        if charger.target_a == 0:
            charger.escalation.on_repeat()
        told.add(charger.charger_id)
    return frozenset(told)


def is_to_be_spared(charger: ChargerState, running: list[ChargerState]) -> bool:
    """Return whether a charger keeps its current for one more window.

    Its own sensor has come down to its command, and there is another one that nothing speaks for.
    """
    if charger.escalation.is_spared or len(running) == 1:
        return False
    return is_vindicated(charger) and not all(map(is_vindicated, running))


def is_vindicated(charger: ChargerState) -> bool:
    """Return whether the charger's own sensor shows that it follows its last command."""
    sent_at, sensor = charger.setpoints.sent_at, charger.sensor
    if sent_at is None or sensor.drawn_a is None:
        return False
    return sensor.kept_since(charger.target_a) is not None and sensor.has_come_down_since(sent_at)


def next_step_at(state: State, on_it: list[ChargerState]) -> float | None:
    """Return when the running chargers of a limit go a step down; None: none runs.

    What a stopped one is told again takes nobody else's turn.
    """
    running = [charger for charger in on_it if charger.target_a > 0]
    if not running:
        return None
    window_s = max(map(state.window_s, running))
    return after_next_reading(state, last_step_at(running) + min(window_s, LONGEST_WINDOW_S))


def last_step_at(running: list[ChargerState]) -> float:
    """Return when one of these chargers was last told anything else than before."""
    changed = [charger.setpoints.changed_at for charger in running]
    return max([at for at in changed if at is not None], default=float("-inf"))


def after_next_reading(state: State, due_at: float) -> float:
    """Return when a step is due: if the meter is about to say more, not before it should have.

    The last reading may be from before the command took effect. One that says nothing more stands.
    """
    reading, period_s = state.meter.reading, state.timing.period_s
    if reading is None or period_s is None or reading.at >= due_at:
        return due_at
    return max(due_at, min(reading.at + LATE_PERIODS * period_s, due_at + LONGEST_PERIOD_S))


def repeats(state: State) -> Iterator[tuple[ChargerState, float]]:
    """Yield who is told once more what it has, and when: all on the limits that are over."""
    over = over_limits(state)
    for charger in state.balanced:
        if not over.isdisjoint(charger.limits):
            yield charger, next_repeat_at(state, charger)


def next_repeat_at(state: State, charger: ChargerState) -> float:
    """Return when a charger is told once more what it has."""
    sent_at, over_since = charger.setpoints.sent_at, charger.escalation.over_since
    if sent_at is None or over_since is None:
        return float("-inf")
    if charger.target_a > 0:
        wait_s = STEP_RESPONSES * charger.settings.response_time_s
        return max(sent_at + REPEAT_S, over_since + wait_s)
    if charger.escalation.repeats < SOON_REPEATS:
        return sent_at + min(state.window_s(charger), REPEAT_S)
    return sent_at + (QUIET_REPEAT_S if charger.sensor.is_live_zero else REPEAT_S)


def moments(state: State) -> Iterator[float]:
    """Yield when the next steps and repeats are due."""
    for index in over_limits(state):
        at = next_step_at(state, on_limit(state, index))
        if at is not None:
            yield at
    for _, at in repeats(state):
        yield at
