"""A flicker is no overload: what a meter cannot tell from its own error cuts nobody for a moment.

A house flickers by some tens of watts, and a reading is rounded. Where it leaves just a whole
number of amperes, each flicker would take an ampere from the car for the whole ramp-up time. So
no more than the error of a class 1 meter (IEC 62053-21), and a quarter of an ampere at most, may
stand for two response times, so that it is over within three. A breaker bears 13 % for an hour
(IEC 60898-1). An increase never uses any of it.
"""

from collections.abc import Sequence
from dataclasses import replace

from .headroom import TOLERANCE_A
from .model import State
from .settings import Settings, SiteSettings

METER_ERROR, MOST_A = 0.01, 0.25
LONGEST_RESPONSES, LONGEST_S = 2, 20.0


def flicker_a(site: SiteSettings) -> float:
    """Return by how much a phase may be over for a moment."""
    return min(METER_ERROR * site.service_current_a, MOST_A)


def note_flicker(settings: Settings, state: State, over_a: Sequence[float], now: float) -> State:
    """Return the state with until when what is over on a phase may pass for a flicker."""
    most_a = flicker_a(settings.site)
    until = {
        phase: state.flicker_until.get(phase, now + longest_s(settings))
        for phase, over in enumerate(over_a)
        if TOLERANCE_A < over <= most_a
    }
    return state if until == state.flicker_until else replace(state, flicker_until=until)


def longest_s(settings: Settings) -> float:
    """Return how long a phase may be over by so little."""
    quickest_s = min([charger.response_time_s for charger in settings.balanced], default=0.0)
    return min(LONGEST_RESPONSES * quickest_s, LONGEST_S)


def flickering(state: State, now: float) -> frozenset[int]:
    """Return the phases that are over by a flicker that has not lasted yet."""
    return frozenset(phase for phase, until in state.flicker_until.items() if now < until)


def overloaded_phases(state: State, over_a: Sequence[float], now: float) -> frozenset[int]:
    """Return the phases on which the chargers must give something up."""
    over = {phase for phase, each_a in enumerate(over_a) if each_a > TOLERANCE_A}
    return frozenset(over) - flickering(state, now)


def with_flicker(
    site: SiteSettings, room_a: tuple[float, ...], phases: frozenset[int]
) -> tuple[float, ...]:
    """Return the room with which a flicker on these phases takes nothing from anybody."""
    if not phases:
        return room_a
    return tuple(
        room + flicker_a(site) if phase in phases else room for phase, room in enumerate(room_a)
    )
