"""Whether a charger's L1, L2, L3 are wired to the site's in the order that the user entered.

A charger that measures each of its phases says by that order where its car is; a command of a car
on fewer phases shows where the meter has it. Where that is elsewhere, the order is wrong, for
chargers are wired in turns (or its sensors are mixed up): an overload on the car's phase would
touch nobody, and the meter would seem blind to the car. From then on what its sensors show may be
on any of its phases, and the user is told, until a command agrees or the order is changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..estimate.charger_sensor import CLOSE_A
from ..estimate.wiring import SEEN_A, TELLING_A, shown_phases
from ..model import WrongOrder
from .evidence import UNDER_WAY_S

if TYPE_CHECKING:
    from ..model import Reading
    from ..state import ChargerState, State

NEAR_SHARE, NEAR_A = 0.15, 1.0
"""How far volts and whole amperes may set sensor and meter apart."""


@dataclass(slots=True, kw_only=True)
class PhaseOrder:
    """What is known of the order of a charger's phases."""

    entered: tuple[int, ...] = ()
    """The site's phases that it is wired to, in its own order, by the user."""

    sensed: tuple[int, ...] | None = None
    """Those on which its sensors have last shown the car; None: on all, or on none."""

    is_shown: bool = False
    """Whether the meter has shown a car where the sensors did."""

    is_doubted: bool = False
    """Whether what the sensors say of phases counts for nothing."""

    wrong: WrongOrder | None = None
    """What contradicts the order."""

    judged_at: float = float("-inf")
    """When a command has told last."""

    def on_layout(self, entered: tuple[int, ...]) -> None:
        """Begin anew where the user has entered another order."""
        if self.entered and entered != self.entered:
            self.sensed = self.wrong = None
            self.is_shown = self.is_doubted = False
        self.entered = entered

    def on_sensed(self, phases: tuple[int, ...]) -> None:
        """Note where the sensors show the car."""
        self.sensed = phases if 0 < len(phases) < len(self.entered) else None

    def on_agreed(self, at: float) -> None:
        """Note that the meter has shown the car where the sensors do."""
        self.judged_at, self.is_shown, self.is_doubted, self.wrong = at, True, False, None

    def on_contradicted(self, wrong: WrongOrder, at: float) -> None:
        """Note that it has shown the car elsewhere."""
        self.judged_at, self.is_shown, self.is_doubted, self.wrong = at, False, True, wrong

    def on_doubted(self) -> None:
        """Note that nothing tells whether the car is where the sensors show it."""
        self.is_doubted = True


def follow_commands(state: State, now: float) -> None:
    """Hold what the meter shows of commands against what the chargers' sensors show."""
    reading = state.meter.reading
    if reading is None:
        return
    for charger in state.balanced:
        if charger.order.sensed is not None:
            follow_raise(state, charger, reading, now)
            follow_cut(state, charger, reading)


def follow_raise(state: State, charger: ChargerState, reading: Reading, now: float) -> None:
    """Judge by a raise that the sensors show."""
    raise_, sensor, newest = charger.evidence.raise_, charger.sensor, charger.setpoints.newest
    told_at = None if newest is None else newest.delivered_at
    if raise_ is None or told_at is None or sensor.drawn_a is None:
        return
    is_done = sensor.drawn_a >= charger.target_a - CLOSE_A or not sensor.is_rising(now)
    if not is_done or not sensor.has_changed_since(raise_.sent_at):
        return
    changed_a = sensor.drawn_a - raise_.low_a
    if changed_a >= SEEN_A and is_new(charger, reading, raise_.sent_at, told_at):
        rises_a = raise_.base.rises_a(reading, charger.wiring.wired)
        judge(state, charger, reading, rises_a, changed_a)


def follow_cut(state: State, charger: ChargerState, reading: Reading) -> None:
    """Judge by a cut of a car that was seen to draw."""
    cut = charger.evidence.cut
    told_at = None if cut is None else charger.setpoints.delivered_since(cut.sent_at)
    if cut is None or told_at is None or not cut.has_drawn or cut.cut_a < TELLING_A:
        return
    if is_new(charger, reading, cut.sent_at, told_at):
        falls_a = cut.falls_a(reading, charger.wiring.wired)
        judge(state, charger, reading, falls_a, cut.cut_a)


def is_new(charger: ChargerState, reading: Reading, sent_at: float, told_at: float) -> bool:
    """Return whether a command has not told yet, and each phase was read since it arrived."""
    moments = [reading.moment_of(load.index) for load in charger.wiring.wired]
    return charger.order.judged_at < sent_at and min(moments) >= told_at


def judge(
    state: State,
    charger: ChargerState,
    reading: Reading,
    changes_a: Sequence[float],
    changed_a: float,
) -> None:
    """Judge by what has moved, and by how far.

    A contradiction must fit: all that the sensors show is elsewhere, and nothing where they show
    it; and no other car may have done it.
    """
    order = charger.order
    shown = shown_phases(charger, changes_a, changed_a)
    if shown is None or order.sensed is None:
        return
    if shown == order.sensed:
        order.on_agreed(reading.at)
    elif (
        not set(shown) <= set(order.sensed)
        and not set(order.sensed) <= set(shown)
        and all(
            abs(each_a - changed_a) <= max(NEAR_SHARE * changed_a, NEAR_A)
            for phase, each_a in zip(order.entered, changes_a, strict=True)
            if phase in shown
        )
        and is_alone(state, charger, reading.at)
    ):
        order.on_contradicted(WrongOrder(sensed=order.sensed, shown=shown), reading.at)
        disbelieve(charger)


def is_alone(state: State, charger: ChargerState, at: float) -> bool:
    """Return whether no other charger follows a command of its own."""
    return all(
        (sent_at := other.setpoints.sent_at) is None
        or at >= sent_at + UNDER_WAY_S + state.window_s(other)
        for other in state.balanced
        if other is not charger
    )


def has_told(charger: ChargerState, since: float) -> bool:
    """Return whether a command has shown since a moment where a car is."""
    return max(charger.wiring.told_at, charger.order.judged_at) >= since


def doubt(charger: ChargerState) -> None:
    """Doubt where a car is that was asked, and has not told: it may be on all its phases."""
    if charger.wiring.is_measured:
        charger.order.on_doubted()
    disbelieve(charger)


def disbelieve(charger: ChargerState) -> None:
    """Count a car on all phases of its charger, until the meter shows where it is."""
    charger.wiring.on_not_measured()
    charger.wiring.on_doubted()
