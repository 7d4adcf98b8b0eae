"""What the meters say becomes one value for each limit.

A total of all phases is divided evenly among them only after the chargers' draws have been taken
off it, for these are not on all phases alike (dividing first: 42 A on a 25 A phase, with the
reading at 20.7 A). A limit without a meter shows what its chargers draw at the least.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..model import Reading
from ..settings import Metering
from .house_load import beside_a, drawn

if TYPE_CHECKING:
    from ..settings import Limit, Settings
    from ..state import ChargerState, State


def per_limit(settings: Settings, state: State, said: Reading) -> Reading:
    """Return what was said with a value for each limit; none where it does not fit."""
    limits = settings.limits
    own = [index for source in settings.sources for index in source]
    if len(said.current_a) != len(own) or len(said.said_at) not in (0, len(own)):
        return replace(said, current_a=(), said_at=())
    if len(own) == len(limits):
        return said
    reading_a, said_at = [0.0] * len(limits), [said.at] * len(limits)
    for place, index in enumerate(own):
        reading_a[index], said_at[index] = said.current_a[place], said.moment_of(place)
    phases = range(settings.site.phase_count)
    for index, limit in enumerate(limits):
        if limit.metering is Metering.SUM:
            reading_a[index] = sum(reading_a[phase] for phase in phases)
            said_at[index] = min(said_at[phase] for phase in phases)
    reading = Reading(
        current_a=tuple(reading_a), at=said.at, said_at=tuple(said_at) if said.said_at else ()
    )
    return replace(reading, current_a=tuple(filled_in(state, limits, reading)))


def divided_again(state: State, reading: Reading) -> Reading:
    """Return a reading as it is understood now that it has shown what chargers draw."""
    again = replace(reading, current_a=tuple(filled_in(state, state.limits, reading)))
    state.meter.on_understood(again)
    return again


def filled_in(state: State, limits: Sequence[Limit], reading: Reading) -> list[float]:
    """Return the values with those that only the chargers' draws can tell."""
    reading_a = list(reading.current_a)
    derived = [
        index
        for index, limit in enumerate(limits)
        if limit.metering in (Metering.DIVIDED, Metering.NONE)
    ]
    parts = sum(limit.metering is Metering.DIVIDED for limit in limits)
    beside = beside_a(state) if state.limits else [0.0] * len(limits)
    for index in derived:
        is_divided = limits[index].metering is Metering.DIVIDED
        reading_a[index] = beside[index] + (reading.current_a[parts] / parts if is_divided else 0.0)
    for charger in state.balanced:
        interval = drawn(state, charger, reading)
        for index in derived:
            if limits[index].metering is Metering.DIVIDED:
                reading_a[index] += max(
                    beyond_its_part_a(charger, index, each_a, parts)
                    for each_a in (interval.low_a, interval.high_a)
                )
            elif index in charger.limits:
                reading_a[index] += interval.low_a
    return reading_a


def beyond_its_part_a(charger: ChargerState, index: int, drawn_a: float, parts: int) -> float:
    """Return what a charger draws from a phase beyond the part that a divided total shows there.

    A car that shows less than it was told may use fewer phases than its charger: all that it shows
    may be on this one.
    """
    count = len(charger.phases)
    its_part_a = count * drawn_a / parts
    if index not in charger.limits:
        return -its_part_a
    if charger.wiring.used is not None or charger.evidence.raise_ is not None:
        return drawn_a - its_part_a
    return max(drawn_a, min(charger.setpoints.current_a, count * drawn_a)) - its_part_a
