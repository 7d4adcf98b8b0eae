"""The physics of the demo: a house that follows a routine, and chargers that follow commands.

Currents are in amperes, times in seconds on the caller's clock, phases count from 0: L1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from math import pi, sin

RESPONSE_TIME_S = 3.0
"""How long a charger takes to follow a command."""

LOWEST_CURRENT_A = 6
"""No car charges below it (IEC 61851-1)."""

RIPPLE_A, RIPPLE_PERIOD_S = 0.2, 20.0
"""How much of what is always on comes and goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Something that goes on in the house for a while."""

    name: str
    duration_s: float
    current_a: tuple[float, ...] = (0, 0, 0)
    """What it draws of each phase on top of what is always on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallbox:
    """A charger with its car, as they were bought."""

    rated_current_a: int
    car_phases: tuple[int, ...]
    """Which of the house's phases the car draws from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A supply, what is always on, what people do, and their wallboxes."""

    voltages_v: tuple[float, ...]
    """Of each phase: there are as many phases as volts."""

    breaker_a: int
    """Of each phase."""

    always_on_a: tuple[float, ...]
    """Fridge, lights, whatever is on stand-by."""

    routine: tuple[Activity, ...]
    """A busy evening in a minute and a half, repeated for ever."""

    wallboxes: Mapping[str, Wallbox]

    @property
    def phases(self) -> range:
        """Return the phases of the supply."""
        return range(len(self.voltages_v))


def activity_at(elapsed_s: float, routine: tuple[Activity, ...]) -> Activity:
    """Return what goes on after that time, the routine repeating itself for ever."""
    ends = list(accumulate(activity.duration_s for activity in routine))
    position_s = elapsed_s % ends[-1]
    return next(activity for activity, end in zip(routine, ends, strict=True) if position_s < end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a charger has been told so far."""

    current_a: int = 0
    is_started: bool = False
    followed_from: float = 0.0


class Charger:
    """A wallbox with a hungry car: it draws what it was told `RESPONSE_TIME_S` ago."""

    def __init__(self, wallbox: Wallbox) -> None:
        self.wallbox = wallbox
        self._settings = [Setting()]

    def set_current(self, current_a: int, now: float) -> None:
        """Offer the car this current, from the next start on if it is stopped."""
        self._settings.append(replace(self._told(now), current_a=current_a))

    def start(self, now: float) -> None:
        """Let the car charge."""
        self._settings.append(replace(self._told(now), is_started=True))

    def stop(self, now: float) -> None:
        """Let the car charge no longer."""
        self._settings.append(replace(self._told(now), is_started=False))

    def _told(self, now: float) -> Setting:
        return replace(self._settings[-1], followed_from=now + RESPONSE_TIME_S)

    def drawn_a(self, now: float) -> int:
        """Return what the car draws, on each of its phases."""
        while len(self._settings) > 1 and self._settings[1].followed_from <= now:
            del self._settings[0]
        setting = self._settings[0]
        if not setting.is_started or setting.current_a < LOWEST_CURRENT_A:
            return 0
        return min(setting.current_a, self.wallbox.rated_current_a)

    def drawn_on_a(self, phase: int, now: float) -> int:
        """Return what the car draws from a phase of the house."""
        return self.drawn_a(now) if phase in self.wallbox.car_phases else 0


class Household:
    """A house behind one meter, with its chargers."""

    def __init__(self, home: Home, now: float) -> None:
        self.home = home
        self.chargers = {name: Charger(wallbox) for name, wallbox in home.wallboxes.items()}
        self.extra_a = [0.0 for _ in home.phases]
        """What the visitor of the demo switches on besides, on each phase."""

        self._began_at = now
        self._busy_since: float | None = None

    def set_busy(self, *, is_busy: bool, now: float) -> None:
        """Begin the routine, or let it be quiet."""
        if not is_busy:
            self._busy_since = None
        elif self._busy_since is None:
            self._busy_since = now

    def activity(self, now: float) -> Activity:
        """Return what goes on in the house."""
        if self._busy_since is None:
            return Activity(name="Quiet", duration_s=0)
        return activity_at(now - self._busy_since, self.home.routine)

    def house_a(self, phase: int, now: float) -> float:
        """Return what the house draws from a phase without its chargers."""
        ripple_a = RIPPLE_A * sin(2 * pi * (now - self._began_at) / RIPPLE_PERIOD_S)
        running_a = self.activity(now).current_a[phase]
        return self.home.always_on_a[phase] + ripple_a + running_a + self.extra_a[phase]

    def total_a(self, phase: int, now: float) -> float:
        """Return what flows through the breaker on a phase."""
        chargers = self.chargers.values()
        return self.house_a(phase, now) + sum(each.drawn_on_a(phase, now) for each in chargers)

    def power_w(self, phase: int, now: float) -> float:
        """Return what flows through the meter on a phase."""
        return self.total_a(phase, now) * self.home.voltages_v[phase]
