"""A house with chargers, cars and a meter, one step a second, around the core alone.

Nothing here knows what the core believes: what is over the breaker is counted from the plant.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from custom_components.ev_lb.balancing.balancer import decide
from custom_components.ev_lb.balancing.memory import aged, recall, remember
from custom_components.ev_lb.balancing.model import (
    CarReading,
    CarStatus,
    Command,
    Delivered,
    Inputs,
    News,
    Reading,
    SetCurrent,
    StartCharging,
    State,
    StopCharging,
)
from custom_components.ev_lb.balancing.settings import ChargerSettings, Settings

CAR_MINIMUM_A = 6
"""No car draws below what IEC 61851-1 can advertise."""

FOREVER = 10**9

type Load = Callable[[int], float]


def steady(current_a: float) -> Load:
    """Return a house that never changes."""
    return lambda second: current_a


def steps(*changes: tuple[int, float]) -> Load:
    """Return a house that draws each current from its second on, and the first one before."""

    def load(second: int) -> float:
        current_a = changes[0][1]
        for at, value in changes:
            if second >= at:
                current_a = value
        return current_a

    return load


@dataclass(frozen=True, kw_only=True)
class Span:
    """From one second until another."""

    begins: int
    ends: int = FOREVER

    def __contains__(self, second: int) -> bool:
        """Return whether the second lies within."""
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
    frozen: Span = NEVER
    """While it says nothing new."""

    _seen: list[tuple[int, float]] = field(default_factory=list)
    _said_a: float | None = None

    def say_again(self) -> None:
        """Say once more what stands: a new run listens."""
        if self._said_a is not None:
            self._seen.insert(0, (0, self._said_a))
            self._said_a = None

    def step(self, second: int, drawn_a: float) -> CarReading | None:
        """Look at the car, and return what is heard this second; None: nothing new.

        What stands at first is heard at once.
        """
        self._seen.append((second + self.lag_s if self._seen or second else 0, drawn_a))
        current_a = self._said_a
        while self._seen and self._seen[0][0] <= second:
            current_a = self._seen.pop(0)[1]
        if current_a is None or current_a == self._said_a or second in self.frozen:
            return None
        self._said_a = current_a
        status = CarStatus.CHARGING if current_a > 0 else CarStatus.IDLE
        return CarReading(
            at=second,
            current_a=self.factor * current_a if self.has_current else None,
            status=status if self.has_status else None,
        )


@dataclass(kw_only=True)
class Charger:
    """A charger with its car: follows late, and its contactor is slow to close."""

    delay_s: int = 3
    """From the command until the current has changed."""

    call_s: int = 0
    """From the command until its call returns."""

    contactor_s: int = 0
    ramp_a: float = FOREVER
    """How much the draw changes in a second at most, while the contactor is closed."""

    car_a: float | Load = 80.0
    """What the car takes at most of what it is offered; by the second, where it changes."""

    car_wants: Span = Span(begins=0)
    deaf: Span = NEVER
    """While it ignores commands though their calls return."""

    offline: Span = NEVER
    """While calls neither arrive nor return; they get through at the end."""

    reboots_at: int = FOREVER
    full_a: float = 32.0
    """What it offers by itself after a reboot, whatever it was told."""

    sensor: Sensor | None = None
    offered_a: float = 0.0
    drawn_a: float = 0.0
    told_a: float = 0.0
    """What it was told last, whether it listened or not."""

    _under_way: list[tuple[int, float]] = field(default_factory=list)
    _closes_at: int | None = None

    def take(self, second: int, command: Command) -> int:
        """Take a command, and return the second in which its call returns."""
        heard_at = self.offline.ends if second in self.offline else second
        self.told_a = command.current_a
        if second not in self.deaf:
            self._under_way.append((heard_at + self.delay_s, command.current_a))
        return heard_at + self.call_s

    def step(self, second: int) -> None:
        """Go on to this second."""
        while self._under_way and self._under_way[0][0] <= second:
            self.offered_a = self._under_way.pop(0)[1]
        if second == self.reboots_at:
            self.offered_a = self.full_a
        if self.offered_a < CAR_MINIMUM_A or second not in self.car_wants:
            self._closes_at, self.drawn_a = None, 0.0
            return
        if self._closes_at is None:
            self._closes_at = second + self.contactor_s
        if second >= self._closes_at:
            most_a = self.car_a(second) if callable(self.car_a) else self.car_a
            wanted_a = min(self.offered_a, most_a)
            change_a = min(max(wanted_a - self.drawn_a, -self.ramp_a), self.ramp_a)
            self.drawn_a += change_a

    @property
    def has_lost_cut(self) -> bool:
        """Whether it draws more than it was told, and nothing on its way will change that."""
        going_to_a = self._under_way[-1][1] if self._under_way else self.offered_a
        return going_to_a > self.told_a

    def said(self, second: int) -> CarReading | None:
        """Return what its sensor says this second; None: there is none, or nothing new."""
        return self.sensor.step(second, self.drawn_a) if self.sensor is not None else None


@dataclass(kw_only=True)
class Meter:
    """The house's meter: samples each period, and is heard a little later."""

    period_s: int = 1
    latency_s: int = 0
    step_a: float = 0.0
    """What it rounds to; 0: not at all."""

    is_on_change: bool = False
    """Whether it says only what has changed."""

    frozen: Span = NEVER
    """While it says nothing new."""

    gone: Span = NEVER
    """While its entity is unavailable."""

    _on_the_way: list[tuple[int, tuple[float, ...]]] = field(default_factory=list)
    _said_a: tuple[float, ...] = ()

    def step(self, second: int, current_a: tuple[float, ...]) -> tuple[float, ...] | None:
        """Take a sample, and return what is heard this second."""
        if second % self.period_s == 0 and second not in self.frozen:
            said_a = self.rounded(current_a)
            if not self.is_on_change or said_a != self._said_a:
                self._on_the_way.append((second + self.latency_s, said_a))
            self._said_a = said_a
        heard = None
        while self._on_the_way and self._on_the_way[0][0] <= second:
            heard = self._on_the_way.pop(0)[1]
        return heard

    def rounded(self, current_a: tuple[float, ...]) -> tuple[float, ...]:
        """Return the currents as the meter shows them."""
        if not self.step_a:
            return current_a
        return tuple(round(phase_a / self.step_a) * self.step_a for phase_a in current_a)


@dataclass(frozen=True, kw_only=True)
class Second:
    """What was true in one second."""

    at: int
    house_a: tuple[float, ...]
    total_a: tuple[float, ...]
    drawn_a: tuple[float, ...]
    """By charger, in their order."""

    has_lost_cut: tuple[bool, ...]
    """By charger: whether it draws more than it was told, and will for now."""


@dataclass(kw_only=True)
class Plant:
    """The whole site in a closed loop with the core."""

    settings: Settings
    house: Load | Sequence[Load]
    chargers: Sequence[Charger]
    meter: Meter = field(default_factory=Meter)
    state: State = field(default_factory=State)
    log: list[Second] = field(default_factory=list)
    sent: list[tuple[int, Command]] = field(default_factory=list)
    news: list[tuple[int, News]] = field(default_factory=list)
    wake_at: float | None = None
    down: Span = NEVER
    """While nobody balances."""

    _returning: list[tuple[int, Delivered]] = field(default_factory=list)

    @property
    def ids(self) -> tuple[str, ...]:
        """The chargers' ids, in their order."""
        return tuple(charger.charger_id for charger in self.settings.chargers)

    def run(self, seconds: int) -> None:
        """Let so many seconds pass."""
        begin = len(self.log)
        for second in range(begin, begin + seconds):
            self._step(second)

    def _step(self, second: int) -> None:
        loads = [self.house] if callable(self.house) else self.house
        house_a = tuple(load(second) for load in loads)
        for charger in self.chargers:
            charger.step(second)
        total_a = list(house_a)
        for known, charger in zip(self.settings.chargers, self.chargers, strict=True):
            for phase in known.phases:
                total_a[phase] += charger.drawn_a
        self.log.append(
            Second(
                at=second,
                house_a=house_a,
                total_a=tuple(total_a),
                drawn_a=tuple(charger.drawn_a for charger in self.chargers),
                has_lost_cut=tuple(charger.has_lost_cut for charger in self.chargers),
            )
        )
        cars = {
            charger_id: said
            for charger_id, charger in zip(self.ids, self.chargers, strict=True)
            if (said := charger.said(second)) is not None
        }
        heard_a = self.meter.step(second, tuple(total_a))
        if second not in self.down:
            self._decide(second, heard_a, cars)

    def restart(self, seconds: int) -> None:
        """Let Home Assistant be killed, and be back after a while in which nobody balances."""
        now = len(self.log)
        memory = aged(remember(self.settings, self.state, now), seconds)
        self.down = Span(begins=now, ends=now + seconds)
        self.run(seconds)
        self._returning.clear()
        self.wake_at = None
        for charger in self.chargers:
            if charger.sensor is not None:
                charger.sensor.say_again()
        self.state = recall(self.settings, memory, now + seconds)

    def _decide(
        self, second: int, heard: tuple[float, ...] | None, cars: Mapping[str, CarReading]
    ) -> None:
        returned = tuple(item for due, item in self._returning if due <= second)
        self._returning = [(due, item) for due, item in self._returning if due > second]
        is_due = self.wake_at is not None and self.wake_at <= second
        is_gone = second in self.meter.gone
        if heard is None and not (cars or returned or is_due or is_gone):
            return
        inputs = Inputs(
            reading=None if heard is None or is_gone else Reading(current_a=heard, at=second),
            is_meter_available=not is_gone,
            cars=cars,
            delivered=returned,
        )
        self.before_decision(inputs, second)
        decision = decide(self.settings, self.state, inputs, second)
        self.state, self.wake_at = decision.state, decision.wake_at
        self.news += [(second, news) for news in decision.news]
        for command in decision.commands:
            self._send(second, command)

    def _send(self, second: int, command: Command) -> None:
        self.sent.append((second, command))
        charger = self.chargers[self.ids.index(command.charger_id)]
        due = charger.take(second, command)
        done = Delivered(charger_id=command.charger_id, sent_at=second, at=due)
        self._returning.append((max(due, second + 1), done))

    def before_decision(self, inputs: Inputs, second: int) -> None:
        """Do nothing: a place for tests to look at what the core is about to be told."""

    # What is asked of it

    def commands(self, since: int = 0) -> list[Command]:
        """Return what was sent from a second on."""
        return [command for second, command in self.sent if second >= since]

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


def promised_s(settings: Settings, meter: Meter) -> int:
    """Return the longest that cars may hold the breaker over its rating after a change."""
    slowest_s = max(charger.response_time_s for charger in settings.chargers)
    return int(meter.period_s + 3 * slowest_s)


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
