"""A flicker is no overload: what a meter cannot tell from its own error cuts nobody for a moment.

A house flickers by some tens of watts, and a reading is rounded. Where it leaves just a whole
number of amperes, each flicker would take an ampere from the car for the whole ramp-up time. So
the error of a class 1 meter (IEC 62053-21), and a quarter of an ampere at most, may stand for 5 s,
or until a second reading confirms it. That is never more than two response times, so the overload
is over within three. A breaker bears 13 % for an hour (IEC 60898-1). An increase never uses any
of it, nor does a phase that has just been over by more.
"""

from collections.abc import Sequence
from dataclasses import replace

from .headroom import TOLERANCE_A
from .intervals import in_force
from .model import State
from .settings import Settings, SiteSettings

METER_ERROR, MOST_A = 0.01, 0.25
LEAST_S = 5.0
CONFIRMING_PERIODS = 1.2
MOST_RESPONSES = 2


def flicker_a(site: SiteSettings) -> float:
    """Return by how much a phase may be over for a moment."""
    return min(METER_ERROR * site.service_current_a, MOST_A)


def note_flicker(settings: Settings, state: State, over_a: Sequence[float], now: float) -> State:
    """Return the state with until when what is over on a phase may pass for a flicker."""
    most_a, period_s = flicker_a(settings.site), state.meter_timing.period_s
    until: dict[int, float] = {}
    for phase, over in enumerate(over_a):
        if TOLERANCE_A < over <= most_a:
            is_new = not is_giving_way(settings, state, phase, now)
            ends_at = now + longest_s(settings, period_s) if is_new else now
            until[phase] = state.flicker_until.get(phase, ends_at)
    return state if until == state.flicker_until else replace(state, flicker_until=until)


def is_giving_way(settings: Settings, state: State, phase: int, now: float) -> bool:
    """Return whether the phase has been over already: a charger on it is being cut."""
    return any(
        offer.current_a > state.chargers[charger.charger_id].target_a
        for charger in settings.balanced
        if phase in charger.phases
        for offer in in_force(
            state.chargers[charger.charger_id].offers, now, settings.window_s(charger)
        )
    )


def longest_s(settings: Settings, period_s: float | None) -> float:
    """Return how long a phase may be over by so little."""
    quickest_s = min([charger.response_time_s for charger in settings.balanced], default=0.0)
    confirmed_s = max(LEAST_S, CONFIRMING_PERIODS * (period_s or 0.0))
    return min(confirmed_s, MOST_RESPONSES * quickest_s)


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
