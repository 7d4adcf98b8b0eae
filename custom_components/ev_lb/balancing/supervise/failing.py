"""A charger whose commands fail does not hold the others.

When an increase has failed and its retry too, it is given up: the charger keeps what it was told
with success, its share goes to others, and an increase is tried anew after a minute, then after
twice as long each time, ten minutes at most. It is as small as can be, for others make room for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..allocate.ceiling import Ceiling
from ..model import LimitedBy
from ..settings import ChargerSettings

if TYPE_CHECKING:
    from ..state import ChargerState, State

FAILURES = 2
"""The call and one retry."""

FIRST_WAIT_S, LONGEST_WAIT_S = 60.0, 600.0
"""A cloud that was down for a moment is back after one; one that is down is not hammered."""


@dataclass(slots=True, kw_only=True)
class Failing:
    """Whether a charger's increases are given up for now."""

    wait_s: float = 0.0
    until: float | None = None
    most_a: int = 0
    """What it was told with success before."""

    def on_given_up(self, most_a: int, now: float) -> None:
        """Give increases up for a while, longer than the last time."""
        self.wait_s = min(max(2 * self.wait_s, FIRST_WAIT_S), LONGEST_WAIT_S)
        self.until, self.most_a = now + self.wait_s, most_a

    def on_increase_delivered(self) -> None:
        """Trust it again."""
        self.wait_s, self.until = 0.0, None

    def on_time(self, now: float) -> None:
        """Try again when the wait is over."""
        if self.until is not None and now >= self.until:
            self.until = None

    def ceiling(self, charger: ChargerSettings) -> Ceiling | None:
        """Return what the charger is bounded to until it works again; None: nothing."""
        if self.wait_s == 0:
            return None
        is_tried = self.until is None
        tried_a = max(charger.min_ev_current_a, self.most_a + 1) if is_tried else self.most_a
        return Ceiling(current_a=tried_a, limited_by=LimitedBy.SCRIPT_FAILING, until=self.until)


def follow_failures(state: State, now: float) -> None:
    """Give up increases whose calls fail, and what they offered once nothing came of it."""
    for charger in state.balanced:
        charger.failing.on_time(now)
        newest = charger.setpoints.newest
        if newest is None:
            continue
        if is_delivered_increase(charger):
            charger.failing.on_increase_delivered()
        is_given_up = newest.delivered_at is None and newest.failures >= FAILURES
        is_alone = len(state.balanced) == 1  # nobody else wants its share
        if is_given_up and not is_alone and newest.current_a > charger.setpoints.current_a:
            charger.failing.on_given_up(charger.setpoints.current_a, now)
        if not has_shown(charger):
            charger.setpoints.on_without_effect(now, state.window_s(charger))


def is_delivered_increase(charger: ChargerState) -> bool:
    """Return whether the last command is an increase that got through."""
    newest = charger.setpoints.newest
    return (
        newest is not None
        and newest.delivered_at is not None
        and charger.failing.wait_s > 0
        and newest.current_a > charger.failing.most_a
    )


def has_shown(charger: ChargerState) -> bool:
    """Return whether the charger may draw what only failed calls told it."""
    drawn_a = charger.sensor.drawn_a
    return drawn_a is not None and drawn_a > charger.setpoints.current_a + 1.0


def moments(state: State) -> Iterator[float]:
    """Yield when increases are tried anew, and when failed ones have surely had no effect."""
    for charger in state.balanced:
        if charger.failing.until is not None:
            yield charger.failing.until
        for item in charger.setpoints.items:
            if item.failed_at is not None and item.delivered_at is None:
                yield item.failed_at + state.window_s(charger)
            if item.first_failed_at is not None:
                yield item.first_failed_at + state.window_s(charger)
