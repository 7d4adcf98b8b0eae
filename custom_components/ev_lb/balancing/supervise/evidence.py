"""Every command is an experiment: what it should show, and what did show.

A call that returned is not a command that took effect. A raise is confirmed when the meter has
risen by half of it and climbs no more, or when the charger's own sensor shows it; a cut when the
meter has fallen by half of it. A rise or fall shows one charger only. From the same record are
learned how late the meter is, and whether the sensor and the meter agree.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from ..estimate.charger_sensor import CLOSE_A, most_compliant_a
from ..estimate.house_load import IMPOSSIBLE_A
from ..estimate.wiring import SEEN_A, is_proven, moves_elsewhere, shown_phases
from ..increases.overload import over_limits
from ..meter.lowest import STRETCH_S, Lowest
from ..meter.timing import BURST_S, LATEST_S
from ..model import Reading

if TYPE_CHECKING:
    from ..estimate.wiring import Wiring
    from ..settings import Load
    from ..state import ChargerState, State

SHOWN_SHARE = 0.5
"""How much of a change must show before all of it counts: houses hide some of it."""

ALL_SHARE, ALL_BUT_A = 0.98, 0.5
"""From so much on a raise has surely stopped climbing."""

STARTED_A = 5.0
"""Or so much after a start: hardly a car draws less."""

PART_A = 0.75
"""A car that takes so much less of a raise takes no more: it is full, or its charger rounds."""

CLIMB_A = 0.3
"""A rise by less is noise."""

TOGETHER_S = 25.0
"""A rise may be of any that was raised within twice the usual window before."""

CLIMBS, CLIMB_SHARE = 3, 0.5
"""What rises in so many steps, none of them of this share, climbs; a house rises at once."""

CALM_S, CALM_PERIODS = 8.0, 1.1
"""What has not climbed for so long, and for so many periods, climbs no more: a car gains at
least 0.2 A in a second (public reports: 0.4 to 1.3), and some meters round to 1 A."""

FALLING_PERIODS = 2.2
"""What has not fallen for two periods falls no more."""

LONGEST_CLIMB_S = 300.0
"""A raise that still climbs is waited for so long: 32 A at 0.2 A/s, and a late meter."""

SHOWING_S = 90.0
"""How long a raise waits for the one before to be confirmed: the slowest car's start."""

CONTRADICTED_S = 180.0
"""What the meter shows so soon after a raise may be the raise, though the sensor shows nothing."""

UNDER_WAY_S = 45.0
"""So long after a command's window a slow car may still be on its way."""

DOWN_SHARE, DOWN_BUT_A = 0.8, 1.0
"""From so much of a cut on, and all but so much, the charger is where it was told to be."""

LEAST_CUT_A = 2
"""A smaller cut need not show at the meter."""

MOVES_A = 1.0
"""A car that draws so much more than it is cut to moves the meter."""

LEARNED_FROM_A = 3
"""A smaller change is often hidden by the house, or shown by it."""


@dataclass(slots=True, kw_only=True)
class Raise:
    """A raise that is not confirmed yet."""

    low_a: float
    """What the car was counted as drawing before it."""

    sent_at: float
    """When its last step was sent."""

    since: float = field(init=False)
    """When its first one was."""

    expected_a: float = inf
    """How far the meter will have risen when the last step is followed: not by steps before it
    that were followed unseen."""

    was_unknown: bool = False
    """Whether nobody knew what the charger did before."""

    is_by_sensor: bool = False
    """Whether it was found out since, by the charger's own sensor."""

    is_doubt: bool = False
    """Whether it is a start that may have been followed long ago: what rises now tells little."""

    base: Lowest = field(default_factory=Lowest)
    """What the meter must rise from."""

    top_a: float = 0.0
    """How far it has climbed."""

    most_a: float = 0.0
    """How far it had ever climbed."""

    top_at: float | None = None
    """When it climbed last; None: not yet."""

    climbs: int = 0
    """In how many readings it has climbed."""

    longest_a: float = 0.0
    """The most that it has climbed in one of them."""

    falls: int = 0
    """In how many it has fallen back, as no car does."""

    began_at: float | None = None
    """When it began to climb."""

    def __post_init__(self) -> None:
        """Begin with its first step."""
        self.since = self.sent_at

    def on_known(self, low_a: float) -> None:
        """Know what the charger did before, by its own sensor."""
        self.low_a, self.was_unknown, self.is_by_sensor = low_a, False, True

    def on_reading(self, reading: Reading, wiring: Wiring) -> None:
        """Follow what the meter must rise from, and how far it has risen."""
        self.base.on_reading(reading)
        risen_a = self.base.risen_a(reading, wiring)
        self.most_a = max(self.most_a, risen_a)
        if risen_a > self.top_a + CLIMB_A:
            self.longest_a = max(self.longest_a, risen_a - self.top_a)
            self.top_a, self.top_at = risen_a, reading.at
            self.began_at = reading.at if self.began_at is None else self.began_at
            self.climbs += 1
        elif risen_a < self.top_a - CLIMB_A:
            self.top_a = max(risen_a, 0.0)
            self.falls += 1

    def on_step(self, step_a: float, now: float) -> None:
        """Go on by a step: all of what is not confirmed yet must show."""
        self.sent_at, self.expected_a = now, self.top_a + step_a

    def is_slow(self, raised_a: float) -> bool:
        """Return whether the meter climbs bit by bit: a slow car, or one that it averages."""
        return self.climbs >= CLIMBS and self.longest_a < CLIMB_SHARE * raised_a

    def on_other_shown(self, reading: Reading, loads: Sequence[Load], raised_a: float) -> None:
        """Take off the rise what it has shown of another charger."""
        self.base.on_explained(reading, loads, raised_a)
        self.top_a, self.top_at = 0.0, None
        self.most_a = max(self.most_a - raised_a, 0.0)


@dataclass(slots=True, kw_only=True)
class Cut:
    """A reduction that the meter has not shown yet; those that follow it are added to it."""

    cut_a: float
    sent_at: float
    has_drawn: bool
    """Whether the meter or the sensor had shown the charger's draw before."""

    most_a: float = inf
    """What it can show at the most, of a car that draws all that it was told."""

    must_show: bool = False
    """Whether it goes below all that the meter has shown of the charger's draw."""

    is_moot: bool = False
    """Whether it moves nothing: the car was seen to take no more. What falls then is the house."""

    commands: int = 1
    """How many commands it was made of."""

    earlier_a: float = 0.0
    """What all but the last of them took: it may have gone while the house rose."""

    highest_a: list[float] | None = None
    """The highest readings since: what the meter must fall from, for the house may rise."""

    def on_reading(self, reading: Reading) -> None:
        """Follow what the meter must fall from."""
        now_a = list(reading.current_a)
        highest_a = now_a if self.highest_a is None else self.highest_a
        self.highest_a = list(map(max, highest_a, now_a, strict=True))

    def falls_a(self, reading: Reading, loads: Sequence[Load]) -> list[float]:
        """Return how far each of these has fallen, in amperes of the charger that loads them."""
        if self.highest_a is None:
            return [0.0] * len(loads)
        return [
            (self.highest_a[load.index] - reading.current_a[load.index]) / load.weight
            for load in loads
        ]

    def fallen_a(self, reading: Reading, wiring: Wiring) -> float:
        """Return how far the meter has fallen where it shows the charger, on any phase."""
        return max(self.falls_a(reading, wiring.witnesses))

    def on_other_shown(self, loads: Sequence[Load], cut_a: float) -> None:
        """Take off the fall what it has shown of another charger."""
        if self.highest_a is not None:
            for load in loads:
                self.highest_a[load.index] -= load.weight * cut_a


class Change(NamedTuple):
    """A raise or a cut as the meter shows it."""

    phases_a: Sequence[float]
    """How far each of the charger's phases has moved."""

    told_a: float
    """How far the charger was told to."""

    since: float
    """When it was told first: what it is told again meanwhile shows nothing more."""


@dataclass(slots=True, kw_only=True)
class Evidence:
    """What one charger's commands should show, and have not shown yet."""

    raise_: Raise | None = None
    cut: Cut | None = None
    raised_at: float | None = None
    sighting: Raise | None = None
    """The start as the meter sees it, for as long as the meter has not shown it."""

    least_a: float | None = None
    """What the meter has shown of a raise that it has shown in part; None: all of it."""

    overtaken: Cut | None = None
    """A cut that a raise came after before it had shown: what fell may still be that."""

    is_stop_unseen: bool = False
    """Whether nothing has shown its stop, though it was seen to draw: it may be lost."""

    def on_sent(
        self,
        *,
        before_a: int,
        after_a: int,
        was_unknown: bool,
        is_charging: bool | None = None,
        drawn_a: float | None = None,
        reading: Reading | None,
        now: float,
    ) -> None:
        """Note what a command should show; without a reading nobody sees what becomes of it.

        `is_charging`: whether the charger's own sensors say that it draws; None: they do not.
        `drawn_a`: what they say that it draws.
        """
        if after_a > before_a:
            low_a = before_a if self.low_a is None else self.low_a
            if self.raise_ is None:
                self.raise_ = raise_from(0 if was_unknown else low_a, reading, now)
                self.raise_.was_unknown = was_unknown
            self.raise_.on_step(after_a - before_a, now)
            self.overtaken, self.cut, self.raised_at = self.cut or self.overtaken, None, now
            self.is_stop_unseen = False
            # One that may have drawn before is in what the meter showed already.
            is_beginning = not self.raise_.was_unknown or is_charging is False
            is_beginning &= not self.raise_.is_doubt
            if self.raise_.low_a == 0 and self.sighting is None and is_beginning:
                self.sighting = raise_from(0, reading, now)
            return
        if after_a == before_a:
            return
        if is_charging is None:
            is_charging = self.raise_ is None or self.raise_.low_a > 0
        cut_a: float = before_a - after_a
        if self.least_a is not None and 1 <= self.least_a - after_a < cut_a:
            cut_a = self.least_a - after_a  # a car that takes less shows only this
        is_moot = drawn_a is not None and self.raise_ is None and drawn_a - after_a < MOVES_A
        if reading is None:
            self.cut = None
        elif self.cut is None:
            self.cut = Cut(
                cut_a=cut_a,
                sent_at=now,
                has_drawn=is_charging,
                most_a=before_a - after_a,
                must_show=cut_a >= LEAST_CUT_A and (self.low_a is None or after_a < self.low_a),
                is_moot=is_moot,
                highest_a=list(reading.current_a),
            )
        else:
            self.cut.earlier_a = self.cut.cut_a
            self.cut.cut_a += cut_a
            self.cut.most_a += before_a - after_a
            self.cut.commands += 1
            self.cut.is_moot &= is_moot
        if self.low_a is not None and after_a <= self.low_a:
            self.raise_ = self.least_a = None

    def on_lost(self) -> None:
        """Forget a cut of which nobody will see what becomes."""
        self.cut = None

    def on_raise_confirmed(self, least_a: float | None = None) -> None:
        """Note that the raise has shown; `least_a`: only in part, the car draws that much."""
        self.raise_, self.least_a = None, least_a

    def on_left(self, left_a: float) -> None:
        """Count no more as drawn before its raise than a cut has left of it."""
        if self.raise_ is not None:
            self.raise_.low_a = min(self.raise_.low_a, left_a)

    def on_seen_by_meter(self) -> None:
        """Note that the meter sees the charger."""
        self.sighting = None

    def on_cut_ended(self, *, is_stop_unseen: bool = False) -> None:
        """Note that the cut has shown, or never will; `is_stop_unseen`: it was a stop, and lost."""
        self.cut, self.is_stop_unseen = None, is_stop_unseen

    def on_switched(self) -> None:
        """Forget everything: the charger is another's to command, or was."""
        self.raise_ = self.cut = self.overtaken = self.sighting = self.least_a = None
        self.is_stop_unseen = False

    def on_draw_lost(self, reading: Reading | None, now: float) -> None:
        """Doubt that the car draws: the meter fell by all of it untold, or shows no cut of it.

        What does not draw has no cut to show: the next one is judged by itself.
        """
        self.raise_, self.cut = raise_from(0, reading, now), None
        self.raise_.is_doubt = True

    def falling_by(self, now: float) -> Cut | None:
        """Return the cut that a fall may show; None: none."""
        if self.cut is not None:
            return self.cut
        is_late = self.overtaken is None or now >= self.overtaken.sent_at + LATEST_S
        return None if is_late else self.overtaken

    @property
    def low_a(self) -> float | None:
        """Return the least that the car draws, where that is less than it was told."""
        return self.least_a if self.raise_ is None else self.raise_.low_a

    @property
    def unconfirmed_low_a(self) -> float | None:
        """Return what the car drew before a raise that is not confirmed; None: it is."""
        return None if self.raise_ is None else self.raise_.low_a


def raise_from(low_a: float, reading: Reading | None, now: float) -> Raise:
    """Return a raise sent now; the meter must rise from what it shows."""
    raise_ = Raise(low_a=low_a, sent_at=now)
    if reading is not None:
        raise_.base.on_reading(reading)
    return raise_


def on_reading(state: State, reading: Reading, now: float) -> frozenset[str]:
    """Hold the readings against what the commands should show; return whose they have shown."""
    shown = set[str]()
    for charger in state.balanced:
        evidence = charger.evidence
        if evidence.raise_ is not None:
            evidence.raise_.on_reading(reading, charger.wiring)
        if evidence.sighting is not None:
            evidence.sighting.on_reading(reading, charger.wiring)
            if is_seen_anywhere(charger, evidence.sighting, reading):
                evidence.on_seen_by_meter()
        if evidence.cut is not None:
            evidence.cut.on_reading(reading)
    for charger in found_charging(state, reading):
        charger.evidence.on_raise_confirmed()
        shown.add(charger.charger_id)
    shown |= {charger.charger_id for charger in confirmed_cuts(state, reading)}
    return on_time(state, now) | shown


def is_seen_anywhere(charger: ChargerState, sighting: Raise, reading: Reading) -> bool:
    """Return whether the meter may show a start on another phase than the charger's sensors do.

    That is no blind meter, while nothing has shown that the order of its phases is right.
    """
    drawn_a, order = charger.sensor.drawn_a, charger.order
    if order.sensed is None or order.is_shown or drawn_a is None or drawn_a < SEEN_A:
        return False
    return max(sighting.base.rises_a(reading, charger.wiring.wired)) >= SHOWN_SHARE * drawn_a


def found_charging(state: State, reading: Reading) -> Iterator[ChargerState]:
    """Yield chargers of which nothing was known, and by whose first command the meter falls."""
    for charger in state.balanced:
        raise_, due_at = charger.evidence.raise_, shown_at(charger)
        if raise_ is None or not raise_.was_unknown or due_at is None:
            continue
        if not charger.setpoints.sent_at == raise_.sent_at == raise_.since:
            continue  # it falls by a later one
        is_soon = reading.at <= due_at + state.window_s(charger)
        if is_soon and state.house.falls_by(reading, charger.wiring) >= LEARNED_FROM_A:
            yield charger


def on_time(state: State, now: float) -> frozenset[str]:
    """Confirm raises: what the meter said last still stands when the response time is over.

    By their own sensors first: what is theirs of a rise is not another's.
    """
    shown = set[str]()
    reading, at = state.meter.reading, judged_at(state, now)
    for charger in state.balanced:
        cut, raise_ = charger.evidence.cut, charger.evidence.raise_
        if cut is not None and is_without_answer(state, charger, cut, at):
            is_unseen = cut.has_drawn and not cut.is_moot and charger.target_a == 0
            charger.evidence.on_cut_ended(is_stop_unseen=is_unseen)
        if raise_ is None:
            continue
        if is_known_by_sensor(charger, raise_, now):
            raise_.on_known(charger.sensor.drawn_a or 0.0)
        if charger.target_a <= raise_.low_a + (CLOSE_A if raise_.is_by_sensor else 0.0):
            charger.evidence.on_raise_confirmed()
        elif is_shown_by_sensor(state, charger, raise_, now):
            shown.add(charger.charger_id)
            confirm_by_sensor(state, charger, raise_)
    for charger in state.balanced:
        raise_ = charger.evidence.raise_
        if raise_ is None or reading is None:
            continue
        learn_phases(state, charger, raise_, reading, now)
        if is_shown_by_meter(state, charger, raise_, reading, now):
            shown.add(charger.charger_id)
            confirm_by_meter(state, charger, raise_, reading, now)
    return frozenset(shown)


def is_without_answer(state: State, charger: ChargerState, cut: Cut, at: float) -> bool:
    """Return whether a cut has nothing to show, and no limit is over.

    The car never drew, or it draws less than it was cut to.
    """
    delivered_at = charger.setpoints.delivered_since(cut.sent_at)
    if delivered_at is None or not over_limits(state).isdisjoint(charger.limits):
        return False
    return at >= delivered_at + answer_s(state, charger, cut)


def answer_s(state: State, charger: ChargerState, cut: Cut) -> float:
    """Return how long after its delivery the meter may still show a cut."""
    shown_s = state.window_s(charger) + state.timing.expected_s
    return LATEST_S if cut.has_drawn else min(shown_s, LATEST_S)


def confirm_by_sensor(state: State, charger: ChargerState, raise_: Raise) -> None:
    """Note a raise as shown, and take it off what the meter has yet to show of others."""
    learn_start(state, charger, raise_)
    reading = state.meter.reading
    if reading is not None:
        note_risen(state, charger, raise_, reading)
        explain_rise(state, charger, reading)
    shown_a = (charger.sensor.drawn_a or 0.0) - raise_.low_a
    if shown_a >= LEARNED_FROM_A and raise_.most_a >= SHOWN_SHARE * shown_a:
        charger.evidence.on_seen_by_meter()  # a later raise tells as much as the start
    charger.evidence.on_raise_confirmed()


def is_shown_by_sensor(state: State, charger: ChargerState, raise_: Raise, now: float) -> bool:
    """Return whether the charger's own sensor shows the raise, and that it climbs no more.

    The meter must have shown it as well: a late one still shows the house without it. Where it
    does not for long, the house has fallen by as much meanwhile. And a slow climb must be over at
    the meter, too: there it is behind, as if the house drew less.
    """
    sensor, to_a = charger.sensor, charger.target_a
    if sensor.drawn_a is None or not sensor.has_changed_since(raise_.sent_at):
        return False
    drawn_a = sensor.drawn_a
    shown_a = drawn_a - raise_.low_a
    if shown_a < needed_a(raise_, to_a - raise_.low_a):
        return False
    if raise_.most_a < SHOWN_SHARE * shown_a and not is_old(raise_, now):
        return False
    if raise_.is_slow(to_a - raise_.low_a) and not has_stopped_climbing(state, raise_, now):
        return False
    return drawn_a >= to_a - CLOSE_A or not sensor.is_rising(now)


def is_known_by_sensor(charger: ChargerState, raise_: Raise, now: float) -> bool:
    """Return whether what a charger did before our first command is in what its sensor still says.

    A slow sensor would have said something else by now, and the meter has had its time to show it.
    """
    sensor = charger.sensor
    if not raise_.was_unknown or sensor.drawn_a is None or raise_.sent_at != raise_.since:
        return False
    return now >= raise_.since + SHOWING_S and not sensor.has_changed_since(raise_.since)


def is_old(raise_: Raise, now: float) -> bool:
    """Return whether a meter that is two minutes late should have shown a raise."""
    return now >= raise_.sent_at + LATEST_S


def is_shown_by_meter(
    state: State, charger: ChargerState, raise_: Raise, reading: Reading, now: float
) -> bool:
    """Return whether the meter has risen by half of a raise, and climbs no more."""
    due_at = shown_at(charger)
    if due_at is None or now < due_at or raise_.top_at is None:
        return False
    if charger.sensor.drawn_a is not None:
        # A live sensor knows better, except just after the raise, where it may be stuck. Not where
        # the charger's status says the same.
        is_soon = reading.at <= raise_.sent_at + CONTRADICTED_S
        is_sure = charger.sensor.is_live_zero or charger.sensor.has_changed_since(raise_.since)
        if not is_soon or is_sure:
            return False
        if not has_room_for(state, charger, raise_.low_a, reading):
            return False
    raised_a = charger.target_a - raise_.low_a
    risen_a, least_a = raise_.base.risen_a(reading, charger.wiring), needed_a(raise_, raised_a)
    if risen_a < least_a:
        return False  # as most do: what may be others' is not worth adding up
    others_a = 0.0
    for _, other_a in others_raised(state, charger, raise_, now):
        others_a += other_a
        if risen_a - others_a < least_a:
            return False  # nor the rest, among many
    risen_a -= others_a
    is_all = risen_a >= min(ALL_SHARE * raised_a, raised_a - ALL_BUT_A)
    if not is_all and is_anothers(state, charger, risen_a):
        return False
    return is_all or has_stopped_climbing(state, raise_, now)


def has_room_for(state: State, charger: ChargerState, drawn_a: float, reading: Reading) -> bool:
    """Return whether a car may draw so much by what the meter shows: some houses feed in."""
    shown_a = min(reading.current_a[load.index] / load.weight for load in charger.witnesses)
    return state.house.has_exported or drawn_a <= shown_a + IMPOSSIBLE_A


def has_stopped_climbing(state: State, raise_: Raise, now: float) -> bool:
    """Return whether the meter has not climbed with a raise for a while.

    A lively house climbs and falls for ever: after the slowest car's start it is not waited for.
    """
    if raise_.top_at is None or raise_.began_at is None:
        return False
    is_lively = raise_.falls >= CLIMBS and now >= raise_.began_at + STRETCH_S
    return is_lively or now >= raise_.top_at + calm_s(state)


def learn_phases(
    state: State, charger: ChargerState, raise_: Raise, reading: Reading, now: float
) -> None:
    """Learn by a raise that climbs no more which phases a car of unknown ones uses.

    Before its own sensor can tell: one that measures all phases together does not know it.
    """
    due_at, is_known = shown_at(charger), charger.wiring.used is not None
    if is_known or len(charger.wiring.wired) == 1 or due_at is None or raise_.top_at is None:
        return
    if now >= max(due_at, raise_.top_at + calm_s(state)):
        note_risen(state, charger, raise_, reading)


def is_anothers(state: State, charger: ChargerState, risen_a: float) -> bool:
    """Return whether a rise is all that another one, of which nothing was seen, was given."""
    return any(
        abs(highest_told_a(other) - risen_a) <= PART_A
        for other in state.balanced
        if other.evidence.unconfirmed_low_a == 0
        and other is not charger
        and other.sensor.drawn_a is None
        and other.is_seen_with(charger)
    )


def needed_a(raise_: Raise, raised_a: float) -> float:
    """Return how far the meter must rise to show a raise."""
    half_a = SHOWN_SHARE * raised_a
    return half_a if raise_.low_a > 0 else min(half_a, STARTED_A)


def confirm_by_meter(
    state: State, charger: ChargerState, raise_: Raise, reading: Reading, now: float
) -> None:
    """Note a raise as shown, and take it off what the meter has yet to show of others."""
    if charger.sensor.drawn_a is not None:
        charger.sensor.on_contradicted()
    learn_start(state, charger, raise_)
    raised_a = charger.target_a - raise_.low_a
    others_a = sum(other_a for _, other_a in others_raised(state, charger, raise_, now))
    risen_a = raise_.base.risen_a(reading, charger.wiring) - others_a
    # What had risen and fell again fell with the house: a car seldom takes back what it took.
    is_part = raise_.most_a - others_a < min(raise_.expected_a, raised_a) - PART_A
    note_risen(state, charger, raise_, reading)
    explain_rise(state, charger, reading)
    charger.evidence.on_raise_confirmed(raise_.low_a + risen_a if is_part else None)
    if not is_part:
        state.gain.on_shown(risen_a, raised_a, reading.at)
    charger.evidence.on_seen_by_meter()


def explain_rise(state: State, charger: ChargerState, reading: Reading) -> None:
    """Take a raise that has shown off what the meter has yet to show of others.

    But of those that were raised only when it had risen already: they begin above it.
    """
    raise_ = charger.evidence.raise_
    if raise_ is None:
        return
    raised_a = charger.target_a - raise_.low_a
    for other in state.balanced:
        if other is charger or other.evidence.raise_ is None or not other.is_seen_with(charger):
            continue
        base = other.evidence.raise_.base
        if base.above_a(raise_.base, charger.witnesses) < raised_a - PART_A:
            other.evidence.raise_.on_other_shown(reading, charger.witnesses, raised_a)


def others_raised(
    state: State, charger: ChargerState, own: Raise, now: float
) -> Iterator[tuple[ChargerState, float]]:
    """Yield each other that was raised at about the same time, and what a rise may show of it.

    A car that has drawn nothing for long does not begin in the very moment of another's raise, but
    with its own, unless all of the rise is the other's when it has stopped.
    """
    is_all = (
        own.top_at is not None
        and now >= own.top_at + calm_s(state)
        and abs(own.top_a - (charger.target_a - own.low_a)) <= PART_A
    )
    for other in state.balanced:
        raise_ = other.evidence.raise_
        if (
            raise_ is not None
            and other is not charger
            and raise_.sent_at >= own.sent_at - TOGETHER_S
            and (other.unused.draw_a is None or (raise_.sent_at > own.sent_at and not is_all))
            and other.is_seen_with(charger)
        ):
            yield other, max(highest_told_a(other) - raise_.low_a, 0.0)


def highest_told_a(charger: ChargerState) -> float:
    """Return the most that a charger may be following, or may have been in the last reading."""
    items = charger.setpoints.items
    return max([item.current_a for item in items if not item.is_assumed], default=0)


def learn_start(state: State, charger: ChargerState, raise_: Raise) -> None:
    """Learn from a raise how late it began to show at the meter, and how long it climbed."""
    due_at, raised_a = shown_at(charger), charger.target_a - raise_.low_a
    if raise_.began_at is None or raise_.top_at is None or due_at is None:
        return
    if raised_a < LEARNED_FROM_A or raise_.most_a < SHOWN_SHARE * raised_a:
        return  # too little to be seen climbing, or the meter has shown none of it
    if raise_.began_at < due_at - charger.settings.response_time_s:
        return  # it began before the last step was delivered: by an earlier one
    climbed_s = raise_.top_at - raise_.began_at if raise_.is_slow(raised_a) else 0.0
    state.timing.on_start_shown(raise_.began_at - due_at, climbed_s)


def confirmed_cuts(state: State, reading: Reading) -> Iterator[ChargerState]:
    """Yield the chargers whose cut the meter has shown, or their own sensor."""
    for charger in state.balanced:
        cut = charger.evidence.cut
        if cut is None:
            continue
        fallen_a = cut.fallen_a(reading, charger.wiring)
        if fallen_a < SHOWN_SHARE * cut.cut_a:
            continue
        fallen_a -= others_cut_a(state, charger, reading.at)
        if is_down(fallen_a, cut.cut_a):
            note_followed(state, charger, cut, reading, fallen_a)
        elif is_still_falling(state, charger, cut, reading):
            continue
        if fallen_a >= SHOWN_SHARE * cut.cut_a and not still_exceeds(charger):
            end_cut(state, charger, cut)
            yield charger


def is_still_falling(state: State, charger: ChargerState, cut: Cut, reading: Reading) -> bool:
    """Return whether a meter that averages is just showing a cut: more of it is to come."""
    lately = max(cut.sent_at, reading.at - FALLING_PERIODS * state.timing.expected_s)
    house, wiring = state.house, charger.wiring
    return max(house.falls_by(reading, wiring), house.fallen_a(reading, wiring, lately)) > CLIMB_A


def note_followed(
    state: State, charger: ChargerState, cut: Cut, reading: Reading, fallen_a: float
) -> None:
    """Note that a charger is where it was told to be, so it draws what it is told.

    A raise before it is not confirmed by the ampere that asks a silent meter: any house falls by as
    much some time. Nor by a fall that is far more than a small cut, as that of one bad sample is.
    """
    if cut.is_moot:
        return
    learn_delay(state, charger, cut, reading)
    falls_a = cut.falls_a(reading, charger.wiring.wired)
    others = others_cut(state, charger, reading.at)
    note_phases(state, charger, reading, Change(falls_a, cut.cut_a, cut.sent_at), others)
    state.gain.on_shown(fallen_a, cut.cut_a, reading.at)
    charger.setpoints.on_confirmed()
    is_asking = cut.cut_a < LEAST_CUT_A and charger.probe.ceiling_a is not None
    is_more = cut.most_a < LEARNED_FROM_A and fallen_a > cut.most_a + DOWN_BUT_A
    left_a = charger.target_a + cut.most_a - fallen_a
    if is_more and left_a >= charger.settings.min_ev_current_a:
        charger.evidence.on_left(left_a)  # it rounds, perhaps: so much less may be the house's
    if is_asking or is_more:
        return
    raise_ = charger.evidence.raise_
    if raise_ is not None:  # it was cut before it was confirmed: what is left of it shows, too
        note_risen(state, charger, raise_, reading)
    explain_rise(state, charger, reading)
    charger.evidence.on_raise_confirmed()
    if charger.sensor.drawn_a is not None:
        charger.evidence.on_seen_by_meter()


def note_risen(state: State, charger: ChargerState, raise_: Raise, reading: Reading) -> None:
    """Note on which of its phases a raise of a charger has shown."""
    if raise_.is_doubt:
        return
    rises_a = raise_.base.rises_a(reading, charger.wiring.wired)
    raised = others_raised(state, charger, raise_, reading.at)
    others = [other for other, other_a in raised if other_a > 0]
    change = Change(rises_a, charger.target_a - raise_.low_a, raise_.since)
    note_phases(state, charger, reading, change, others)


def note_phases(
    state: State,
    charger: ChargerState,
    reading: Reading,
    change: Change,
    others: Sequence[ChargerState],
) -> None:
    """Note on which of its phases a command of a charger has shown.

    Not while one of them may have been said before it was followed, nor where what has shown may be
    of `others`, which were told something at about the same time.
    """
    due_at = shown_at(charger)
    moments = [reading.moment_of(load.index) for load in charger.wiring.wired]
    is_together = max(moments) - min(moments) < BURST_S
    if not is_together and (due_at is None or min(moments) < due_at):
        return
    phases = shown_phases(charger, change.phases_a, change.told_a)
    moved = charger.wiring.seen_at if phases is None else phases
    if not all(other.wiring.seen_at.isdisjoint(moved) for other in others):
        return
    if phases is not None and may_be_frozen(state, charger, phases, reading):
        return
    if phases is not None:
        is_sure = is_proven(state, charger, phases, reading)
        charger.wiring.on_shown(phases, reading.at, change.since, is_proven=is_sure)
    elif moves_elsewhere(charger, change.phases_a, change.told_a):
        charger.wiring.on_doubted()


def may_be_frozen(
    state: State, charger: ChargerState, phases: Sequence[int], reading: Reading
) -> bool:
    """Return whether the meter may be frozen on a phase of which it shows nothing.

    It says exactly what it said before the command, as it never does, and enough for a car.
    """
    sent_at = charger.setpoints.sent_at
    return sent_at is not None and any(
        reading.current_a[phase] >= SEEN_A and state.meter.is_odd(phase, sent_at)
        for phase in charger.settings.phases
        if phase not in phases
    )


def is_down(fallen_a: float, cut_a: float) -> bool:
    """Return whether the meter has shown the charger where it was told to be."""
    return fallen_a >= max(DOWN_SHARE * cut_a, cut_a - DOWN_BUT_A)


def end_cut(state: State, charger: ChargerState, cut: Cut) -> None:
    """Note a cut as shown, and take it off what the meter has yet to show of others."""
    charger.evidence.on_cut_ended()
    state.house.on_cut_shown(charger.witnesses, cut.cut_a)
    given_up_a = min(cut.cut_a, charger.sensor.given_up_a(cut.sent_at, charger.target_a))
    for other in state.balanced:
        if other.evidence.cut is not None and other is not charger:
            other.evidence.cut.on_other_shown(charger.witnesses, given_up_a)


def others_cut_a(state: State, charger: ChargerState, now: float) -> float:
    """Return what others on the charger's phases are to give up: their part of a fall."""
    cuts = (other.evidence.falling_by(now) for other in others_cut(state, charger, now))
    return sum(cut.cut_a for cut in cuts if cut is not None)


def others_cut(state: State, charger: ChargerState, now: float) -> Sequence[ChargerState]:
    """Return the others on the charger's phases whose cuts have not shown either.

    One that was never seen to draw is not shown by what may be that of another such one.
    """
    own = charger.evidence.cut
    cuts = [(other, other.evidence.falling_by(now)) for other in state.balanced]
    return [
        other
        for other, cut in cuts
        if cut is not None
        and (cut.has_drawn or (own is not None and not own.has_drawn))
        and not other.compliance.is_unresponsive
        and other is not charger
        and other.is_seen_with(charger)
    ]


def learn_delay(state: State, charger: ChargerState, cut: Cut, reading: Reading) -> None:
    """Learn from a cut how late the meter is: beyond the response time it is the meter's.

    A small one may be hidden by the house: the next must say much the same. Nothing while the meter
    is suspected of counting the other way round: then what falls is a car that begins.
    """
    if any(each.polarity.wrong_times > 0 for each in state.balanced):
        return
    delivered_at = charger.setpoints.delivered_since(cut.sent_at)
    newest = charger.setpoints.newest
    if delivered_at is None or newest is None or newest.is_confirmed:
        return
    is_falling = state.house.falls_by(reading, charger.wiring) >= 1.0
    if is_falling and reading.at >= delivered_at:
        late_s = reading.at - delivered_at - charger.settings.response_time_s
        is_clean = newest.sent_at == cut.sent_at and cut.cut_a >= LEARNED_FROM_A
        state.timing.on_cut_shown(max(late_s, 0.0), is_clean=is_clean)


def is_overdue(state: State, charger: ChargerState, at: float) -> bool:
    """Return whether a reading of this moment should have shown the charger's cut."""
    cut = charger.evidence.cut
    delivered_at = None if cut is None else charger.setpoints.delivered_since(cut.sent_at)
    return delivered_at is not None and at >= delivered_at + state.window_s(charger)


def judged_at(state: State, now: float) -> float:
    """Return of when the last reading is: what reports only changes has said that nothing did."""
    reading = state.meter.reading
    if reading is None or not state.timing.is_regular(reading.at):
        return now
    return reading.at


def has_been_read(state: State, charger: ChargerState, now: float) -> bool:
    """Return whether the last reading shows what has become of the newest command.

    A raise before it would take for the house's what the car has just given up.
    """
    newest = charger.setpoints.newest
    if newest is None or newest.delivered_at is None:
        return False
    return judged_at(state, now) >= newest.delivered_at + state.window_s(charger)


def has_had_its_time(state: State, charger: ChargerState, at: float) -> bool:
    """Return whether a meter as late as it was ever seen would have shown the newest command."""
    newest = charger.setpoints.newest
    if newest is None or newest.delivered_at is None:
        return False
    return at >= newest.delivered_at + state.slowest_window_s(charger)


def still_exceeds(charger: ChargerState) -> bool:
    """Return whether the draw sensor has moved since the charger should have followed, in vain.

    What the meter has fallen by meanwhile is then the house's.
    """
    since, sensor = charger.setpoints.newest_since, charger.sensor
    if since is None or not sensor.samples or sensor.is_contradicted:
        return False
    latest = sensor.samples[-1]
    if latest.sensed_a is None or latest.at < since + charger.settings.response_time_s:
        return False
    return latest.sensed_a > most_compliant_a(charger.target_a)


def shown_at(charger: ChargerState) -> float | None:
    """Return from when on the meter can have shown the last raise; None: it did not get through."""
    newest = charger.setpoints.newest
    if newest is None or newest.delivered_at is None:
        return None
    return newest.delivered_at + charger.settings.response_time_s


def calm_s(state: State) -> float:
    """Return how long a raise must not have climbed to count as done."""
    return max(CALM_S, CALM_PERIODS * state.timing.expected_s)


def is_calm(state: State, now: float) -> bool:
    """Return whether no command of ours, and no car that follows one, can move the meter."""
    return all(
        (charger.evidence.raise_ is None or is_old(charger.evidence.raise_, now))
        and now >= followed_at(state, charger)
        for charger in state.balanced
    )


def followed_at(state: State, charger: ChargerState) -> float:
    """Return by when a slow car, too, has followed the newest command: a shown cut is followed."""
    newest = charger.setpoints.newest
    if newest is None or newest.sent_at is None:
        return -inf
    under_way_s = 0.0 if newest.is_confirmed else UNDER_WAY_S
    return newest.sent_at + under_way_s + state.window_s(charger)


def moments(state: State) -> Iterator[float]:
    """Yield when raises will have stopped climbing, and cuts had their time, if nothing is said."""
    for charger in state.balanced:
        cut = charger.evidence.cut
        delivered_at = None if cut is None else charger.setpoints.delivered_since(cut.sent_at)
        if cut is not None and delivered_at is not None:
            yield delivered_at + state.window_s(charger)
            yield delivered_at + answer_s(state, charger, cut)
        raise_, due_at = charger.evidence.raise_, shown_at(charger)
        if raise_ is None or due_at is None:
            continue
        yield due_at
        if raise_.top_at is not None:
            yield raise_.top_at + calm_s(state)
