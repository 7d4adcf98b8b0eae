"""A plan becomes a command, what is remembered of it, and what is told.

The first command of a run is sent whatever it is: the charger's real state is unknown. After
that only changes are sent, and what a charger did not obey.
"""

from dataclasses import dataclass, replace

from .headroom import available_a, headroom_a
from .intervals import Offer, is_unknown
from .last_ampere import note_taken_back
from .model import (
    BalancerState,
    CarStatus,
    ChargerState,
    Command,
    LimitedBy,
    MeterStatus,
    News,
    NewsType,
    Reading,
    SetCurrent,
    StartCharging,
    State,
    StopCharging,
    Unshown,
)
from .obedience import repeat_reduction, watch_reduction
from .planning import Plan
from .ramp_up import hold_increase
from .settings import ChargerSettings, Settings, SiteSettings
from .starting import note_overload_stop


@dataclass(slots=True, kw_only=True)
class Step:
    """What is done about one charger."""

    state: ChargerState
    command: Command | None = None
    news: tuple[News, ...] = ()


def switched_off(known: ChargerState) -> Step:
    """Return a charger left alone: it keeps what it was last told."""
    is_off = known.balancer_state is BalancerState.DISABLED
    if is_off and known.target_a == known.commanded_a:
        return Step(state=known)
    return Step(
        state=replace(
            known,
            target_a=known.commanded_a,
            balancer_state=BalancerState.DISABLED,
            limited_by=LimitedBy.DISABLED,
        )
    )


def follow_plan(
    settings: Settings,
    charger: ChargerSettings,
    state: State,
    plan: Plan,
    *,
    is_overloaded: bool,
    is_repeated: bool,
    now: float,
) -> Step:
    """Return the charger brought to its plan."""
    known = state.chargers[charger.charger_id]
    is_first = known.resume_a is not None
    is_changed = plan.target_a != known.target_a
    shown = balancer_state(plan, is_sent=is_changed or is_first)
    after = known
    if is_changed or (shown, plan.limited_by) != (known.balancer_state, known.limited_by):
        after = replace(
            known, target_a=plan.target_a, limited_by=plan.limited_by, balancer_state=shown
        )
    news: tuple[News, ...] = ()
    is_lost = state.meter_status is MeterStatus.UNAVAILABLE
    if plan.target_a < known.target_a and is_overloaded:
        cut_a = known.target_a - plan.target_a
        period_s = state.meter_timing.period_s
        after = replace(after, last_ampere=note_taken_back(known, cut_a, period_s, now))
    if is_lost and not known.is_unresponsive:
        after = replace(after, watch=None)  # nobody sees what becomes of it
    if plan.target_a < known.target_a and is_lost and not is_users_own(plan):
        after = hold_increase(settings.site, after, now)
        after = replace(after, is_stopped_by_loss=plan.target_a == 0)
    elif plan.target_a == 0 < known.target_a and is_overloaded and is_missed(plan, known):
        news = (overload_stop(settings.site, charger, state),)
        after = replace(note_overload_stop(after, now), is_stopped_by_loss=True)
    elif plan.target_a > 0 and known.is_stopped_by_loss:
        news = (resumed(charger, plan.target_a),)
        after = replace(after, is_stopped_by_loss=False)
    if not (is_changed or is_first or is_repeated):
        return Step(state=after, news=news)
    reading = None if is_lost else state.reading
    sent = note_sent(known, after, reading, is_repeated=is_repeated, now=now)
    return Step(state=sent, command=command_for(charger, known, plan.target_a), news=news)


def is_missed(plan: Plan, known: ChargerState) -> bool:
    """Return whether a stop takes from a car what its user wants it to have."""
    return known.status is not CarStatus.ABSENT and not is_users_own(plan)


def is_users_own(plan: Plan) -> bool:
    """Return whether the user's own number or limit bounds the charger, not house or meter."""
    return plan.limited_by in (
        LimitedBy.CHARGER_MAXIMUM,
        LimitedBy.LIMIT,
        LimitedBy.BELOW_MINIMUM,
    )


def command_for(charger: ChargerSettings, known: ChargerState, target_a: int) -> Command:
    """Return the command that brings the charger from what is known to its target."""
    if target_a == 0:
        return StopCharging(charger_id=charger.charger_id)
    # A start of which nothing was seen may have been lost: the next raise says it again.
    is_unseen = known.unshown is not None and known.unshown.low_a == 0
    is_lost = is_unseen and target_a > known.target_a
    if known.target_a == 0 or known.resume_a is not None or is_lost:
        return StartCharging(charger_id=charger.charger_id, current_a=target_a)
    return SetCurrent(charger_id=charger.charger_id, current_a=target_a)


def note_sent(
    known: ChargerState,
    after: ChargerState,
    reading: Reading | None,
    *,
    is_repeated: bool,
    now: float,
) -> ChargerState:
    """Return the charger with the command sent now, and what must be seen of it."""
    offers = (*known.offers, Offer(current_a=after.target_a, sent_at=now))
    after = replace(after, offers=offers, resume_a=None)
    if is_repeated:
        return repeat_reduction(after, now)
    if after.target_a < known.target_a:
        return watch_reduction(after, known.target_a - after.target_a, reading, now)
    is_raise = after.target_a > known.target_a
    if not is_raise:
        return after
    low_a = known.unshown.low_a if known.unshown is not None else known.target_a
    unshown = Unshown(
        low_a=0 if is_unknown(known.offers) else low_a,
        reading_a=reading.current_a if reading is not None else None,
        since=now,
    )
    return replace(after, raised_at=now, unshown=unshown, watch=None)


def balancer_state(plan: Plan, *, is_sent: bool) -> BalancerState:
    """Return the state to show."""
    if plan.target_a == 0:
        return BalancerState.STOPPED
    if is_sent:
        return BalancerState.ADJUSTING
    if plan.block is not None and plan.block.limited_by is LimitedBy.RAMP_UP_HOLD:
        return BalancerState.RAMP_UP_HOLD
    return BalancerState.ACTIVE


def overload_stop(site: SiteSettings, charger: ChargerSettings, state: State) -> News:
    """Return the news of a charger stopped because the house took its current."""
    lowest_a = most_a = 0.0
    if state.reading is not None and state.background_a is not None:
        free_a = available_a(site, state.reading.current_a)
        room_a = headroom_a(site, state.background_a)
        lowest_a = min(free_a[phase] for phase in charger.phases)
        most_a = min(room_a[phase] for phase in charger.phases)
    return News(
        type=NewsType.OVERLOAD_STOP,
        charger_id=charger.charger_id,
        data={
            "previous_current_a": state.chargers[charger.charger_id].target_a,
            "available_current_a": round(lowest_a, 1),
            "headroom_a": round(most_a, 1),
        },
    )


def resumed(charger: ChargerSettings, current_a: int) -> News:
    """Return the news of a charger that charges again after an overload or a lost meter."""
    return News(
        type=NewsType.CHARGING_RESUMED,
        charger_id=charger.charger_id,
        data={"current_a": current_a},
    )
