"""A manual limit: a current that a person has set lower at the charger is respected.

By hand in Home Assistant, or in the charger's own app: there only where it had shown our command
before, for a charger that was reset or takes no more shows less, too. It ends when the car leaves,
when the person sets more, or with the switch (`follows_manual_limit`). Below the minimum it is a
pause, and does not end with the stop that it makes itself.
"""

from math import floor
from typing import TYPE_CHECKING

from ..estimate.wiring import has_left
from ..model import CarStatus, ReadBack

if TYPE_CHECKING:
    from ..state import ChargerState

APART_A = 2.0
"""What differs by less is the charger's rounding."""

STANDS_S = 30.0
"""Some numbers show what was written at once, and what the charger made of it with their next
poll: only after so long a lower current is a person's."""

UPSET_S = 180.0
"""So long after an outage or a reset it is the charger that has changed its current."""


def is_pause(charger: ChargerState) -> bool:
    """Return whether a person has paused the charger."""
    manual_a = charger.read_back.manual_a
    return manual_a is not None and manual_a < charger.settings.min_ev_current_a


def set_by_hand_a(charger: ChargerState, was: ReadBack, said: ReadBack) -> int | None:
    """Return what a person has just set lower in Home Assistant; None: nothing."""
    newest = charger.setpoints.newest
    if newest is None or not charger.is_ours:
        return None  # the user does as they like with a charger that is switched off here
    if said.is_paused and not was.is_paused and newest.current_a > 0:
        return 0
    had_a = newest.current_a or was.current_a  # while it is stopped its number tells
    is_lower = said.current_a is not None and had_a is not None and said.current_a < had_a
    return floor(said.current_a) if is_lower and said.current_a is not None else None


def is_set_elsewhere(charger: ChargerState, said: ReadBack) -> bool:
    """Return whether a person has set less than the command, where Home Assistant does not see."""
    read_back = charger.read_back
    is_calm = said.at >= read_back.upset_at + UPSET_S
    is_ours = read_back.confirmed_at is not None and is_calm
    return is_ours and charger.settings.follows_manual_limit


def is_let_go(charger: ChargerState, said: ReadBack) -> bool:
    """Return whether a person has set more again, be it while the charger is stopped."""
    manual_a, current_a = charger.read_back.manual_a, said.current_a
    if manual_a is None:
        return False
    if is_pause(charger):
        if current_a is None:
            return said.is_paused is False
        return not said.is_paused and current_a >= charger.settings.min_ev_current_a
    more_a = manual_a if said.is_by_hand else manual_a + APART_A - 1
    return current_a is not None and current_a > more_a


def is_car_gone(charger: ChargerState, now: float) -> bool:
    """Return whether the car has left, or may have; who has paused it has not."""
    if is_pause(charger):
        return charger.sensor.status is CarStatus.ABSENT
    return has_left(charger, now)
