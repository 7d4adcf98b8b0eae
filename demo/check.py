"""What a good minute of the demo must show, judged from what Home Assistant recorded of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .custom_components.demo_household.household import LOWEST_CURRENT_A, RESPONSE_TIME_S

METER_PERIOD_S = 1.0
SLACK_S = 1.0
"""For the scripts to run, the steps in which the demo's world moves, and a busy machine."""

ALLOWED_OVERLOAD_S = METER_PERIOD_S + RESPONSE_TIME_S + SLACK_S
LEAST_SHARING_S = 10.0

AFTERWARDS_S = 2.0
"""A cut so soon after an overload has ended was made for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amperes:
    """A current, from that moment on."""

    at: float
    current_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerRecord:
    """What was recorded of a charger, oldest first."""

    drawn: Sequence[Amperes]
    commanded: Sequence[Amperes]
    balancer_states: Sequence[str]
    phases: Sequence[str]
    """Those that its car draws from."""

    phases_seen: str | None = None
    """Those that it was seen to use; None: there was nothing to find out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was recorded of the demo, oldest first."""

    until: float
    breaker_a: float
    totals: Mapping[str, Sequence[Amperes]]
    """What flowed through the breaker, by phase."""

    chargers: Sequence[ChargerRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Whether a promise was kept, and the figures."""

    is_kept: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overload:
    """A time above the breaker's rating."""

    began_at: float
    ended_at: float
    highest_a: float

    @property
    def duration_s(self) -> float:
        """Return how long it stood."""
        return self.ended_at - self.began_at


def judge(record: Record) -> tuple[Finding, ...]:
    """Return what was found, promise by promise."""
    cuts = sum(len(cuts_of(charger)) for charger in record.chargers)
    holds = sum(charger.balancer_states.count("ramp_up_hold") for charger in record.chargers)
    increases = sum(len(increases_of(charger)) for charger in record.chargers)
    sharing_s = shared_s(record)
    return (
        *(judge_overloads(record, phase) for phase in record.totals),
        Finding(is_kept=cuts > 0, words=f"cuts: {cuts}"),
        Finding(is_kept=holds > 0, words=f"increases held back (ramp_up_hold): {holds}"),
        Finding(is_kept=increases > 0, words=f"increases after a cut: {increases}"),
        Finding(
            is_kept=sharing_s >= LEAST_SHARING_S,
            words=f"all chargers drew at the same time for {sharing_s:.0f} s",
        ),
        *(
            finding
            for charger in record.chargers
            if len(charger.phases) < len(record.totals)
            for finding in judge_phases(record, charger)
        ),
    )


def judge_overloads(record: Record, phase: str) -> Finding:
    """Return whether a phase was never above the breaker's rating for too long."""
    overloads = tuple(overloads_in(record, phase))
    longest_s = max((overload.duration_s for overload in overloads), default=0.0)
    highest_a = max((overload.highest_a for overload in overloads), default=0.0)
    where = f" on {phase}" if len(record.totals) > 1 else ""
    words = f"times above {record.breaker_a:g} A{where}: {len(overloads)}"
    if overloads:
        words += f", the longest {longest_s:.1f} s, the highest {highest_a:.1f} A"
    words += (
        f" (allowed: {ALLOWED_OVERLOAD_S:g} s = meter period {METER_PERIOD_S:g} s"
        f" + charger response {RESPONSE_TIME_S:g} s + {SLACK_S:g} s slack)"
    )
    return Finding(is_kept=longest_s <= ALLOWED_OVERLOAD_S, words=words)


def judge_phases(record: Record, charger: ChargerRecord) -> Iterator[Finding]:
    """Yield whether a car on some of the phases was known as such, and left alone by the others."""
    named = ", ".join(charger.phases)
    yield Finding(
        is_kept=charger.phases_seen == named,
        words=f"the car on {named} is seen on {charger.phases_seen or 'none'}",
    )
    theirs = [
        overload
        for phase in record.totals
        if phase not in charger.phases
        for overload in overloads_in(record, phase)
    ]
    own = [overload for phase in charger.phases for overload in overloads_in(record, phase)]
    apart = [each for each in theirs if not any(at_once(each, other) for other in own)]
    touched = sum(
        any(each.began_at <= cut.at <= each.ended_at + AFTERWARDS_S for cut in cuts_of(charger))
        for each in apart
    )
    yield Finding(
        is_kept=len(apart) > 0 and not touched,
        words=f"overloads on other phases alone: {len(apart)}, that cut it: {touched}",
    )


def at_once(one: Overload, other: Overload) -> bool:
    """Return whether two overloads stood at the same time, or one soon after the other."""
    began_at = max(one.began_at, other.began_at)
    return began_at <= min(one.ended_at, other.ended_at) + AFTERWARDS_S


def overloads_in(record: Record, phase: str) -> Iterator[Overload]:
    """Yield each time in which a phase stayed above the breaker's rating."""
    began_at, highest_a = None, 0.0
    for total in record.totals[phase]:
        if total.current_a > record.breaker_a:
            began_at = total.at if began_at is None else began_at
            highest_a = max(highest_a, total.current_a)
        elif began_at is not None:
            yield Overload(began_at=began_at, ended_at=total.at, highest_a=highest_a)
            began_at, highest_a = None, 0.0
    if began_at is not None:
        yield Overload(began_at=began_at, ended_at=record.until, highest_a=highest_a)


def cuts_of(charger: ChargerRecord) -> list[Amperes]:
    """Return the commands that lowered the current."""
    return [
        after for before, after in pairwise(charger.commanded) if after.current_a < before.current_a
    ]


def increases_of(charger: ChargerRecord) -> list[Amperes]:
    """Return the commands that raised the current again after a cut."""
    cuts = cuts_of(charger)
    return [
        after
        for before, after in pairwise(charger.commanded)
        if after.current_a > before.current_a and cuts and cuts[0].at < after.at
    ]


def shared_s(record: Record) -> float:
    """Return for how long all chargers drew at the same time."""
    moments = sorted({drawn.at for charger in record.chargers for drawn in charger.drawn})
    return sum(
        end - begin
        for begin, end in pairwise([*moments, record.until])
        if all(current_at(charger.drawn, begin) >= LOWEST_CURRENT_A for charger in record.chargers)
    )


def current_at(course: Sequence[Amperes], at: float) -> float:
    """Return the current at that moment; 0 before the first."""
    return next((value.current_a for value in reversed(course) if value.at <= at), 0.0)
