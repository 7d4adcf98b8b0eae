"""A house with chargers, cars and a meter, one step a second, around the core alone.

Nothing here knows what the core believes: what is over the breaker is counted from the plant.
What chargers, cars, sensors and meters do wrong was seen in public reports. All of them begin
as plain values, so that a counterexample can be pasted as it is printed.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from custom_components.ev_lb.balancing.balancer import decide
from custom_components.ev_lb.balancing.memory import aged, recall, remember, shifted
from custom_components.ev_lb.balancing.model import (
    BalancerEvent,
    CarReading,
    CarStatus,
    ChargerView,
    Command,
    Decision,
    Delivered,
    Failed,
    Inputs,
    LimitedBy,
    ReadBack,
    Reading,
    SetCurrent,
    StartCharging,
    StopCharging,
    View,
)
from custom_components.ev_lb.balancing.settings import ChargerSettings, Settings
from custom_components.ev_lb.balancing.state import State

CAR_MINIMUM_A = 6
"""No car draws below what IEC 61851-1 can advertise."""

INSTEAD_A = 30.0
"""What flows with a current that a charger ignores, as reported."""

FIRST_RETRIES_S = (1, 2, 4)
RETRY_INCREASE_S = 30
FOREVER = 10**9

type Load = Callable[[int], float]
type Result = Delivered | Failed


@dataclass(frozen=True, kw_only=True)
class Steps:
    """A house that draws each current from its second on, and the first one before."""

    changes: tuple[tuple[int, float], ...]

    def __call__(self, second: int) -> float:
        """Return what it draws in this second."""
        current_a = self.changes[0][1]
        for at, value in self.changes:
            if second >= at:
                current_a = value
        return current_a

    @property
    def last_change(self) -> int:
        """When it changes last."""
        return self.changes[-1][0]


def steady(current_a: float) -> Steps:
    """Return a house that never changes."""
    return Steps(changes=((0, current_a),))


def steps(*changes: tuple[int, float]) -> Steps:
    """Return a house that draws each current from its second on, and the first one before."""
    return Steps(changes=changes)


@dataclass(frozen=True, kw_only=True)
class Restless:
    """A house that moves each second by up to so much."""

    around_a: float
    by_a: float

    def __call__(self, second: int) -> float:
        """Return what it draws in this second."""
        return self.around_a + self.by_a * (second * 7919 % 101 - 50) / 50


@dataclass(frozen=True, kw_only=True)
class Span:
    """From one second until another; again each so many seconds, where that is said."""

    begins: int
    ends: int = FOREVER
    every_s: int = 0

    def __contains__(self, second: int) -> bool:
        """Return whether the second lies within."""
        if self.every_s and second >= self.begins:
            second = self.begins + (second - self.begins) % self.every_s
        return self.begins <= second < self.ends


NEVER = Span(begins=0, ends=0)


@dataclass(kw_only=True)
class Sensor:
    """What a charger itself says of its car: what has changed, and some seconds late."""

    lag_s: int = 0
    factor: float = 1.0
    """What it shows for an ampere."""

    has_current: bool = True
    has_status: bool = True
    has_phases: bool = False
    """Whether it says the current of each phase."""

    is_divided: bool = False
    """Whether it measures the power of all phases together."""

    every_s: int = 0
    """How often it looks, and says what it sees, changed or not; 0: when something changes.

    Another status is said at once, with the current of the last look, as OCPP chargers do.
    """

    stuck: Span = NEVER
    """While it says the same current, whatever flows."""

    stuck_a: float | None = None
    """Which one; None: the last one before."""

    frozen: Span = NEVER
    """While it says nothing new."""

    _seen: deque[tuple[int, float]] = field(default_factory=deque, init=False)
    _last_a: float | None = field(default=None, init=False)
    _drawn_a: float = field(default=0.0, init=False)
    _looked_a: float | None = field(default=None, init=False)
    _said: tuple[float, CarStatus] | None = field(default=None, init=False)

    def say_again(self) -> None:
        """Say once more what stands: a new run listens."""
        self._said = None

    def step(self, second: int, drawn_a: float) -> CarReading | None:
        """Look at the car, and return what is heard this second; None: nothing new.

        What stands at first is heard at once.
        """
        if drawn_a != self._last_a:
            self._seen.append((second + self.lag_s if second else 0, drawn_a))
            self._last_a = drawn_a
        while self._seen and self._seen[0][0] <= second:
            self._drawn_a = self._seen.popleft()[1]
        if second in self.frozen:
            return None
        status = CarStatus.CHARGING if self._drawn_a > 0 else CarStatus.IDLE
        is_look = not self.every_s or second % self.every_s == 0 or self._looked_a is None
        if is_look and second not in self.stuck:
            self._looked_a = self._drawn_a
        elif self.stuck_a is not None and second in self.stuck:
            self._looked_a = self.stuck_a
        says = (self._looked_a or 0.0, status)
        is_news = (says != self._said) if not self.every_s else self._is_other_status(status)
        if not is_news and not (self.every_s and is_look):
            return None
        self._said = says
        return CarReading(
            at=second,
            current_a=self.factor * says[0] if self.has_current else None,
            status=status if self.has_status else None,
        )

    def _is_other_status(self, status: CarStatus) -> bool:
        return self.has_status and (self._said is None or self._said[1] is not status)


@dataclass(kw_only=True)
class Number:
    """What a charger's own number and switch show of what it has taken: some seconds late."""

    lag_s: int = 0
    every_s: int = 0
    """How often it is polled, and says what it shows, changed or not; 0: when it changes."""

    is_optimistic: bool = False
    """Whether it shows at once what is written, until it is polled; never polled, for ever."""

    has_pause: bool = True
    gone: Span = NEVER
    """While its entities are unavailable."""

    says: tuple[ReadBack, ...] = ()
    """What it says one after the other, whatever is so."""

    _late: deque[tuple[int, ReadBack]] = field(default_factory=deque, init=False)
    _known: ReadBack | None = field(default=None, init=False)
    _shown: ReadBack | None = field(default=None, init=False)
    _said: ReadBack | None = field(default=None, init=False)

    def say_again(self) -> None:
        """Say once more what stands: a new run listens."""
        self._said = None

    def on_told(self, current_a: float) -> None:
        """Show what is written, where it does."""
        if self.is_optimistic:
            shown_a = current_a if current_a > 0 or self._shown is None else self._shown.current_a
            self._shown = self._as_shown(shown_a, is_paused=current_a == 0)

    def step(
        self, second: int, current_a: float, *, is_paused: bool, is_by_hand: bool
    ) -> ReadBack | None:
        """Look at the charger, and return what is heard this second; None: nothing new."""
        if self.says:
            turn, is_off = divmod(second, max(self.every_s, 1))
            return None if is_off else replace(self.says[turn % len(self.says)], at=second)
        now = self._as_shown(current_a, is_paused=is_paused)
        late_s = 0 if is_by_hand else self.lag_s
        self._late.append((second + late_s, now))
        while self._late and (self._late[0][0] <= second or is_by_hand):
            self._known = self._late.popleft()[1]
        is_look = self.every_s > 0 and second % self.every_s == 0
        if is_look or is_by_hand or self._shown is None or not (self.is_optimistic or self.every_s):
            self._shown = self._known
        says = ReadBack(at=0) if second in self.gone or self._shown is None else self._shown
        if says == self._said and not is_look:
            return None
        self._said = says
        return replace(says, at=second, is_by_hand=is_by_hand)

    def _as_shown(self, current_a: float | None, *, is_paused: bool) -> ReadBack:
        return ReadBack(at=0, current_a=current_a, is_paused=is_paused if self.has_pause else None)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A person changes the charger's own number or its switch."""

    at: int
    current_a: float | None = None
    is_paused: bool | None = None
    is_by_hand: bool = False
    """Whether in Home Assistant, where it is seen who it was."""


@dataclass(frozen=True, kw_only=True)
class Reset:
    """A power cut: the charger then offers this current by itself, whatever it was told."""

    at: int
    current_a: float
    is_off: bool = False
    """Whether it is off then, too."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """What becomes of a call."""

    returns_at: int
    is_ok: bool = True


@dataclass(kw_only=True)
class Charger:
    """A charger with its car: follows late, and its contactor is slow to close."""

    delay_s: int = 3
    """From the command until the current has changed."""

    stop_s: int | None = None
    """The same for a stop; None: no slower than any other."""

    call_s: int = 0
    """From the command until its call returns."""

    contactor_s: int = 0
    ramp_a: float = FOREVER
    """How much the draw rises in a second at most, while the contactor is closed; it falls at
    once."""

    car_a: float | Load = 80.0
    """What the car takes at most of what it is offered; by the second, where it changes."""

    car_wants: Span = Span(begins=0)
    """While a car is plugged in and takes what it is offered."""

    full_a: float = 32.0
    """The most that it can offer, its rating."""

    takes_a: float = FOREVER
    """The most that it takes of what it is told, and its number shows."""

    step_a: int = 1
    """It offers its minimum and no finer steps than these above it, and no more than told."""

    full_after_start_s: int = 0
    """How long it offers its most after each start, whatever it was told."""

    ignored_a: tuple[int, ...] = ()
    """The currents with which 30 A flow instead."""

    resets: tuple[Reset, ...] = ()
    loses: tuple[int, ...] = ()
    """Which of its commands it ignores though their calls return, counted from 0."""

    deaf: Span = NEVER
    """While it ignores commands though their calls return."""

    offline: Span = NEVER
    """While calls neither arrive nor return; they get through at the end."""

    failing: Span = NEVER
    """While calls raise, and do nothing."""

    is_only_start_failing: bool = False
    """Whether only the calls that start it raise."""

    uses: tuple[int, ...] | None = None
    """Which of its phases the car draws from, by their places; None: all."""

    wires: tuple[int, ...] | None = None
    """The site's phases that it is really wired to, in its own order; None: as was entered."""

    sensor: Sensor | None = None
    number: Number | None = None
    turns: tuple[Turn, ...] = ()
    begins_a: float = 0.0
    """What it offers when nobody has told it anything yet; 0: it is stopped."""

    offered_a: float = field(default=0.0, init=False)
    drawn_a: float = field(default=0.0, init=False)
    told_a: float = field(default=0.0, init=False)
    """What it was told last, whether it listened or not."""

    _limit_a: float = field(default=0.0, init=False)
    _is_on: bool = field(default=False, init=False)
    _full_until: int = field(default=0, init=False)
    _heard: int = field(default=0, init=False)
    _under_way: list[tuple[int, Command]] = field(default_factory=list, init=False)
    _closes_at: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Begin with what it offers by itself."""
        self._limit_a = self.told_a = self.begins_a
        self._is_on = self.begins_a > 0

    @property
    def is_exceeding(self) -> bool:
        """Whether it may let more flow than it was told, by what it is and not by what is lost."""
        return bool(
            self.full_after_start_s or self.ignored_a or self.resets or self.turns or self.begins_a
        )

    def take(self, second: int, command: Command) -> Call:
        """Take a command, and return what becomes of its call."""
        if second in self.failing and (
            not self.is_only_start_failing or isinstance(command, StartCharging)
        ):
            return Call(returns_at=second + self.call_s, is_ok=False)
        heard_at = self.offline.ends if second in self.offline else second
        self.told_a = command.current_a
        if second not in self.deaf and self._heard not in self.loses:
            is_stop = isinstance(command, StopCharging) and self.stop_s is not None
            delay_s = self.stop_s if is_stop and self.stop_s is not None else self.delay_s
            due = max([heard_at + delay_s, *(due for due, _ in self._under_way)])
            self._under_way.append((due, command))
        if self.number is not None:
            self.number.on_told(command.current_a)
        self._heard += 1
        return Call(returns_at=heard_at + self.call_s)

    def step(self, second: int) -> None:
        """Go on to this second."""
        while self._under_way and self._under_way[0][0] <= second:
            self._is_on, self._limit_a = self._after(self._under_way.pop(0)[1])
        for reset in self.resets:
            if reset.at == second:
                self._limit_a, self._is_on = reset.current_a, self._is_on or reset.current_a > 0
                self._is_on = self._is_on and not reset.is_off
        for turn in self.turns:
            if turn.at == second:
                self._limit_a = self._limit_a if turn.current_a is None else turn.current_a
                self._is_on = self._is_on if turn.is_paused is None else not turn.is_paused
        was_a, self.offered_a = self.offered_a, self._offer_a(self._is_on, self._limit_a)
        if self.offered_a > 0 and was_a == 0 and self.full_after_start_s:
            self._full_until = second + self.full_after_start_s
        if self.offered_a > 0 and second < self._full_until:
            self.offered_a = self.full_a
        if self.offered_a == 0 or second not in self.car_wants:
            self._closes_at, self.drawn_a = None, 0.0
            return
        if self._closes_at is None:
            self._closes_at = second + self.contactor_s
        if second >= self._closes_at:
            most_a = self.car_a(second) if callable(self.car_a) else self.car_a
            self.drawn_a = min(self.offered_a, most_a, self.drawn_a + self.ramp_a)

    def _after(self, command: Command) -> tuple[bool, float]:
        """Return whether it is on, and with which limit, when it has carried out a command."""
        match command:
            case StopCharging():
                return False, self._limit_a
            case StartCharging():
                return True, command.current_a
            case SetCurrent():
                return self._is_on, command.current_a

    def _offer_a(self, is_on: bool, limit_a: float) -> float:
        if not is_on or limit_a < CAR_MINIMUM_A:
            return 0.0
        if limit_a in self.ignored_a:
            return INSTEAD_A
        return self._taken_a(limit_a)

    def _taken_a(self, limit_a: float) -> float:
        above_a = min(limit_a, self.full_a, self.takes_a) - CAR_MINIMUM_A
        return limit_a if above_a < 0 else CAR_MINIMUM_A + above_a - above_a % self.step_a

    @property
    def has_lost_cut(self) -> bool:
        """Whether it draws more than it was told, and nothing on its way will change that."""
        if self._under_way:
            return self._offer_a(*self._after(self._under_way[-1][1])) > self.told_a
        return self.offered_a > self.told_a

    def said(self, second: int) -> CarReading | None:
        """Return what its sensor says this second; None: there is none, or nothing new."""
        return self.sensor.step(second, self.drawn_a) if self.sensor is not None else None

    def shows(self, second: int) -> ReadBack | None:
        """Return what its number says this second; None: there is none, or nothing new."""
        if self.number is None:
            return None
        return self.number.step(
            second,
            self._taken_a(self._limit_a),
            is_paused=not self._is_on,
            is_by_hand=any(turn.at == second and turn.is_by_hand for turn in self.turns),
        )


@dataclass(frozen=True, kw_only=True)
class BadSample:
    """A sample that is wrong, between good ones."""

    nth: int
    """Which of the meter's samples, counted from 0."""

    current_a: float | None
    """What it says of each phase; None: what the one before said."""

    every: int = 0
    """Each how many samples it comes again; 0: once."""

    def is_due(self, sample: int) -> bool:
        """Return whether this sample is wrong."""
        after = sample - self.nth
        return after == 0 or (after > 0 and self.every > 0 and after % self.every == 0)


@dataclass(kw_only=True)
class Meter:
    """The house's meter: samples each period, and is heard a little later."""

    period_s: int = 1
    latency_s: int = 0
    mean_s: int = 0
    """Over how many seconds it averages."""

    step_a: float = 0.0
    """What it rounds to; 0: not at all."""

    is_on_change: bool = False
    """Whether it says only what has changed."""

    frozen: Span = NEVER
    """While it says nothing new."""

    repeating: Span = NEVER
    """While it says its last value again and again."""

    repeats: tuple[int, ...] | None = None
    """Of which phases it does so, as of a sensor that is frozen; None: of all."""

    zero: Span = NEVER
    """While it says 0."""

    gone: Span = NEVER
    """While its entity is unavailable."""

    is_replaying: bool = False
    """Whether it says the last value of before once more when its entity is back."""

    reverses: tuple[int, ...] = ()
    """Which phases it counts the other way round."""

    bad: tuple[BadSample, ...] = ()

    offsets_s: tuple[int, ...] = ()
    """How much later than its period each phase is said; nothing: all of them together."""

    _past: deque[tuple[float, ...]] = field(default_factory=deque, init=False)
    _on_the_way: deque[tuple[int, tuple[float, ...]]] = field(default_factory=deque, init=False)
    _said_a: tuple[float, ...] = field(default=(), init=False)
    _sampled_a: tuple[float, ...] = field(default=(), init=False)
    _samples: int = field(default=0, init=False)
    _is_gone: bool = field(default=False, init=False)

    @property
    def late_s(self) -> int:
        """How long after a change the meter shows all of it, at the most."""
        return self.latency_s + self.mean_s + self.period_s

    def step(self, second: int, current_a: tuple[float, ...]) -> tuple[float, ...] | None:
        """Take a sample, and return what is heard this second."""
        current_a = tuple(
            -phase_a if phase in self.reverses else phase_a
            for phase, phase_a in enumerate(current_a)
        )
        self._past.append(current_a)
        if len(self._past) > max(self.mean_s, 1):
            self._past.popleft()
        was_gone, self._is_gone = self._is_gone, second in self.gone
        if was_gone and not self._is_gone:
            return self._come_back(second)
        if second % self.period_s == 0 and second not in self.frozen:
            says_a = self._sample(second)
            if not self.is_on_change or says_a != self._sampled_a:
                self._on_the_way.append((second + self.latency_s, says_a))
            self._sampled_a = says_a
        heard = None
        while self._on_the_way and self._on_the_way[0][0] <= second:
            heard = self._on_the_way.popleft()[1]
        if heard is not None and not self._is_gone:
            self._said_a = heard
        return heard

    def _come_back(self, second: int) -> tuple[float, ...]:
        """Return what the entity shows when it is available again: it always shows something."""
        if not self.is_replaying:
            self._said_a = self._sampled_a = self._sample(second)
        return self._said_a

    def _sample(self, second: int) -> tuple[float, ...]:
        before_a, now_a = self._sampled_a, self._measure(second)
        if second not in self.repeating or not before_a:
            return now_a
        repeats = range(len(now_a)) if self.repeats is None else self.repeats
        return tuple(
            before_a[phase] if phase in repeats else phase_a for phase, phase_a in enumerate(now_a)
        )

    def _measure(self, second: int) -> tuple[float, ...]:
        sample, self._samples = self._samples, self._samples + 1
        if second in self.zero:
            return (0.0,) * len(self._past[-1])
        if any(bad.is_due(sample) for bad in self.bad):
            bad = next(bad for bad in self.bad if bad.is_due(sample))
            if bad.current_a is not None:
                return (bad.current_a,) * len(self._past[-1])
            return self._sampled_a or self._past[-1]
        if self.mean_s > 1:
            phases = zip(*self._past, strict=True)
            return self.rounded(tuple(sum(phase) / len(self._past) for phase in phases))
        return self.rounded(self._past[-1])

    def rounded(self, current_a: tuple[float, ...]) -> tuple[float, ...]:
        """Return the currents as the meter shows them."""
        if not self.step_a:
            return current_a
        return tuple(round(phase_a / self.step_a) * self.step_a for phase_a in current_a)


@dataclass(frozen=True, kw_only=True)
class Order:
    """A command on its way."""

    command: Command
    sent_at: int


@dataclass(kw_only=True)
class Worker:
    """Carries out one charger's commands one by one, as the shell does; what fails again."""

    charger: Charger
    response_time_s: float
    calls: list[tuple[int, Command]]
    """Where each call is written down."""

    _waiting: Order | None = field(default=None, init=False)
    _running: Order | None = field(default=None, init=False)
    _call: Call | None = field(default=None, init=False)
    _called_at: int = field(default=0, init=False)
    _tries_at: float = field(default=0.0, init=False)
    _failures: int = field(default=0, init=False)
    _is_dropped: bool = field(default=False, init=False)

    def send(self, second: int, command: Command) -> None:
        """Take a command; it replaces one that waits, and ends an increase under way."""
        self._waiting = Order(command=command, sent_at=second)
        self._go_on(second)

    def drop(self) -> None:
        """Give up an increase that has not got through."""
        if self._waiting is not None and not self._waiting.command.is_reduction:
            self._waiting = None
        self._is_dropped = self._running is not None and not self._running.command.is_reduction

    def close(self) -> None:
        """Do no more: the process is killed."""
        self._waiting = self._running = self._call = None

    def step(self, second: int) -> list[Result]:
        """Go on to this second, and return what has come of earlier calls."""
        results = list[Result]()
        running, call = self._running, self._call
        if running is not None and call is not None:
            if max(call.returns_at, self._called_at + 1) > second:
                return results
            self._call = None
            kind = Delivered if call.is_ok else Failed
            charger_id, at = running.command.charger_id, call.returns_at
            results.append(kind(charger_id=charger_id, sent_at=running.sent_at, at=at))
            self._failures += 1
            self._tries_at = at + self._retry_s(running.command)
            if call.is_ok:
                self._running = None
        self._go_on(second)
        return results

    def _go_on(self, second: int) -> None:
        is_calling = self._call is not None
        if self._waiting is not None and not (
            is_calling and self._running is not None and self._running.command.is_reduction
        ):
            self._running, self._waiting = self._waiting, None
            self._call, self._failures, self._tries_at = None, 0, second
            self._is_dropped = False
        if self._running is None or self._call is not None or second < self._tries_at:
            return
        if self._is_dropped:
            self._running = None
            return
        self.calls.append((second, self._running.command))
        self._called_at = second
        self._call = self.charger.take(second, self._running.command)

    def _retry_s(self, command: Command) -> float:
        if self._failures <= len(FIRST_RETRIES_S):
            return FIRST_RETRIES_S[self._failures - 1]
        return self.response_time_s if command.is_reduction else RETRY_INCREASE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """What was true in one second."""

    at: int
    house_a: tuple[float, ...]
    total_a: tuple[float, ...]
    drawn_a: tuple[float, ...]
    """By charger, in their order."""

    told_a: tuple[float, ...]
    """By charger: what it was told last, whether it listened or not."""

    has_lost_cut: tuple[bool, ...]
    """By charger: whether it draws more than it was told, and will for now."""

    heard_a: tuple[float, ...] | None
    """What the meter said last; None: it is gone, or has said nothing."""


def by_phase(known: ChargerSettings, charger: Charger, said: CarReading) -> CarReading:
    """Return what a sensor says with the current of each phase, if it has that."""
    if charger.sensor is None or said.current_a is None:
        return said
    if charger.sensor.is_divided:
        used = len(known.phases if charger.uses is None else charger.uses)
        current_a = said.current_a * used / len(known.phases)
        return replace(said, current_a=current_a, is_divided=True)
    if not charger.sensor.has_phases:
        return said
    return replace(
        said,
        phase_current_a=tuple(
            said.current_a if charger.uses is None or place in charger.uses else 0.0
            for place, _ in enumerate(known.phases)
        ),
    )


@dataclass(kw_only=True)
class Plant:
    """The whole site in a closed loop with the core."""

    settings: Settings
    house: Load | Sequence[Load]
    chargers: Sequence[Charger]
    meter: Meter = field(default_factory=Meter)
    state: State = field(default_factory=State, init=False)
    view: View = field(default_factory=View, init=False)
    log: list[Second] = field(default_factory=list, init=False)
    sent: list[tuple[int, Command]] = field(default_factory=list, init=False)
    """What was decided, by second."""

    calls: list[tuple[int, Command]] = field(default_factory=list, init=False)
    """What the chargers were told, by second: again, where a call failed."""

    probes: list[tuple[int, Command]] = field(default_factory=list, init=False)
    """Those of `sent` that only ask something, and those that take a question back, be it in two
    steps."""

    events: list[tuple[int, BalancerEvent]] = field(default_factory=list, init=False)
    wake_at: float | None = field(default=None, init=False)
    down: Span = field(default=NEVER, init=False)
    """While nobody balances."""

    _workers: dict[str, Worker] = field(default_factory=dict[str, Worker], init=False)
    _heard_a: tuple[float, ...] | None = field(default=None, init=False)
    _asked_from_a: dict[str, int] = field(default_factory=dict[str, int], init=False)
    """What a charger had when it was asked last, until it is told something else."""

    def __post_init__(self) -> None:
        """Give each charger its worker."""
        self._workers = {
            known.charger_id: Worker(
                charger=charger, response_time_s=known.response_time_s, calls=self.calls
            )
            for known, charger in zip(self.settings.chargers, self.chargers, strict=True)
        }

    @property
    def ids(self) -> tuple[str, ...]:
        """The chargers' ids, in their order."""
        return tuple(charger.charger_id for charger in self.settings.chargers)

    def run(self, seconds: int) -> None:
        """Let so many seconds pass."""
        begin = len(self.log)
        for second in range(begin, begin + seconds):
            self._step(second)

    def run_until(self, second: int) -> None:
        """Let time pass until this second."""
        self.run(second - len(self.log))

    def _step(self, second: int) -> None:
        loads = [self.house] if callable(self.house) else self.house
        house_a = tuple(load(second) for load in loads)
        for charger in self.chargers:
            charger.step(second)
        total_a = list(house_a)
        for known, charger in zip(self.settings.chargers, self.chargers, strict=True):
            for place, phase in enumerate(charger.wires or known.phases):
                if charger.uses is None or place in charger.uses:
                    total_a[phase] += charger.drawn_a
        is_total = self.settings.site.is_metered_in_total
        heard_a = self.meter.step(second, (sum(total_a),) if is_total else tuple(total_a))
        if self.meter.offsets_s and second >= self.meter.period_s:
            is_said = any(
                (second - offset_s) % self.meter.period_s == 0 for offset_s in self.meter.offsets_s
            )
            heard_a = tuple(total_a) if is_said else None
        if second in self.meter.gone:
            self._heard_a = None
        elif heard_a is not None:
            self._heard_a = heard_a
        self.log.append(
            Second(
                at=second,
                house_a=house_a,
                total_a=tuple(total_a),
                drawn_a=tuple(charger.drawn_a for charger in self.chargers),
                told_a=tuple(charger.told_a for charger in self.chargers),
                has_lost_cut=tuple(charger.has_lost_cut for charger in self.chargers),
                heard_a=self._heard_a,
            )
        )
        cars = {
            known.charger_id: by_phase(known, charger, said)
            for known, charger in zip(self.settings.chargers, self.chargers, strict=True)
            if (said := charger.said(second)) is not None
        }
        shown = {
            known.charger_id: said
            for known, charger in zip(self.settings.chargers, self.chargers, strict=True)
            if (said := charger.shows(second)) is not None
        }
        if second not in self.down:
            self._decide(second, heard_a, cars, shown)

    def restart(self, seconds: int) -> None:
        """Let Home Assistant be killed, and be back after a while in which nobody balances."""
        now = len(self.log)
        memory = aged(shifted(remember(self.settings, self.state), -now), seconds)
        self.down = Span(begins=now, ends=now + seconds)
        for worker in self._workers.values():
            worker.close()
        self.run(seconds)
        self.wake_at = None
        for charger in self.chargers:
            if charger.sensor is not None:
                charger.sensor.say_again()
            if charger.number is not None:
                charger.number.say_again()
        self.state = recall(self.settings, memory, now + seconds)

    def _decide(
        self,
        second: int,
        heard: tuple[float, ...] | None,
        cars: Mapping[str, CarReading],
        shown: Mapping[str, ReadBack],
    ) -> None:
        results = [result for worker in self._workers.values() for result in worker.step(second)]
        is_due = self.wake_at is not None and self.wake_at <= second
        is_gone = second in self.meter.gone
        if heard is None and not (cars or shown or results or is_due or is_gone):
            return
        inputs = Inputs(
            reading=None if heard is None or is_gone else self._reading(heard, second),
            is_meter_available=not is_gone,
            cars=cars,
            read_backs=shown,
            delivered=tuple(result for result in results if isinstance(result, Delivered)),
            failed=tuple(result for result in results if isinstance(result, Failed)),
        )
        self.before_decision(inputs, second)
        decision = decide(self.settings, self.state, inputs, second)
        self.after_decision(inputs, decision, second)
        before, self.view = self.view, decision.view
        self.state, self.wake_at = decision.state, decision.wake_at
        self.events += [(second, event) for event in decision.events]
        for charger_id in decision.dropped:
            self._workers[charger_id].drop()
        for command in decision.commands:
            self.sent.append((second, command))
            if self._is_of_a_probe(command, before):
                self.probes.append((second, command))
            self._workers[command.charger_id].send(second, command)

    def _reading(self, heard_a: tuple[float, ...], second: int) -> Reading:
        """Return what the meter says, of each phase what it has said last."""
        if not self.meter.offsets_s:
            return Reading(current_a=heard_a, at=second)
        said_at = tuple(
            second - (second - offset_s) % self.meter.period_s for offset_s in self.meter.offsets_s
        )
        totals = [self.log[max(at, 0)].total_a for at in said_at]
        return Reading(
            current_a=tuple(total_a[phase] for phase, total_a in enumerate(totals)),
            at=max(said_at),
            said_at=tuple(map(float, said_at)),
        )

    def _is_of_a_probe(self, command: Command, before: View) -> bool:
        """Return whether a command asks, or gives back what was taken to ask."""
        key = command.charger_id
        was, shown = before.chargers.get(key), self.view.chargers[key]
        had_a = 0 if was is None else was.target_a
        if is_probed(shown) and not is_probed(was):
            self._asked_from_a[key] = had_a
        if is_probed(shown) or is_probed(was):
            return True
        if had_a < command.current_a <= self._asked_from_a.get(key, 0):
            return True
        self._asked_from_a.pop(key, None)
        return False

    def before_decision(self, inputs: Inputs, second: int) -> None:
        """Do nothing: a place for tests to look at what the core is about to be told."""

    def after_decision(self, inputs: Inputs, decision: Decision, second: int) -> None:
        """Do nothing: a place for tests to keep what was decided."""

    # What is asked of it

    def commands(self, since: int = 0) -> list[Command]:
        """Return what was sent from a second on, whether it may be ended or not left out."""
        return [
            command if isinstance(command, StopCharging) else replace(command, is_reduction=False)
            for second, command in self.sent
            if second >= since
        ]

    def changes_sent(self, since: int = 0) -> list[Command]:
        """Return what was sent from a second on that told a charger something else than before."""
        sent, told = self.commands(), dict[str, Command]()
        first = len(sent) - len(self.commands(since))
        new = list[Command]()
        for index, command in enumerate(sent):
            before = told.get(command.charger_id)
            is_same = before is not None and before.current_a == command.current_a
            if index >= first and not is_same:
                new.append(command)
            told[command.charger_id] = command
        return new

    def seconds_over(self, since: int = 0) -> list[int]:
        """Return the seconds in which cars held a phase over the breaker's rating."""
        rated_a = self.settings.site.rated_current_a
        return [
            second.at
            for second in self.log[since:]
            if any(
                total > rated_a + 1e-6 and total > house + 1e-6
                for total, house in zip(second.total_a, second.house_a, strict=True)
            )
        ]

    def last_change_before(self, second: int) -> int:
        """Return when the house changed last until this second."""
        at = second
        while at > 0 and self.log[at].house_a == self.log[at - 1].house_a:
            at -= 1
        return at

    def last_rise_before(self, second: int) -> int:
        """Return when a car began to draw more last until this second."""
        for at in range(second, 0, -1):
            earlier, later = self.log[at - 1].drawn_a, self.log[at].drawn_a
            if any(after > before for before, after in zip(earlier, later, strict=True)):
                return at
        return 0

    def drawn_a(self, second: int = -1) -> tuple[float, ...]:
        """Return what each car draws in a second, the last one if none is named."""
        return self.log[second].drawn_a

    def closings(self, charger_id: str) -> list[int]:
        """Return when a car began to draw: its contactor closed."""
        index = self.ids.index(charger_id)
        return [
            later.at
            for earlier, later in pairwise(self.log)
            if later.drawn_a[index] > 0 and earlier.drawn_a[index] == 0
        ]


def is_probed(view: ChargerView | None) -> bool:
    """Return whether a charger is shown as being asked something."""
    return view is not None and view.limited_by is LimitedBy.PROBE


def promised_s(settings: Settings, meter: Meter) -> int:
    """Return the longest that cars may hold the breaker over its rating after a change.

    What a meter is late counts as part of its period.
    """
    slowest_s = max(charger.response_time_s for charger in settings.chargers)
    return int(meter.period_s + meter.latency_s + 3 * slowest_s)


def starts(commands: Sequence[Command], charger: ChargerSettings | None = None) -> int:
    """Return how often a charger was started."""
    return count(commands, StartCharging, charger)


def stops(commands: Sequence[Command], charger: ChargerSettings | None = None) -> int:
    """Return how often a charger was stopped."""
    return count(commands, StopCharging, charger)


def changes(commands: Sequence[Command], charger: ChargerSettings | None = None) -> int:
    """Return how often a charging charger was told another current."""
    return count(commands, SetCurrent, charger)


def count(commands: Sequence[Command], kind: type[Command], charger: ChargerSettings | None) -> int:
    """Return how many commands of a kind there are, for one charger or all."""
    return sum(
        isinstance(command, kind) and (charger is None or command.charger_id == charger.charger_id)
        for command in commands
    )
