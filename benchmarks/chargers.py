"""Chargers and the cars behind them: what they are told, and what they draw."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, inf
from random import Random

from custom_components.ev_lb.balancing.model import CarStatus

from .agenda import Agenda
from .spans import ALWAYS, NEVER, Spans, is_within

LEAST_A = 6.0
"""The lowest current that a charger can advertise (IEC 61851-1)."""

TAPERED_A = 2.0
"""What a car that is nearly full still takes."""

STEP_S = 1.0
"""How often a current that moves by itself is looked at."""

CALL_TIMEOUT_S = 10.0
"""When the shell gives up a call that does not return."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
    """What a car takes, times in seconds from the beginning."""

    most_a: float = 32.0
    share: float = 1.0
    """What it draws of what it is offered."""

    rises_a_per_s: float = inf
    """How fast its draw rises, from nothing too; it falls at once."""

    plugged: Spans = ALWAYS
    wants: Spans = ALWAYS
    """When it would charge, were it plugged in: before it sleeps or waits for its timer."""

    need_kwh: float = inf
    taper_kwh: float = 0.0
    """Over the last of what it needs, its current goes down in a straight line."""

    def accepts_a(self, kwh: float) -> float:
        """Return the most it takes after so much energy."""
        left_kwh = self.need_kwh - kwh
        if left_kwh <= 0:
            return 0.0
        if left_kwh >= self.taper_kwh:
            return self.most_a
        return max(TAPERED_A, self.most_a * left_kwh / self.taper_kwh)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerModel:
    """How a charger behaves."""

    car: Car = Car()
    phases: tuple[int, ...] = (0,)
    """Those that its car uses."""

    wired: tuple[int, ...] | None = None
    """Those that it is wired to; None: no others."""

    most_a: int = 32
    """Its rating."""

    delay_s: float = 2.0
    """From the call until it begins to follow."""

    ramp_a_per_s: float = inf
    """How fast its offer moves, up and down."""

    step_a: float = 1.0
    """Its own resolution: it offers no finer steps than these, counted from the least current."""

    ignored_a: tuple[int, ...] = ()
    """Currents that it does not take: it stays at what it was set to."""

    full_s: float = 0.0
    """How long after each start it offers the most it can, whatever it was told."""

    stop_s: float = 0.0
    """How long current still flows after a stop."""

    contactor_s: float = 10.0
    """From an offer to a car that wants it until current flows."""

    call_s: float = 0.2
    """From a call until it returns."""

    deaf: Spans = NEVER
    """When it does nothing though calls return."""

    failing: Spans = NEVER
    """When calls fail, and do nothing."""

    answerless: Spans = NEVER
    """When calls take effect, but fail with a timeout."""

    deaf_share: float = 0.0
    failing_share: float = 0.0
    """How many of all its calls are ignored, or fail."""

    sensor_s: float = 0.0
    """From a change until its own sensors say so."""

    sensor_period_s: float = 0.0
    """How often its own sensors look, where they are asked for what they say; 0: at each change."""

    sensor_repeats_s: float = 0.0
    """How often they say the same again; 0: never."""

    draw_stuck: Spans = NEVER
    """When its sensor of the current keeps its value."""

    restarts_at: tuple[float, ...] = ()
    """When it starts anew, be it that it was stopped: whatever it was told, it is on."""

    restarts_a: int | None = None
    """What it is set to when it starts anew; None: the most it can."""

    is_on: bool = False
    begins_a: float = 0.0
    """What it is set to when the simulation begins, and whether it is on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResult:
    """What becomes of a call."""

    returns_s: float
    is_ok: bool


class Charger:
    """One charger with its car."""

    def __init__(
        self,
        model: ChargerModel,
        agenda: Agenda,
        energy_per_a: Callable[[float, float], float],
        *,
        seed: int,
        on_moved: Callable[[float, Charger], None],
        on_sensed: Callable[[float, Charger], None],
    ) -> None:
        """Plan the car's comings and goings; `energy_per_a` gives kWh per ampere and phase."""
        self.model, self._agenda, self._energy_per_a = model, agenda, energy_per_a
        self._random = Random(seed)
        self._on_moved, self._on_sensed = on_moved, on_sensed
        self._is_on, self._set_a = model.is_on, model.begins_a
        self._full_until, self._stops_at = 0.0, inf
        self.offered_a = self._goal_a(0.0)
        self.drawn_a, self._kwh, self._counted_at = 0.0, 0.0, 0.0
        self._offered_at, self._closes_at, self._risen_at = 0.0, inf, inf
        self._is_watched = self._is_looked_at = False
        self._sensed: tuple[float, CarStatus] | None = None
        self.said: tuple[float, CarStatus] | None = None
        """What its own sensors show."""

        if model.sensor_repeats_s:
            agenda.add(model.sensor_repeats_s, self._repeat, model.sensor_repeats_s)
        for moment in model.restarts_at:
            agenda.add(moment, self._restart, moment)
        for span in (*model.car.plugged, *model.car.wants):
            for moment in (span.begins, span.ends):
                if moment < inf:
                    agenda.add(max(moment, 0.0), self._move, max(moment, 0.0))

    def call(self, current_a: float | None, at: float, *, is_on: bool | None) -> CallResult:
        """Take a call: a current to set, or on and off."""
        model = self.model
        if is_within(at, model.failing) or self._happens(model.failing_share):
            return CallResult(returns_s=model.call_s, is_ok=False)
        is_answered = not is_within(at, model.answerless)
        if not (is_within(at, model.deaf) or self._happens(model.deaf_share)):
            self._agenda.add(at + model.delay_s, self._follow, at + model.delay_s, current_a, is_on)
        return CallResult(
            returns_s=model.call_s if is_answered else CALL_TIMEOUT_S, is_ok=is_answered
        )

    def _happens(self, share: float) -> bool:
        return share > 0 and self._random.random() < share

    def _follow(self, now: float, current_a: float | None, is_on: bool | None) -> None:
        self._offer(now, self._goal_a(now))
        was_off = not self._is_set
        if current_a is not None and current_a not in self.model.ignored_a:
            self._set_a = current_a
            if current_a >= LEAST_A:
                self._set_a = current_a - (current_a - LEAST_A) % self.model.step_a
        if is_on is not None:
            self._is_on = is_on
        if was_off and self._is_set and self.model.full_s:
            self._full_until = now + self.model.full_s
            self._agenda.add(self._full_until, self._move, self._full_until)
        self._move(now)

    def _restart(self, now: float) -> None:
        model = self.model
        self._set_a = model.most_a if model.restarts_a is None else model.restarts_a
        self._is_on, self._closes_at = True, inf
        self._move(now)

    @property
    def _is_set(self) -> bool:
        return self._is_on and self._set_a >= LEAST_A

    def _goal_a(self, now: float) -> float:
        if not self._is_set:
            return 0.0
        return self.model.most_a if now < self._full_until else self._set_a

    def _move(self, now: float) -> None:
        """Bring offer and draw to this moment, and see to it that what moves is seen again."""
        car, before = self.model.car, (self.offered_a, self.drawn_a)
        self._count(now)
        goal_a = self._goal_a(now)
        self._offer(now, goal_a)
        accepted_a = self._accepted_a(now)
        self.drawn_a = self._risen_a(now, before[1], accepted_a)
        is_moving = (
            (self.offered_a != goal_a and goal_a > 0)
            or self.drawn_a != accepted_a
            or (self.drawn_a > 0 and car.need_kwh < inf)
        )
        if is_moving and not self._is_watched:
            self._is_watched = True
            self._agenda.add(now + STEP_S, self._look_again, now + STEP_S)
        if (self.offered_a, self.drawn_a) != before:
            self._on_moved(now, self)
        self._sense(now)

    def _accepted_a(self, now: float) -> float:
        """Return what the car would take; the contactor closes some time after it could."""
        car = self.model.car
        accepts_a = car.accepts_a(self._kwh) if self._is_wanting(now) else 0.0
        if self.offered_a == 0 or accepts_a == 0:
            self._closes_at = inf
            return 0.0
        if self._closes_at == inf:
            self._closes_at = now + self.model.contactor_s
            self._agenda.add(self._closes_at, self._move, self._closes_at)
        return min(self.offered_a * car.share, accepts_a) if now >= self._closes_at else 0.0

    def _risen_a(self, now: float, before_a: float, accepted_a: float) -> float:
        """Return what flows on the way to what the car would take."""
        rises_a_per_s = self.model.car.rises_a_per_s
        if rises_a_per_s == inf:
            return accepted_a
        risen_a = before_a + rises_a_per_s * max(now - self._risen_at, 0.0)
        self._risen_at = now if risen_a < accepted_a else inf
        return min(accepted_a, risen_a)

    def _offer(self, now: float, goal_a: float) -> None:
        """Move the offer towards what is set; off is off at once, or after its time."""
        ramp_a_per_s = self.model.ramp_a_per_s
        if goal_a == 0 and self.offered_a > 0 and self._is_still_on(now):
            return
        if goal_a > 0:
            self._stops_at = inf
        if goal_a == 0 or ramp_a_per_s == inf:
            self.offered_a = goal_a
        elif self.offered_a == 0:
            self.offered_a = min(goal_a, LEAST_A)
        else:
            step_a = ramp_a_per_s * (now - self._offered_at)
            self.offered_a = max(min(goal_a, self.offered_a + step_a), self.offered_a - step_a)
        self._offered_at = now

    def _is_still_on(self, now: float) -> bool:
        """Return whether current still flows after a stop."""
        if self._stops_at == inf and self.model.stop_s:
            self._stops_at = now + self.model.stop_s
            self._agenda.add(self._stops_at, self._move, self._stops_at)
        return now < self._stops_at < inf

    def _look_again(self, now: float) -> None:
        self._is_watched = False
        self._move(now)

    def _count(self, now: float) -> None:
        if self.drawn_a > 0 and self.model.car.need_kwh < inf:
            per_a = self._energy_per_a(self._counted_at, now)
            self._kwh += self.drawn_a * len(self.model.phases) * per_a
        self._counted_at = now

    def _is_plugged(self, now: float) -> bool:
        return is_within(now, self.model.car.plugged)

    def _is_wanting(self, now: float) -> bool:
        return self._is_plugged(now) and is_within(now, self.model.car.wants)

    def _status(self, now: float) -> CarStatus:
        if not self._is_plugged(now):
            return CarStatus.ABSENT
        return CarStatus.CHARGING if self.drawn_a > 0 else CarStatus.IDLE

    def _sense(self, now: float) -> None:
        """Let the charger's own sensors speak, if they have anything new to say."""
        current_a = round(self.drawn_a, 1)
        if self._sensed is not None and is_within(now, self.model.draw_stuck):
            current_a = self._sensed[0]
        says = (current_a, self._status(now))
        if says == self._sensed:
            return
        self._sensed = says
        period_s = self.model.sensor_period_s
        if not period_s:
            self._agenda.add(now + self.model.sensor_s, self._say, now + self.model.sensor_s, says)
        elif not self._is_looked_at:
            self._is_looked_at = True
            at = ceil(now / period_s) * period_s
            self._agenda.add(at, self._be_looked_at, at)

    def _be_looked_at(self, now: float) -> None:
        self._is_looked_at = False
        if self._sensed is not None and self._sensed != self.said:
            self._say(now, self._sensed)

    def _repeat(self, now: float) -> None:
        if self.said is not None:
            self._on_sensed(now, self)
        at = now + self.model.sensor_repeats_s
        self._agenda.add(at, self._repeat, at)

    def _say(self, now: float, says: tuple[float, CarStatus]) -> None:
        self.said = says
        self._on_sensed(now, self)
