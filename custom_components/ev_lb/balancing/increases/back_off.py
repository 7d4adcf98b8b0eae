"""Nothing hunts: what our own raise has brought about is not tried again at once.

Where a raise had to be taken back, and the meter shows no more than that raise, or rose at once, it
was not the house that moved: a reading that flickers or is rounded, a meter that is late or
averages, a charger that takes more than it is told for some seconds. From the third time in a row
on, the next increase waits for 40 s, longer where the meter is slow, and twice as long with each
further time, an hour at most. A house that has moved ends the wait.
"""

from dataclasses import dataclass

WAIT_S = 20.0
"""Doubled with each time from the third on: 40 s, 80 s and so on; of a meter that takes longer to
show a command, that."""

FREE_TRIES = 2
"""So often a raise may be taken back before there is a wait."""

LONGEST_WAIT_S = 3600.0
LASTING_S = 60.0
"""A raise that has stood for so long, and twice as long as the meter may take to show it, was not
the reason."""

MOVED_A = 2.0
"""A house load that has fallen by so much is another house."""

OWN_SHARE, OWN_EXTRA_A = 1.15, 1.0
"""A rise by no more than this share of a raise, and so much, is the raise itself."""


@dataclass(slots=True, kw_only=True)
class BackOff:
    """How often a charger's raises were taken back, and how long the next must wait."""

    taken_back: int = 0
    until: float | None = None
    raised_a: int = 0
    """By how much it was raised last, since the last cut."""

    raised_at: float | None = None
    reading_a: float = 0.0
    """What the fullest of its limits showed when it was raised first since the last cut."""

    judged_at: float | None = None
    """From when on the house tells whether it rose itself just after a raise; None: judged."""

    house_a: float | None = None
    """The house load before that raise: what it seems to be at the cut may be the charger's."""

    def on_raise(self, by_a: int, reading_a: float, house_a: float | None, now: float) -> None:
        """Note a raise."""
        if self.raised_at is None:
            self.reading_a, self.house_a, self.raised_a = reading_a, house_a, 0
        self.raised_a += by_a
        self.raised_at = now

    def recent_raise_a(self, lasting_s: float, now: float) -> int:
        """Return by how much it was raised so short ago that a rise may be its own."""
        is_recent = self.raised_at is not None and now - self.raised_at <= LASTING_S + lasting_s
        return self.raised_a if is_recent else 0

    def on_cut(
        self, reading_a: float, raised_a: int, at_once_s: float, late_s: float, now: float
    ) -> None:
        """Note a cut that the house seems to force; `raised_a`: what all were raised by lately.

        `at_once_s`: how long after a raise the meter shows it first, however far the charger goes;
        `late_s`: and when it has shown all of it.
        """
        raised_at, self.raised_at = self.raised_at, None
        if raised_at is None:
            return
        risen_a = reading_a - self.reading_a
        is_small = raised_a > 0 and risen_a <= OWN_SHARE * raised_a + OWN_EXTRA_A
        if not is_small and now > raised_at + at_once_s:
            self.taken_back, self.until = 0, None
            return
        self.judged_at = None if is_small else now + 2 * at_once_s
        self.taken_back += 1
        if self.taken_back > FREE_TRIES:
            wait_s = max(WAIT_S, late_s) * 2.0 ** (self.taken_back - FREE_TRIES)
            self.until = now + min(wait_s, LONGEST_WAIT_S)

    def on_house(self, house_a: float, now: float) -> None:
        """Follow the house: when it draws less than it did, what failed may fit.

        Where it has stayed high after a cut, it had risen itself: a charger goes back.
        """
        if self.house_a is None:
            return
        is_less = house_a < self.house_a - MOVED_A
        is_more = False
        if self.judged_at is not None and now >= self.judged_at:
            is_more, self.judged_at = house_a > self.house_a + MOVED_A, None
        if is_less or is_more:
            self.taken_back, self.until, self.house_a = 0, None, None

    def on_user(self) -> None:
        """Forget what failed: the user has changed something."""
        self.taken_back, self.until, self.house_a = 0, None, None

    def is_waiting(self, now: float) -> bool:
        """Return whether an increase must wait."""
        return self.until is not None and now < self.until
