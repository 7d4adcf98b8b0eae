"""Which phases a car uses of those that its charger is wired to.

A one-phase car on a three-phase charger binds only the phase that it is seen to use: by the
charger's own currents per phase, else by what a command of 3 A or more has shown at the meter,
while the other phases showed less than any car draws. So an overload on L3 does not touch a car on
L1. What the meter alone has shown is a belief, and none may silence an overload: while a phase
that the charger is wired to stays over, the car is asked by a small cut whether it is there.

It is forgotten when a command shows another phase or all phases rise untold (beside the
charger's own currents both may be another car's doing), when the car leaves, and after a stop of
more than ten minutes where no status says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..increases.overload import over_limits
from ..meter.lowest import STRETCH_S
from ..model import CarStatus
from ..settings import ChargerSettings, Load, Settings

if TYPE_CHECKING:
    from ..model import CarReading, Reading
    from ..state import ChargerState, State

FORGOTTEN_S = 10 * 60.0
"""After so long a stop another car may stand there."""

TELLING_A = 3
"""A smaller command is hidden by any house."""

FAR_OVER = 1.45
"""A breaker carries less for an hour (IEC 60898-1)."""

PATIENCE_S, AGAIN_S = 120.0, 300.0
"""How long a phase is over until a car that seems not to be there is asked, and asked again."""

QUIET_A = 1.0
"""What moves by less than this is the house, or the meter's rounding."""

USED_A, SEEN_A = 1.0, 5.0
"""A phase is used from this current on, where another one carries the least that a car draws."""

MOVING_SHARE, STILL_SHARE = 0.5, 0.25
"""A phase that shows a command moves by half of it at least; the house alone moves by less."""

TOLD_TIMES = 3
"""The house may hide a command on a phase by chance, hardly three in a row."""


@dataclass(slots=True, kw_only=True)
class Wiring:
    """What a charger loads."""

    settings: Settings | None = None
    charger: ChargerSettings | None = None
    used: tuple[int, ...] | None = None
    """The site's phases that its car is seen to use; None: all that it is wired to may be."""

    seen: tuple[int, ...] | None = None
    """Those that the last telling command showed."""

    seen_times: int = 0
    """How many commands in a row have shown them."""

    seen_of: float | None = None
    """When the last of those commands was told first."""

    is_measured: bool = False
    """Whether the charger's own sensors have said it: then the meter has no say."""

    told_at: float = float("-inf")
    """When a command has clearly shown on which phases the car is."""

    over_since: float | None = None
    """Since when a phase that it is wired to, but not seen to use, has been over."""

    is_far_over: bool = False
    """Whether it is over by what a breaker does not carry for long."""

    stopped_at: float | None = None
    """Since when nothing has been given to it."""

    has_car_left: bool = True
    """Whether the car has left, or may have where no status tells."""

    loads: tuple[Load, ...] = (Load(index=0),)
    """The limits that it loads, of all that bound it."""

    limits: frozenset[int] = frozenset({0})
    """The same by their places alone."""

    witnesses: tuple[Load, ...] = (Load(index=0),)
    """What of the main meter shows what it does."""

    wired: tuple[Load, ...] = (Load(index=0),)
    """What of it shows all the phases that the charger is wired to."""

    seen_at: frozenset[int] = frozenset({0})
    """The places of the witnesses."""

    def on_layout(self, settings: Settings, charger: ChargerSettings) -> None:
        """Follow what the user says of the site and the charger."""
        if not set(self.used or ()) <= set(charger.phases):
            self.used = self.seen = None  # the user has wired it anew
            self.is_measured = False
        self.settings, self.charger = settings, charger
        self._lay_out()

    def on_shown(
        self, phases: tuple[int, ...], at: float, told_at: float, *, is_proven: bool
    ) -> None:
        """Note on which phases a command has shown; what contradicts is believed at once.

        `told_at`: when it was told first, for each reading may show it again; `is_proven`: whether
        the others show less than any car draws, so that it cannot be there.
        """
        if self.charger is None or self.is_measured:
            return
        self.told_at = at
        if phases != self.seen:
            self.seen, self.seen_times = phases, 1
        elif told_at != self.seen_of:
            self.seen_times += 1
        self.seen_of = told_at
        if self.used is not None and not set(phases) <= set(self.used):
            self._use(None)
        elif is_proven or self.seen_times >= TOLD_TIMES or len(phases) == len(self.wired):
            self._use(phases)

    def on_doubted(self) -> None:
        """Forget what the meter has shown: the car may be on its other phases, too."""
        if not self.is_measured:
            self.seen = None
            self._use(None)

    def on_over(self, now: float, *, is_over: bool, is_far: bool) -> None:
        """Follow since when a phase is over that it is wired to, but not seen to use."""
        self.is_far_over = is_over and is_far
        if not is_over:
            self.over_since = None
        elif self.over_since is None:
            self.over_since = now

    def on_measured(self, phases: tuple[int, ...]) -> None:
        """Note which phases the charger's own sensors show: they know it."""
        self.seen, self.seen_times, self.is_measured = phases, TOLD_TIMES, True
        self._use(phases)

    def on_not_measured(self) -> None:
        """Note that the sensors do not tell any more: what they said may be contradicted."""
        self.is_measured = False

    def on_time(self, *, is_stopped: bool, status: CarStatus | None, now: float) -> None:
        """Forget the car when it has left, or may have."""
        if not is_stopped:
            self.stopped_at = None
        elif self.stopped_at is None:
            self.stopped_at = now
        has_stood_long = self.stopped_at is not None and now >= self.stopped_at + FORGOTTEN_S
        self.has_car_left = status is CarStatus.ABSENT or (status is None and has_stood_long)
        if self.has_car_left or has_stood_long:
            self.seen, self.is_measured = None, False
            self._use(None)

    @property
    def phases(self) -> tuple[int, ...]:
        """Return the site's phases that it is taken to load."""
        if self.used is not None:
            return self.used
        return (0,) if self.charger is None else self.charger.phases

    def common_a(self, changes_a: Sequence[float]) -> float:
        """Return how far the meter has moved where it shows the car, by how far each phase has.

        On all of them together; where the car may use fewer, on those that move, while the others
        stand still.
        """
        if self.used is not None or len(changes_a) == 1:
            return min(changes_a)
        moving = moving_at(changes_a, max(changes_a))
        return min(changes_a) if moving is None else min([changes_a[place] for place in moving])

    def _use(self, phases: tuple[int, ...] | None) -> None:
        if phases != self.used:
            self.used = phases
            self._lay_out()

    def _lay_out(self) -> None:
        if self.settings is None or self.charger is None:
            return
        self.loads = self.settings.loads_on(self.charger, self.phases)
        self.limits = frozenset(load.index for load in self.loads)
        self.witnesses = self.settings.witnesses_on(self.phases)
        self.wired = self.settings.witnesses_on(self.charger.phases)
        self.seen_at = frozenset(load.index for load in self.witnesses)


def follow_sensor(charger: ChargerState, said: CarReading) -> None:
    """Learn from a charger's currents per phase which its car uses."""
    wired = charger.settings.phases
    if len(said.phase_current_a) != len(wired) or charger.sensor.is_contradicted:
        charger.wiring.on_not_measured()
        return
    if max(said.phase_current_a) < SEEN_A:
        return
    phases = tuple(
        phase
        for phase, current_a in zip(wired, said.phase_current_a, strict=True)
        if current_a >= USED_A
    )
    charger.order.on_sensed(phases)
    if charger.order.is_doubted:
        charger.wiring.on_not_measured()
    else:
        charger.wiring.on_measured(phases)


def on_used_phases(charger: ChargerState, said: CarReading) -> CarReading:
    """Return what a sensor says of each phase that the car uses, where it measures all of them."""
    used = charger.wiring.used
    if not said.is_divided or said.current_a is None or used is None:
        return said
    return replace(said, current_a=said.current_a * len(charger.settings.phases) / len(used))


def follow_car(charger: ChargerState, now: float) -> None:
    """Follow whether the car is still the same."""
    if charger.sensor.is_contradicted:
        charger.wiring.on_not_measured()
    charger.wiring.on_time(
        is_stopped=charger.target_a == 0,
        status=charger.sensor.status,
        now=now,
    )


def shown_phases(
    charger: ChargerState, changes_a: Sequence[float], changed_a: float
) -> tuple[int, ...] | None:
    """Return on which phases the meter has shown a command; None: it does not tell.

    `changes_a`: how far each of the charger's phases has moved, in their order; by `changed_a` it
    was told to.
    """
    wired = charger.settings.phases
    if len(wired) == 1 or len(changes_a) != len(wired) or changed_a < TELLING_A:
        return None
    moving = moving_at(changes_a, changed_a)
    return None if moving is None else tuple(wired[place] for place in moving)


def moves_elsewhere(charger: ChargerState, changes_a: Sequence[float], changed_a: float) -> bool:
    """Return whether a phase that the car seems not to use has moved by much of a command."""
    wired, used = charger.settings.phases, charger.phases
    if len(changes_a) != len(wired) or changed_a < TELLING_A:
        return False
    return any(
        each_a >= MOVING_SHARE * changed_a and phase not in used
        for phase, each_a in zip(wired, changes_a, strict=True)
    )


def is_proven(state: State, charger: ChargerState, phases: Sequence[int], reading: Reading) -> bool:
    """Return whether the phases that a car was not seen on show less than any car draws.

    Where a house feeds in, a phase may show nothing though a car draws there.
    """
    return not state.house.has_exported and all(
        reading.current_a[phase] < SEEN_A
        for phase in charger.settings.phases
        if phase not in phases
    )


def follow_rises(state: State, reading: Reading) -> None:
    """Forget which phases cars use where all that they are wired to have risen untold.

    What rises after another car's raise is that car.
    """
    raised_at = [each.evidence.raised_at for each in state.balanced]
    lately = reading.at - 2 * STRETCH_S
    is_told = any(at is not None and at >= lately for at in raised_at)
    for charger in state.balanced:
        wiring = charger.wiring
        if wiring.used is None or len(wiring.used) == len(wiring.wired) or is_told:
            continue
        if charger.evidence.raise_ is None and min(
            state.house.recent.rises_a(reading, wiring.wired)
        ) >= max(SEEN_A, MOVING_SHARE * charger.target_a):
            wiring.on_doubted()


def follow_overloads(state: State, now: float) -> None:
    """Follow which chargers are wired to a phase that is over, though their cars seem not to be."""
    reading, over = state.meter.reading, over_limits(state)
    for charger in state.balanced:
        wiring = charger.wiring
        if wiring.used is None or (wiring.is_measured and charger.order.is_shown):
            wiring.on_over(now, is_over=False, is_far=False)
            continue
        unused = [phase for phase in charger.settings.phases if phase not in wiring.used]
        wiring.on_over(
            now,
            is_over=charger.target_a > 0 and not over.isdisjoint(unused),
            is_far=reading is not None
            and any(
                reading.current_a[phase] > FAR_OVER * state.limits[phase].in_force_a
                for phase in unused
            ),
        )


def asked_at(state: State, charger: ChargerState) -> float | None:
    """Return when a car is asked whether it is on a phase that is over; None: no need."""
    since = charger.wiring.over_since
    if since is None:
        return None
    if charger.wiring.told_at >= since:
        return charger.wiring.told_at + AGAIN_S
    return since + (state.window_s(charger) if charger.wiring.is_far_over else PATIENCE_S)


def moving_at(changes_a: Sequence[float], changed_a: float) -> Sequence[int] | None:
    """Return which of several phases have moved by much of a change; None: it does not tell.

    All the others must stand still, but for what a house does.
    """
    still_a = max(QUIET_A, STILL_SHARE * changed_a)
    moving = [place for place, each_a in enumerate(changes_a) if each_a >= MOVING_SHARE * changed_a]
    is_clear = all(
        abs(each_a) < still_a for place, each_a in enumerate(changes_a) if place not in moving
    )
    return moving if moving and is_clear and changed_a > QUIET_A else None


def moments(state: State) -> Iterator[float]:
    """Yield when cars that do not charge may have left."""
    for charger in state.balanced:
        if charger.wiring.stopped_at is not None and charger.wiring.used is not None:
            yield charger.wiring.stopped_at + FORGOTTEN_S
        due_at = asked_at(state, charger)
        if due_at is not None:
            yield due_at
