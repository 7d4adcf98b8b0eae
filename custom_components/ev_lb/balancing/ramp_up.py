"""Increases wait: none within `ramp_up_time_s` of a reduction forced by the house.

The hold runs for every charger on the phase that was over. A cut by the user's own number,
switch or limit, or to make room for another charger, starts none. Two increases of one charger
are at least its `command_interval_s` apart.
"""

from dataclasses import replace

from .headroom import TOLERANCE_A
from .model import ChargerState, MeterStatus, State
from .settings import ChargerSettings, Settings, SiteSettings


def hold_increase(site: SiteSettings, state: ChargerState, now: float) -> ChargerState:
    """Return the charger with its hold begun anew."""
    return replace(state, hold_until=now + site.ramp_up_time_s)


def hold_overloaded(
    settings: Settings, state: State, overloaded: frozenset[int], now: float
) -> State:
    """Return the state with increases held on every phase that the house has overloaded."""
    if not overloaded:
        return state
    chargers = dict(state.chargers)
    for charger in settings.chargers:
        if settings.is_balanced(charger) and not overloaded.isdisjoint(charger.phases):
            known = chargers[charger.charger_id]
            chargers[charger.charger_id] = hold_increase(settings.site, known, now)
    return replace(state, chargers=chargers)


def is_held(state: ChargerState, now: float) -> bool:
    """Return whether an increase must wait for the ramp-up time."""
    return state.hold_until is not None and now < state.hold_until


def next_raise_at(charger: ChargerSettings, state: ChargerState) -> float:
    """Return the earliest moment the command interval leaves for an increase."""
    if state.raised_at is None or charger.command_interval_s <= 0:
        return float("-inf")
    return state.raised_at + charger.command_interval_s


def overloaded_phases(settings: Settings, state: State) -> frozenset[int]:
    """Return the phases on which the house leaves less than the chargers were given.

    Measured by the service current of the decision before: what a user takes away by a number
    is no overload.
    """
    if state.background_a is None or state.meter_status is not MeterStatus.AVAILABLE:
        return frozenset()
    site = (state.settings or settings).site
    given_a = [0.0] * len(state.background_a)
    for charger in settings.chargers:
        if settings.is_balanced(charger):
            for phase in charger.phases:
                given_a[phase] += state.chargers[charger.charger_id].target_a
    return frozenset(
        phase
        for phase, (given, background) in enumerate(zip(given_a, state.background_a, strict=True))
        if given > 0 and given > site.service_current_a - background + TOLERANCE_A
    )
