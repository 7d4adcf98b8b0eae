"""Read-back is evidence: what a charger's own entities say that it was told.

A charger that shows less than its command is told again once, then that is its ceiling, tried
again after 5, 15 and each 60 minutes. One that shows more is told again at once, then called
unresponsive; one that shows nothing was reset, and is started again. A person's lower current is a
manual limit, a higher one is not followed. None of it is believed of what the car draws, or for an
overload; and to show our command proves nothing, for that may only repeat what was written.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from math import floor
from typing import TYPE_CHECKING

from ..allocate.ceiling import Ceiling
from ..commanding import Repeats
from ..estimate.wiring import FORGOTTEN_S
from ..increases.overload import over_limits
from ..model import LimitedBy, ReadBack
from .manual_limit import (
    APART_A,
    STANDS_S,
    is_car_gone,
    is_let_go,
    is_pause,
    is_set_elsewhere,
    set_by_hand_a,
)
from .telling_again import WAITS_S

if TYPE_CHECKING:
    from ..state import ChargerState, State

ECHO_S = 180.0
"""So long a slow read-back, polled twice in 90 s, may repeat what was told before."""

MOST_TOLD, HOUR_S = 4, 3600.0
"""So often in an hour a charger is told again for what it shows: some wear out by being written,
and what shows now this, now that, need not be right."""


class Difference(Enum):
    """How a read-back differs from the command."""

    NONE = auto()
    BELOW = auto()
    ABOVE = auto()
    RESET = auto()
    """It is not to charge, or with less than its minimum."""


@dataclass(slots=True, kw_only=True)
class ReadBackRecord:
    """What a charger's own entities say that it was told, and what follows from it."""

    said: ReadBack | None = None
    """The last word, by hand where a person's change was new in it; None: they say nothing."""

    told_until: dict[int, float] = field(default_factory=dict[int, float])
    """What it was told before the newest command, and until when: a slow one may repeat it."""

    confirmed_at: float | None = None
    """Since when it has shown the newest command, told again or not; None: not, or only what was
    written."""

    upset_at: float = float("-inf")
    """When it was last unavailable, has come back, or was reset."""

    difference: Difference = Difference.NONE
    """For what it was told again; none: it shows its command."""

    is_exceeding: bool = False
    """Whether it shows more than its command though it was told again."""

    told_at: list[float] = field(default_factory=list[float])
    """When it was told again within the last hour."""

    ceiling_a: int | None = None
    """The most that it was seen to take; None: all that it was told."""

    is_bound: bool = False
    """Whether it is bounded to that; not while more is tried, or less given."""

    times: int = 0
    due_at: float = float("-inf")
    """When more is tried next, or told once more who exceeds, and how often it was waited for."""

    manual_a: int | None = None
    """What a person has set lower; None: nothing."""

    is_car_gone: bool = False

    def on_report(self, said: ReadBack, told_a: int | None) -> None:
        """Take what is said; `told_a`: the newest command; None: there was none in this run."""
        was_gone = self.said is not None and self.said.current_a is None
        self.said = said
        if said.is_by_hand:
            self.difference = Difference.NONE
        if was_gone or said.current_a is None:
            self.upset_at, self.confirmed_at = said.at, None
        if told_a is not None and self._shows(told_a):
            self.confirmed_at = said.at if self.confirmed_at is None else self.confirmed_at
        elif self.confirmed_at is not None and said.at <= self.confirmed_at + STANDS_S:
            self.confirmed_at = None
        elif self.confirmed_at is not None:
            self.difference = Difference.NONE  # what it was told again for was mended

    def on_sent(self, before_a: int, after_a: int, now: float) -> None:
        """Note a command: what it was told before may be repeated for a while."""
        if after_a == before_a:
            return
        self.told_until = {key: at for key, at in self.told_until.items() if now < at + ECHO_S}
        self.told_until[before_a] = now
        self.told_until.pop(after_a, None)
        self.is_exceeding = False
        if not self._shows(after_a):
            self.confirmed_at = None
        if after_a == 0:
            self.difference = Difference.NONE

    def on_manual(self, current_a: int | None) -> None:
        """Note what a person has set lower; None: they have let go."""
        self.manual_a = current_a

    def on_agreed(self) -> None:
        """Note that it shows its command, or the manual limit."""
        self.difference, self.is_exceeding = Difference.NONE, False

    def on_told(self, difference: Difference, at: float, now: float) -> None:
        """Note that it is told again; `at`: when it said what differs."""
        if difference is Difference.RESET:
            self.upset_at = at
        if difference is Difference.ABOVE:
            self.times = self.times if difference is self.difference else 0
            self._wait(now)
        self.difference, self.confirmed_at = difference, None
        self.told_at = [each for each in self.told_at if now < each + HOUR_S] + [now]

    def on_exceeding(self) -> None:
        """Note that it shows more than its command though it was told again."""
        self.is_exceeding = True

    def on_ceiling(self, current_a: int, now: float) -> None:
        """Bound it to what it takes, until more is tried."""
        self.ceiling_a, self.is_bound, self.difference = current_a, True, Difference.NONE
        self._wait(now)

    def on_lifted(self) -> None:
        """Forget the ceiling: it takes more."""
        self.ceiling_a, self.is_bound, self.times = None, False, 0

    def on_time(self, target_a: int, now: float) -> None:
        """Try more than the ceiling when the wait is over, or while less is given."""
        if self.ceiling_a is not None and (now >= self.due_at or target_a < self.ceiling_a):
            self.is_bound = False

    def on_car(self, *, is_gone: bool) -> None:
        """Forget the limits of a car that has left."""
        if is_gone and not self.is_car_gone:
            self.on_lifted()
            self.manual_a = None
        self.is_car_gone = is_gone

    def on_switched(self) -> None:
        """Forget what was believed: the charger is another's to command."""
        self.on_lifted()
        self.on_agreed()

    def _shows(self, current_a: int) -> bool:
        shown_a = None if self.said is None or self.said.is_paused else self.said.current_a
        return shown_a is not None and abs(shown_a - current_a) < APART_A

    def _wait(self, now: float) -> None:
        self.due_at = now + WAITS_S[min(self.times, len(WAITS_S) - 1)]
        self.times += 1

    @property
    def is_reset(self) -> bool:
        """Return whether it shows that it is not to charge, though it was told to."""
        return self.difference is Difference.RESET

    @property
    def bound_a(self) -> int | None:
        """Return the charger's own ceiling in force; None: there is none."""
        return self.ceiling_a if self.is_bound else None

    def ceiling(self) -> Ceiling | None:
        """Return what the charger is bounded to; None: nothing."""
        bound_a, manual_a = self.bound_a, self.manual_a
        if manual_a is not None and (bound_a is None or manual_a <= bound_a):
            return Ceiling(current_a=manual_a, limited_by=LimitedBy.MANUAL_LIMIT)
        if bound_a is not None:
            return Ceiling(current_a=bound_a, limited_by=LimitedBy.CHARGER_CEILING)
        return None

    def is_echo(self, current_a: float | None, now: float) -> bool:
        """Return whether a slow read-back may show this of before; None: it only charges."""
        return any(
            now < until + ECHO_S
            and (told_a > 0 if current_a is None else abs(current_a - told_a) < APART_A)
            for told_a, until in self.told_until.items()
        )

    def may_tell(self, said: ReadBack, now: float) -> bool:
        """Return whether it may be told again now: who has changed it by hand is answered."""
        lately = [at for at in self.told_at if now < at + HOUR_S]
        return len(lately) < MOST_TOLD or said.is_by_hand


def follow_report(charger: ChargerState, said: ReadBack) -> None:
    """Take what a charger's entities say, and follow a person's hand at once."""
    read_back, newest = charger.read_back, charger.setpoints.newest
    was = read_back.said or ReadBack(at=said.at)
    is_new = (was.current_a, was.is_paused) != (said.current_a, said.is_paused)
    said = replace(said, is_by_hand=said.is_by_hand and is_new)
    told_a = None if newest is None or newest.sent_at is None else newest.current_a
    read_back.on_report(said, told_a)
    by_hand_a = set_by_hand_a(charger, was, said) if said.is_by_hand else None
    if by_hand_a is not None:
        read_back.on_manual(by_hand_a)
    elif is_let_go(charger, said) and (said.is_by_hand or not charger.is_ours):
        read_back.on_manual(None)


def follow_car(charger: ChargerState, now: float) -> None:
    """Follow whether the car is there for which limits were found, and whether they count."""
    read_back = charger.read_back
    if read_back.said is None and read_back.manual_a is None:
        return
    read_back.on_car(is_gone=is_car_gone(charger, now))
    if not charger.settings.follows_manual_limit:
        read_back.on_manual(None)


def follow(state: State, now: float) -> Repeats:
    """Hold what chargers show against their commands; return whom to tell again what they have."""
    same, short = set[str](), set[str]()
    for charger in state.balanced:
        read_back, said = charger.read_back, charger.read_back.said
        if said is None:
            continue
        read_back.on_time(charger.target_a, now)
        difference = difference_of(charger, said, now)
        if difference is None:
            continue
        if is_let_go(charger, said) and not read_back.is_echo(said.current_a, now):
            read_back.on_manual(None)
        is_due = is_to_be_told(state, charger, said, difference, now)
        if not is_due or not read_back.may_tell(said, now):
            continue
        read_back.on_told(difference, said.at, now)
        if difference is Difference.RESET:
            charger.telling.on_reset(now)
        else:
            (same if difference is Difference.ABOVE else short).add(charger.charger_id)
    return Repeats(same=frozenset(same), short=frozenset(short))


def shown_a(said: ReadBack) -> float | None:
    """Return what a charger shows that it may let flow; None: not known."""
    return 0.0 if said.is_paused else said.current_a


def difference_of(charger: ChargerState, said: ReadBack, now: float) -> Difference | None:
    """Return how what is shown differs from the command, or the manual limit; None: not known yet.

    What was said before the command could have been followed tells only of a person.
    """
    read_back, newest = charger.read_back, charger.setpoints.newest
    if newest is None or newest.sent_at is None or newest.delivered_at is None:
        return None
    settled_at = newest.delivered_at + charger.settings.response_time_s
    manual_a = 0 if is_pause(charger) else read_back.manual_a
    told_a = newest.current_a if manual_a is None else min(newest.current_a, manual_a)
    difference = compared(said, told_a, charger.settings.min_ev_current_a)
    if difference is Difference.NONE:  # what was shown at once may be only what was written
        is_known = said.at >= settled_at or now >= settled_at + STANDS_S
    elif said.is_by_hand:
        is_known = said.at >= settled_at or read_back.difference is Difference.NONE
    else:
        is_known = said.at >= settled_at and not read_back.is_echo(shown_a(said), now)
    return difference if is_known else None


def compared(said: ReadBack, told_a: int, min_a: int) -> Difference | None:
    """Return how what is shown differs from what was told; None: not known."""
    current_a = shown_a(said)
    if told_a == 0:  # the number keeps its value while its charger is stopped
        if said.is_paused is None:
            return None
        return Difference.NONE if said.is_paused or current_a == 0 else Difference.ABOVE
    if current_a is None:
        return None
    if abs(current_a - told_a) < APART_A:
        return Difference.NONE
    if current_a > told_a:
        return Difference.ABOVE
    return Difference.RESET if current_a < min_a else Difference.BELOW


def is_to_be_told(
    state: State, charger: ChargerState, said: ReadBack, difference: Difference, now: float
) -> bool:
    """Return whether a charger is told again for what it shows, and note what follows from it."""
    read_back, current_a = charger.read_back, shown_a(said)
    known_a, is_told = read_back.ceiling_a, difference is read_back.difference
    if known_a is not None and current_a is not None and current_a >= known_a + APART_A:
        read_back.on_lifted()
    if difference is Difference.NONE:
        read_back.on_agreed()
        return False
    if difference is Difference.ABOVE and is_told:
        read_back.on_exceeding()
        return now >= read_back.due_at
    if difference is not Difference.BELOW or current_a is None:
        return not is_told
    if not over_limits(state).isdisjoint(charger.limits):
        return False  # a cut that takes nothing would pass for an answer
    if is_told or (known_a is not None and abs(current_a - known_a) < APART_A):
        read_back.on_ceiling(floor(current_a), now)
        return False
    if is_set_elsewhere(charger, said):
        read_back.on_manual(floor(current_a))
        return False
    return True


def moments(state: State) -> Iterator[float]:
    """Yield when an echo is none any more, when more is tried, and when a car may have left."""
    for charger in state.balanced:
        read_back, stopped_at = charger.read_back, charger.wiring.stopped_at
        if read_back.said is not None:
            yield read_back.due_at
            yield from (until + ECHO_S for until in read_back.told_until.values())
        if stopped_at is not None and read_back.manual_a is not None:
            yield stopped_at + FORGOTTEN_S
