"""Read-back is evidence: what a charger's own entities say that it was told.

A charger that shows less than its command is told again once, then that is its ceiling. One that
shows more is told again at once, then called unresponsive; one that shows nothing was reset, and is
started again. A person's lower current is a manual limit, a higher one is not followed. None of it
is believed of what the car draws, or for an overload; and to show our command proves nothing, for
that may only repeat what was written.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from math import floor
from typing import TYPE_CHECKING

from ..allocate.ceiling import Ceiling
from ..commanding import Repeats
from ..increases.overload import over_limits
from ..model import LimitedBy, ReadBack
from .evidence import has_been_read
from .manual_limit import (
    APART_A,
    follow_hand,
    has_just_left,
    is_pause,
    is_set_elsewhere,
    let_go,
    shows_more,
)
from .telling_again import WAITS_S

if TYPE_CHECKING:
    from ..state import ChargerState, State

STANDS_S = 30.0
"""Some numbers show what was written at once, and what the charger made of it with their next
poll: what has not stood for so long was never the charger's."""

ECHO_S = 180.0
"""So long a slow read-back, polled twice in 90 s, may repeat what was told before."""

MOST_TOLD, HOUR_S = 4, 3600.0
"""So often in an hour a charger is told again for what it shows: some wear out by being written,
and what shows now this, now that, need not be right."""

HAND_S = 60.0
"""What changes more often by hand is another automation that wants something else."""


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

    started_again_at: float | None = None
    """When it was told again because it was reset: it drew nothing before; None: it never was."""

    told_at: list[float] = field(default_factory=list[float])
    """When it was told again within the last hour."""

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

    def ceiling(self, min_a: int) -> Ceiling | None:
        """Return what the charger's number can be set to at the most; None: enough, or not known.

        One that ends below the minimum is none of a charger that is ready.
        """
        most_a = None if self.said is None else self.said.most_a
        if most_a is None or most_a < min_a:
            return None
        return Ceiling(current_a=most_a, limited_by=LimitedBy.CHARGER_CEILING)

    def on_agreed(self) -> None:
        """Note that it shows its command, or the manual limit."""
        self.difference, self.is_exceeding = Difference.NONE, False

    def on_told(self, difference: Difference, at: float, now: float) -> None:
        """Note that it is told again; `at`: when it said what differs."""
        if difference is Difference.RESET:
            self.upset_at, self.started_again_at = at, now
        self.difference, self.confirmed_at = difference, None
        self.told_at = [each for each in self.told_at if now < each + HOUR_S] + [now]

    def on_exceeding(self) -> None:
        """Note that it shows more than its command though it was told again."""
        self.is_exceeding = True

    def on_switched(self) -> None:
        """Forget what it was told again for: it is another's to command."""
        self.difference, self.is_exceeding = Difference.NONE, False

    def _shows(self, current_a: int) -> bool:
        shown_a = None if self.said is None or self.said.is_paused else self.said.current_a
        return shown_a is not None and abs(shown_a - current_a) < APART_A

    @property
    def is_reset(self) -> bool:
        """Return whether it shows that it is not to charge, though it was told to."""
        return self.difference is Difference.RESET

    def is_echo(self, current_a: float | None, now: float) -> bool:
        """Return whether a slow read-back may show this of before; None: it only charges."""
        return any(
            now < until + ECHO_S
            and (told_a > 0 if current_a is None else abs(current_a - told_a) < APART_A)
            for told_a, until in self.told_until.items()
        )

    def may_tell(self, said: ReadBack, now: float) -> bool:
        """Return whether it may be told again now; a person's hand is answered more often."""
        lately = [at for at in self.told_at if now < at + HOUR_S]
        return len(lately) < MOST_TOLD or (said.is_by_hand and now >= lately[-1] + HAND_S)

    @property
    def due_at(self) -> float:
        """Return when one that goes on to show more is told once more."""
        last = len(WAITS_S) - 1
        return self.told_at[-1] + WAITS_S[min(len(self.told_at) - 1, last)] if self.told_at else 0.0


def follow_report(charger: ChargerState, said: ReadBack) -> None:
    """Take what a charger's entities say, and follow a person's hand at once."""
    read_back, newest = charger.read_back, charger.setpoints.newest
    was = read_back.said or ReadBack(at=said.at)
    is_new = (was.current_a, was.is_paused) != (said.current_a, said.is_paused)
    said = replace(said, is_by_hand=said.is_by_hand and is_new)
    told_a = None if newest is None or newest.sent_at is None else newest.current_a
    read_back.on_report(said, told_a)
    if said.is_by_hand:
        follow_hand(charger, was, said)
    if said.is_by_hand and shows_more(charger, said):
        charger.manual.on_more_set(is_by_hand=True)


def follow_car(charger: ChargerState, now: float) -> None:
    """Follow whether the car is there for which limits were found, and whether they count."""
    if charger.read_back.said is None and charger.manual.current_a is None:
        return
    if has_just_left(charger):
        charger.own_ceiling.on_lifted()
    if not charger.settings.follows_manual_limit:
        charger.manual.on_not_followed()


def follow(state: State, now: float) -> Repeats:
    """Hold what chargers show against their commands; return whom to tell again what they have."""
    same, short = set[str](), set[str]()
    for charger in state.balanced:
        read_back, said = charger.read_back, charger.read_back.said
        if said is None:
            continue
        charger.own_ceiling.on_time(
            charger.target_a, now, is_probed=charger.probe.owed_a is not None
        )
        difference = difference_of(charger, said, now)
        is_more = difference is not None and shows_more(charger, said)
        if is_more and not read_back.is_echo(said.current_a, now):
            charger.manual.on_more_set(is_by_hand=False)
        let_go(state, charger, now)
        if difference is None:
            continue
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
    manual_a = charger.manual.current_a
    told_a = newest.current_a if manual_a is None else min(newest.current_a, manual_a)
    told_a = 0 if is_pause(charger) else told_a
    difference = compared(said, told_a, charger.settings.min_ev_current_a)
    if difference is Difference.NONE:  # what was shown at once may be only what was written
        is_known = said.at >= settled_at or now >= settled_at + STANDS_S
    elif said.is_by_hand:
        is_known = said.at >= settled_at or said.at > newest.sent_at
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
    is_told = difference is read_back.difference
    if charger.own_ceiling.is_below(current_a) and has_been_read(state, charger, now):
        charger.own_ceiling.on_lifted()
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
    if is_told or charger.own_ceiling.is_like(current_a):
        charger.own_ceiling.on_found(floor(current_a), now)
        read_back.on_agreed()
        return False
    if is_set_elsewhere(charger, said):
        charger.manual.on_set(floor(current_a))
        return False
    return True


def moments(state: State) -> Iterator[float]:
    """Yield when an echo is none any more, and who goes on to show more is told once more."""
    for charger in state.balanced:
        if charger.read_back.said is not None:
            yield charger.read_back.due_at
            yield from (until + ECHO_S for until in charger.read_back.told_until.values())
