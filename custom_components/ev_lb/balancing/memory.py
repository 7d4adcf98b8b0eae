"""What a new run must know of the last one: a restart must neither lose a command nor a wait.

Nor must it forget who did not follow, and how the meter reports. Every time in it is a moment, so
whether there is anything new to write down is a comparison. What a run finds out again within a
minute or two (probes, back-offs, what cars leave, what their sensors say), or by the first car that
draws (which way round the meter counts), is not kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import groupby
from math import ceil, log
from typing import Any

from .allocate.ceiling import UserLimit
from .commanding import Allocation
from .estimate.house_load import HouseLoad
from .estimate.setpoints import Setpoints
from .estimate.wiring import FORGOTTEN_S, Wiring
from .increases.hold import Hold
from .increases.start_budget import BUCKET, StartBudget
from .meter.timing import IRREGULAR_S, PROBATION_S, MeterTiming
from .model import MeterStatus, TemporaryLimit, WrongOrder
from .settings import ChargerSettings, Settings
from .state import ChargerState, State
from .supervise.compliance import Compliance
from .supervise.evidence import Cut, Evidence, Raise
from .supervise.manual_limit import ManualLimit
from .supervise.phase_order import PhaseOrder
from .switching import unknown_charger

COARSE = 1.25
"""By so much another period is worth writing down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerMemory:
    """What a new run must know of a charger."""

    is_known: bool
    """False of a charger that may be doing something it was not told by us."""

    told_a: tuple[int, ...]
    """The commands that may be in force, oldest first."""

    current_a: int
    """What it was last told with success."""

    target_a: int
    unconfirmed_low_a: float | None = None
    """What the car was counted as drawing, where the meter had not shown the rest."""

    held_until: float | None = None
    raised_at: float | None = None
    limit_a: int | None = None
    limited_until: float | None = None
    starts_left: float = BUCKET
    starts_counted_at: float | None = None
    is_stopped: bool = False
    """Whether an overload or a lost meter has stopped it."""

    is_start_told: bool = False
    open_stop_a: float | None = None
    """By how much the meter must still fall for its stop, where it had shown its draw."""

    open_stop_from_a: tuple[float, ...] = ()
    """From what it must fall, per limit: it may do so while nobody is there."""

    is_unresponsive: bool = False
    exceeded_starts: int = 0
    minimum_until: float | None = None
    manual_limit_a: int | None = None
    is_car_gone: bool = False
    """What a person has set lower at the charger."""

    phases_used: tuple[int, ...] | None = None
    """The phases that its car was seen to use."""

    wired: tuple[int, ...] = ()
    """The order of its phases that the user had entered; nothing: not known."""

    is_order_shown: bool = False
    wrong_order: WrongOrder | None = None
    """What has spoken for that order, and against it."""

    not_given_since: float | None = None
    """Since when it had been stopped: after long another car may stand there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterMemory:
    """What a new run must know of the meter."""

    period_s: float | None = None
    """In steps of a quarter, for it moves by some ms with each report."""

    is_proven: bool = False
    """Whether it had been heard for so long that it may be called regular."""

    irregular_at: float | None = None
    answers_s: tuple[float, ...] = ()
    """What its delay was learned from."""

    has_exported: bool = False
    """Whether the house has ever fed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a new run must know."""

    chargers: Mapping[str, ChargerMemory] = field(default_factory=dict[str, ChargerMemory])
    meter: MeterMemory = MeterMemory()

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can say it."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Memory:
        """Read it from a file: an older one may lack some of it, a newer one have more."""
        meter = known_of(MeterMemory, data.get("meter", {}))
        meter["answers_s"] = tuple(meter.get("answers_s", ()))
        chargers: dict[str, ChargerMemory] = {}
        for charger_id, stored in data.get("chargers", {}).items():
            known = known_of(ChargerMemory, stored)
            if known.keys() >= {"is_known", "told_a", "current_a", "target_a"}:
                known["told_a"] = tuple(known["told_a"])
                known["open_stop_from_a"] = tuple(known.get("open_stop_from_a", ()))
                known["phases_used"] = tuple(known.get("phases_used") or ()) or None
                known["wired"] = tuple(known.get("wired", ()))
                if known.get("wrong_order") is not None:
                    known["wrong_order"] = wrong_order(known["wrong_order"])
                chargers[charger_id] = ChargerMemory(**known)
        return cls(chargers=chargers, meter=MeterMemory(**meter))


def wrong_order(stored: Mapping[str, Sequence[int]]) -> WrongOrder:
    """Read what has spoken against the order of a charger's phases."""
    return WrongOrder(sensed=tuple(stored["sensed"]), shown=tuple(stored["shown"]))


def known_of(kind: type[Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what this version knows of what was stored of a dataclass."""
    names = {each.name for each in fields(kind)}
    return {key: value for key, value in stored.items() if key in names}


def remember(settings: Settings, state: State) -> Memory:
    """Return what a new run must know, in moments of this run's clock."""
    return Memory(
        chargers={
            charger.charger_id: remember_charger(state.chargers[charger.charger_id])
            for charger in settings.chargers
            if charger.charger_id in state.chargers
        },
        meter=remember_meter(state),
    )


def remember_charger(charger: ChargerState) -> ChargerMemory:
    """Return what a new run must know of a charger."""
    limit, setpoints = charger.limit.in_force, charger.setpoints
    cut = charger.evidence.cut
    return ChargerMemory(
        is_known=not setpoints.is_unknown,
        told_a=tuple(
            current_a
            for current_a, _ in groupby(
                item.current_a for item in setpoints.items if not item.is_assumed
            )
        ),
        current_a=setpoints.current_a,
        target_a=charger.target_a,
        unconfirmed_low_a=charger.evidence.unconfirmed_low_a,
        held_until=charger.hold.until,
        raised_at=charger.evidence.raised_at,
        limit_a=None if limit is None else limit.current_a,
        limited_until=None if limit is None else limit.until,
        starts_left=charger.budget.left,
        starts_counted_at=charger.budget.counted_at,
        is_stopped=charger.budget.is_stopped,
        is_start_told=charger.allocation.is_start_told,
        open_stop_a=cut.cut_a
        if charger.target_a == 0 and cut is not None and cut.has_drawn
        else None,
        open_stop_from_a=tuple(cut.highest_a or ())
        if charger.target_a == 0 and cut is not None and cut.has_drawn
        else (),
        is_unresponsive=charger.compliance.is_unresponsive,
        exceeded_starts=charger.compliance.exceeded_starts,
        minimum_until=charger.compliance.minimum_until,
        manual_limit_a=charger.manual.current_a,
        is_car_gone=charger.manual.is_car_gone,
        phases_used=charger.wiring.used,
        wired=charger.order.entered,
        is_order_shown=charger.order.is_shown,
        wrong_order=charger.order.wrong,
        not_given_since=charger.wiring.stopped_at,
    )


def remember_meter(state: State) -> MeterMemory:
    """Return what a new run must know of the meter."""
    timing, reading = state.timing, state.meter.reading
    is_heard = state.meter.status is not MeterStatus.UNAVAILABLE and reading is not None
    is_proven = (
        is_heard
        and timing.heard_since is not None
        and reading is not None
        and reading.at - timing.heard_since >= PROBATION_S
    )
    return MeterMemory(
        period_s=None if timing.period_s is None else coarse_s(timing.period_s),
        is_proven=is_proven,
        irregular_at=timing.irregular_at,
        answers_s=tuple(round(answer_s) for answer_s in timing.answers_s),
        has_exported=state.house.has_exported,
    )


def coarse_s(period_s: float) -> float:
    """Return the next power of 1.25: a period that wavers a little is not written anew each time.

    A restart needs no more of it: it is heard anew within some reports.
    """
    return round(COARSE ** ceil(log(period_s, COARSE)), 2)


def shifted(memory: Memory, by_s: float) -> Memory:
    """Return the memory with every moment so much later: on another clock."""

    def moved(moment: float | None) -> float | None:
        return None if moment is None else moment + by_s

    chargers = {
        charger_id: replace(
            known,
            held_until=moved(known.held_until),
            raised_at=moved(known.raised_at),
            limited_until=moved(known.limited_until),
            starts_counted_at=moved(known.starts_counted_at),
            minimum_until=moved(known.minimum_until),
            not_given_since=moved(known.not_given_since),
        )
        for charger_id, known in memory.chargers.items()
    }
    meter = replace(memory.meter, irregular_at=moved(memory.meter.irregular_at))
    return Memory(chargers=chargers, meter=meter)


def aged(memory: Memory, elapsed_s: float) -> Memory:
    """Return a memory, whose moments are from when it was saved, after nobody was there so long.

    All waits run on but a hold: what happened meanwhile is unknown.
    """
    older = shifted(memory, -elapsed_s)
    chargers = {
        charger_id: replace(
            known,
            held_until=memory.chargers[charger_id].held_until,
            phases_used=known.phases_used if elapsed_s < FORGOTTEN_S else None,
        )
        for charger_id, known in older.chargers.items()
    }
    return replace(older, chargers=chargers)


def recall(settings: Settings, memory: Memory, now: float) -> State:
    """Return the state that a run begins with; the memory's moments are from now."""
    known = shifted(memory, now)
    return State(
        timing=recall_meter(known.meter, now),
        house=HouseLoad(has_exported=known.meter.has_exported),
        chargers={
            charger.charger_id: recall_charger(
                settings, charger, known.chargers.get(charger.charger_id), now
            )
            for charger in settings.chargers
        },
    )


def recall_meter(memory: MeterMemory, now: float) -> MeterTiming:
    """Return what is known of how the meter reports when a run begins.

    The period stands until enough gaps of this run are heard.
    """
    irregular_at = memory.irregular_at
    if irregular_at is not None and now >= irregular_at + IRREGULAR_S:
        irregular_at = None
    return MeterTiming(
        period_s=memory.period_s or None,
        heard_since=float("-inf") if memory.is_proven else None,
        irregular_at=irregular_at,
        answers_s=list(memory.answers_s),
    )


def recall_charger(
    settings: Settings, charger: ChargerSettings, memory: ChargerMemory | None, now: float
) -> ChargerState:
    """Return what is known of a charger when a run begins.

    It goes on with what it had, or with the lower where a change was under way.
    """
    known = unknown_charger(charger)
    known.is_ours = settings.is_balanced(charger)
    if memory is None:
        return known
    if memory.is_known:
        resume_a = min(memory.current_a, memory.target_a)
        known.setpoints = Setpoints.known(memory.told_a, memory.current_a, resume_a)
        known.allocation = Allocation(target_a=resume_a, is_start_told=memory.is_start_told)
        known.evidence = recall_evidence(memory, len(settings.limits), now)
    if memory.limit_a is not None and memory.limited_until is not None:
        limit = TemporaryLimit(current_a=memory.limit_a, until=memory.limited_until)
        known.limit = UserLimit(in_force=limit if now < limit.until else None)
    if memory.held_until is not None and now < memory.held_until:
        known.hold = Hold(until=min(memory.held_until, now + settings.site.ramp_up_time_s))
    known.budget = StartBudget(
        left=memory.starts_left,
        counted_at=memory.starts_counted_at,
        is_stopped=memory.is_stopped,
    )
    known.compliance = Compliance(
        is_unresponsive=memory.is_unresponsive,
        exceeded_starts=memory.exceeded_starts,
        minimum_until=memory.minimum_until,
    )
    known.manual = ManualLimit(current_a=memory.manual_limit_a, is_car_gone=memory.is_car_gone)
    if memory.wired not in ((), charger.phases):
        return known  # the user has wired it anew
    if set(memory.phases_used or ()) <= set(charger.phases):
        known.wiring = Wiring(used=memory.phases_used, stopped_at=memory.not_given_since)
    known.order = PhaseOrder(
        entered=charger.phases,
        is_shown=memory.is_order_shown,
        is_doubted=memory.wrong_order is not None,
        wrong=memory.wrong_order,
    )
    return known


def recall_evidence(memory: ChargerMemory, limit_count: int, now: float) -> Evidence:
    """Return what the last commands of a charger have still to show.

    What the meter must fall from is not known where the user has changed the limits since.
    """
    low_a, from_a = memory.unconfirmed_low_a, list(memory.open_stop_from_a)
    return Evidence(
        raise_=None if low_a is None else Raise(low_a=low_a, sent_at=now),
        cut=None
        if memory.open_stop_a is None
        else Cut(
            cut_a=memory.open_stop_a,
            sent_at=now,
            has_drawn=True,
            highest_a=from_a if len(from_a) == limit_count else None,
        ),
        raised_at=memory.raised_at,
    )
