"""Which way round the meter counts: a clamp may sit the wrong way, or a sensor show export so.

Then it falls by what a car draws, and the worst overload looks like room. A house may do as much by
chance, so the car is asked: where a start or a large raise has shown as a fall of its size, the
charger is cut to its minimum at once (stopped where that is no cut), and then given back what it
had. Where the cut has shown as a rise and the raise as a fall, both of their size again, the meter
counts the other way round. Once a charger has shown as it should it is not suspected again: no
clamp turns by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..model import MeterFault, Reading
from .evidence import SHOWN_SHARE, STARTED_A

if TYPE_CHECKING:
    from ..state import ChargerState, State

TELLING_A = 5
"""A smaller command does not stand out from what a house does in the seconds of its window."""

LEAST_A = 4.0
"""A car that draws shows so much of it at least."""

SIZE_SHARE, SIZE_A = 0.15, 1.0
"""How far volts and whole amperes may set what is shown above what was told."""

LATE_S = 15.0
"""How long after its window a command may still begin to show: a slow contactor."""

SILENT_S = 120.0
"""A meter that has said nothing since has nothing to say."""

AGAIN_S = 15 * 60.0
"""Where a house that moved has answered for the car, it is asked again so much later."""

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
    """and on which limits all of them."""

    is_right: bool = False
    asked_at: float = float("-inf")
    before_a: tuple[float, ...] = ()
    """What the meter showed when it was looked at last."""

    def on_told(self, current_a: int | None, now: float) -> None:
        """Begin with another command; None: nobody knows what the charger does."""
        changed_a = 0 if current_a is None else current_a - (self.told_a or 0)
        self.told_a = current_a
        if current_a is None:
            self.is_open = False
        elif abs(changed_a) >= TELLING_A and self.before_a:
            self.experiment = Experiment(changed_a=changed_a, sent_at=now, before_a=self.before_a)
            self.is_open = True

    def on_reading(self, reading: Reading) -> None:
        """Keep what the next command will be held against."""
        self.before_a = reading.current_a

    def on_asked(self, now: float) -> None:
        """Note that the charger is cut now to ask."""
        self.asked_at = now

    def on_right(self) -> None:
        """Note that a command has shown as it should."""
        self.is_right = True
        self.on_acquitted()

    def on_wrong(self, values: frozenset[int]) -> None:
        """Note that a command has shown the wrong way round on these limits."""
        self.values = self.values & values if self.wrong_times else values
        self.wrong_times = self.wrong_times + 1 if self.values else 0
        self.is_open = False

    def on_acquitted(self) -> None:
        """Note that a command has not shown the wrong way round: it was the house."""
        self.is_open, self.wrong_times, self.values = False, 0, frozenset()

    def on_untold(self) -> None:
        """Note that a command has told nothing."""
        self.is_open = False


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
        if polarity.experiment is not None and polarity.is_open and is_watched(state, charger):
            judge(state, charger, polarity.experiment, reading, now)
    for charger in state.balanced:
        if is_watched(state, charger):
            charger.polarity.on_reading(reading)


def is_watched(state: State, charger: ChargerState) -> bool:
    """Return whether the meter has yet to show a command of the charger."""
    return state.meter.is_on_trial or not charger.polarity.is_right


def judge(
    state: State, charger: ChargerState, experiment: Experiment, reading: Reading, now: float
) -> None:
    """Judge a command by what has moved since, and lose a meter that has contradicted itself."""
    polarity, due_at = charger.polarity, shown_by(state, charger)
    others_a = moved_by_others_a(state, charger, experiment)
    if others_a is None:
        polarity.on_untold()
        return
    if due_at is None or now < due_at:
        return
    at = min(reading.moment_of(load.index) for load in charger.wiring.wired)
    is_whole = at >= due_at or now >= due_at + LATE_S
    wrong = shown_on(charger, experiment, others_a, reading, is_reversed=True)
    if wrong and is_next(polarity, experiment):
        polarity.on_wrong(wrong)
        if polarity.wrong_times >= (SUSPECTED if state.meter.is_on_trial else REVERSED):
            state.meter.on_unseeing(now)
            state.meter.on_found_out(MeterFault.REVERSED, polarity.values)
            polarity.on_acquitted()
    elif (
        is_whole
        and not wrong
        and shown_on(charger, experiment, others_a, reading, is_reversed=False)
    ):
        polarity.on_right()
        state.meter.on_seeing()
    elif at >= due_at + LATE_S or now >= due_at + SILENT_S:
        polarity.on_acquitted()


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
) -> frozenset[int]:
    """Return on which limits the meter has moved by a command's size, the right or the wrong way.

    What its own sensor does not show was not the car.
    """
    changed_a, drawn_a = abs(experiment.changed_a), charger.sensor.drawn_a
    if drawn_a is not None and experiment.changed_a > 0 and drawn_a < LEAST_A:
        return frozenset()
    sign = -1 if (experiment.changed_a < 0) is not is_reversed else 1
    least_a = max(LEAST_A, min(SHOWN_SHARE * changed_a, STARTED_A))
    most_a = (1 + SIZE_SHARE) * (changed_a + others_a) + SIZE_A
    return frozenset(
        load.index
        for load in charger.wiring.wired
        if least_a
        <= sign * (reading.current_a[load.index] - experiment.before_a[load.index]) / load.weight
        <= most_a
    )


def is_asking(charger: ChargerState) -> bool:
    """Return whether it is cut to ask, and the meter may still show that."""
    polarity = charger.polarity
    is_its = polarity.experiment is not None and polarity.experiment.sent_at == polarity.asked_at
    return is_its and polarity.is_open


def is_contradicted(charger: ChargerState) -> bool:
    """Return whether the meter counts the other way round, if its next raise says so, too."""
    return charger.polarity.wrong_times >= CONTRADICTED


def asked_at(state: State, charger: ChargerState) -> float | None:
    """Return when a charger is cut to ask which way round the meter counts; None: no need."""
    if charger.polarity.wrong_times != SUSPECTED:
        return None
    if any(
        is_contradicted(other) or other.probe.ceiling_a is not None
        for other in state.balanced
        if other is not charger and other.is_seen_with(charger)
    ):
        return None  # one answer at a time
    return charger.polarity.asked_at + AGAIN_S


def moments(state: State) -> Iterator[float]:
    """Yield when commands can be judged, and when chargers are cut to ask."""
    for charger in state.balanced:
        due_at = shown_by(state, charger)
        if charger.polarity.is_open and is_watched(state, charger) and due_at is not None:
            yield due_at
            yield due_at + LATE_S
            yield due_at + SILENT_S
        at = asked_at(state, charger)
        if at is not None:
            yield at
