"""The order of the rules, written once.

What came is noted, the meter judged, its reading held against what the commands should show, the
house load estimated; then shares are planned, gates asked, and the rule that knows no beliefs
takes who stays over a step further down.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from .allocate import unused_share
from .allocate.fallback import fallback_events
from .allocate.limits import TOLERANCE_A, available_a
from .commanding import Repeats, carry_out
from .estimate import house_load, wiring
from .estimate.per_limit import divided_again, per_limit
from .increases.gates import (
    Gate,
    back_off_gate,
    first_command_gate,
    fresh_gate,
    hold_gate,
    interval_gate,
    overload_gate,
    probe_gate,
    reset_gate,
    start_gate,
    unconfirmed_gate,
)
from .increases.overload import overload_a
from .meter.availability import meter_events
from .model import (
    BalancerEvent,
    BalancerState,
    ChargerView,
    Decision,
    Inputs,
    LimitedBy,
    MeterStatus,
    Reading,
    View,
)
from .planning import Planned, plan
from .reasons import limited_by
from .settings import Limit, Settings
from .state import ChargerState, State
from .supervise import (
    charger_ceiling,
    compliance,
    escalation,
    evidence,
    failing,
    manual_limit,
    phase_order,
    polarity,
    probes,
    read_back,
    telling_again,
)
from .switching import follow_user

if TYPE_CHECKING:
    from collections.abc import Sequence

GATES: tuple[Gate, ...] = (
    overload_gate,
    hold_gate,
    fresh_gate,
    start_gate,
    first_command_gate,
    unconfirmed_gate,
    reset_gate,
    probe_gate,
    back_off_gate,
    interval_gate,
)
"""What may keep a charger from an increase, in the order in which it is named as the reason."""


def decide(settings: Settings, state: State, inputs: Inputs, now: float) -> Decision:
    """Return what every charger is to have now, and what must be sent for it.

    The state is changed in place: it is this function's memory, and nobody else's.
    """
    was, limits_before = state.meter.status, (state.settings or settings).limits
    follow_user(settings, state, now)
    note_inputs(state, inputs, now)
    if inputs.reading is not None:
        inputs = replace(inputs, reading=per_limit(settings, state, inputs.reading))
    reading = state.meter.on_inputs(
        settings, state.timings, inputs, now, is_calm=evidence.is_calm(state, now)
    )
    if state.meter.status is MeterStatus.AWAITED:
        return awaiting(settings, state, now)
    differing = read_back.follow(state, now)
    repeated, judged = follow_meter(state, reading, was, now)
    events = [*meter_events(was, state.meter), *judged]

    failing.follow_failures(state, now)
    unused_share.follow_draws(state, now)
    told_again = telling_again.told_again(state, now)  # whose raises must wait from now on
    wiring.follow_overloads(state, now)
    probes.probe(state, now)

    planned, overloaded = plan_for(settings, state, limits_before, now)
    note_room(state, planned, now)
    due = escalation.due_limits(state, now)
    if due and not reduced(state, planned):
        house_load.on_standing_overload(state, now)
        planned, overloaded = plan_for(settings, state, limits_before, now)
    if escalation.escalate(state, due, reduced(state, planned), now):
        hold(settings, state, due, now)
        overloaded |= due
        planned = plan(settings, state, GATES, overloaded, now)
    same = repeated | differing.same | escalation.told_again(state, reduced(state, planned), now)
    repeats = Repeats(same=same, short=told_again | differing.short)
    outcome = carry_out(settings, state, planned.plans, overloaded, repeats, now)
    events += outcome.events
    if state.meter.status is MeterStatus.UNAVAILABLE is not was:
        events += fallback_events(
            settings, [(charger.charger_id, charger.target_a) for charger in state.balanced]
        )
    return Decision(
        state=state,
        view=view_of(settings, state),
        commands=tuple(outcome.commands),
        dropped=frozenset(outcome.dropped),
        events=tuple(events),
        wake_at=wake_at(settings, state, planned, now),
    )


def note_inputs(state: State, inputs: Inputs, now: float) -> None:
    """Note what came of commands, limits, and what the chargers say themselves."""
    for done in inputs.delivered:
        if done.charger_id in state.chargers:
            state.chargers[done.charger_id].setpoints.on_delivered(done.sent_at, done.at)
    for missed in inputs.failed:
        if missed.charger_id in state.chargers:
            state.chargers[missed.charger_id].setpoints.on_failed(missed.sent_at, missed.at)
    for charger_id, charger in state.chargers.items():
        if charger_id in inputs.limits:
            charger.limit.on_set(inputs.limits[charger_id])
        charger.limit.on_time(now)
        if charger_id in inputs.cars:
            wiring.follow_sensor(charger, inputs.cars[charger_id])
            said = wiring.on_used_phases(charger, inputs.cars[charger_id])
            charger.sensor.on_report(said, now)
        if charger_id in inputs.read_backs:
            read_back.follow_report(charger, inputs.read_backs[charger_id])
        wiring.follow_car(charger, now)
        read_back.follow_car(charger, now)


def follow_meter(
    state: State, reading: Reading | None, was: MeterStatus, now: float
) -> tuple[frozenset[str], tuple[BalancerEvent, ...]]:
    """Understand a reading; return whom to tell again what they have, and what there is to tell.

    Judged first: the very reading that shows a cut is understood with the cut in force.
    """
    if not state.meter.is_available:
        probes.find_out(state, now)
        polarity.forget(state)
        escalation.follow_limits(state, now)
        return frozenset(), ()
    phase_order.follow_commands(state, now)  # before what shows them is forgotten
    if reading is not None:
        is_after_outage = was is MeterStatus.UNAVAILABLE
        is_new = note_reports(state, reading, is_after_outage=is_after_outage)
        if is_after_outage:
            state.house.on_outage()
        shown = evidence.on_reading(state, reading, now)
        if shown:
            reading = divided_again(state, reading)
        house_load.on_reading(state, reading, is_new=is_new)
        telling_again.doubt_draws(state, reading)
        wiring.follow_rises(state, reading)
    else:
        shown = evidence.on_time(state, now)
        house_load.on_time(state, now)
    for charger_id in shown:  # who has shown a part only is asked about the rest, rarely
        if state.chargers[charger_id].evidence.least_a is None:
            state.chargers[charger_id].probe.on_answered()
    escalation.follow_limits(state, now)
    judged = compliance.judge(state, shown, now)
    polarity.follow(state, now)
    probes.find_out(state, now)
    for charger in state.balanced:
        if state.house.calm_a is not None:
            house_a = max(state.house.calm_a[index] for index in charger.phases)
            charger.back_off.on_house(house_a, now)
    return judged


def note_reports(state: State, reading: Reading, *, is_after_outage: bool) -> bool:
    """Learn how each meter reports; return whether one says more than its last telegram again."""
    is_new = False
    for source, timing in zip(state.sources, state.timings, strict=True):
        moments = [reading.moment_of(index) for index in source]
        is_new |= timing.on_report(
            max(moments), oldest_at=min(moments), is_after_outage=is_after_outage
        )
    return is_new


def plan_for(
    settings: Settings, state: State, limits: Sequence[Limit], now: float
) -> tuple[Planned, frozenset[int]]:
    """Return what every charger is to have, and the limits on which they must give way.

    `limits`: those of the decision before, for what a user takes away by a number is no overload.
    """
    over_a = overload_a(state, limits)
    state.deadband.on_overload(state, over_a, now)
    overloaded = overloaded_limits(state, over_a, now)
    hold(settings, state, overloaded, now)
    return plan(settings, state, GATES, overloaded, now), overloaded


def overloaded_limits(state: State, over_a: Sequence[float], now: float) -> frozenset[int]:
    """Return the limits on which the chargers must give something up."""
    over = {index for index, each_a in enumerate(over_a) if each_a > TOLERANCE_A}
    return frozenset(over) - state.deadband.standing(now)


def hold(settings: Settings, state: State, overloaded: frozenset[int], now: float) -> None:
    """Hold increases on every limit that the house has overloaded."""
    for charger in state.balanced:
        if not overloaded.isdisjoint(charger.limits):
            charger.hold.on_forced_cut(settings.site.ramp_up_time_s, now)


def note_room(state: State, planned: Planned, now: float) -> None:
    """Note since when each charger's minimum has been free."""
    for charger in state.balanced:
        is_free = planned.unconstrained[charger.charger_id] > 0
        charger.budget.on_room(now, is_free=is_free)


def reduced(state: State, planned: Planned) -> frozenset[str]:
    """Return the chargers that are about to be cut."""
    return frozenset(
        charger.charger_id
        for charger in state.balanced
        if planned.plans[charger.charger_id].target_a < charger.target_a
    )


def awaiting(settings: Settings, state: State, now: float) -> Decision:
    """Return the decision before the first reading: nothing is sent."""
    for charger in state.chargers.values():
        charger.allocation.on_plan(
            charger.target_a,
            LimitedBy.WAITING_FOR_METER if charger.is_ours else LimitedBy.DISABLED,
            BalancerState.STOPPED if charger.is_ours else BalancerState.DISABLED,
        )
    return Decision(
        state=state,
        view=view_of(settings, state),
        wake_at=wake_at(settings, state, None, now),
    )


def view_of(settings: Settings, state: State) -> View:
    """Return what is shown of the site."""
    reading, house_a = state.meter.reading, state.house.load_a
    own = [index for source in settings.sources for index in source]
    return View(
        meter_status=state.meter.status,
        meter_fault=state.meter.fault,
        meter_lost=tuple(
            place for place, index in enumerate(own) if index in state.meter.lost_values
        ),
        meter_lost_at=state.meter.lost_since,
        available_a=None if reading is None else available_a(settings.limits, reading.current_a),
        house_load_a=None if house_a is None else tuple(house_a),
        over_since=tuple(
            state.overloads.since.get(index) for index, _ in enumerate(settings.limits)
        ),
        meter_period_s=state.timing.period_s,
        meter_delay_s=state.timing.delay_s(settings.site.meter_delay_s),
        chargers={
            charger.charger_id: charger_view(settings, charger)
            for charger in state.chargers.values()
        },
    )


def charger_view(settings: Settings, charger: ChargerState) -> ChargerView:
    """Return what is shown of a charger."""
    allocation, reason = charger.allocation, limited_by(charger)
    return ChargerView(
        target_a=charger.target_a,
        setpoint_a=charger.setpoints.current_a,
        balancer_state=allocation.balancer_state,
        limited_by=reason,
        is_unresponsive=charger.compliance.is_unresponsive,
        limit=charger.limit.in_force,
        limit_name=None if allocation.limit is None else settings.limits[allocation.limit].name,
        phases_used=charger.wiring.used,
        manual_limit_a=charger.manual.current_a,
        charger_ceiling_a=charger.own_ceiling.current_a,
        has_car_left=charger.wiring.has_car_left,
        wrong_order=charger.order.wrong,
        until=allocation.until if reason is allocation.limited_by else None,
        unconstrained_a=allocation.unconstrained_a,
        drawn_a=charger.sensor.drawn_a,
        car=charger.sensor.status,
    )


def wake_at(settings: Settings, state: State, planned: Planned | None, now: float) -> float | None:
    """Return when the next wait, limit or timeout ends; None: nothing is due by itself."""
    later = [at for at in moments(settings, state, planned, now) if at > now]
    return min(later, default=None)


def moments(
    settings: Settings, state: State, planned: Planned | None, now: float
) -> Iterator[float]:
    """Yield when each record wants to be looked at again."""
    silent_at = state.meter.silent_at(settings, state.timings)
    if silent_at is not None:
        yield silent_at
    if state.meter.distrusted_until is not None:
        yield state.meter.distrusted_until
    for charger in state.chargers.values():
        if charger.limit.in_force is not None:
            yield charger.limit.in_force.until
    if planned is None:
        return
    for each in planned.plans.values():
        if each.blocker is not None and each.blocker.until is not None:
            yield each.blocker.until
    yield from state.deadband.until.values()
    yield from house_load.moments(state)
    yield from wiring.moments(state)
    yield from evidence.moments(state)
    yield from escalation.moments(state)
    yield from compliance.moments(state)
    yield from read_back.moments(state)
    yield from charger_ceiling.moments(state)
    yield from manual_limit.moments(state)
    yield from failing.moments(state)
    yield from telling_again.moments(state)
    yield from unused_share.moments(state)
    yield from probes.moments(state)
    yield from polarity.moments(state)
