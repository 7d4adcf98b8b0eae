"""What a minute of the demo must show, judged from what Home Assistant recorded of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .custom_components.demo_household.household import LOWEST_CURRENT_A, RESPONSE_TIME_S

METER_PERIOD_S = 1.0
SLACK_S = 1.0
"""For the scripts to run, the steps in which the demo's world moves, and a busy machine."""

ALLOWED_OVERLOAD_S = METER_PERIOD_S + RESPONSE_TIME_S + SLACK_S
LEAST_SHARING_S = 10.0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was recorded of the demo, oldest first."""

    until: float
    breaker_a: float
    total: Sequence[Amperes]
    chargers: Sequence[ChargerRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Whether a promise was kept, and the figures."""

    is_kept: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overload:
    """A time above the breaker's rating."""

    duration_s: float
    highest_a: float


def judge(record: Record) -> tuple[Finding, ...]:
    """Return what was found, promise by promise."""
    cuts = sum(len(cuts_of(charger)) for charger in record.chargers)
    holds = sum(charger.balancer_states.count("ramp_up_hold") for charger in record.chargers)
    increases = sum(len(increases_of(charger)) for charger in record.chargers)
    sharing_s = shared_s(record)
    return (
        judge_overloads(record),
        Finding(is_kept=cuts > 0, words=f"cuts: {cuts}"),
        Finding(is_kept=holds > 0, words=f"increases held back (ramp_up_hold): {holds}"),
        Finding(is_kept=increases > 0, words=f"increases after a cut: {increases}"),
        Finding(
            is_kept=sharing_s >= LEAST_SHARING_S,
            words=f"all chargers drew at the same time for {sharing_s:.0f} s",
        ),
    )


def judge_overloads(record: Record) -> Finding:
    """Return whether the total was never above the breaker's rating for too long."""
    overloads = tuple(overloads_in(record))
    longest_s = max((overload.duration_s for overload in overloads), default=0.0)
    highest_a = max((overload.highest_a for overload in overloads), default=0.0)
    words = f"times above {record.breaker_a:g} A: {len(overloads)}"
    if overloads:
        words += f", the longest {longest_s:.1f} s, the highest {highest_a:.1f} A"
    words += (
        f" (allowed: {ALLOWED_OVERLOAD_S:g} s = meter period {METER_PERIOD_S:g} s"
        f" + charger response {RESPONSE_TIME_S:g} s + {SLACK_S:g} s slack)"
    )
    return Finding(is_kept=longest_s <= ALLOWED_OVERLOAD_S, words=words)


def overloads_in(record: Record) -> Iterator[Overload]:
    """Return each time in which the total stayed above the breaker's rating."""
    began_at, highest_a = None, 0.0
    for total in record.total:
        if total.current_a > record.breaker_a:
            began_at = total.at if began_at is None else began_at
            highest_a = max(highest_a, total.current_a)
        elif began_at is not None:
            yield Overload(duration_s=total.at - began_at, highest_a=highest_a)
            began_at, highest_a = None, 0.0
    if began_at is not None:
        yield Overload(duration_s=record.until - began_at, highest_a=highest_a)


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
