"""Compliance: whether a charger follows what it is told.

A charger is called unresponsive by its own evidence alone: its sensor shows more than its command
after its window; or its number does, though it was told again; or it was stopped, its draw had been
seen before, and the meter did not fall by it, as late as a meter can be. Where several were stopped
and the fall tells not which of them goes on, nobody is blamed. It is withdrawn at the first command
that is seen followed. A charger that draws more than it was told at each start is called so the
second time, and is tried at its minimum and called so, for an hour. What its sensor shows above its
command is told again even where the house is within its limit.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from ..allocate.ceiling import Ceiling
from ..estimate.charger_sensor import APART_S, NEWS_S, SLOWEST_S, is_frozen, most_compliant_a
from ..estimate.house_load import fallen_from_a
from ..increases.overload import over_limits
from ..meter.lowest import STRETCH_S
from ..model import BalancerEvent, EventType, LimitedBy, Reading
from ..settings import ChargerSettings
from .escalation import QUIET_REPEAT_S, REPEAT_S, SOON_REPEATS
from .evidence import (
    CALM_S,
    CLIMB_A,
    PART_A,
    SHOWN_SHARE,
    calm_s,
    has_had_its_time,
    judged_at,
)

if TYPE_CHECKING:
    from ..state import ChargerState, State

CONFUSED_A = 2.0
"""Two explanations of a fall that are so close are both possible: houses move by as much."""

MOST_COMPARED = 8
"""So many stopped chargers are told apart; more are not worth the time."""

EXCEEDING_SHARE, EXCEEDING_A = 1.3, 4.0
"""A start by which the meter rises more than this share, and so much, may be more than told."""

FALLEN_SHARE = 0.8
"""It was, if the meter falls by so much of that rise when the charger is stopped."""

BLAMED_TIMES, LONGEST_REPORT_S = 2, 30.0
"""Who is blamed has had twice the time: a meter may be later than was ever seen. What reports only
changes seldom has anything to say."""

START_WINDOWS, START_S = 3, 60.0
"""So many windows, and so long, after a start or its stop it has shown what came of it."""

EXCEEDED_TIMES = 2
AT_MINIMUM_S = 3600.0
"""How long a charger that exceeds its starts is kept at its minimum."""


@dataclass(slots=True, kw_only=True)
class Compliance:
    """What is known of how a charger follows."""

    is_unresponsive: bool = False
    repeats: int = 0
    """How often it was told again what its sensor shows it to exceed."""

    started_at: float | None = None
    """When it was started last; None: that start is judged."""

    started_a: int = 0
    risen_a: float = 0.0
    """How far the meter rose with that start, where that was more than was told."""

    peak: Reading | None = None
    """The reading that showed it."""

    shown: Reading | None = None
    """The reading that showed the start, with no more than was told."""

    exceeded_starts: int = 0
    minimum_until: float | None = None

    def on_flagged(self) -> bool:
        """Call it unresponsive; return whether that is news."""
        was, self.is_unresponsive = self.is_unresponsive, True
        return not was

    def on_followed(self) -> bool:
        """Call it compliant; return whether that is news."""
        was, self.is_unresponsive, self.repeats = self.is_unresponsive, False, 0
        return was

    def on_repeat(self) -> None:
        """Count a command that is said again."""
        self.repeats += 1

    def on_start(self, current_a: int, now: float) -> None:
        """Note that it is started with a current."""
        self.started_at, self.started_a = now, current_a
        self.risen_a, self.peak, self.shown = 0.0, None, None

    def on_start_shown(self, reading: Reading) -> None:
        """Note that the meter has shown that start."""
        self.shown = reading

    def on_risen(self, risen_a: float, reading: Reading) -> None:
        """Note that the meter rose by more than was told: it may be the house."""
        if risen_a > self.risen_a:
            self.risen_a, self.peak = risen_a, reading

    def on_start_exceeded(self, now: float) -> None:
        """Count a start at which it drew more than it was told."""
        self.started_at = None
        self.exceeded_starts += 1
        if self.exceeded_starts >= EXCEEDED_TIMES:
            self.minimum_until = now + AT_MINIMUM_S

    def on_start_followed(self) -> None:
        """Forget earlier starts: this one was within what was told."""
        self.started_at = None
        if self.minimum_until is None:
            self.exceeded_starts = 0

    def on_time(self, now: float) -> None:
        """End the time at the minimum; one more such start begins it anew."""
        if self.minimum_until is not None and now >= self.minimum_until:
            self.minimum_until, self.exceeded_starts = None, EXCEEDED_TIMES - 1

    def on_switched(self) -> None:
        """Blame nobody whose switch is off."""
        self.is_unresponsive, self.repeats = False, 0

    def ceiling(self, charger: ChargerSettings) -> Ceiling | None:
        """Return what the charger is bounded to; None: nothing."""
        if self.minimum_until is None:
            return None
        return Ceiling(
            current_a=charger.min_ev_current_a,
            limited_by=LimitedBy.EXCEEDS_COMMAND,
            until=self.minimum_until,
        )


def judge(
    state: State, shown: frozenset[str], now: float
) -> tuple[frozenset[str], tuple[BalancerEvent, ...]]:
    """Judge every charger; return whom to tell again what it has, and what there is to tell."""
    events, repeated = list[BalancerEvent](), set[str]()
    over, deaf = over_limits(state), not_stopped(state, now)
    for charger in state.balanced:
        compliance = charger.compliance
        compliance.on_time(now)
        is_above = exceeds_command(state, charger, now)
        if is_above and charger.sensor.is_contradicted:
            is_above = False  # told again, and blamed for nothing
            if is_repeat_due(state, charger, now):
                compliance.on_repeat()
                repeated.add(charger.charger_id)
        if note_start(state, charger, now):
            is_above = is_above or compliance.exceeded_starts >= EXCEEDED_TIMES
        if is_above or charger.read_back.is_exceeding or charger.charger_id in deaf:
            if compliance.on_flagged():
                events.append(event_of(EventType.CHARGER_UNRESPONSIVE, charger))
            if is_above and is_repeat_due(state, charger, now):
                compliance.on_repeat()
                repeated.add(charger.charger_id)
            continue
        is_over = not over.isdisjoint(charger.limits)
        # What the meter falls by while no command gets through is the house's.
        is_seen = (charger.charger_id in shown and not charger.setpoints.is_refused) or (
            keeps_to_command(state, charger, now, is_over=is_over)
        )
        is_exceeding = compliance.exceeded_starts >= EXCEEDED_TIMES
        if is_seen and not is_exceeding and compliance.on_followed():
            events.append(event_of(EventType.CHARGER_RECOVERED, charger))
    return frozenset(repeated), tuple(events)


def event_of(kind: EventType, charger: ChargerState) -> BalancerEvent:
    """Return an event of a charger."""
    return BalancerEvent(type=kind, charger_id=charger.charger_id)


def exceeds_command(state: State, charger: ChargerState, at: float) -> bool:
    """Return whether the sensor shows, after all waits, that the charger draws more than told.

    Also one that the meter has contradicted: it showed too little then, which may have been so.
    """
    sensor, newest = charger.sensor, charger.setpoints.newest
    if not sensor.samples or newest is None:
        return False
    if sensor.kept_since(charger.target_a) is not None or is_frozen(sensor, charger.setpoints):
        return False
    told_since = charger.setpoints.newest_since
    if newest.sent_at is None or told_since is None:
        return False
    spoken_s = max(sensor.samples[-1].at, sensor.heard_at or 0.0) - told_since
    has_spoken = spoken_s >= max(charger.settings.response_time_s, NEWS_S)
    has_spoken = has_spoken and not sensor.has_risen_since(told_since)  # a late one shows the start
    has_spoken = has_spoken and not sensor.is_contradicted
    wait_s = state.window_s(charger) + APART_S
    if at < told_since + (wait_s if has_spoken else max(wait_s, SLOWEST_S)):
        return False
    range_a = sensor.range_a(at, state.delay_s)
    return range_a is not None and range_a.low_a > most_compliant_a(charger.target_a)


def keeps_to_command(state: State, charger: ChargerState, at: float, *, is_over: bool) -> bool:
    """Return whether a charger's own sensors say that it keeps to its command.

    Not before the meter can show it as well: it would take the fall for another charger's.
    """
    if not charger.compliance.is_unresponsive:
        return False
    since = charger.sensor.kept_since(charger.target_a)
    if since is None or at < since + state.delay_s:
        return False
    sent_at = charger.setpoints.sent_at
    return not is_over or (sent_at is not None and charger.sensor.has_come_down_since(sent_at))


def note_start(state: State, charger: ChargerState, now: float) -> bool:
    """Note whether the last start has shown more than was told; return whether it does now.

    Without a sensor the meter must have risen too far with the start, and fallen as far with the
    stop: a house does one of these by chance, seldom both.
    """
    compliance, reading = charger.compliance, state.meter.reading
    started_at = compliance.started_at
    if started_at is None:
        return False
    if charger.target_a > compliance.started_a:
        compliance.on_start_followed()  # what follows the raise is not the start's
        return False
    is_exceeded = any(
        item.at > started_at
        and item.sensed_a is not None
        and item.sensed_a > most_compliant_a(compliance.started_a)
        for item in charger.sensor.samples
    )
    if not charger.sensor.samples and reading is not None and reading.at > started_at:
        risen_a = state.house.recent.risen_a(reading, charger.wiring)
        is_over = charger.target_a > 0 and not over_limits(state).isdisjoint(charger.limits)
        most_a = EXCEEDING_SHARE * compliance.started_a + EXCEEDING_A
        if is_over and risen_a > most_a + others_given_a(state, charger):
            compliance.on_risen(risen_a, reading)
        step_a = state.house.rises_by(reading, charger.wiring)
        if charger.target_a > 0 and abs(step_a - compliance.started_a) <= PART_A:
            compliance.on_start_followed()  # it rose by what was told: more was the house's
            return False
        if compliance.shown is None and charger.evidence.raise_ is None:
            compliance.on_start_shown(reading)
        fallen_a = fallen_back_a(charger, reading)
        is_exceeded = 0 < FALLEN_SHARE * compliance.risen_a <= fallen_a
        since = reading.at - calm_s(state) - state.timing.expected_s
        is_falling = state.house.fallen_a(reading, charger.wiring, since) > CLIMB_A
        has_fallen = not is_falling and has_had_its_time(state, charger, reading.at)
        if not is_exceeded and has_fallen and fallen_a >= SHOWN_SHARE * compliance.started_a:
            compliance.on_start_followed()  # it fell by what was told: the rest was the house's
            return False
    last_at = started_at if charger.target_a > 0 else charger.setpoints.newest_since
    if is_exceeded:
        compliance.on_start_exceeded(now)
    elif has_stayed(state, charger) or (
        last_at is not None
        and now >= last_at + max(START_S, START_WINDOWS * state.window_s(charger))
    ):
        compliance.on_start_followed()
    return is_exceeded


def others_given_a(state: State, charger: ChargerState) -> int:
    """Return what others beside it have that were raised lately, for they may be in the rise."""
    since = (charger.compliance.started_at or 0.0) - 2 * STRETCH_S
    return sum(
        other.target_a
        for other in state.balanced
        if other is not charger
        and other.evidence.raised_at is not None
        and other.evidence.raised_at >= since
        and other.is_seen_with(charger)
    )


def has_stayed(state: State, charger: ChargerState) -> bool:
    """Return whether the meter has shown the start, and climbed no more.

    What follows is the house's.
    """
    shown, reading = charger.compliance.shown, state.meter.reading
    if shown is None or reading is None or charger.compliance.peak is not None:
        return False
    return reading.at >= shown.at + CALM_S and all(
        reading.current_a[load.index] <= shown.current_a[load.index] + load.weight * CLIMB_A
        for load in charger.witnesses
    )


def fallen_back_a(charger: ChargerState, reading: Reading) -> float:
    """Return how far the meter has fallen since the stop, from what it had risen to."""
    peak = charger.compliance.peak
    if peak is None or charger.target_a > 0:
        return 0.0
    return charger.wiring.common_a(fallen_from_a(peak, reading, charger.witnesses))


def not_stopped(state: State, now: float) -> frozenset[str]:
    """Return the chargers that must be drawing though they were stopped, by what did not fall."""
    suspects = [each for each in state.balanced if is_overdue_stop(state, each, now)]
    if not suspects or len(suspects) > MOST_COMPARED or state.meter.reading is None:
        return frozenset()
    if any(
        charger.evidence.cut is not None and charger not in suspects for charger in state.balanced
    ):
        return frozenset()  # another one's part of the fall is still to come
    reading = state.meter.reading
    cuts = {each.charger_id: each.evidence.cut.cut_a for each in suspects if each.evidence.cut}
    earlier = {
        each.charger_id: each.evidence.cut.earlier_a for each in suspects if each.evidence.cut
    }
    fallen_a = max(
        each.evidence.cut.fallen_a(reading, each.wiring) for each in suspects if each.evidence.cut
    )
    stopped = frozenset(each.charger_id for each in suspects if has_stopped(each))
    return surely_deaf(cuts, max(fallen_a, 0.0), stopped, earlier)


def is_overdue_stop(state: State, charger: ChargerState, now: float) -> bool:
    """Return whether even a slow meter would have shown a stop, and a limit is still over."""
    due_at = blamed_at(state, charger)
    is_over = not over_limits(state).isdisjoint(charger.limits)
    return due_at is not None and is_over and judged_at(state, now) >= due_at


def blamed_at(state: State, charger: ChargerState) -> float | None:
    """Return by when even a slow meter has shown a stop; None: there is nothing to show."""
    cut, told_since = charger.evidence.cut, charger.setpoints.newest_since
    if charger.target_a > 0 or cut is None or not cut.has_drawn or told_since is None:
        return None
    slowest_s = state.slowest_window_s(charger)
    return told_since + BLAMED_TIMES * (slowest_s + min(state.timing.expected_s, LONGEST_REPORT_S))


def has_stopped(charger: ChargerState) -> bool:
    """Return whether a charger's own sensors say that nothing flows, and are not stuck."""
    sent_at, sensor = charger.setpoints.newest_since, charger.sensor
    if sensor.kept_since(0.0) is None or sent_at is None:
        return False
    return sensor.is_live_zero or sensor.has_changed_since(sent_at - APART_S)


def surely_deaf(
    cuts: Mapping[str, float],
    fallen_a: float,
    stopped: frozenset[str],
    earlier: Mapping[str, float],
) -> frozenset[str]:
    """Return those that are deaf in every likely explanation of a fall.

    `stopped`: those whose own sensors speak for them. `earlier`: what of their cuts may have gone
    unseen.
    """

    def off_a(deaf: tuple[str, ...]) -> float:
        most_a = sum(cut for key, cut in cuts.items() if key not in deaf)
        unseen_a = sum(each for key, each in earlier.items() if key not in deaf)
        return max(fallen_a - most_a, most_a - unseen_a - fallen_a, 0.0)

    explanations = {
        frozenset(deaf): off_a(deaf)
        for size in range(len(cuts) + 1)
        for deaf in combinations(cuts, size)
        if stopped.isdisjoint(deaf)
    }
    least_a = min(explanations.values())
    likely = [deaf for deaf, each_a in explanations.items() if each_a <= least_a + CONFUSED_A]
    return likely[0].intersection(*likely[1:])


def is_repeat_due(state: State, charger: ChargerState, now: float) -> bool:
    """Return whether a charger that exceeds its command is told again now."""
    return now >= next_repeat_at(state, charger)


def next_repeat_at(state: State, charger: ChargerState) -> float:
    """Return when a charger that exceeds its command is told again: soon, then once a minute.

    By a sensor that the meter has contradicted once, then each quarter of an hour.
    """
    sent_at = charger.setpoints.sent_at
    if sent_at is None:
        return float("-inf")
    if charger.sensor.is_contradicted:
        return sent_at + (QUIET_REPEAT_S if charger.compliance.repeats else 0.0)
    is_soon = charger.compliance.repeats < SOON_REPEATS
    return sent_at + (min(state.window_s(charger), REPEAT_S) if is_soon else REPEAT_S)


def moments(state: State) -> Iterator[float]:
    """Yield when the next judgements are due by themselves."""
    for charger in state.balanced:
        told_since = charger.setpoints.newest_since
        if charger.sensor.samples and told_since is not None:
            wait_s = state.window_s(charger) + APART_S
            yield told_since + wait_s
            yield told_since + max(wait_s, SLOWEST_S)
        due_at = blamed_at(state, charger)
        if due_at is not None:
            yield due_at
        if charger.compliance.is_unresponsive:
            yield next_repeat_at(state, charger)
        if charger.compliance.minimum_until is not None:
            yield charger.compliance.minimum_until
