"""Which way round the meter counts: a clamp may sit the wrong way, or a sensor show export so.

Then it falls by what a car draws, and the worst overload looks like room. A house may do as much by
chance, so the car is asked: where a start or a large raise has shown as a fall, at once or when the
car has come, the charger is cut to its minimum (stopped where that shows too little), and then
given back some of what it had. Where the cut has shown as a rise and the raise as a fall, both of
their size, the meter counts the other way round. Who has shown a raise and a cut as they should is
not suspected again: no clamp turns by itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..allocate.ceiling import Ceiling
from ..estimate.house_load import HISTORY_S
from ..meter.timing import LATEST_S
from ..model import LimitedBy, MeterFault, Reading
from .evidence import SHOWN_SHARE, STARTED_A

if TYPE_CHECKING:
    from ..settings import Load
    from ..state import ChargerState, State

TELLING_A = 5
"""A smaller command does not stand out from what a house does in the seconds of its window."""

LEAST_A = 4.0
"""A car that draws shows so much of it at least."""

SIZE_SHARE, SIZE_A = 0.15, 1.0
"""How far volts and whole amperes may set what is shown above what was told."""

RAMPED_A = 5.0
"""What a slow car may have gained between the suspicion and the cut that asks."""

LATE_S = 45.0
"""How long after its window a command may still show: a slow contactor, a late meter."""

ANSWERED_S = 240.0
"""A raise waits for one that has not shown; so long the others wait for it."""

AGAIN_S = 15 * 60.0
"""Where a house that moved has answered for the car, it is asked again so much later."""

TRIED_AGAIN_S = 15 * 60.0
"""A start that was to tell, and that the house hid, is made again so much later."""

SUSPECTED, CONTRADICTED, REVERSED = 1, 2, 3
"""What has shown the wrong way round in a row: a raise, the cut that asks, the raise after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A command, and what the meter showed when it was sent."""

    changed_a: int
    sent_at: float
    before_a: tuple[float, ...]


@dataclass(slots=True, kw_only=True)
class Polarity:
    """Which way the meter moves by a charger's commands."""

    told_a: int | None = None
    """What it was told last; None: nobody knows what it does, most likely nothing."""

    experiment: Experiment | None = None
    """The last command that can tell,"""

    is_open: bool = False
    """and whether the meter has not shown it yet, nor had its time."""

    wrong_times: int = 0
    """How many in a row have shown the wrong way round,"""

    values: frozenset[int] = frozenset()
    """on which limits all of them,"""

    shown_a: float = 0.0
    """and by how much the first, with what the car may have drawn before it."""

    right: set[bool] = field(default_factory=set[bool])
    """What has shown as it should: a raise (True), a cut (False)."""

    asked_at: float = float("-inf")
    cut_at: float = float("-inf")
    """When it was last told so much less that it can tell, and the meter has not shown it yet."""

    before_a: tuple[float, ...] = ()
    """What the meter showed when it was looked at last."""

    def on_told(self, current_a: int | None, now: float) -> None:
        """Begin with another command; None: nobody knows what the charger does."""
        changed_a = 0 if current_a is None else current_a - (self.told_a or 0)
        self.told_a = current_a
        if changed_a <= -TELLING_A:
            self.cut_at = now
        if current_a is None:
            self.is_open = False
        elif abs(changed_a) >= TELLING_A and self.before_a:
            self.experiment = Experiment(changed_a=changed_a, sent_at=now, before_a=self.before_a)
            self.is_open = True

    def on_reading(self, reading: Reading) -> None:
        """Keep what the next command will be held against."""
        self.before_a = reading.current_a

    def on_cut_shown(self) -> None:
        """Note that the meter has shown the last cut: no later fall is that."""
        self.cut_at = float("-inf")

    def on_asked(self, now: float) -> None:
        """Note that the charger is cut now to ask."""
        self.asked_at = now

    def on_right(self, *, is_raise: bool) -> None:
        """Note that a command has shown as it should."""
        self.right.add(is_raise)
        self.on_acquitted()

    def on_wrong(self, values: frozenset[int], shown_a: float) -> None:
        """Note that a command has shown the wrong way round on these limits, by so much."""
        if self.wrong_times == 0:
            self.values, self.shown_a = values, shown_a
        self.values &= values
        self.wrong_times = self.wrong_times + 1 if self.values else 0
        self.is_open = False
        self.right.clear()

    def on_acquitted(self) -> None:
        """Note that a command has not shown the wrong way round: it was the house."""
        self.is_open, self.wrong_times, self.values = False, 0, frozenset()

    def on_untold(self) -> None:
        """Note that nobody sees what becomes of the command."""
        self.on_acquitted()
        self.before_a = ()

    @property
    def is_right(self) -> bool:
        """Return whether the meter has shown it both ways."""
        return self.right == {True, False}

    def ceiling(self, min_a: int) -> Ceiling | None:
        """Return what the charger is bounded to while one more raise must tell; None: nothing."""
        if self.wrong_times < CONTRADICTED:
            return None
        return Ceiling(current_a=min_a + TELLING_A, limited_by=LimitedBy.PROBE)


def forget(state: State) -> None:
    """Forget what commands should show: the meter is lost."""
    for charger in state.balanced:
        charger.polarity.on_untold()


def follow(state: State, now: float) -> None:
    """Hold what the meter shows of commands against what they should show."""
    reading = state.meter.reading
    if reading is None:
        return
    for charger in state.balanced:
        newest, polarity = charger.setpoints.newest, charger.polarity
        told_a = None if newest is None or newest.is_assumed else newest.current_a
        if told_a != polarity.told_a:
            sent_at = None if newest is None else newest.sent_at
            polarity.on_told(told_a, now if sent_at is None else sent_at)
        elif newest is not None and newest.is_confirmed:
            polarity.on_cut_shown()
        if polarity.is_right and not state.meter.is_on_trial:
            continue
        if polarity.experiment is not None and polarity.is_open:
            judge(state, charger, polarity.experiment, reading, now)
        elif polarity.wrong_times == 0:
            suspect(state, charger, reading)
        follow_trial(state, charger, now)
    for charger in state.balanced:
        charger.polarity.on_reading(reading)


def suspect(state: State, charger: ChargerState, reading: Reading) -> None:
    """Suspect a fall by what a charger was told and was not seen to draw: its car has come."""
    raise_ = charger.evidence.raise_
    if raise_ is None and (charger.sensor.drawn_a or 0.0) >= LEAST_A:
        raise_ = charger.evidence.sighting  # its own sensor has shown it, the meter has yet to
    if raise_ is None or raise_.low_a > 0 or charger.target_a < TELLING_A:
        return
    if raise_.sent_at >= reading.at or may_be_cuts(state, charger.polarity, raise_.sent_at):
        return
    since = max(reading.at - HISTORY_S, raise_.sent_at)  # what fell before was no start
    if any(
        (told_at := other.setpoints.changed_at) is not None
        and told_at + state.window_s(other) >= since
        for other in state.balanced
        if other is not charger and other.is_seen_with(charger)
    ):
        return  # what fell may be what another gave up
    fallen = {
        load.index: fallen_a
        for load in charger.wiring.wired
        if is_of_size(
            fallen_a := max(
                state.house.fallen_by(reading, load, since), just_fallen_a(charger, reading, load)
            ),
            charger.target_a,
        )
    }
    if fallen:
        charger.polarity.on_wrong(frozenset(fallen), min(fallen.values()))


def just_fallen_a(charger: ChargerState, reading: Reading, load: Load) -> float:
    """Return how far one limit is below what stood until this reading, however long it did."""
    before_a = charger.polarity.before_a
    if not before_a:
        return 0.0
    return (before_a[load.index] - reading.current_a[load.index]) / load.weight


def follow_trial(state: State, charger: ChargerState, now: float) -> None:
    """End the meter's trial by a start that it has shown; one that the house hid is made again."""
    trial_since, raised_at = state.meter.trial_since, charger.evidence.raised_at
    if trial_since is None or raised_at is None or raised_at < trial_since:
        return
    if (
        charger.target_a > 0
        and charger.evidence.raise_ is None
        and charger.evidence.sighting is None
    ):
        state.meter.on_seeing()
    elif now >= raised_at + TRIED_AGAIN_S:
        state.meter.on_tried_again(now)


def judge(
    state: State, charger: ChargerState, experiment: Experiment, reading: Reading, now: float
) -> None:
    """Judge a command by what has moved since, and lose a meter that has contradicted itself."""
    polarity, due_at = charger.polarity, shown_by(state, charger)
    others_a = moved_by_others_a(state, charger, experiment)
    if others_a is None:
        polarity.on_acquitted()
        return
    if due_at is None or now < due_at:
        return
    at = min(reading.moment_of(load.index) for load in charger.wiring.wired)
    late_s = LATE_S + state.timing.expected_s
    if at >= due_at + late_s or now >= due_at + 2 * late_s:
        polarity.on_acquitted()
        return
    wrong = shown_on(charger, experiment, others_a, reading, is_reversed=True)
    if wrong and is_next(polarity, experiment) and not is_too_much(polarity, wrong):
        if polarity.wrong_times == 0 and may_be_cuts(state, polarity, experiment.sent_at):
            polarity.on_acquitted()
            return
        had_a = max((polarity.told_a or 0) - experiment.changed_a, 0)
        polarity.on_wrong(frozenset(wrong), min(wrong.values()) + had_a)
        is_again = state.meter.trial_fault is MeterFault.REVERSED
        if polarity.wrong_times >= (SUSPECTED if is_again else REVERSED):
            state.meter.on_unseeing(MeterFault.REVERSED, now)
            state.meter.on_found_out(MeterFault.REVERSED, polarity.values)
            polarity.on_acquitted()
        return
    is_whole = at >= due_at or now >= due_at + late_s
    if (
        is_whole
        and not wrong
        and shown_on(charger, experiment, others_a, reading, is_reversed=False)
    ):
        polarity.on_right(is_raise=experiment.changed_a > 0)
        state.meter.on_seeing()


def shown_by(state: State, charger: ChargerState) -> float | None:
    """Return by when the meter has shown the command; None: there is none, or it is on its way."""
    experiment = charger.polarity.experiment
    if experiment is None:
        return None
    delivered_at = charger.setpoints.delivered_since(experiment.sent_at)
    return None if delivered_at is None else delivered_at + state.window_s(charger)


def is_next(polarity: Polarity, experiment: Experiment) -> bool:
    """Return whether a command is the next step: a raise, the cut that asks, the raise after it."""
    if polarity.wrong_times == SUSPECTED:
        return experiment.sent_at == polarity.asked_at
    return experiment.changed_a > 0


def may_be_cuts(state: State, polarity: Polarity, raised_at: float) -> bool:
    """Return whether a fall after a raise may be what a late meter shows of the cut before it.

    Not of one that has counted the other way round already.
    """
    is_again = state.meter.trial_fault is MeterFault.REVERSED
    return not is_again and raised_at < polarity.cut_at + LATEST_S


def is_too_much(polarity: Polarity, wrong: Mapping[int, float]) -> bool:
    """Return whether the cut that asks has shown far more than the raise before it had.

    A car cannot give up what it had not taken: it may be a late meter that shows the raise.
    """
    most_a = (1 + SIZE_SHARE) * polarity.shown_a + RAMPED_A
    return polarity.wrong_times == SUSPECTED and min(wrong.values()) > most_a


def moved_by_others_a(state: State, charger: ChargerState, experiment: Experiment) -> float | None:
    """Return how much of a move may be others' at the most; None: they move the other way."""
    moved_a = 0.0
    for other in state.balanced:
        theirs = other.polarity.experiment
        if other is charger or theirs is None or not other.is_seen_with(charger):
            continue
        if theirs.sent_at + state.window_s(other) <= experiment.sent_at:
            continue  # what it was told was done already
        if theirs.changed_a * experiment.changed_a < 0:
            return None
        moved_a += abs(theirs.changed_a)
    return moved_a


def shown_on(
    charger: ChargerState,
    experiment: Experiment,
    others_a: float,
    reading: Reading,
    *,
    is_reversed: bool,
) -> dict[int, float]:
    """Return on which limits the meter has moved by a command's size, and how far.

    The right or the wrong way. What its own sensor does not show was not the car.
    """
    drawn_a = charger.sensor.drawn_a
    if drawn_a is not None and experiment.changed_a > 0 and drawn_a < LEAST_A:
        return {}
    sign = -1 if (experiment.changed_a < 0) is not is_reversed else 1
    moved = {
        load.index: sign
        * (reading.current_a[load.index] - experiment.before_a[load.index])
        / load.weight
        for load in charger.wiring.wired
    }
    return {
        index: moved_a
        for index, moved_a in moved.items()
        if is_of_size(moved_a, abs(experiment.changed_a), others_a)
    }


def is_of_size(moved_a: float, changed_a: int, others_a: float = 0.0) -> bool:
    """Return whether a move may be all of a command, or enough of it; some may be others'."""
    least_a = max(LEAST_A, min(SHOWN_SHARE * changed_a, STARTED_A))
    return least_a <= moved_a <= (1 + SIZE_SHARE) * (changed_a + others_a) + SIZE_A


def asking_cut_a(charger: ChargerState) -> int:
    """Return by how much a charger is cut to ask: to its minimum, or to nothing.

    By what the meter has shown of its car the cut must tell.
    """
    min_a = charger.settings.min_ev_current_a
    seen_a = min(charger.polarity.shown_a, charger.target_a)
    return charger.target_a - (min_a if seen_a - min_a >= TELLING_A else 0)


def is_asking(charger: ChargerState) -> bool:
    """Return whether it is cut to ask, and the meter may still show that."""
    polarity = charger.polarity
    is_its = polarity.experiment is not None and polarity.experiment.sent_at == polarity.asked_at
    return is_its and polarity.is_open


def is_contradicted(charger: ChargerState) -> bool:
    """Return whether the meter counts the other way round, if its next raise says so, too."""
    return charger.polarity.wrong_times >= CONTRADICTED


def answers_until(state: State, charger: ChargerState, now: float) -> list[float]:
    """Return until when the raises are waited for by which others are to answer."""
    moments = [
        other.polarity.asked_at + ANSWERED_S
        for other in state.balanced
        if other is not charger and is_contradicted(other) and other.is_seen_with(charger)
    ]
    return [at for at in moments if at > now]


def asked_at(state: State, charger: ChargerState) -> float | None:
    """Return when a charger is cut to ask which way round the meter counts; None: no need."""
    if charger.polarity.wrong_times != SUSPECTED or charger.target_a == 0:
        return None
    if any(
        is_contradicted(other) or other.polarity.is_open or other.probe.ceiling_a is not None
        for other in state.balanced
        if other is not charger and other.is_seen_with(charger)
    ):
        return None  # one answer at a time
    return charger.polarity.asked_at + AGAIN_S


def moments(state: State) -> Iterator[float]:
    """Yield when commands can be judged, and when chargers are cut to ask."""
    for charger in state.balanced:
        due_at = shown_by(state, charger)
        if charger.polarity.is_open and due_at is not None:
            late_s = LATE_S + state.timing.expected_s
            yield due_at
            yield due_at + late_s
            yield due_at + 2 * late_s
        at = asked_at(state, charger)
        if at is not None:
            yield at
        raised_at = charger.evidence.raised_at
        if state.meter.trial_since is not None and raised_at is not None:
            yield raised_at + TRIED_AGAIN_S
