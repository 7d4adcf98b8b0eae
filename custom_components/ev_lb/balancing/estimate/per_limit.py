"""What the meters say becomes one value for each limit.

A total of all phases is divided evenly among them only after the chargers' draws have been taken
off it, for these are not on all phases alike (dividing first: 42 A on a 25 A phase, with the
reading at 20.7 A). A limit without a meter shows what its chargers draw at the least.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from ..model import Reading
from ..settings import Metering
from .house_load import drawn

if TYPE_CHECKING:
    from ..settings import Settings
    from ..state import State


def per_limit(settings: Settings, state: State, said: Reading) -> Reading:
    """Return what was said with a value for each limit; as it is where it does not fit."""
    limits = settings.limits
    own = [index for index, limit in enumerate(limits) if limit.metering is Metering.OWN]
    if len(own) == len(limits) or len(own) != len(said.current_a):
        return said
    current_a = dict(zip(own, said.current_a, strict=True))
    phases, at = range(settings.site.phase_count), [said.at] * len(limits)
    for index, moment in zip(own, said.said_at, strict=bool(said.said_at)):
        at[index] = moment
    if limits[0].metering is Metering.OWN and len(limits) > len(phases):
        current_a.setdefault(len(phases), sum(current_a[phase] for phase in phases))
        at[len(phases)] = min(at[phase] for phase in phases)
    reading_a = [current_a.get(index, 0.0) for index in range(len(limits))]
    reading = Reading(
        current_a=tuple(reading_a), at=said.at, said_at=tuple(at) if said.said_at else ()
    )
    fill_in(settings, state, reading, reading_a)
    return replace(reading, current_a=tuple(reading_a))


def fill_in(settings: Settings, state: State, reading: Reading, reading_a: list[float]) -> None:
    """Write down what only the chargers' draws can tell."""
    phase_count, limits = settings.site.phase_count, settings.limits
    low_a, high_a = [0.0] * len(limits), [0.0] * len(limits)
    for charger in state.balanced:
        interval = drawn(state, charger, reading)
        for load in charger.loads:
            low_a[load.index] += load.weight * interval.low_a
            high_a[load.index] += load.weight * interval.high_a
    for index, limit in enumerate(limits):
        if limit.metering is Metering.NONE:
            reading_a[index] = low_a[index]
        elif limit.metering is Metering.DIVIDED:
            reading_a[index] = max(
                (reading_a[phase_count] - high_a[phase_count]) / phase_count + high_a[index],
                (reading_a[phase_count] - low_a[phase_count]) / phase_count + low_a[index],
            )
