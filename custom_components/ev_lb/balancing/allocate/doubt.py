"""A car whose whole draw the meter lost at once, untold: the house fell as far, or the car stopped.

Until the meter tells, what it may be given is what fits beside a house that draws all of the
reading. So much is safe either way, and the raise itself asks: of a car at its minimum no cut can.
"""

from collections.abc import Sequence
from math import floor
from typing import TYPE_CHECKING

from ..model import LimitedBy
from ..supervise.evidence import SHOWING_S
from .ceiling import Ceiling
from .limits import given_a, headroom_a

if TYPE_CHECKING:
    from ..state import ChargerState, State


def doubt_ceiling(state: State, charger: ChargerState, now: float) -> Ceiling | None:
    """Return the most that a car may be given of which nobody knows whether it draws.

    None: it is known, or nothing has told for so long that small steps must.
    """
    house_a, raise_ = most_by_two_readings(state), charger.evidence.raise_
    if house_a is None or raise_ is None or not raise_.is_doubt:
        return None
    if now >= raise_.sent_at + SHOWING_S:
        return None
    free_a = headroom_a(state.limits, house_a)
    others = {each.charger_id: each.target_a for each in state.balanced if each is not charger}
    room_a = min(
        [
            (free_a[load.index] / state.gain.value - given_a(state, others, load.index))
            / load.weight
            for load in charger.loads
        ]
    )
    return Ceiling(
        current_a=max(floor(room_a), charger.target_a), limited_by=LimitedBy.UNCONFIRMED_RAISE
    )


def most_by_two_readings(state: State) -> Sequence[float] | None:
    """Return the most that the house draws by the last readings: one alone may be bad."""
    highest_a, before_a = state.house.highest_a, state.house.before_a
    if highest_a is None or before_a is None:
        return highest_a
    return list(map(max, highest_a, before_a, strict=True))


def is_seen_anew(state: State, charger: ChargerState) -> bool:
    """Return whether the meter has spoken since the doubt, and a raise by it shows one car only."""
    raise_, reading = charger.evidence.raise_, state.meter.reading
    if raise_ is None or not raise_.is_doubt or reading is None:
        return False
    is_first = raise_.sent_at == raise_.since < reading.at
    return is_first and not any(
        other.evidence.raise_ is not None and other.is_seen_with(charger)
        for other in state.balanced
        if other is not charger
    )
