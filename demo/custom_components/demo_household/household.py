"""The physics of the demo: a house that follows a routine, and chargers that follow commands.

Currents are in amperes, times in seconds on the caller's clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from math import pi, sin

VOLTAGE_V = 230
RESPONSE_TIME_S = 3.0
"""How long a charger takes to follow a command."""

LOWEST_CURRENT_A = 6
"""No car charges below it (IEC 61851-1)."""

ALWAYS_ON_A = 3.6
"""Fridge, lights, whatever is on stand-by."""

RIPPLE_A, RIPPLE_PERIOD_S = 0.2, 20.0
"""How much of it comes and goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Something that goes on in the house for a while."""

    name: str
    duration_s: float
    current_a: float
    """What it draws on top of what is always on."""


QUIET = Activity(name="Quiet", duration_s=8, current_a=0)
ROUTINE = (
    QUIET,
    Activity(name="Kettle", duration_s=7, current_a=9.0),
    replace(QUIET, duration_s=15),
    Activity(name="Oven", duration_s=6, current_a=10.8),
    Activity(name="Oven is hot", duration_s=3, current_a=0.1),
    Activity(name="Oven", duration_s=6, current_a=10.8),
    Activity(name="Oven, microwave", duration_s=7, current_a=17.7),
    replace(QUIET, duration_s=14),
    Activity(name="Hob", duration_s=8, current_a=7.8),
    replace(QUIET, duration_s=12),
)
"""A busy evening in a minute and a half. On 35 A both cars always get their minimum."""


def activity_at(elapsed_s: float, routine: tuple[Activity, ...] = ROUTINE) -> Activity:
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

    def __init__(self, rated_current_a: int) -> None:
        self.rated_current_a = rated_current_a
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
        """Return what the car draws."""
        while len(self._settings) > 1 and self._settings[1].followed_from <= now:
            del self._settings[0]
        setting = self._settings[0]
        if not setting.is_started or setting.current_a < LOWEST_CURRENT_A:
            return 0
        return min(setting.current_a, self.rated_current_a)


class Household:
    """A house behind one meter, with its chargers."""

    def __init__(self, chargers: Mapping[str, Charger], now: float) -> None:
        self.chargers = chargers
        self.extra_a = 0.0
        """What the visitor of the demo switches on besides."""

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
        return QUIET if self._busy_since is None else activity_at(now - self._busy_since)

    def house_a(self, now: float) -> float:
        """Return what the house draws without its chargers."""
        ripple_a = RIPPLE_A * sin(2 * pi * (now - self._began_at) / RIPPLE_PERIOD_S)
        return ALWAYS_ON_A + ripple_a + self.activity(now).current_a + self.extra_a

    def total_a(self, now: float) -> float:
        """Return what flows through the breaker."""
        return self.house_a(now) + sum(charger.drawn_a(now) for charger in self.chargers.values())
