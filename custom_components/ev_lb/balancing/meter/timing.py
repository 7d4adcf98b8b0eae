"""How the meter reports: its usual period and its delay are learned from what it says.

A regular meter that is silent for three of its periods and 5 s is gone; one that reports only
what changes may be silent for a quarter of an hour (`meter_timeout_s`). An increase needs a
reading no older than two periods. How late and how slowly the meter shows a change is learned
from our own cuts: until the meter has fallen by four fifths (`meter_delay_s`).
"""

from dataclasses import dataclass, field
from statistics import median

DEFAULT_METER_DELAY_S = 2.0
"""Latency assumed of a meter: how much older than its report the measured moment may be."""

LONGEST_DELAY_S = 150.0
"""What takes longer than this is no answer: two minutes of averaging and a slow charger."""

LATEST_S = 180.0
"""Public reports know of meters that are two minutes late; a slow car needs half a minute more."""

BURST_S = 0.5
"""Reports so close together are one telegram: three phases, or a push and a poll behind it."""

KEPT_GAPS = 9
"""The usual period is the median of so many gaps: a single hiccup does not move it."""

NEEDED_GAPS = 5
"""From so many gaps on there is a usual one."""

HICCUP_PERIODS, HICCUP_EXTRA_S = 2, 3.0
"""A gap longer than this is no hiccup: the meter reports when it likes."""

IRREGULAR_S = 3600.0
"""One such gap shows that the meter may be silent without a fault, for this long."""

PROBATION_S = 300.0
"""No meter is called regular before it has been heard for so long."""

SILENT_PERIODS, SILENT_EXTRA_S = 3, 5.0
ON_CHANGE_TIMEOUT_S = 15 * 60.0
FRESH_PERIODS = 2

LONGEST_PERIOD_S = 300.0
"""A meter that reports more rarely reports on change, or is useless."""

USUAL_PERIOD_S = 10.0
"""What is expected of a meter that has reported only once: most are quicker."""

STANDING_S, STANDING_PERIODS, LONGEST_STANDING_S = 10.0, 1.5, 60.0
"""A reading that has stood for so long, and for so many usual gaps, is as good as a second one."""

ALIKE_SHARE, ALIKE_S = 0.3, 5.0
"""Two answers that differ by less than the larger of these are one meter's."""

KEPT_ANSWERS = 8
"""The delay is taken from so many answers: a house that moves spoils some of them."""


@dataclass(slots=True, kw_only=True)
class MeterTiming:
    """What is learned of how the meter reports."""

    period_s: float | None = None
    """The usual time between two reports; None: not known yet."""

    gaps_s: list[float] = field(default_factory=list[float])
    """The last times between two reports."""

    reported_at: float | None = None
    """When the last telegram began."""

    heard_since: float | None = None
    irregular_at: float | None = None
    """When the last gap ended that was much longer than usual."""

    answers_s: list[float] = field(default_factory=list[float])
    """How much later than the charger's response time the meter showed the last cuts."""

    climb_s: float = 0.0
    """How long the last start climbed at the meter: all that is known before the first cut."""

    suspected_s: float | None = None
    """An answer that may have been a charger's that was deaf: it counts when it comes again."""

    learned_delay_s: float = DEFAULT_METER_DELAY_S
    """What follows from both."""

    def __post_init__(self) -> None:
        """Learn from what is given."""
        self._learn_delay()

    def on_report(
        self, at: float, *, is_after_outage: bool, oldest_at: float | None = None
    ) -> bool:
        """Learn from one more report; return whether it is more than the last telegram again.

        Of phases that report one after the other it is one when all have said something new, since
        `oldest_at`. The time in which the meter was gone is no gap.
        """
        is_whole = oldest_at is None or self.reported_at is None or oldest_at > self.reported_at
        if not is_whole:
            return oldest_at != at
        before, self.reported_at = self.reported_at, at
        self.heard_since = at if self.heard_since is None else self.heard_since
        if before is None or is_after_outage:
            return True
        gap_s = at - before
        if gap_s < BURST_S:
            self.reported_at = before
            return False
        self.gaps_s = [*self.gaps_s[1 - KEPT_GAPS :], gap_s]
        if len(self.gaps_s) >= NEEDED_GAPS:
            self.period_s = median(self.gaps_s)
        # Also an older gap may turn out to be odd, when the rhythm becomes known or another.
        if self.period_s is not None and max(self.gaps_s) > longest_gap_s(self.period_s):
            self.irregular_at = at
        return True

    def on_silence(self, last_at: float) -> None:
        """Learn from a loss by silence: the meter may be one that does not mind."""
        self.irregular_at = last_at

    def on_cut_shown(self, late_s: float, *, is_clean: bool) -> None:
        """Learn how late the meter showed a cut, beyond the charger's response time.

        `is_clean`: it was not said again meanwhile. Else the charger may have been deaf for a
        while, and only the second such answer that is much the same is the meter's.
        """
        late_s = min(late_s, LONGEST_DELAY_S)
        before_s, self.suspected_s = self.suspected_s, None if is_clean else late_s
        if not is_clean and not is_alike(before_s, late_s):
            return
        self.answers_s = [*self.answers_s[1 - KEPT_ANSWERS :], late_s]
        self._learn_delay()

    def on_start_shown(self, late_s: float, climbed_s: float) -> None:
        """Learn how late a start began to show, and how long it climbed.

        A slow car, or a meter that is late and averages: the first cut will tell which.
        """
        self.suspected_s = min(max(late_s, 0.0), LONGEST_DELAY_S)
        self.climb_s = min(climbed_s, LONGEST_DELAY_S)
        self._learn_delay()

    @property
    def expected_s(self) -> float:
        """Return how long a report may take to come, for all that is known of its rhythm."""
        if self.period_s is not None:
            return self.period_s
        return max(self.gaps_s, default=USUAL_PERIOD_S)

    def delay_s(self, configured_s: float | None) -> float:
        """Return the meter delay in force: the user's, or the learned one."""
        return self.learned_delay_s if configured_s is None else configured_s

    def slowest_s(self, configured_s: float | None) -> float:
        """Return how late the meter may be at most, for all that has been seen of it.

        Until a cut has told, all of what the last start showed may be the meter's.
        """
        climb_s = 0.0 if self.answers_s else self.climb_s
        return max(self.delay_s(configured_s), (self.suspected_s or 0.0) + climb_s)

    def _learn_delay(self) -> None:
        """Half of the last answers were quicker; without any, the last start is all there is."""
        usual_s = self.climb_s
        if self.answers_s:
            usual_s = sorted(self.answers_s)[len(self.answers_s) // 2]
        self.learned_delay_s = max(DEFAULT_METER_DELAY_S, usual_s)

    def is_regular(self, at: float) -> bool:
        """Return whether the meter is heard in a steady rhythm."""
        return (
            self.period_s is not None
            and self.period_s <= LONGEST_PERIOD_S
            and self.heard_since is not None
            and at - self.heard_since >= PROBATION_S
            and (self.irregular_at is None or at - self.irregular_at >= IRREGULAR_S)
        )

    def timeout_s(self, configured_s: float | None, at: float) -> float | None:
        """Return the silence after a reading that makes the meter unavailable; None: never."""
        if configured_s is not None:
            return configured_s or None
        if self.period_s is not None and self.is_regular(at):
            return SILENT_PERIODS * self.period_s + SILENT_EXTRA_S
        return ON_CHANGE_TIMEOUT_S

    def fresh_s(self, configured_s: float | None, at: float) -> float:
        """Return how old a reading of this moment may be for an increase."""
        timeout_s = self.timeout_s(configured_s, at)
        longest_s = float("inf") if timeout_s is None else timeout_s
        if self.period_s is not None and self.is_regular(at):
            longest_s = min(longest_s, FRESH_PERIODS * self.period_s)
        return longest_s

    def standing_s(self, at: float) -> float | None:
        """Return how long a reading must stand to count as a second one; None: it never does.

        A regular meter says a second one; one that reports only changes may have none to say.
        """
        if self.is_regular(at):
            return None
        usual_s = min(self.gaps_s, default=0.0)
        return min(max(STANDING_S, STANDING_PERIODS * usual_s), LONGEST_STANDING_S)


def is_alike(one_s: float | None, other_s: float) -> bool:
    """Return whether two answers are much the same."""
    if one_s is None:
        return False
    return abs(one_s - other_s) <= max(ALIKE_SHARE * max(one_s, other_s), ALIKE_S)


def longest_gap_s(period_s: float) -> float:
    """Return the longest time between two reports that is no more than a hiccup."""
    return HICCUP_PERIODS * period_s + HICCUP_EXTRA_S
