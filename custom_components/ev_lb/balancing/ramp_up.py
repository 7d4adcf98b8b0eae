"""Increases wait: none within `ramp_up_time_s` of a reduction forced by the house.

The hold runs for every charger on the phase that was over. A cut by the user's own number,
switch or limit, or to make room for another charger, starts none. Where the house takes back
at once what it has just given up, it is a load that cycles, and the hold lasts twice as long.
Two increases of one charger are at least its `command_interval_s` apart.
"""

from collections.abc import Sequence
from dataclasses import replace

from .model import ChargerState, MeterStatus, State
from .settings import ChargerSettings, Settings, SiteSettings

CYCLE_S, CYCLE_A = 10.0, 8.0
"""A raise that is taken back so soon, by so much, has met a load that cycles."""


def hold_increase(site: SiteSettings, state: ChargerState, now: float) -> ChargerState:
    """Return the charger with its hold begun anew; one that lasts longer goes on."""
    hold_until = now + site.ramp_up_time_s
    if state.hold_until is not None:
        hold_until = max(state.hold_until, hold_until)
    return replace(state, hold_until=hold_until)


def hold_overloaded(
    settings: Settings,
    state: State,
    over_a: Sequence[float],
    overloaded: frozenset[int],
    now: float,
) -> State:
    """Return the state with increases held on every phase that the house has overloaded."""
    if not overloaded:
        return state
    chargers = dict(state.chargers)
    for charger in settings.balanced:
        if not overloaded.isdisjoint(charger.phases):
            known = chargers[charger.charger_id]
            most_a = max([over_a[phase] for phase in charger.phases])
            held = hold_increase(settings.site, known, now)
            if is_cycling(known, most_a, now):
                held = hold_increase(settings.site, held, now + settings.site.ramp_up_time_s)
            chargers[charger.charger_id] = held
    return replace(state, chargers=chargers)


def is_cycling(state: ChargerState, over_a: float, now: float) -> bool:
    """Return whether the house takes back what it has just given up, so that it soon may again."""
    return over_a >= CYCLE_A and state.raised_at is not None and now - state.raised_at <= CYCLE_S


def is_held(state: ChargerState, now: float) -> bool:
    """Return whether an increase must wait for the ramp-up time."""
    return state.hold_until is not None and now < state.hold_until


def next_raise_at(charger: ChargerSettings, state: ChargerState) -> float:
    """Return the earliest moment the command interval leaves for an increase."""
    if state.raised_at is None or charger.command_interval_s <= 0:
        return float("-inf")
    return state.raised_at + charger.command_interval_s


def overload_a(settings: Settings, state: State) -> Sequence[float]:
    """Return by how much the chargers were given more than the house leaves them, per phase.

    Measured by the service current of the decision before: what a user takes away by a number
    is no overload.
    """
    given_a = [0.0] * settings.site.phase_count
    if state.background_a is None or state.meter_status is not MeterStatus.AVAILABLE:
        return given_a
    site = (state.settings or settings).site
    for charger in settings.balanced:
        for phase in charger.phases:
            given_a[phase] += state.chargers[charger.charger_id].target_a
    return [
        max(given + background - site.service_current_a, 0.0) if given > 0 else 0.0
        for given, background in zip(given_a, state.background_a, strict=True)
    ]
