"""A plan becomes a command, what is remembered of it, and what is told.

The first command of a run is sent whatever it is: the charger's real state is unknown. After
that only changes are sent, and what supervision has said again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .allocate.limits import available_a, headroom_a
from .model import (
    BalancerEvent,
    BalancerState,
    CarStatus,
    Command,
    EventType,
    LimitedBy,
    MeterStatus,
    SetCurrent,
    StartCharging,
    StopCharging,
)

if TYPE_CHECKING:
    from .planning import Plan
    from .settings import Settings
    from .state import ChargerState, State

USERS_OWN = (
    LimitedBy.CHARGER_MAXIMUM,
    LimitedBy.LIMIT,
    LimitedBy.MANUAL_LIMIT,
    LimitedBy.CHARGER_CEILING,
    LimitedBy.BELOW_MINIMUM,
)
"""Reasons by which the user's own number or limit bounds a charger, or it itself, not house or
meter."""


@dataclass(slots=True, kw_only=True)
class Allocation:
    """What a charger is to have, and why."""

    target_a: int = 0
    """The current wanted now; 0 is stopped."""

    limited_by: LimitedBy = LimitedBy.WAITING_FOR_METER
    limit: int | None = None
    """The limit that binds it most, by its place; None: something else does."""

    until: float | None = None
    """When that may end by itself, at the earliest; None: nobody knows."""

    unconstrained_a: int | None = None
    """What it would have if it had not to wait; None: it waits for nothing."""

    balancer_state: BalancerState = BalancerState.STOPPED
    is_start_told: bool = False
    """Stopped by an overload or a lost meter, so its next start is told."""

    def on_plan(
        self,
        target_a: int,
        limited_by: LimitedBy,
        shown: BalancerState,
        limit: int | None = None,
        until: float | None = None,
        unconstrained_a: int | None = None,
    ) -> None:
        """Take a plan."""
        self.target_a, self.limited_by, self.limit = target_a, limited_by, limit
        self.until, self.unconstrained_a = until, unconstrained_a
        self.balancer_state = shown

    def on_switched_on(self, current_a: int) -> None:
        """Take up again what the charger had."""
        self.target_a, self.is_start_told = current_a, False

    def on_forced_stop(self) -> None:
        """Note that house or meter has stopped it."""
        self.is_start_told = True

    def on_resumed(self) -> None:
        """Note that it charges again."""
        self.is_start_told = False


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What is done about the chargers."""

    commands: list[Command] = field(default_factory=list[Command])
    events: list[BalancerEvent] = field(default_factory=list[BalancerEvent])
    dropped: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """Whom to tell again what they have."""

    same: frozenset[str]
    """What they have already is said once more."""

    short: frozenset[str]
    """Chargers that draw less than they were given: said again, with the start where it is
    nothing."""


def carry_out(
    settings: Settings,
    state: State,
    plans: Mapping[str, Plan],
    overloaded: frozenset[int],
    repeats: Repeats,
    now: float,
) -> Outcome:
    """Bring every charger to its plan, and return the commands and what there is to tell."""
    outcome = Outcome()
    raised_a = recent_raises_a(settings, state, now)
    for charger in state.chargers.values():
        planned = plans.get(charger.charger_id)
        if planned is None:
            if switch_off(charger):
                outcome.dropped.add(charger.charger_id)
            continue
        before_a = charger.target_a
        is_first, is_waiting = charger.setpoints.resume_a is not None, is_unread(charger, planned)
        is_sent = (planned.target_a != before_a or is_first) and not is_waiting
        charger.allocation.on_plan(
            planned.target_a,
            planned.limited_by,
            balancer_state(planned, is_sent=is_sent),
            planned.limit,
            planned.until,
            planned.unconstrained_a,
        )
        is_forced = not overloaded.isdisjoint(charger.limits)
        if is_forced and charger.target_a < before_a:
            at_once_s = max(charger.settings.response_time_s, state.timing.expected_s)
            most_a = max(raised_a[index] for index in charger.limits)
            fullest, late_s = fullest_a(settings, state, charger), shown_s(state, charger)
            charger.back_off.on_cut(fullest, most_a, at_once_s, late_s, now)
        outcome.events += note_change(settings, state, charger, before_a, now, is_forced=is_forced)
        is_short = charger.charger_id in repeats.short and planned.target_a >= before_a
        if is_sent or is_short or charger.charger_id in repeats.same:
            outcome.commands.append(send(state, charger, before_a, now, is_short=is_short))
    return outcome


def is_unread(charger: ChargerState, planned: Plan) -> bool:
    """Return whether a charger we know nothing of waits for the second reading to be started.

    Until then it is left alone: it may be charging, and the house has room.
    """
    return (
        charger.setpoints.is_unknown
        and charger.setpoints.resume_a is not None
        and planned.target_a == 0
        and planned.blocker is not None
        and planned.limited_by is LimitedBy.CONFIRMATION
    )


def switch_off(charger: ChargerState) -> bool:
    """Leave a charger alone: it keeps what it was last told; return whether that is new."""
    was_off = charger.allocation.balancer_state is BalancerState.DISABLED
    charger.allocation.on_plan(
        charger.setpoints.current_a, LimitedBy.DISABLED, BalancerState.DISABLED
    )
    return not was_off


def note_change(
    settings: Settings,
    state: State,
    charger: ChargerState,
    before_a: int,
    now: float,
    *,
    is_forced: bool,
) -> Iterator[BalancerEvent]:
    """Note what a change of the target means for later increases, and tell of it."""
    target_a, allocation, site = charger.target_a, charger.allocation, settings.site
    is_users = allocation.limited_by in USERS_OWN
    per_hour = charger.settings.max_starts_per_hour
    is_lost = state.meter.status is MeterStatus.UNAVAILABLE
    if is_lost:
        charger.evidence.on_lost()
    if target_a < before_a and is_lost and not is_users:
        charger.hold.on_forced_cut(site.ramp_up_time_s, now)
        if target_a == 0:
            charger.budget.on_stop(per_hour, now, is_by_loss=True)
            allocation.on_forced_stop()
    elif target_a == 0 < before_a and is_forced and not is_users:
        if charger.sensor.status is not CarStatus.ABSENT:
            charger.budget.on_stop(per_hour, now, is_by_loss=False)
            allocation.on_forced_stop()
            yield overload_stop(settings, state, charger, before_a)
    elif target_a > 0 and allocation.is_start_told:
        allocation.on_resumed()
        yield BalancerEvent(
            type=EventType.CHARGING_RESUMED,
            charger_id=charger.charger_id,
            data={"current_a": target_a},
        )
    if target_a > before_a:
        load_a = state.house.calm_a
        house_a = None if load_a is None else max(load_a[index] for index in charger.phases)
        fullest = fullest_a(settings, state, charger)
        charger.back_off.on_raise(target_a - before_a, fullest, house_a, now)
        if before_a == 0:
            charger.budget.on_start(per_hour, now)
            charger.compliance.on_start(target_a, now)


def recent_raises_a(settings: Settings, state: State, now: float) -> Sequence[int]:
    """Return by how much each limit's chargers were raised so short ago that it may show."""
    raised_a = [0] * len(settings.limits)
    for charger in state.balanced:
        lasting_s = 2 * shown_s(state, charger)
        for load in charger.loads:
            raised_a[load.index] += load.weight * charger.back_off.recent_raise_a(lasting_s, now)
    return raised_a


def shown_s(state: State, charger: ChargerState) -> float:
    """Return how long the meter may take to show a command, from when it was sent."""
    return state.slowest_window_s(charger) + (state.timing.period_s or 0.0)


def fullest_a(settings: Settings, state: State, charger: ChargerState) -> float:
    """Return what the fullest of a charger's limits shows."""
    if state.meter.reading is None:
        return 0.0
    free_a = available_a(settings.limits, state.meter.reading.current_a)
    fullest = min(charger.limits, key=lambda index: free_a[index])
    return state.meter.reading.current_a[fullest]


def send(
    state: State, charger: ChargerState, before_a: int, now: float, *, is_short: bool
) -> Command:
    """Return the command that brings the charger to its target, noted as sent."""
    command = command_for(charger, before_a, is_short=is_short)
    charger.evidence.on_sent(
        before_a=before_a,
        after_a=charger.target_a,
        was_unknown=charger.setpoints.is_unknown and charger.setpoints.resume_a is not None,
        is_charging=None if charger.sensor.is_silent else charger.sensor.is_charging,
        drawn_a=charger.sensor.drawn_a,
        reading=state.meter.reading if state.meter.is_available else None,
        now=now,
    )
    charger.setpoints.on_sent(charger.target_a, now)
    charger.read_back.on_sent(before_a, charger.target_a, now)
    return command


def command_for(charger: ChargerState, before_a: int, *, is_short: bool) -> Command:
    """Return the command that brings the charger from what is known to its target.

    A start that did not get through, or of which nothing was seen when it is raised, is said again.
    What is said again to who draws less is no reduction: no stop may wait for it.
    """
    target_a, setpoints = charger.target_a, charger.setpoints
    if target_a == 0:
        return StopCharging(charger_id=charger.charger_id)
    is_pending = target_a < setpoints.current_a or not is_short
    is_less = target_a < before_a or (target_a == before_a and is_pending)
    is_reduction = setpoints.current_a > 0 and is_less
    is_unseen = charger.evidence.unconfirmed_low_a == 0 and target_a > before_a
    if (
        before_a == 0
        or (is_short and charger.telling.is_nothing)
        or is_unseen
        or setpoints.resume_a is not None
        or setpoints.is_start_undelivered
    ):
        return StartCharging(
            charger_id=charger.charger_id, current_a=target_a, is_reduction=is_reduction
        )
    return SetCurrent(charger_id=charger.charger_id, current_a=target_a, is_reduction=is_reduction)


def balancer_state(plan: Plan, *, is_sent: bool) -> BalancerState:
    """Return the state to show."""
    if plan.target_a == 0:
        return BalancerState.STOPPED
    if is_sent:
        return BalancerState.ADJUSTING
    if plan.blocker is not None and plan.blocker.limited_by is LimitedBy.RAMP_UP_HOLD:
        return BalancerState.RAMP_UP_HOLD
    return BalancerState.ACTIVE


def overload_stop(
    settings: Settings, state: State, charger: ChargerState, before_a: int
) -> BalancerEvent:
    """Return the event of a charger stopped because the house took its current."""
    lowest_a = most_a = 0.0
    if state.meter.reading is not None and state.house.load_a is not None:
        free_a = available_a(settings.limits, state.meter.reading.current_a)
        room_a = headroom_a(settings.limits, state.house.load_a)
        lowest_a = min(free_a[index] for index in charger.limits)
        most_a = min(room_a[load.index] / load.weight for load in charger.loads)
    return BalancerEvent(
        type=EventType.OVERLOAD_STOP,
        charger_id=charger.charger_id,
        data={
            "previous_current_a": before_a,
            "available_current_a": round(lowest_a, 1),
            "headroom_a": round(most_a, 1),
        },
    )
