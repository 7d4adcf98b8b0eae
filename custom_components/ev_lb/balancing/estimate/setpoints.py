"""Setpoints in force: every command that a charger may still be following.

A charger follows a command only after a while, and a command may have arrived although the call
failed. So every command that may be in force counts: it leaves only when a later one has been
delivered and that one's window (response time plus meter delay) has passed. Increases are granted
by this interval alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

KEPT_REPEATS = 5
"""So many commands of one current are kept: one of them is on its way, one has got through."""


@dataclass(slots=True, kw_only=True)
class Interval:
    """From the lowest to the highest current possible, in A."""

    low_a: float
    high_a: float


@dataclass(slots=True, kw_only=True)
class Setpoint:
    """A command that may be in force."""

    current_a: int
    sent_at: float | None = None
    """None: before this run."""

    delivered_at: float | None = None
    first_failed_at: float | None = None
    failed_at: float | None = None
    """When its call failed first, and last."""

    failures: int = 0
    is_confirmed: bool = False
    """Whether the meter has shown that the charger has come down to it."""

    is_assumed: bool = False
    """Not a command of ours: what the charger may be doing, for all we know."""


@dataclass(slots=True, kw_only=True)
class Setpoints:
    """The commands of one charger that may be in force, and the last that got through."""

    items: list[Setpoint] = field(default_factory=list[Setpoint])
    """Oldest first."""

    current_a: int = 0
    """What the charger was last told with success."""

    newest_since: float | None = None
    """Since when the newest current has been told with success, repeats included; None: not yet."""

    resume_a: int | None = None
    """The next command is sent whatever it is, and is at most this; None: no such command due."""

    @classmethod
    def unknown(cls, rated_a: int) -> Setpoints:
        """Return those of a charger that we never commanded: it may draw up to its rating."""
        assumed = [Setpoint(current_a=current_a, is_assumed=True) for current_a in (0, rated_a)]
        return cls(items=assumed, resume_a=rated_a)

    @classmethod
    def known(cls, told_a: Iterable[int], current_a: int, resume_a: int) -> Setpoints:
        """Return those of a charger that was told these currents before this run."""
        items = [Setpoint(current_a=each_a) for each_a in told_a]
        return cls(items=items, current_a=current_a, resume_a=resume_a)

    def on_sent(self, current_a: int, now: float) -> None:
        """Add a command."""
        if self.newest is None or self.newest.current_a != current_a:
            self.newest_since = None
        self._forget_repeats(current_a)
        self.items.append(Setpoint(current_a=current_a, sent_at=now))
        self.resume_a = None

    def _forget_repeats(self, current_a: int) -> None:
        """Drop one of many repeats of a current: never all that got through of them."""
        same = [
            index
            for index in range(len(self.items) - KEPT_REPEATS, len(self.items))
            if index >= 0
            and self.items[index].current_a == current_a
            and not self.items[index].is_assumed
        ]
        if len(same) == KEPT_REPEATS:
            is_first_told = self.items[same[0]].delivered_at is not None
            del self.items[same[1] if is_first_told else same[0]]

    def on_delivered(self, sent_at: float, at: float) -> None:
        """Note that the command sent at a moment got through."""
        for item in self.items:
            if item.sent_at == sent_at and item.delivered_at is None:
                item.delivered_at = at
                if self.newest_since is None and item.current_a == self.items[-1].current_a:
                    self.newest_since = at
                self.current_a = item.current_a

    def on_failed(self, sent_at: float, at: float) -> None:
        """Note that a call of the command sent at a moment failed."""
        for item in self.items:
            if item.sent_at == sent_at:
                item.failed_at, item.failures = at, item.failures + 1
                if item.first_failed_at is None:
                    item.first_failed_at = at

    def on_confirmed(self) -> None:
        """Note that the meter has shown the newest command followed."""
        if self.items:
            self.items[-1].is_confirmed = True

    def on_without_effect(self, at: float, window_s: float) -> None:
        """Drop what only ever failed, was replaced, and was not seen to take effect.

        With it goes what a charger that cannot be told anything may be doing: that is the house's.
        """
        newest = self.newest
        if newest is None:
            return
        failed_at = newest.first_failed_at
        is_out_of_reach = failed_at is not None and at >= failed_at + window_s
        self.items = [
            item
            for item in self.items[:-1]
            if not (item.is_assumed and is_out_of_reach)
            and (
                item.delivered_at is not None
                or item.failed_at is None
                or at < item.failed_at + window_s
            )
        ] + [newest]

    def on_reading(self, at: float, window_s: float) -> None:
        """Drop what was out of force at a moment already."""
        if len(self.items) > 1:
            later = [item for item in self.items if item.sent_at is not None and item.sent_at > at]
            self.items = self.in_force(at, window_s) + later

    def on_switched_on(self) -> None:
        """Take up a charger again: it had what it was last told."""
        if self.resume_a is None:
            self.items = [Setpoint(current_a=self.current_a)]
            self.resume_a, self.newest_since = self.current_a, None

    def in_force(self, at: float, window_s: float) -> list[Setpoint]:
        """Return the commands that may have been in force at a moment, oldest first."""
        sent = [item for item in self.items if item.sent_at is None or item.sent_at <= at]
        for index in range(len(sent) - 1, 0, -1):
            delivered_at = sent[index].delivered_at
            if delivered_at is not None and delivered_at + window_s <= at:
                return sent[index:]
        return sent

    def delivered_since(self, sent_at: float) -> float | None:
        """Return when the first command sent from a moment on got through; None: not yet."""
        for item in self.items:
            is_since = item.sent_at is not None and item.sent_at >= sent_at
            if is_since and item.delivered_at is not None:
                return item.delivered_at
        return None

    def settles_at(self, window_s: float) -> float | None:
        """Return when the newest delivered one will be the oldest in force; None: unknown."""
        delivered = [item.delivered_at for item in self.items[1:] if item.delivered_at is not None]
        return delivered[-1] + window_s if delivered else None

    @property
    def newest(self) -> Setpoint | None:
        """Return the last command."""
        return self.items[-1] if self.items else None

    @property
    def sent_at(self) -> float | None:
        """Return when the last command of this run was sent."""
        return self.items[-1].sent_at if self.items else None

    @property
    def is_refused(self) -> bool:
        """Return whether the last command has failed so far."""
        newest = self.newest
        return newest is not None and newest.delivered_at is None and newest.failed_at is not None

    @property
    def changed_at(self) -> float | None:
        """Return when the newest current was sent first in this run, so far as it is kept."""
        same = takewhile(lambda item: item.current_a == self.items[-1].current_a, self.items[::-1])
        return min((item.sent_at for item in same if item.sent_at is not None), default=None)

    @property
    def is_unknown(self) -> bool:
        """Return whether the charger may be doing something that it was not told by us."""
        return bool(self.items) and self.items[0].is_assumed  # older than any command of ours

    @property
    def is_start_undelivered(self) -> bool:
        """Return whether the last command is a start from 0 A that did not get through."""
        undelivered = [
            item for item in self.items if item.delivered_at is None and item.sent_at is not None
        ]
        return bool(undelivered) and self.current_a == 0 and self.items[-1].current_a > 0


def is_from_before(items: Sequence[Setpoint]) -> bool:
    """Return whether no command of this run has settled yet."""
    return not items or items[0].sent_at is None


def since_confirmed(items: Sequence[Setpoint]) -> Sequence[Setpoint]:
    """Return the commands from the last one that the meter has shown on."""
    for index in range(len(items) - 1, 0, -1):
        if items[index].is_confirmed:
            return items[index:]
    return items


def hull(currents_a: Sequence[float]) -> Interval:
    """Return the smallest interval with all the currents; nothing at all is 0 A."""
    return Interval(low_a=min(currents_a, default=0.0), high_a=max(currents_a, default=0.0))
