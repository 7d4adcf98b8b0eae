"""Meter unavailable: what counts as that, and what the chargers do meanwhile.

The meter is unavailable while its entity is missing or not a number, while what it says
cannot be (not finite, or above 20 times the breaker), after a silence (`meter_timeout_s`),
and when nothing has come 60 s after the start. The setting `unavailable_behavior` says what
then happens: stop, ignore, or a fallback current per charger.
"""

from dataclasses import replace
from math import isfinite

from .charger_limits import Ceiling
from .meter_timing import meter_timeout_s
from .model import Inputs, LimitedBy, MeterStatus, News, NewsType, Reading, State
from .settings import ChargerSettings, Settings, SiteSettings, UnavailableBehavior

FIRST_READING_WAIT_S = 60.0
"""How long after the start a meter that has said nothing is waited for."""

ABSURD_FACTOR = 20
"""A reading above this many times the breaker is a fault, not a load."""


def follow_meter(settings: Settings, state: State, inputs: Inputs, now: float) -> State:
    """Return the state with the meter judged by what came, or by how long nothing came."""
    reading = inputs.reading
    if inputs.is_started and state.first_reading_due is None:
        state = replace(state, first_reading_due=now + FIRST_READING_WAIT_S)
    if not inputs.is_meter_available and state.meter_status is not MeterStatus.AWAITED:
        return lost(state)
    if reading is not None and is_absurd(settings.site, reading):
        return replace(lost(state), is_reading_absurd=True)
    if reading is not None and not is_outdated(settings, state, reading, now):
        if state.meter_status is MeterStatus.AVAILABLE:
            return state
        return replace(state, meter_status=MeterStatus.AVAILABLE, is_reading_absurd=False)
    due_at = silent_at(settings, state)
    return lost(state) if due_at is not None and now >= due_at else state


def lost(state: State) -> State:
    """Return the state with the meter unavailable."""
    if state.meter_status is MeterStatus.UNAVAILABLE:
        return state
    return replace(state, meter_status=MeterStatus.UNAVAILABLE)


def silent_at(settings: Settings, state: State) -> float | None:
    """Return when silence makes the meter unavailable; None: never, or it is so already."""
    match state.meter_status:
        case MeterStatus.UNAVAILABLE:
            return None
        case MeterStatus.AWAITED:
            return state.first_reading_due
        case MeterStatus.AVAILABLE:
            if state.reading is None:
                return None
            timeout_s = meter_timeout_s(settings, state.meter_timing, state.reading.at)
            return None if timeout_s is None else state.reading.at + timeout_s


def is_outdated(settings: Settings, state: State, reading: Reading, now: float) -> bool:
    """Return whether the reading came so late that the meter counts as silent all the same."""
    timeout_s = meter_timeout_s(settings, state.meter_timing, reading.at)
    return timeout_s is not None and now >= reading.at + timeout_s


def is_absurd(site: SiteSettings, reading: Reading) -> bool:
    """Return whether no meter can mean this."""
    limit_a = ABSURD_FACTOR * site.rated_current_a
    return len(reading.current_a) != site.phase_count or any(
        not isfinite(current_a) or abs(current_a) > limit_a for current_a in reading.current_a
    )


def meter_news(before: MeterStatus, after: MeterStatus) -> tuple[News, ...]:
    """Return what there is to tell of the meter."""
    if after is before:
        return ()
    if after is MeterStatus.UNAVAILABLE:
        return (News(type=NewsType.METER_UNAVAILABLE),)
    if before is MeterStatus.UNAVAILABLE:
        return (News(type=NewsType.METER_RECOVERED),)
    return ()


def is_stopping(settings: Settings, state: State) -> bool:
    """Return whether the chargers are stopped while the meter is unavailable."""
    behavior = settings.site.unavailable_behavior
    if behavior is UnavailableBehavior.IGNORE:
        return state.is_reading_absurd
    return behavior is UnavailableBehavior.STOP


def lossy_ceiling(
    settings: Settings, charger: ChargerSettings, state: State, usual: Ceiling
) -> Ceiling:
    """Return the most a charger may be given while the meter is unavailable."""
    if is_stopping(settings, state):
        most_a = 0
    elif settings.site.unavailable_behavior is UnavailableBehavior.IGNORE:
        most_a = state.chargers[charger.charger_id].target_a
    else:
        most_a = charger.fallback_current_a
    if most_a > usual.current_a:
        return usual
    is_enough = most_a >= charger.min_ev_current_a
    return Ceiling(current_a=most_a if is_enough else 0, limited_by=LimitedBy.METER_UNAVAILABLE)


def fallback_news(settings: Settings, state: State) -> tuple[News, ...]:
    """Return the news of chargers that now charge without knowing the house."""
    if settings.site.unavailable_behavior is not UnavailableBehavior.SET_CURRENT:
        return ()
    return tuple(
        News(
            type=NewsType.FALLBACK_ACTIVATED,
            charger_id=charger.charger_id,
            data={"fallback_current_a": state.chargers[charger.charger_id].target_a},
        )
        for charger in settings.chargers
        if settings.is_balanced(charger)
    )
