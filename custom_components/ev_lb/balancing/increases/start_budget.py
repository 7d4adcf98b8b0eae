"""Starting again: contactors are spared by a budget of starts, not by waits that grow.

A start after an overload stop needs the minimum free during the ramp-up time before it, and one
start of the budget: a bucket of 6 that fills again by `max_starts_per_hour`. While there is budget
nothing else is waited for. A stop by a lost meter spends one as well, so a meter that goes away
again and again empties the bucket twice as fast. The user's own switches and numbers neither wait
nor spend.
"""

from dataclasses import dataclass

BUCKET = 6.0
"""So many starts in a row: a heavy evening has no more."""

HOUR_S = 3600.0


@dataclass(slots=True, kw_only=True)
class StartBudget:
    """How often a charger may be started."""

    left: float = BUCKET
    """At the moment `counted_at`."""

    counted_at: float | None = None
    is_stopped: bool = False
    """Whether an overload or a lost meter has stopped it: the next start is one of the budget."""

    is_by_loss: bool = False
    """Whether it was the meter's loss: then the minimum need not have been free before."""

    free_since: float | None = None
    """Since when its minimum has been free without a break."""

    def on_stop(self, per_hour: int, now: float, *, is_by_loss: bool) -> None:
        """Note a stop that the house or the meter forced."""
        self._count(per_hour, now)
        self.is_stopped, self.is_by_loss, self.free_since = True, is_by_loss, None
        if is_by_loss:
            self.left = max(self.left - 1.0, 0.0)

    def on_start(self, per_hour: int, now: float) -> None:
        """Spend a start, if it was not the user's."""
        self._count(per_hour, now)
        if self.is_stopped:
            self.left = max(self.left - 1.0, 0.0)
        self.is_stopped, self.free_since = False, None

    def on_user(self) -> None:
        """Let the next start be the user's own."""
        self.is_stopped = False

    def on_room(self, now: float, *, is_free: bool) -> None:
        """Follow since when the minimum has been free."""
        if not is_free:
            self.free_since = None
        elif self.free_since is None:
            self.free_since = now

    def due_at(self, ramp_up_time_s: float, per_hour: int, now: float) -> float | None:
        """Return when a start may come; None while the minimum is not free, -inf: at once."""
        if not self.is_stopped:
            return float("-inf")
        if self.is_by_loss:
            return self._filled_at(per_hour, now)
        if self.free_since is None:
            return None
        return max(self.free_since + ramp_up_time_s, self._filled_at(per_hour, now))

    def _filled_at(self, per_hour: int, now: float) -> float:
        """Return when there is a whole start in the bucket."""
        begin = now if self.counted_at is None else self.counted_at
        return begin + max(1.0 - self.left, 0.0) * HOUR_S / per_hour

    def _count(self, per_hour: int, now: float) -> None:
        if self.counted_at is not None:
            self.left = min(self.left + (now - self.counted_at) * per_hour / HOUR_S, BUCKET)
        self.counted_at = now
