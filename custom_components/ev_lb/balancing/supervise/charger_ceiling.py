"""A charger's own ceiling: what it takes at the most of what it is told, as its number shows.

It may be its installer's limit, its cable's or its heat's. So it is not fought, and others get the
share; more is tried once an hour, and when it has been given less meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..allocate.ceiling import Ceiling
from ..model import LimitedBy
from .manual_limit import APART_A

if TYPE_CHECKING:
    from ..state import State

WAIT_S = 60 * 60.0
"""From one try of more to the next: each takes what others have, and gives it back."""


@dataclass(slots=True, kw_only=True)
class ChargerCeiling:
    """The most that a charger was seen to take of what it was told."""

    known_a: int | None = None
    """None: all of it."""

    is_in_force: bool = False
    """Not while more is tried, or less given."""

    due_at: float = float("-inf")
    """When more is tried."""

    def on_found(self, current_a: int, now: float) -> None:
        """Bound it to what it takes, until more is tried."""
        self.known_a, self.is_in_force = current_a, True
        self.due_at = now + WAIT_S

    def on_lifted(self) -> None:
        """Forget it: the charger takes more, or is another car's."""
        self.known_a, self.is_in_force = None, False

    def on_time(self, target_a: int, now: float, *, is_probed: bool) -> None:
        """Try more when the wait is over, or while less is given, but not for a moment to ask."""
        if self.known_a is None:
            return
        if now >= self.due_at or (target_a < self.known_a and not is_probed):
            self.is_in_force = False

    @property
    def current_a(self) -> int | None:
        """Return the ceiling in force; None: there is none."""
        return self.known_a if self.is_in_force else None

    def is_like(self, shown_a: float) -> bool:
        """Return whether the charger shows the ceiling again."""
        return self.known_a is not None and abs(shown_a - self.known_a) < APART_A

    def is_below(self, shown_a: float | None) -> bool:
        """Return whether the charger shows that it takes more."""
        if self.known_a is None or shown_a is None:
            return False
        return shown_a >= self.known_a + APART_A

    def ceiling(self) -> Ceiling | None:
        """Return what the charger is bounded to; None: nothing."""
        if self.current_a is None:
            return None
        return Ceiling(current_a=self.current_a, limited_by=LimitedBy.CHARGER_CEILING)


def moments(state: State) -> Iterator[float]:
    """Yield when more is tried."""
    for charger in state.balanced:
        if charger.own_ceiling.is_in_force:
            yield charger.own_ceiling.due_at
