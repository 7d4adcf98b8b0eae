"""Probes: asking the meter by a small cut, where waiting for its word would take too long.

Some things only a change can tell. A raise that the meter has not shown, or in part: a car that
draws what it is offered shows a cut. A meter that reports only what changes and has said nothing
for long: if it lives it reports a cut. A meter, or one of its phases, that used to vary and repeats
exactly the same for minutes: a live one answers, a frozen one does not. And a meter that has not
risen though a charger's own sensor has: it may be blind to the chargers. One that has fallen by
what a car was to draw: it may count the other way round. A cut is always safe; the others are not
raised meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import floor
from typing import TYPE_CHECKING

from ..allocate.ceiling import Ceiling
from ..estimate import wiring
from ..meter.timing import LATEST_S
from ..model import LimitedBy, MeterFault
from ..settings import UnavailableBehavior
from . import phase_order, polarity
from .evidence import (
    LEARNED_FROM_A,
    LEAST_CUT_A,
    LONGEST_CLIMB_S,
    MOVES_A,
    SHOWN_SHARE,
    calm_s,
    has_had_its_time,
    is_still_falling,
    judged_at,
)

if TYPE_CHECKING:
    from ..state import ChargerState, State

CUT_A = 3
"""Enough to stand out from what a house does by itself, and for a meter to report."""

FIRST_WAIT_S = 30.0
"""How long a start, or a raise that a meter need not report, stays unconfirmed before a probe."""

RUNNING_WAIT_S = 60.0
"""From one probe of a car that draws already to the next: what it does not take is no hurry."""

LONGEST_WAIT_S = 15 * 60.0
"""While the meter never shows what the car does, each probe waits twice as long as the last."""

BEFORE_TIMEOUT_S = 60.0
"""How long before its timeout a silent meter is probed: time for two cuts and a start."""

ESCALATED_S = 15.0
"""A meter that has said nothing at all by then is probed by a cut to the charger's minimum."""

ANSWER_S = 60.0
"""A probe that has no answer by then is given up."""

OWED_S = 120.0
"""What a probe took is kept for its charger for so long: its minute, and the raise that follows."""

STUCK_WAIT_S, LONGEST_STUCK_WAIT_S = 15 * 60.0, 60 * 60.0
"""A value that repeats itself and answered is left in peace, longer each time."""

ANSWER_PERIODS = 2.5
"""So many periods after a probe's window a live meter has said something else."""

PART_SHARE = 0.25
"""So much of a cut may be the first that a meter shows of it, which averages."""

BLIND_S = 130.0
"""A meter that is two minutes late has shown a start by then."""

SEEN_DRAW_A = 5.0
"""A draw that a meter cannot miss: a car at its minimum."""


@dataclass(slots=True, kw_only=True)
class Probe:
    """A small cut of one charger by which the meter is asked something."""

    ceiling_a: int | None = None
    """What the charger is cut to meanwhile; None: nothing is asked now."""

    asked_at: float = float("-inf")
    proven_at: float = float("-inf")
    """When the meter has last shown such a cut."""

    asked_from_a: int = 0
    """What it had when it asked last without an answer."""

    wait_s: float = 0.0
    """How long to wait before the next probe."""

    asks_phases: bool = False
    """Whether it asks on which phases the car is."""

    owed_a: int | None = None
    """What it had before, until the meter has shown that it has it again; None: it has."""

    def on_asked(
        self, target_a: int, cut_a: int, wait_s: float, now: float, *, asks_phases: bool = False
    ) -> None:
        """Begin a probe."""
        self.asks_phases = asks_phases
        self.asked_from_a, self.ceiling_a = target_a, target_a - cut_a
        self.asked_at, self.wait_s = now, wait_s
        self.owed_a = target_a if self.owed_a is None else max(self.owed_a, target_a)

    def on_proven(self, now: float) -> None:
        """Note that the meter has shown the cut."""
        self.proven_at = now

    def on_unaskable(self, now: float) -> None:
        """Note that it was told again where no cut could ask."""
        self.asked_at = now

    def on_escalated(self, minimum_a: int) -> None:
        """Cut deeper: the small cut was not heard."""
        self.ceiling_a = minimum_a

    def on_ended(self) -> None:
        """End the probe."""
        self.ceiling_a = None

    def on_given_back(self) -> None:
        """Note that it has again what it had, or never will."""
        self.owed_a = None

    def on_answered(self) -> None:
        """Begin anew with short waits: the meter shows what the car does."""
        self.wait_s, self.asked_from_a = 0.0, 0

    def ceiling(self) -> Ceiling | None:
        """Return what the charger is bounded to meanwhile; None: nothing."""
        most_a = self.owed_a if self.ceiling_a is None else self.ceiling_a
        return None if most_a is None else Ceiling(current_a=most_a, limited_by=LimitedBy.PROBE)


@dataclass(slots=True, kw_only=True)
class SiteProbe:
    """What is asked of a meter that repeats itself, or does not see the chargers."""

    asked_id: str | None = None
    """Which charger is cut to ask; None: nothing is asked now."""

    asked_at: float = float("-inf")
    asked: frozenset[int] = frozenset()
    """The values that it asks, by their limits."""

    is_escalated: bool = False
    waits_s: dict[int, float] = field(default_factory=dict[int, float])
    """How long each value that was asked is left in peace,"""

    due_at: dict[int, float] = field(default_factory=dict[int, float])
    """and when it may be asked again."""

    blind_since: float | None = None
    """Since when a charger's sensor has shown a draw that the meter has not."""

    exporting_since: float | None = None
    """Since when the house would feed in, which it never has, if the cars drew what was seen."""

    def on_asked(self, charger_id: str, values: frozenset[int], now: float) -> None:
        """Begin to ask."""
        self.asked_id, self.asked_at, self.is_escalated = charger_id, now, False
        self.asked = values
        for index in values:
            wait_s = max(2 * self.waits_s.get(index, 0.0), STUCK_WAIT_S)
            self.waits_s[index] = min(wait_s, LONGEST_STUCK_WAIT_S)
            self.due_at[index] = now + self.waits_s[index]

    def on_escalated(self, now: float) -> None:
        """Ask by a deeper cut."""
        self.asked_at, self.is_escalated = now, True

    def on_ended(self) -> None:
        """End it: the meter has answered, or was lost."""
        self.asked_id = None

    def on_blind(self, now: float, *, is_blind: bool) -> None:
        """Follow since when the meter has missed what a charger draws."""
        if not is_blind:
            self.blind_since = None
        elif self.blind_since is None:
            self.blind_since = now

    def on_exporting(self, now: float, *, is_exporting: bool) -> None:
        """Follow since when the house seems to feed in."""
        if not is_exporting:
            self.exporting_since = None
        elif self.exporting_since is None:
            self.exporting_since = now


def probe(state: State, now: float) -> None:
    """Begin, escalate and end the probes of every charger."""
    silence = silence_asked(state)
    for charger in state.balanced:
        if charger.charger_id == state.probe.asked_id:
            continue
        if charger.probe.ceiling_a is None:
            phases_at = wiring.asked_at(state, charger)
            if phases_at is not None and now >= phases_at:
                ask_phases(charger, now)
                continue
            polarity_at = polarity.asked_at(state, charger)
            if polarity_at is not None and now >= polarity_at:
                ask_polarity(charger, now)
                continue
            due_at = next_probe_at(state, charger, silence)
            if due_at is not None and now >= due_at and not is_other_asked(state, charger):
                if is_unaskable(state, charger, silence, now):
                    charger.probe.on_unaskable(now)
                    doubt(state, charger, now)
                else:
                    ask(charger, now, is_deep=is_questionable(state, charger))
        elif is_answered(state, charger, now):
            if is_denied(state, charger, now):
                doubt(state, charger, now)
            elif is_proven(charger, now):
                charger.probe.on_proven(now)
            is_told = phase_order.has_told(charger, charger.probe.asked_at)
            if charger.probe.asks_phases and not is_told:
                phase_order.doubt(charger)
            charger.probe.on_ended()
        elif is_unheard(state, silence, now):
            charger.probe.on_escalated(charger.settings.min_ev_current_a)
    for charger in state.balanced:
        if is_given_back(state, charger, now):
            charger.probe.on_given_back()
    follow_export(state, now)


def is_proven(charger: ChargerState, now: float) -> bool:
    """Return whether the meter has shown the cut by which a car was asked."""
    is_its = charger.target_a == charger.probe.ceiling_a
    return is_its and charger.evidence.cut is None and now < charger.probe.asked_at + ANSWER_S


def follow_export(state: State, now: float) -> None:
    """Follow whether the house feeds in: all cars that leave it less than nothing must show it.

    What a car had shown before that was in question may have ended since.
    """
    counted = [charger for charger in state.balanced if is_doubtful(state, charger)]
    state.probe.on_exporting(now, is_exporting=bool(counted))
    since = state.probe.exporting_since
    if since is not None and all(
        each.probe.asked_at >= since and now < each.probe.proven_at + OWED_S for each in counted
    ):
        state.house.on_exported()


def is_given_back(state: State, charger: ChargerState, now: float) -> bool:
    """Return whether others may have what a charger gave up to ask: it has that again, or left it.

    A charger that takes less than it was cut to makes the house look smaller meanwhile. Nobody
    waits for a car that was never seen to draw.
    """
    probe = charger.probe
    if probe.owed_a is None or probe.ceiling_a is not None:
        return False
    evidence = charger.evidence
    is_whole = charger.target_a >= probe.owed_a and evidence.raise_ is None
    is_shown = is_whole and evidence.least_a is None
    is_idle = not (is_known_to_draw(charger) or polarity.is_contradicted(charger))
    return is_shown or is_idle or now >= probe.asked_at + OWED_S


def ask_phases(charger: ChargerState, now: float) -> None:
    """Ask by a cut on which phases a car is; one that cannot be cut may be on all of them."""
    if charger.target_a - CUT_A < charger.settings.min_ev_current_a:
        phase_order.doubt(charger)
    else:
        charger.probe.on_asked(charger.target_a, CUT_A, FIRST_WAIT_S, now, asks_phases=True)


def ask_polarity(charger: ChargerState, now: float) -> None:
    """Ask by a cut to the minimum which way round the meter counts, or by a stop."""
    cut_a = polarity.asking_cut_a(charger)
    charger.probe.on_asked(charger.target_a, cut_a, charger.probe.wait_s, now)
    charger.polarity.on_asked(now)


def doubt(state: State, charger: ChargerState, now: float) -> None:
    """Doubt that a car draws: its start may be lost, and what rose the house's. Tell it again."""
    charger.evidence.on_draw_lost(state.meter.reading, now)
    charger.telling.on_short(now, now)


def is_unaskable(state: State, charger: ChargerState, silence: Silence | None, now: float) -> bool:
    """Return whether a car is to be asked about what was seen of it, and no cut goes below that.

    A silent meter is asked all the same.
    """
    seen_at = seen_probe_at(state, charger)
    silence_at = silence_probe_at(charger, silence)
    if seen_at is None or now < seen_at or (silence_at is not None and now >= silence_at):
        return False
    low_a = charger.target_a if charger.evidence.low_a is None else floor(charger.evidence.low_a)
    return low_a - LEAST_CUT_A < charger.settings.min_ev_current_a


def is_other_asked(state: State, charger: ChargerState) -> bool:
    """Return whether another on its limits is being asked about: one fall, one answer."""
    return is_in_doubt(state, charger) and any(
        other.probe.ceiling_a is not None
        and is_in_doubt(state, other)
        and other.is_seen_with(charger)
        for other in state.balanced
        if other is not charger
    )


def is_in_doubt(state: State, charger: ChargerState) -> bool:
    """Return whether the meter does not show all that a charger was told."""
    return charger.evidence.low_a is not None or is_doubtful(state, charger)


def ask(charger: ChargerState, now: float, *, is_deep: bool) -> None:
    """Begin a probe of one charger; `is_deep`: below all that was seen of it."""
    low_a = charger.evidence.low_a
    seen_a = visible_a(charger) if low_a is None else min(low_a, charger.target_a)
    to_a = floor(seen_a if is_deep else charger.target_a) - CUT_A
    to_a = max(to_a, charger.settings.min_ev_current_a)
    cut_a = charger.target_a - to_a
    wait_s = min(max(2 * charger.probe.wait_s, FIRST_WAIT_S), LONGEST_WAIT_S)
    wait_s = max(wait_s, 4 * charger.settings.command_interval_s)
    charger.probe.on_asked(charger.target_a, cut_a, wait_s, now)


def find_out(state: State, now: float) -> None:
    """Find out a meter that lies: frozen though it repeats itself, or blind to the chargers."""
    if not state.meter.is_available:
        end_asking(state)
        return
    state.probe.on_blind(now, is_blind=any(map(is_unseen, state.balanced)))
    stuck = state.meter.stuck(state.sources, state.timings, now)
    asked = state.chargers.get(state.probe.asked_id or "")
    if asked is None or not asked.is_ours:
        state.probe.on_ended()
        begin_to_ask(state, stuck, now)
    else:
        hear_answer(state, asked, askable_values(state, asked, stuck & state.probe.asked), now)
    if state.probe.blind_since is not None and now >= state.probe.blind_since + BLIND_S:
        state.probe.on_blind(now, is_blind=False)
        state.meter.on_unseeing(MeterFault.BLIND, now)
        state.meter.on_found_out(MeterFault.BLIND)

    hear_silence(state, now)


def hear_silence(state: State, now: float) -> None:
    """Tell the start again of cars that were cut to ask a silent meter, while it says nothing.

    It may be dead. But a car that draws nothing has no cut to show, and a start that got lost while
    the house rose passes for one that was seen: then nothing would ever move the meter again.
    """
    silence = silence_asked(state)
    for charger in state.balanced:
        due_at = start_told_at(state, charger, silence)
        if due_at is not None and now >= due_at:
            doubt(state, charger, now)


def start_told_at(state: State, charger: ChargerState, silence: Silence | None) -> float | None:
    """Return when a car that is cut to ask a silent meter is told its start again; None: not."""
    newest, is_cut = charger.setpoints.newest, charger.probe.ceiling_a is not None
    if silence is None or not is_cut or charger.probe.asked_at < silence.asked_at:
        return None
    if charger.sensor.drawn_a is not None or charger.evidence.unconfirmed_low_a == 0:
        return None
    is_deepest = 0 < charger.target_a <= charger.settings.min_ev_current_a
    if not is_deepest or newest is None or newest.delivered_at is None:
        return None
    return max(newest.delivered_at + state.window_s(charger), silence.escalated_at)


def hear_answer(state: State, asked: ChargerState, silent: frozenset[int], now: float) -> None:
    """Follow what a charger was cut to ask; `silent`: the values that have not answered.

    Where the meter shows the charger elsewhere, too, it must show the cut there: else the car may
    draw nothing. Where it shows it nowhere else, the car's start is told again before.
    """
    if not silent:
        end_asking(state)
        return
    if now < answer_due_at(state, asked):
        return
    is_deepest = asked.target_a <= asked.settings.min_ev_current_a
    if not (state.probe.is_escalated or is_deepest):
        asked.probe.on_escalated(asked.settings.min_ev_current_a)
        state.probe.on_escalated(now)
    elif live_values(state, asked, silent):
        end_asking(state)
        if has_answered(state, asked):
            state.meter.on_found_out(MeterFault.FROZEN, silent)
    elif asked.evidence.unconfirmed_low_a != 0 and asked.sensor.drawn_a is None:
        doubt(state, asked, now)
        state.probe.on_escalated(now)
    else:
        end_asking(state)
        state.meter.on_found_out(MeterFault.FROZEN, silent)


def has_answered(state: State, asked: ChargerState) -> bool:
    """Return whether the values that live have shown the cut, or enough of it.

    What a raise gave to the car before may never have been seen: it need not all be in the fall.
    """
    cut, reading = asked.evidence.cut, state.meter.reading
    if cut is None or reading is None:
        return cut is None
    return cut.fallen_a(reading, asked.wiring) >= LEARNED_FROM_A


def begin_to_ask(state: State, stuck: frozenset[int], now: float) -> None:
    """Ask values that are stuck, by the charger that has most to give."""
    due = {index for index in stuck if now >= state.probe.due_at.get(index, now)}
    if not due:
        return
    able = [
        charger
        for charger in state.balanced
        if is_known_to_draw(charger)
        and charger.probe.ceiling_a is None
        and spare_a(charger) >= LEAST_CUT_A
        and visible_a(charger) >= charger.settings.min_ev_current_a + MOVES_A
        and not due.isdisjoint(askable_values(state, charger, stuck))
    ]
    if able:
        asked = max(able, key=lambda charger: charger.target_a)
        ask(asked, now, is_deep=True)
        state.probe.on_asked(asked.charger_id, askable_values(state, asked, stuck), now)


def askable_values(state: State, charger: ChargerState, stuck: frozenset[int]) -> frozenset[int]:
    """Return the stuck values that must show a cut of the charger, if they live.

    Where others of its values live, its car may be on those alone, unless it was seen on this one,
    and this one shows enough for a car: a charger may have gone to fewer phases.
    """
    reading, silent = state.meter.reading, stuck & charger.limits
    if not live_values(state, charger, silent) or charger.wiring.is_measured:
        return silent
    if reading is None or (charger.wiring.used is None and len(charger.wiring.wired) > 1):
        return frozenset()
    return frozenset(index for index in silent if reading.current_a[index] >= wiring.SEEN_A)


def live_values(state: State, charger: ChargerState, silent: frozenset[int]) -> frozenset[int]:
    """Return the values that show the charger and are not among the silent ones."""
    own = frozenset(index for source in state.sources for index in source)
    return (own & charger.limits) - silent


def is_known_to_draw(charger: ChargerState) -> bool:
    """Return whether a meter that lives must show a cut of the charger."""
    return charger.evidence.unconfirmed_low_a != 0 or charger.sensor.is_charging


def end_asking(state: State) -> None:
    """Let the charger that was cut to ask have its share again."""
    asked = state.chargers.get(state.probe.asked_id or "")
    if asked is not None:
        asked.probe.on_ended()
    state.probe.on_ended()


def answer_due_at(state: State, asked: ChargerState) -> float:
    """Return by when a live meter has said something else."""
    newest = asked.setpoints.newest
    delivered_at = None if newest is None else newest.delivered_at
    begin = state.probe.asked_at if delivered_at is None else delivered_at
    begin = max(begin, state.probe.asked_at)
    periods_s = ANSWER_PERIODS * (state.timing.period_s or 0.0)
    return begin + state.slowest_window_s(asked) + periods_s


def is_unseen(charger: ChargerState) -> bool:
    """Return whether the charger's sensor shows a draw that the meter has never shown."""
    drawn_a, sighting = charger.sensor.drawn_a, charger.evidence.sighting
    if drawn_a is None or sighting is None or charger.target_a == 0:
        return False
    return drawn_a >= SEEN_DRAW_A and sighting.most_a < SHOWN_SHARE * drawn_a


def is_unheard(state: State, silence: Silence | None, now: float) -> bool:
    """Return whether a silent meter was probed and said nothing, so that a deeper cut must ask.

    A car that draws less than it is offered shows nothing of a small one. Where a lost meter
    leaves chargers what they have, that must not be their minimum.
    """
    if state.settings is None or silence is None:
        return False
    if state.settings.site.unavailable_behavior is UnavailableBehavior.IGNORE:
        return False
    return now >= silence.escalated_at


def next_probe_at(state: State, charger: ChargerState, silence: Silence | None) -> float | None:
    """Return when the meter is to be asked about a charger; None: no need, or no way."""
    if not state.meter.is_available or charger.target_a == 0:
        return None
    moments = [seen_probe_at(state, charger)]
    if spare_a(charger) > 0:
        moments.append(silence_probe_at(charger, silence))
    if spare_a(charger) >= LEAST_CUT_A:
        moments.append(draw_probe_at(state, charger))
    return min((at for at in moments if at is not None), default=None)


def draw_probe_at(state: State, charger: ChargerState) -> float | None:
    """Return when the meter is asked whether a car draws what it was raised to; None: not."""
    raise_, newest = charger.evidence.raise_, charger.setpoints.newest
    if raise_ is None or charger.evidence.cut is not None or charger.sensor.drawn_a is not None:
        return None
    is_running = raise_.low_a > 0
    if is_running and charger.target_a - raise_.low_a < CUT_A:
        return None  # so little is not worth the commands
    if is_running and charger.target_a <= charger.probe.asked_from_a:
        return None  # a probe's own cut given back: asked again, it would never end
    if newest is None or newest.delivered_at is None or charger.probe.asked_at >= raise_.sent_at:
        return None  # on its way still, or asked already
    # One that was never seen to answer may be late; what goes back and forth among several waits.
    shared_s = LONGEST_WAIT_S if len(state.balanced) > 1 else 0.0
    first_s = shared_s if is_running else FIRST_WAIT_S
    if raise_.is_doubt and len(state.balanced) == 1:
        first_s = 0.0  # it was seen to draw: most likely it does; among several others would wait
    wait_s = first_s if state.timing.answers_s else max(first_s, LATEST_S)
    calm_at = float("-inf")
    if raise_.top_at is not None:  # a lively house climbs for ever
        calm_at = min(raise_.top_at + calm_s(state), raise_.sent_at + LONGEST_CLIMB_S)
    return max(
        newest.delivered_at + state.window_s(charger),
        calm_at,
        raise_.sent_at + wait_s,
        charger.probe.asked_at + max(RUNNING_WAIT_S if is_running else 0.0, charger.probe.wait_s),
    )


def seen_probe_at(state: State, charger: ChargerState) -> float | None:
    """Return when a car is asked whether it draws what was seen of it; None: not.

    One that showed only a part of its raise: the house may have fallen meanwhile and hidden the
    rest. And one whose draw leaves less than nothing for a house that has never fed in.
    """
    evidence, newest = charger.evidence, charger.setpoints.newest
    if evidence.cut is not None or not is_questionable(state, charger):
        return None
    if charger.sensor.drawn_a is not None or newest is None or newest.delivered_at is None:
        return None
    due_at = newest.delivered_at + max(RUNNING_WAIT_S, state.window_s(charger))
    since = state.probe.exporting_since
    if since is not None and charger.probe.asked_at < since:
        return due_at  # what it answered before tells nothing of what has gone since
    return max(due_at, charger.probe.asked_at + LONGEST_WAIT_S)


def is_questionable(state: State, charger: ChargerState) -> bool:
    """Return whether what was seen of a car may have been the house's."""
    return is_part(charger) or is_doubtful(state, charger)


def is_part(charger: ChargerState) -> bool:
    """Return whether the meter has shown only a part of what a charger was given."""
    least_a = charger.evidence.least_a
    if least_a is None or charger.evidence.raise_ is not None:
        return False
    return charger.target_a - max(least_a, charger.settings.min_ev_current_a) >= LEAST_CUT_A


def is_doubtful(state: State, charger: ChargerState) -> bool:
    """Return whether the house would feed in if a car drew what was seen of it, and never has."""
    is_counted = charger.target_a > 0 and charger.evidence.unconfirmed_low_a != 0
    return is_counted and state.house.seems_to_export(charger.wiring.seen_at)


def silence_probe_at(charger: ChargerState, silence: Silence | None) -> float | None:
    """Return when a silent meter is asked by a charger that has not asked it yet.

    One is enough for a meter that lives. The others follow where it has not answered.
    """
    if silence is None or charger.probe.asked_at >= silence.asked_at:
        return None
    is_first = charger.charger_id == silence.asker_id
    return silence.asked_at if is_first else silence.escalated_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """When a meter that says nothing is asked whether it lives."""

    asked_at: float
    asker_id: str | None
    """By which charger first: the one that draws most; None: one has asked."""

    escalated_at: float
    """When the others ask: it may take as long for its answer as it ever has."""


def silence_asked(state: State) -> Silence | None:
    """Return when and by whom a silent meter is asked, the same for all; None: it is not."""
    asked_at = silence_asked_at(state)
    if asked_at is None:
        return None
    first = None
    if all(each.probe.asked_at < asked_at for each in state.balanced):
        first = max(
            state.balanced, key=lambda each: (is_known_to_draw(each), spare_a(each)), default=None
        )
    return Silence(
        asked_at=asked_at,
        asker_id=None if first is None else first.charger_id,
        escalated_at=asked_at + min(ESCALATED_S + state.slowest_s, ANSWER_S - 1.0),
    )


def visible_a(charger: ChargerState) -> float:
    """Return what a car draws of its command, as far as its sensor tells: a cut shows below it."""
    drawn_a = charger.sensor.drawn_a
    return charger.target_a if drawn_a is None else min(charger.target_a, drawn_a)


def spare_a(charger: ChargerState) -> int:
    """Return what a charger has above its minimum."""
    return charger.target_a - charger.settings.min_ev_current_a


def silence_asked_at(state: State) -> float | None:
    """Return when a meter that reports only what changes is asked whether it lives."""
    last = state.meter.reading
    if last is None or state.settings is None or state.timing.is_regular(last.at):
        return None
    timeout_s = state.timing.timeout_s(state.settings.site.meter_timeout_s, last.at)
    silent_at = state.meter.silent_at(state.settings, state.timings)
    if timeout_s is None or timeout_s <= 2 * BEFORE_TIMEOUT_S or silent_at is None:
        return None
    return silent_at - BEFORE_TIMEOUT_S


def is_answered(state: State, charger: ChargerState, now: float) -> bool:
    """Return whether the probe of a charger is settled, or not worth waiting for."""
    if now >= charger.probe.asked_at + ANSWER_S or charger.target_a != charger.probe.ceiling_a:
        return True
    reading = state.meter.reading
    if reading is None or reading.at <= charger.probe.asked_at or polarity.is_asking(charger):
        return False
    cut = charger.evidence.cut
    if cut is None:
        return True
    is_due = has_had_its_time(state, charger, reading.at) and cut.has_drawn
    is_part = cut.fallen_a(reading, charger.wiring) >= PART_SHARE * cut.cut_a
    return is_due and not (is_part and is_still_falling(state, charger, cut, reading))


def is_denied(state: State, charger: ChargerState, now: float) -> bool:
    """Return whether a car shows no cut below what the meter had shown of it: that was the house.

    It may be the other way round, too; then the next probe finds the car half a minute later. A
    meter that has shown neither cut nor start may be late, and what has said nothing since may be
    dead, but where the car's draw leaves the house less than nothing.
    """
    cut, reading, timing = charger.evidence.cut, state.meter.reading, state.timing
    if cut is None or reading is None or charger.sensor.drawn_a is not None:
        return False
    is_surer = is_doubtful(state, charger)
    is_late = not (timing.answers_s or timing.suspected_s is not None or is_surer)
    at = judged_at(state, now) if is_surer else reading.at
    if is_late or not has_had_its_time(state, charger, at):
        return False
    is_asked = cut.must_show and cut.has_drawn and charger.target_a == charger.probe.ceiling_a
    return is_asked and cut.fallen_a(reading, charger.wiring) < SHOWN_SHARE * cut.cut_a


def moments(state: State) -> Iterator[float]:
    """Yield when probes begin, escalate and end by themselves."""
    silence = silence_asked(state)
    for charger in state.balanced:
        if charger.probe.ceiling_a is None:
            at = next_probe_at(state, charger, silence)
            if at is not None:
                yield at
        else:
            yield charger.probe.asked_at + ANSWER_S
            if silence is not None:
                yield silence.escalated_at
            start_at = start_told_at(state, charger, silence)
            if start_at is not None:
                yield start_at
    asked = state.chargers.get(state.probe.asked_id or "")
    if asked is not None:
        yield answer_due_at(state, asked)
    if state.probe.blind_since is not None:
        yield state.probe.blind_since + BLIND_S
