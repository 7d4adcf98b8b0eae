"""Overload, and its deadband: what a meter cannot tell from its own error cuts nobody at once.

A house flickers by some tens of watts, and a reading is rounded. Where it leaves just a whole
number of amperes, each wiggle would take an ampere from the car for the whole ramp-up time. So
the error of a class 1 meter (IEC 62053-21), and a quarter of an ampere at most, may stand for 5 s,
or until a second reading confirms it. That is never more than two response times, so the overload
is over within three. A breaker carries 13 % for an hour (IEC 60898-1). An increase never uses any
of it, nor does a limit that has just been over by more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from ..allocate.limits import TOLERANCE_A
from ..settings import Limit, Settings

if TYPE_CHECKING:
    from ..state import State

METER_ERROR, MOST_A = 0.01, 0.25
LEAST_S = 5.0
CONFIRMING_PERIODS = 1.2
"""So many periods after the first reading a second one has come."""

MOST_RESPONSES = 2
"""The promise is three response times: one is left for the charger."""


@dataclass(slots=True, kw_only=True)
class Deadband:
    """Until when what a limit is over by may pass for the meter's error, by limit."""

    until: dict[int, float] = field(default_factory=dict[int, float])

    def on_overload(self, state: State, over_a: Sequence[float], now: float) -> None:
        """Begin and end the time that so little may stand."""
        until: dict[int, float] = {}
        for index, over in enumerate(over_a):
            if TOLERANCE_A < over <= deadband_a(state.limits[index]):
                is_new = not is_giving_way(state, index, now)
                ends_at = now + longest_s(state) if is_new else now
                until[index] = self.until.get(index, ends_at)
        self.until = until

    def standing(self, now: float) -> frozenset[int]:
        """Return the limits that are over by so little, and not for long yet."""
        return frozenset(index for index, until in self.until.items() if now < until)


@dataclass(slots=True, kw_only=True)
class Overloads:
    """Since when each limit that is over has been so."""

    since: dict[int, float] = field(default_factory=dict[int, float])

    def on_over(self, over: frozenset[int], now: float) -> None:
        """Follow which limits are over now."""
        self.since = {index: self.since.get(index, now) for index in over}


def deadband_a(limit: Limit) -> float:
    """Return by how much a limit may be over for a moment."""
    return min(METER_ERROR * limit.in_force_a, MOST_A)


def is_giving_way(state: State, index: int, now: float) -> bool:
    """Return whether the limit has been over already: a charger on it is being cut."""
    return any(
        item.current_a > charger.target_a
        for charger in state.balanced
        if index in charger.limits
        for item in charger.setpoints.in_force(now, state.window_s(charger))
    )


def longest_s(state: State) -> float:
    """Return how long a limit may be over by so little."""
    quickest_s = min([each.settings.response_time_s for each in state.balanced], default=0.0)
    confirmed_s = max(LEAST_S, CONFIRMING_PERIODS * (state.timing.period_s or 0.0))
    return min(confirmed_s, MOST_RESPONSES * quickest_s)


def overload_a(state: State, limits: Sequence[Limit]) -> Sequence[float]:
    """Return by how much the chargers were given more than the house leaves them, per limit.

    `limits`: those of the decision before, for what a user takes away by a number is no overload.
    """
    given_a = [0.0] * len(limits)
    if state.house.load_a is None or not state.meter.is_available:
        return given_a
    for charger in state.balanced:
        for load in charger.loads:
            given_a[load.index] += load.weight * charger.target_a * state.gain.value
    return [
        max(given + house - limit.in_force_a, 0.0) if given > 0 else 0.0
        for given, house, limit in zip(given_a, state.house.load_a, limits, strict=True)
    ]


def is_urgent(settings: Settings, place: int, current_a: float) -> bool:
    """Return whether one value of a telegram shows an overload: the rest is not waited for.

    `place`: where it stands in a reading, as the meters say it. The deadband does not count here:
    it runs from the first word.
    """
    own = [index for source in settings.sources for index in source]
    return current_a > settings.limits[own[place]].in_force_a


def over_limits(state: State) -> frozenset[int]:
    """Return the limits that the last reading shows over by more than the deadband."""
    if state.meter.reading is None or not state.meter.is_available:
        return frozenset()
    return limits_over(state.limits, state.meter.reading.current_a)


@lru_cache(maxsize=1)
def limits_over(limits: tuple[Limit, ...], current_a: tuple[float, ...]) -> frozenset[int]:
    """Return the limits that are over by more than the deadband, kept for all that ask."""
    return frozenset(
        index
        for index, (limit, each_a) in enumerate(zip(limits, current_a, strict=True))
        if each_a > limit.in_force_a + deadband_a(limit)
    )
