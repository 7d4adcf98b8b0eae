"""The house load: what the house draws without the chargers that we control.

A meter shows house and cars together, and the cars follow our commands late. So the reading only
bounds the house load, by the least and the most the cars may draw, and the estimate moves no
further than these bounds force it to. Once per reading: what is repeated or late must not be
subtracted twice. A single low reading must raise nobody, so a second estimate goes down only as
far as two readings in a row allow.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..meter.lowest import Lowest
from ..meter.timing import DEFAULT_METER_DELAY_S
from ..model import Reading
from ..settings import Limit, Load, Metering
from .charger_sensor import Sense, classify
from .setpoints import Interval, hull, since_confirmed

if TYPE_CHECKING:
    from ..state import ChargerState, State
    from .wiring import Wiring

WAKING_A = 3.0
"""From such a rise on it may be a car that has begun to draw, though its sensor is silent yet."""

EXPORT_A = 0.5
"""A reading below 0 by less is the meter's error."""

ROUNDED_A = 0.25
"""Of what a car draws on one of its phases a meter shows so much less at the most."""

IMPOSSIBLE_A = 2.0
"""A meter that shows so much less than cars are believed to draw does not see one of them draw."""

HISTORY_S = 60.0
"""Meters that average show a fall as slowly as this."""


@dataclass(slots=True, kw_only=True)
class HouseLoad:
    """What the house draws, per limit."""

    load_a: list[float] | None = None
    """As the last reading has it; None: nothing was read."""

    calm_a: list[float] | None = None
    """As the last two readings have it; None: there were no two."""

    highest_a: list[float] | None = None
    """The most that the last reading allows."""

    before_a: list[float] | None = None
    """The most that the one before it allows."""

    has_exported: bool = False
    """Whether the house has ever been seen to feed in."""

    recent: Lowest = field(default_factory=Lowest)
    uncut: Lowest = field(default_factory=Lowest)
    """The same without what our cuts took: what a car has begun to draw beside a cut is a rise."""

    history: list[Reading] = field(default_factory=list[Reading])
    """The readings of the last minute, the oldest first."""

    def on_reading(
        self,
        reading: Reading,
        draws: Sequence[tuple[ChargerState, Interval]],
        limits: Sequence[Limit],
        beside: Sequence[float],
        *,
        is_new: bool,
    ) -> None:
        """Move the estimates into what the reading allows, where it says anything new.

        `is_new`: whether it is more than the last telegram again, pushed and then polled.
        """
        low_a, high_a = allowed(reading, draws, limits, beside)
        kept = self._said_before(reading)
        self.recent.on_reading(reading)
        self.uncut.on_reading(reading)
        self.has_exported |= min(reading.current_a) < -EXPORT_A
        self.history = [each for each in self.history if each.at > reading.at - HISTORY_S] + [
            reading
        ]
        highest_a = mixed(high_a, self.highest_a, kept)
        if is_new:
            self.before_a = mixed(self.highest_a, self.before_a, kept)
        load_a, calm_a = clamped(self.load_a, low_a, high_a), self.calm_a
        if self.before_a is not None:
            both_a = list(map(max, self.before_a, high_a, strict=True))
            calm_a = clamped(self.calm_a, low_a, both_a)
        self.load_a, self.calm_a = (
            mixed(load_a, self.load_a, kept),
            mixed(calm_a, self.calm_a, kept),
        )
        self.highest_a = highest_a

    def _said_before(self, reading: Reading) -> frozenset[int]:
        """Return of which limits a reading says what the one before it said already."""
        before = self.history[-1] if self.history else None
        if before is None or not (reading.said_at and before.said_at):
            return frozenset()
        both = zip(reading.said_at, before.said_at, strict=True)
        return frozenset(index for index, (at, before_at) in enumerate(both) if at <= before_at)

    def on_at_least(
        self,
        reading: Reading,
        draws: Sequence[tuple[ChargerState, Interval]],
        limits: Sequence[Limit],
        beside: Sequence[float],
    ) -> None:
        """Move the estimates up to the least that a reading allows."""
        low_a, _ = allowed(reading, draws, limits, beside)
        for load_a in (self.load_a, self.calm_a):
            if load_a is not None:
                load_a[:] = map(max, load_a, low_a, strict=True)

    def on_standing(
        self,
        reading: Reading,
        draws: Sequence[tuple[ChargerState, Interval]],
        limits: Sequence[Limit],
        beside: Sequence[float],
    ) -> None:
        """Move both estimates down to the most that a reading allows that has stood for long."""
        _, high_a = allowed(reading, draws, limits, beside)
        self.highest_a = high_a
        for load_a in (self.load_a, self.calm_a):
            if load_a is not None:
                load_a[:] = map(min, load_a, high_a, strict=True)
        if self.calm_a is None and self.load_a is not None:
            self.calm_a = list(self.load_a)

    def on_cut_shown(self, loads: Sequence[Load], cut_a: float) -> None:
        """Know that what has fallen was a cut, and the house no lower by it."""
        self.uncut.on_cut_shown(loads, cut_a)

    def on_outage(self) -> None:
        """Forget what was read before the meter was gone: two readings must come anew."""
        self.calm_a = self.highest_a = self.before_a = None

    def on_exported(self) -> None:
        """Know that it feeds in what cars take at once: the meter never shows that."""
        self.has_exported = True

    def seems_to_export(self, limits: Iterable[int]) -> bool:
        """Return whether it would feed in by what the cars were seen to draw, and never has."""
        if self.has_exported or self.calm_a is None or self.highest_a is None:
            return False
        most_a = list(map(max, self.calm_a, self.highest_a, strict=True))
        return all(most_a[index] < -IMPOSSIBLE_A for index in limits)

    def falls_by(self, reading: Reading, wiring: Wiring) -> float:
        """Return by how much a reading is below the one before it, where it shows a charger."""
        before = self._before(reading)
        if before is None:
            return 0.0
        return wiring.common_a(fallen_from_a(before, reading, wiring.witnesses))

    def rises_by(self, reading: Reading, wiring: Wiring) -> float:
        """Return by how much a reading is above the one before it, where it shows a charger."""
        before = self._before(reading)
        if before is None:
            return 0.0
        return wiring.common_a(fallen_from_a(reading, before, wiring.witnesses))

    def _before(self, reading: Reading) -> Reading | None:
        return next((each for each in reversed(self.history) if each.at < reading.at), None)

    def fallen_a(self, reading: Reading, wiring: Wiring, since: float) -> float:
        """Return how far the meter has fallen within the last minute, where it shows a charger."""
        earlier = [each for each in self.history if each.at >= since] or [reading]
        return wiring.common_a(
            [
                max(each.current_a[load.index] - reading.current_a[load.index] for each in earlier)
                / load.weight
                for load in wiring.witnesses
            ]
        )

    def fallen_by(self, reading: Reading, load: Load, since: float) -> float:
        """Return how far one limit has fallen since a moment of the last minute."""
        earlier = [each for each in self.history if each.at >= since] or [reading]
        highest_a = max(each.current_a[load.index] for each in earlier)
        return (highest_a - reading.current_a[load.index]) / load.weight

    def on_switched(self, loads: Sequence[Load], draw_a: float) -> None:
        """Count a charger's draw as the house's, or no longer."""
        for load_a in (self.load_a, self.calm_a, self.highest_a, self.before_a):
            if load_a is not None:
                for load in loads:
                    load_a[load.index] += load.weight * draw_a


def beside_a(state: State) -> list[float]:
    """Return what the house draws beside what its meter tells, on limits without one of their own.

    A charger whose switch is off is house load: all of it on the phases that it loads, of which a
    divided total shows a part, and an unmetered circuit none. So is what a charger draws there
    beyond all that it was told.
    """
    beside = [0.0] * len(state.limits)
    if all(limit.metering in (Metering.OWN, Metering.SUM) for limit in state.limits):
        return beside
    parts = sum(limit.metering is Metering.DIVIDED for limit in state.limits)
    for charger in state.chargers.values():
        told_a = max([item.current_a for item in charger.setpoints.items], default=0)
        drawn_a = charger.sensor.drawn_a
        others_a = told_a if drawn_a is None else drawn_a
        for index in charger.limits:
            match state.limits[index].metering:
                case Metering.NONE if charger.is_ours:
                    beside[index] += max((drawn_a or 0.0) - told_a, 0.0)
                case Metering.NONE:
                    beside[index] += others_a
                case Metering.DIVIDED if not charger.is_ours:
                    beside[index] += others_a * (1 - len(charger.phases) / parts)
                case _:
                    pass
    return beside


def allowed(
    reading: Reading,
    draws: Sequence[tuple[ChargerState, Interval]],
    limits: Sequence[Limit],
    beside: Sequence[float],
) -> tuple[list[float], list[float]]:
    """Return the least and the most that the house draws by a reading, per limit."""
    low_a, high_a = list(reading.current_a), list(reading.current_a)
    for charger, interval in draws:
        for load in charger.loads:
            low_a[load.index] -= load.weight * interval.high_a
            high_a[load.index] -= load.weight * interval.low_a
    parts = sum(limit.metering is Metering.DIVIDED for limit in limits)
    for index, limit in enumerate(limits):
        if limit.metering is Metering.DIVIDED:
            low_a[index] = low_a[parts] / parts + beside[index]
            high_a[index] = high_a[parts] / parts + beside[index]
        elif limit.metering is Metering.NONE:
            low_a[index] = high_a[index] = beside[index]
    return low_a, high_a


def fallen_from_a(before: Reading, reading: Reading, loads: Sequence[Load]) -> list[float]:
    """Return how far each of these has fallen, in amperes of the charger that loads them."""
    return [
        (before.current_a[load.index] - reading.current_a[load.index]) / load.weight
        for load in loads
    ]


def mixed(
    new_a: list[float] | None, old_a: Sequence[float] | None, kept: frozenset[int]
) -> list[float] | None:
    """Return the new values, the old ones of limits of which nothing new was said."""
    if new_a is None or old_a is None or not kept:
        return new_a
    return [old_a[index] if index in kept else new for index, new in enumerate(new_a)]


def clamped(
    before_a: Sequence[float] | None, low_a: Sequence[float], high_a: Sequence[float]
) -> list[float]:
    """Return the estimate before, moved no further than it must; at first the most possible."""
    if before_a is None:
        return list(high_a)
    return [
        min(max(past, low), high) for past, low, high in zip(before_a, low_a, high_a, strict=True)
    ]


def on_reading(state: State, reading: Reading, *, is_new: bool) -> None:
    """Understand a reading: the house load, and what is out of force."""
    draws = [(charger, drawn(state, charger, reading)) for charger in state.balanced]
    state.house.on_reading(reading, draws, state.limits, beside_a(state), is_new=is_new)
    for charger in state.balanced:
        charger.setpoints.on_reading(reading.at, state.window_s(charger))


def drawn(state: State, charger: ChargerState, reading: Reading) -> Interval:
    """Return what the charger may have drawn in a reading.

    A car on several phases takes the same of each: what one shows beyond another is the house's,
    where that has never fed in.
    """
    interval, used = told_or_sensed(state, charger, reading), charger.wiring.used
    if state.house.has_exported or used is None or len(used) == 1:
        return interval
    if any(state.limits[load.index].metering is not Metering.OWN for load in charger.witnesses):
        return interval
    shown_a = min(reading.current_a[load.index] / load.weight for load in charger.witnesses)
    most_a = max(shown_a + ROUNDED_A, interval.low_a)
    return Interval(low_a=interval.low_a, high_a=min(interval.high_a, most_a))


def told_or_sensed(state: State, charger: ChargerState, reading: Reading) -> Interval:
    """Return what the charger may have drawn by what it was told, and by its own sensor.

    A raise counts as drawn only when it has shown: a car that takes less than it is offered must
    not look like a house that draws less. What a sensor shows above the command never lowers the
    house load, and neither does a charger of which we know nothing, beyond what we told it.
    """
    items = charger.setpoints.in_force(reading.at, state.window_s(charger))
    low_a = charger.evidence.low_a
    sense, range_a = classify(
        charger.sensor,
        charger.setpoints,
        unconfirmed_low_a=charger.evidence.unconfirmed_low_a,
        is_waking=state.house.uncut.risen_a(reading, charger.wiring) >= WAKING_A,
        at=reading.at,
        window_s=state.window_s(charger),
        delay_s=state.delay_s,
    )
    told_a = hull([item.current_a * state.gain.value for item in since_confirmed(items)])
    if sense is Sense.FOLLOWING and range_a is not None:
        newest_a = items[-1].current_a if items else 0
        return Interval(low_a=min(range_a.low_a, newest_a), high_a=range_a.high_a)
    if sense is Sense.BEHIND and range_a is not None:
        lowest_a = min(range_a.low_a, told_a.low_a, told_a.low_a if low_a is None else low_a)
        ours = [item for item in items if not item.is_assumed]
        told_at = ours[0].sent_at if ours else None
        if told_at is not None and charger.sensor.has_changed_since(told_at):
            # What it may have drawn before our first command is in what its sensor says since.
            told_a = hull([item.current_a * state.gain.value for item in ours])
        return Interval(low_a=lowest_a, high_a=max(range_a.high_a, told_a.high_a))
    if items and items[0].is_assumed:
        is_over = any(
            reading.current_a[load.index] > state.limits[load.index].in_force_a
            for load in charger.witnesses
        )
        # A start whose call is still on its way may draw; on an overload nothing is believed.
        ours_a = [
            item.current_a * state.gain.value
            for item in items
            if not item.is_assumed and (item.delivered_at is not None or not is_over)
        ]
        return hull([0, *ours_a])
    if low_a is None or sense is Sense.ABOVE:
        return told_a
    return Interval(low_a=min(low_a, told_a.low_a), high_a=told_a.high_a)


def on_standing_overload(state: State, now: float) -> None:
    """Take the last reading for one of now: the meter has said nothing else, and a limit is over.

    Only upwards: what the chargers have let go of since is not the house's. What they cannot draw
    by their last commands is.
    """
    if state.meter.reading is None:
        return
    reading = replace(state.meter.reading, at=now)
    draws = [(charger, settled(state, charger, reading)) for charger in state.balanced]
    state.house.on_at_least(reading, draws, state.limits, beside_a(state))


def settled(state: State, charger: ChargerState, reading: Reading) -> Interval:
    """Return what a charger may draw that has had its response time, at a meter that is not late.

    Without a sensor of its own that is its last command, though a reading need not show that yet.
    """
    interval, newest = drawn(state, charger, reading), charger.setpoints.newest
    if newest is None or newest.delivered_at is None or charger.sensor.drawn_a is not None:
        return interval
    follows_at = newest.delivered_at + charger.settings.response_time_s
    if reading.at < follows_at or state.delay_s > DEFAULT_METER_DELAY_S:
        return interval
    told_a = newest.current_a * state.gain.value
    return Interval(low_a=min(interval.low_a, told_a), high_a=min(interval.high_a, told_a))


def on_time(state: State, now: float) -> None:
    """Take a reading that has stood for long for one that was said again.

    A meter that reports only changes says so by saying nothing.
    """
    due_at = standing_at(state)
    if due_at is not None and now >= due_at and state.meter.reading is not None:
        reading = replace(state.meter.reading, at=now)
        draws = [(charger, drawn(state, charger, reading)) for charger in state.balanced]
        state.house.on_standing(reading, draws, state.limits, beside_a(state))


def standing_at(state: State) -> float | None:
    """Return from when on the last reading stands; None: it never does."""
    reading = state.meter.reading
    standing_s = None if reading is None else state.timing.standing_s(reading.at)
    return None if reading is None or standing_s is None else reading.at + standing_s


def moments(state: State) -> Iterator[float]:
    """Yield when the last reading has stood for long enough."""
    at = standing_at(state)
    if at is not None:
        yield at
