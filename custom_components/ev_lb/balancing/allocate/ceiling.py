"""The most a charger may be given, whatever is free, and why.

Its maximum and its temporary limit (`max_charger_current_a`, `ev_lb.set_limit`), what it had
before a restart, and what supervision bounds it to. Below its minimum (`min_ev_current_a`) it is
stopped.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ..model import LimitedBy, TemporaryLimit
from ..settings import ChargerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """The most a charger may be given."""

    current_a: int
    limited_by: LimitedBy
    until: float | None = None
    """When it ends by itself; None: nobody knows."""


@dataclass(slots=True, kw_only=True)
class UserLimit:
    """A charger's temporary limit."""

    in_force: TemporaryLimit | None = None

    def on_set(self, limit: TemporaryLimit | None) -> None:
        """Begin, replace or end it."""
        self.in_force = limit

    def on_time(self, now: float) -> None:
        """End it when its time is over."""
        if self.in_force is not None and now >= self.in_force.until:
            self.in_force = None

    def ceiling(self) -> Ceiling | None:
        """Return what it bounds the charger to; None: there is none."""
        if self.in_force is None:
            return None
        return Ceiling(
            current_a=self.in_force.current_a,
            limited_by=LimitedBy.LIMIT,
            until=self.in_force.until,
        )


def lowest_ceiling(charger: ChargerSettings, others: Iterable[Ceiling | None]) -> Ceiling:
    """Return the lowest of the maximum and other ceilings; 0 A where the minimum does not fit."""
    lowest = Ceiling(
        current_a=min(charger.max_charger_current_a, charger.rated_current_a),
        limited_by=LimitedBy.CHARGER_MAXIMUM,
    )
    for other in others:
        if other is not None and other.current_a < lowest.current_a:
            lowest = other
    if lowest.current_a >= charger.min_ev_current_a:
        return lowest
    is_users = lowest.limited_by in (LimitedBy.CHARGER_MAXIMUM, LimitedBy.LIMIT)
    reason = LimitedBy.BELOW_MINIMUM if is_users else lowest.limited_by
    return Ceiling(current_a=0, limited_by=reason, until=lowest.until)
