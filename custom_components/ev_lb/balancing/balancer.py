"""The order of the rules, written once.

Note what came, judge the meter, estimate the background, hold, plan, and say what to send.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from .background import note_shown, take_reading
from .car import exceeds_command, note_cars
from .commanding import Step, follow_plan, switched_off
from .flicker import note_flicker, overloaded_phases
from .intervals import mark_delivered
from .leaving import left_moments, note_left
from .meter_loss import fallback_news, follow_meter, meter_news, silent_at
from .meter_timing import note_falls, note_report, note_silence, with_learned_delay
from .model import (
    BalancerState,
    ChargerState,
    Decision,
    Delivered,
    Inputs,
    Limit,
    LimitedBy,
    MeterStatus,
    News,
    Reading,
    State,
)
from .obedience import fall_spent, judge
from .planning import Plan, plan
from .probing import ask_meter, probe_moments
from .ramp_up import hold_overloaded, overload_a
from .settings import Settings
from .switching import follow_user


def decide(settings: Settings, state: State, inputs: Inputs, now: float) -> Decision:
    """Return what every charger is to have now, and what must be sent for it."""
    was = state.meter_status
    settings = with_learned_delay(settings, state)
    state = note_delivered(follow_user(settings, state, now), inputs.delivered)
    state = note_limits(state, inputs.limits, now)
    if inputs.cars:
        state = note_cars(state, inputs.cars, now)
    state = follow_meter(settings, state, inputs, now)
    news = meter_news(was, state.meter_status)
    state = note_rhythm(state, inputs, was)
    state, repeats, judged = follow_reading(settings, state, inputs, now)
    if state.meter_status is MeterStatus.AWAITED:
        return awaiting(settings, state, now)
    state = note_left(settings, ask_meter(settings, state, now), now)
    over_a = overload_a(settings, state)
    state = note_flicker(settings, state, over_a, now)
    overloaded = overloaded_phases(state, over_a, now)
    state = hold_overloaded(settings, state, over_a, overloaded, now)
    state, plans = plan(settings, state, now)
    state, steps = carry_out(settings, state, plans, overloaded, repeats, now)
    news += judged + tuple(told for step in steps for told in step.news)
    if state.meter_status is MeterStatus.UNAVAILABLE is not was:
        news += fallback_news(settings, state)
    return Decision(
        state=state,
        commands=tuple(step.command for step in steps if step.command is not None),
        news=news,
        wake_at=wake_at(settings, state, plans, now),
    )


def note_delivered(state: State, delivered: tuple[Delivered, ...]) -> State:
    """Return the state with the commands that got through."""
    if not delivered:
        return state
    chargers = dict(state.chargers)
    for command in delivered:
        known = chargers.get(command.charger_id)
        if known is None:
            continue
        sent = [offer for offer in known.offers if offer.sent_at == command.sent_at]
        chargers[command.charger_id] = replace(
            known,
            offers=mark_delivered(known.offers, command.sent_at, command.at),
            commanded_a=sent[-1].current_a if sent else known.commanded_a,
        )
    return replace(state, chargers=chargers)


def note_limits(state: State, limits: Mapping[str, Limit | None], now: float) -> State:
    """Return the state with temporary limits begun, replaced and ended."""
    changed: dict[str, ChargerState] = {}
    for charger_id, known in state.chargers.items():
        limit = limits.get(charger_id, known.limit)
        if limit is not None and now >= limit.until:
            limit = None
        if limit is not known.limit:
            changed[charger_id] = replace(known, limit=limit)
    return replace(state, chargers={**state.chargers, **changed}) if changed else state


def note_rhythm(state: State, inputs: Inputs, was: MeterStatus) -> State:
    """Return the state with the meter's rhythm learned: of its reports, not of its losses."""
    timing = state.meter_timing
    is_available = state.meter_status is MeterStatus.AVAILABLE
    if inputs.reading is not None and is_available:
        before = state.reading if was is MeterStatus.AVAILABLE else None
        timing = note_report(timing, before, inputs.reading)
    elif was is MeterStatus.AVAILABLE and not is_available and inputs.is_meter_available:
        timing = note_silence(timing, state.reading)
    return state if timing is state.meter_timing else replace(state, meter_timing=timing)


def follow_reading(
    settings: Settings, state: State, inputs: Inputs, now: float
) -> tuple[State, frozenset[str], tuple[News, ...]]:
    """Return the state after a good new reading, whom to repeat to, and what there is to tell."""
    reading = inputs.reading
    standing = state.reading
    if state.meter_status is not MeterStatus.AVAILABLE:
        return state, frozenset(), ()
    if reading is None or (standing is not None and reading.at < standing.at):
        state = note_shown(settings, state, standing, now) if standing is not None else state
        return state, frozenset(), ()
    if any(known.fall is not None for known in state.chargers.values()):
        state = note_falls(settings, state, reading)
    # Judged first: the very reading that shows a cut is understood with the cut in force.
    state, repeats, news = judge_all(settings, state, reading)
    state = take_reading(settings, note_shown(settings, state, reading, now), reading)
    return state, repeats, news


def judge_all(
    settings: Settings, state: State, reading: Reading
) -> tuple[State, frozenset[str], tuple[News, ...]]:
    """Return the state with every charger's obedience judged, whom to repeat to, and the news."""
    verdicts = {
        charger.charger_id: judge(settings, charger, state.chargers, reading)
        for charger in settings.balanced
        for known in (state.chargers[charger.charger_id],)
        if known.watch is not None
        or known.is_unresponsive
        or exceeds_command(settings, charger, known, reading.at)
    }
    if not verdicts:
        return state, frozenset(), ()
    judged = {charger_id: verdict.state for charger_id, verdict in verdicts.items()}
    chargers = fall_spent(settings, state.chargers, {**state.chargers, **judged})
    return (
        replace(state, chargers=chargers),
        frozenset(key for key, verdict in verdicts.items() if verdict.is_repeat_due),
        tuple(news for verdict in verdicts.values() for news in verdict.news),
    )


def awaiting(settings: Settings, state: State, now: float) -> Decision:
    """Return the decision before the first reading: nothing is sent."""
    chargers = dict(state.chargers)
    for charger in settings.chargers:
        is_ours = settings.is_balanced(charger)
        chargers[charger.charger_id] = replace(
            chargers[charger.charger_id],
            balancer_state=BalancerState.STOPPED if is_ours else BalancerState.DISABLED,
            limited_by=LimitedBy.WAITING_FOR_METER if is_ours else LimitedBy.DISABLED,
        )
    state = replace(state, settings=settings, chargers=chargers)
    return Decision(state=state, wake_at=wake_at(settings, state, {}, now))


def carry_out(
    settings: Settings,
    state: State,
    plans: Mapping[str, Plan],
    overloaded: frozenset[int],
    repeats: frozenset[str],
    now: float,
) -> tuple[State, list[Step]]:
    """Return the state with every charger brought to its plan, and the steps with an effect."""
    steps = list[Step]()
    changed: dict[str, ChargerState] = {}
    for charger in settings.chargers:
        known, planned = state.chargers[charger.charger_id], plans.get(charger.charger_id)
        if planned is None:
            step = switched_off(known)
        else:
            step = follow_plan(
                settings,
                charger,
                state,
                planned,
                is_overloaded=not overloaded.isdisjoint(charger.phases),
                is_repeated=charger.charger_id in repeats,
                now=now,
            )
        if step.command is not None or step.news:
            steps.append(step)
        if step.state is not known:
            changed[charger.charger_id] = step.state
    if changed or settings is not state.settings:
        chargers = {**state.chargers, **changed} if changed else state.chargers
        state = replace(state, settings=settings, chargers=chargers)
    return state, steps


def wake_at(
    settings: Settings, state: State, plans: Mapping[str, Plan], now: float
) -> float | None:
    """Return when the next wait, limit or timeout ends; None: nothing is due by itself."""
    moments: list[float | None] = [silent_at(settings, state)]
    moments += probe_moments(settings, state, now)
    moments += left_moments(settings, state)
    moments += state.flicker_until.values()
    moments += [planned.block.until for planned in plans.values() if planned.block is not None]
    moments += [known.limit.until for known in state.chargers.values() if known.limit is not None]
    return earliest_after(now, moments)


def earliest_after(now: float, moments: Iterable[float | None]) -> float | None:
    """Return the earliest moment still to come."""
    return min((at for at in moments if at is not None and at > now), default=None)
