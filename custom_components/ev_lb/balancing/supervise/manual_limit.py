"""A manual limit: a current that a person has set lower at the charger is respected.

By hand in Home Assistant, or in the charger's own app: there only where it had shown our command
before, for a charger that was reset or takes no more shows less, too. It ends when the car leaves,
when the person sets more, or with the switch (`follows_manual_limit`). Below the minimum it is a
pause, and does not end with the stop that it makes itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING

from ..allocate.ceiling import Ceiling
from ..estimate.wiring import FORGOTTEN_S
from ..model import CarStatus, LimitedBy, ReadBack
from .evidence import has_been_read

if TYPE_CHECKING:
    from ..state import ChargerState, State

APART_A = 2.0
"""What differs by less is the charger's rounding."""

UPSET_S = 180.0
"""So long after an outage or a reset it is the charger that has changed its current."""

AGAIN_S, LONGEST_AGAIN_S, FORGIVEN_S = 5 * 60.0, 20 * 60.0, 60 * 60.0
"""So long after a person has let go it takes until they can again: each time may be a start. And
twice as long each further time, until they have not for an hour: what shows now this, now that,
need not be a person."""


@dataclass(slots=True, kw_only=True)
class ManualLimit:
    """What a person has set lower at a charger."""

    current_a: int | None = None
    """None: nothing."""

    is_let_go: bool = False
    """Whether they have set more since, and it ends as soon as it can."""

    let_go_at: float = float("-inf")
    """When it ended so the last time."""

    again_s: float = 0.0
    """How long after that it takes until it can end so again."""

    is_car_gone: bool = False

    def on_set(self, current_a: int) -> None:
        """Begin it, or go lower."""
        self.current_a, self.is_let_go = current_a, False

    def on_more_set(self, *, is_by_hand: bool) -> None:
        """Note that the person has set more; `is_by_hand`: they surely have."""
        self.is_let_go = True
        if is_by_hand:
            self.again_s = min(self.again_s, AGAIN_S)

    def on_let_go(self, now: float) -> None:
        """End it: the person has let go."""
        is_forgiven = now >= self.let_go_at + FORGIVEN_S
        self.again_s = AGAIN_S if is_forgiven else min(2 * self.again_s, LONGEST_AGAIN_S)
        self.current_a, self.is_let_go, self.let_go_at = None, False, now

    def on_not_followed(self) -> None:
        """End it with the switch."""
        self.current_a = None

    def on_car(self, *, is_gone: bool) -> None:
        """End it when the car leaves: not before it has come."""
        if is_gone and not self.is_car_gone:
            self.current_a = None
        self.is_car_gone = is_gone

    @property
    def can_again_at(self) -> float:
        """Return from when on the person can let go again."""
        return self.let_go_at + self.again_s

    def ceiling(self) -> Ceiling | None:
        """Return what the charger is bounded to; None: nothing."""
        if self.current_a is None:
            return None
        return Ceiling(current_a=self.current_a, limited_by=LimitedBy.MANUAL_LIMIT)


def is_pause(charger: ChargerState) -> bool:
    """Return whether a person has paused the charger."""
    limit_a = charger.manual.current_a
    return limit_a is not None and limit_a < charger.settings.min_ev_current_a


def follow_hand(charger: ChargerState, was: ReadBack, said: ReadBack) -> None:
    """Follow what a person has just changed in Home Assistant.

    With a charger that is switched off here they do as they like.
    """
    newest, current_a = charger.setpoints.newest, said.current_a
    if newest is None or not charger.is_ours:
        return
    had_a = newest.current_a or was.current_a  # while it is stopped its number tells
    if said.is_paused and not was.is_paused and newest.current_a > 0:
        charger.manual.on_set(0)
    elif current_a is not None and had_a is not None and current_a < had_a:
        charger.manual.on_set(floor(current_a))


def is_set_elsewhere(charger: ChargerState, said: ReadBack) -> bool:
    """Return whether a person has set less than the command, where Home Assistant does not see."""
    read_back = charger.read_back
    is_calm = said.at >= read_back.upset_at + UPSET_S
    was_ours = read_back.confirmed_at is not None and is_calm
    return was_ours and charger.settings.follows_manual_limit


def shows_more(charger: ChargerState, said: ReadBack) -> bool:
    """Return whether a person has set more than the limit, be it while the charger is stopped."""
    limit_a, current_a = charger.manual.current_a, said.current_a
    if limit_a is None:
        return False
    if is_pause(charger):
        if current_a is None:
            return said.is_paused is False
        return not said.is_paused and current_a >= charger.settings.min_ev_current_a
    more_a = limit_a if said.is_by_hand else limit_a + APART_A - 1
    return current_a is not None and current_a > more_a


def let_go(state: State, charger: ChargerState, now: float) -> None:
    """End the limit of a person who has set more since, as soon as it can."""
    is_due = now >= charger.manual.can_again_at and has_been_read(state, charger, now)
    if charger.manual.is_let_go and is_due:
        charger.manual.on_let_go(now)


def has_just_left(charger: ChargerState) -> bool:
    """Follow whether the car is there; return whether it has just left, or may have."""
    manual, was_gone = charger.manual, charger.manual.is_car_gone
    is_absent = charger.sensor.status is CarStatus.ABSENT
    has_left = is_absent if is_pause(charger) else charger.wiring.has_car_left
    charger.manual.on_car(is_gone=has_left)
    return manual.is_car_gone and not was_gone


def moments(state: State) -> Iterator[float]:
    """Yield when a car may have left, and when a person can let go again."""
    for charger in state.balanced:
        if charger.manual.current_a is not None:
            yield charger.manual.can_again_at
            if charger.wiring.stopped_at is not None:
                yield charger.wiring.stopped_at + FORGOTTEN_S
