"""What a new run must know of the last one: a restart must neither lose a command nor a wait.

Nor must it forget who did not obey, and how the meter reports. Waits are kept as the seconds
that were left, so a clock that starts anew does no harm. What a run finds out again within a
minute or two (probes, last amperes, what cars leave, what their sensors say) is not kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .intervals import in_force, is_unknown
from .meter_timing import IRREGULAR_S, PROBATION_S, is_regular, note_answer
from .model import (
    ChargerState,
    Limit,
    MeterStatus,
    MeterTiming,
    StartWait,
    State,
    Unshown,
    Watch,
    WatchStep,
)
from .settings import ChargerSettings, Settings
from .switching import known_charger, unknown_charger


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchMemory:
    """How far a charger that did not obey was taken."""

    step: WatchStep
    cut_a: int
    has_drawn: bool
    repeats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerMemory:
    """What a new run must know of a charger."""

    is_known: bool
    """False of a charger that may be doing something it was not told by us."""

    offered_a: tuple[int, ...]
    """The commands that may be in force, oldest first."""

    commanded_a: int
    target_a: int
    unshown_low_a: int | None = None
    """What the car was counted as drawing, where the meter had not shown the rest."""

    hold_s: float = 0.0
    since_raise_s: float | None = None
    """None: it was not raised yet."""

    limit_a: int | None = None
    limit_s: float = 0.0
    overload_stops: int = 0
    since_overload_stop_s: float = 0.0
    is_stopped_by_loss: bool = False
    watch: WatchMemory | None = None
    """None: it has obeyed, or its first cut was still to be judged."""

    is_unresponsive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterMemory:
    """What a new run must know of the meter."""

    period_s: float | None = None
    is_proven: bool = False
    """Whether it had been heard for so long that it may be called regular."""

    irregular_s: float = 0.0
    """How long it was still to count as one that may be silent without a fault."""

    answers_s: tuple[float, ...] = ()
    """What its delay was learned from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a new run must know."""

    chargers: Mapping[str, ChargerMemory] = field(default_factory=dict[str, ChargerMemory])
    meter: MeterMemory = MeterMemory()


def remember(settings: Settings, state: State, now: float) -> Memory:
    """Return what a new run must know."""
    chargers = {
        charger.charger_id: remember_charger(
            settings, charger, state.chargers[charger.charger_id], now
        )
        for charger in settings.chargers
        if charger.charger_id in state.chargers
    }
    return Memory(chargers=chargers, meter=remember_meter(state, now))


def has_news_for_memory(before: State, after: State) -> bool:
    """Return whether a new run must know something that it had not to know before.

    That a wait has run on by some seconds is not worth writing down.
    """
    return has_charger_news(before, after) or has_meter_news(before, after)


def has_charger_news(before: State, after: State) -> bool:
    """Return whether a new run must know something else of a charger."""
    if before.chargers is after.chargers:
        return False
    if before.chargers.keys() != after.chargers.keys():
        return True
    return any(
        known is not (was := before.chargers[charger_id]) and lasting(known) != lasting(was)
        for charger_id, known in after.chargers.items()
    )


def has_meter_news(before: State, after: State) -> bool:
    """Return whether a new run must know something else of the meter.

    Its period alone is no news: it moves by some ms with each report, and is heard anew soon.
    """
    was, timing = before.meter_timing, after.meter_timing
    if was is timing and before.reading is after.reading:
        return False
    is_other_delay = round(was.delay_s) != round(timing.delay_s)
    return is_other_delay or has_rhythm(before) is not has_rhythm(after)


def has_rhythm(state: State) -> bool:
    """Return whether the last reading came in a steady rhythm."""
    return state.reading is not None and is_regular(state.meter_timing, state.reading.at)


def lasting(known: ChargerState) -> tuple[object, ...]:
    """Return what of a charger's state a new run must know, in moments instead of seconds left."""
    return (
        known.target_a,
        known.commanded_a,
        tuple(offer.current_a for offer in known.offers),
        known.hold_until,
        known.limit,
        known.unshown.low_a if known.unshown is not None else None,
        known.start_wait.stops,
        known.is_stopped_by_loss,
        remember_watch(known),
        known.is_unresponsive,
    )


def remember_charger(
    settings: Settings, charger: ChargerSettings, known: ChargerState, now: float
) -> ChargerMemory:
    """Return what a new run must know of a charger."""
    offers = in_force(known.offers, now, settings.window_s(charger))
    limit = known.limit
    return ChargerMemory(
        is_known=not is_unknown(offers),
        offered_a=tuple(offer.current_a for offer in offers),
        commanded_a=known.commanded_a,
        target_a=known.target_a,
        unshown_low_a=known.unshown.low_a if known.unshown is not None else None,
        hold_s=max((known.hold_until or now) - now, 0.0),
        since_raise_s=None if known.raised_at is None else now - known.raised_at,
        limit_a=limit.current_a if limit is not None else None,
        limit_s=max(limit.until - now, 0.0) if limit is not None else 0.0,
        overload_stops=known.start_wait.stops,
        since_overload_stop_s=now - known.start_wait.last_stop_at,
        is_stopped_by_loss=known.is_stopped_by_loss,
        watch=remember_watch(known),
        is_unresponsive=known.is_unresponsive,
    )


def remember_watch(known: ChargerState) -> WatchMemory | None:
    """Return what a new run must know of a reduction that was not obeyed.

    A first cut that is still to be judged may be obeyed while nobody looks. If it is not, the
    house is over its limit, and the new run cuts anew.
    """
    watch = known.watch
    if watch is None or (watch.step is WatchStep.CUT and not known.is_unresponsive):
        return None
    return WatchMemory(
        step=watch.step, cut_a=watch.cut_a, has_drawn=watch.has_drawn, repeats=watch.repeats
    )


def remember_meter(state: State, now: float) -> MeterMemory:
    """Return what a new run must know of the meter."""
    timing = state.meter_timing
    is_lost = state.meter_status is MeterStatus.UNAVAILABLE
    heard_s = 0.0 if is_lost or timing.heard_since is None else now - timing.heard_since
    irregular_s = 0.0
    if timing.irregular_at is not None:
        irregular_s = max(timing.irregular_at + IRREGULAR_S - now, 0.0)
    return MeterMemory(
        period_s=timing.period_s,
        is_proven=heard_s >= PROBATION_S,
        irregular_s=irregular_s,
        answers_s=timing.answers_s,
    )


def aged(memory: Memory, elapsed_s: float) -> Memory:
    """Return the memory after a time in which nobody was there.

    A limit ends by the clock; a hold does not: what happened meanwhile is unknown.
    """
    chargers = {
        charger_id: replace(
            known,
            since_raise_s=None if known.since_raise_s is None else known.since_raise_s + elapsed_s,
            limit_s=known.limit_s - elapsed_s,
            since_overload_stop_s=known.since_overload_stop_s + elapsed_s,
        )
        for charger_id, known in memory.chargers.items()
    }
    return replace(memory, chargers=chargers)


def recall(settings: Settings, memory: Memory, now: float) -> State:
    """Return the state that a run begins with."""
    return State(
        meter_timing=recall_meter(memory.meter, now),
        chargers={
            charger.charger_id: recall_charger(
                settings, charger, memory.chargers.get(charger.charger_id), now
            )
            for charger in settings.chargers
        },
    )


def recall_meter(memory: MeterMemory, now: float) -> MeterTiming:
    """Return what is known of how the meter reports when a run begins.

    The period stands until enough gaps of this run are heard.
    """
    timing = MeterTiming()
    for late_s in memory.answers_s:
        timing = note_answer(timing, late_s)
    irregular_at = now - IRREGULAR_S + min(memory.irregular_s, IRREGULAR_S)
    return replace(
        timing,
        period_s=memory.period_s,
        heard_since=float("-inf") if memory.is_proven else None,
        is_recalled=memory.is_proven,
        irregular_at=irregular_at if memory.irregular_s > 0 else None,
    )


def recall_charger(
    settings: Settings, charger: ChargerSettings, memory: ChargerMemory | None, now: float
) -> ChargerState:
    """Return what is known of a charger when a run begins.

    It goes on with what it had, or with the lower where a change was under way.
    """
    if memory is None:
        return unknown_charger(charger)
    known = unknown_charger(charger)
    if memory.is_known:
        resume_a = min(memory.commanded_a, memory.target_a)
        known = known_charger(memory.offered_a, memory.commanded_a, resume_a)
    hold_s = min(memory.hold_s, settings.site.ramp_up_time_s)
    if memory.is_known and memory.unshown_low_a is not None:
        unshown = Unshown(low_a=memory.unshown_low_a, reading_a=None, since=now)
        known = replace(known, unshown=unshown)
    if memory.limit_a is not None and memory.limit_s > 0:
        limit = Limit(current_a=memory.limit_a, until=now + memory.limit_s)
        known = replace(known, limit=limit)
    return replace(
        known,
        hold_until=now + hold_s if hold_s > 0 else None,
        raised_at=None if memory.since_raise_s is None else now - memory.since_raise_s,
        start_wait=StartWait(
            stops=memory.overload_stops, last_stop_at=now - memory.since_overload_stop_s
        ),
        is_stopped_by_loss=memory.is_stopped_by_loss,
        watch=recall_watch(memory.watch, now) if memory.watch is not None else None,
        is_unresponsive=memory.is_unresponsive,
    )


def recall_watch(memory: WatchMemory, now: float) -> Watch:
    """Return the watch that goes on; it is judged by the first command of this run."""
    return Watch(
        step=memory.step,
        sent_at=now,
        cut_a=memory.cut_a,
        highest_a=(),
        has_drawn=memory.has_drawn,
        repeats=memory.repeats,
    )
