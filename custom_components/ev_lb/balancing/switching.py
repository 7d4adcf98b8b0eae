"""Switching off, on and adding: which chargers are ours, and what we know of them then.

A charger whose switch is off keeps its current and counts as house load. Switched on again it
first gets what it had, or less. Of a charger we never commanded we know nothing: it may draw
anything up to its rating.
"""

from typing import TYPE_CHECKING

from .estimate.setpoints import Setpoints, hull
from .meter.timing import MeterTiming
from .state import ChargerState

if TYPE_CHECKING:
    from .settings import ChargerSettings, Settings
    from .state import State


def unknown_charger(settings: ChargerSettings) -> ChargerState:
    """Return what is known of a charger that we never commanded."""
    return ChargerState(settings=settings, setpoints=Setpoints.unknown(settings.rated_current_a))


def follow_user(settings: Settings, state: State, now: float) -> None:
    """Follow the user's switches and numbers."""
    if settings is state.settings and len(state.chargers) == len(settings.chargers):
        return
    before = state.settings
    is_site_touched = before is not None and before.site != settings.site
    chargers: dict[str, ChargerState] = {}
    for new in settings.chargers:
        charger = state.chargers.get(new.charger_id) or unknown_charger(new)
        is_known = before is not None and new.charger_id in state.chargers
        is_touched = is_known and (is_site_touched or charger.settings != new)
        is_ours, was_ours = settings.is_balanced(new), charger.is_ours
        charger.settings, charger.is_ours = new, is_ours
        charger.wiring.on_layout(settings, new)
        charger.order.on_layout(new.phases)
        if is_known and was_ours and not is_ours:
            give_up(state, charger, now)
        elif is_known and is_ours and not was_ours:
            take_up(state, charger)
        if is_touched:
            charger.budget.on_user()
            charger.back_off.on_user()
        chargers[new.charger_id] = charger
    while len(state.circuits) < len(settings.sources) - 1:
        state.circuits.append(MeterTiming())
    state.settings, state.chargers = settings, chargers
    state.balanced = [charger for charger in chargers.values() if charger.is_ours]


def give_up(state: State, charger: ChargerState, now: float) -> None:
    """Count what a charger may draw as the house's: its switch is off."""
    items = charger.setpoints.in_force(now, state.window_s(charger))
    state.house.on_switched(charger.loads, hull([item.current_a for item in items]).high_a)
    charger.evidence.on_switched()
    charger.polarity.on_untold()
    charger.compliance.on_switched()
    charger.read_back.on_switched()
    charger.own_ceiling.on_lifted()
    charger.escalation.on_within()
    charger.probe.on_ended()
    charger.telling.on_drawing()


def take_up(state: State, charger: ChargerState) -> None:
    """Count a charger's draw as its own again.

    Its waits run on, and what its sensors said last still stands: they may say nothing new.
    """
    was_first = charger.setpoints.resume_a is not None
    charger.setpoints.on_switched_on()
    current_a = 0 if was_first else charger.setpoints.current_a
    if not was_first:
        charger.allocation.on_switched_on(current_a)
    items = charger.setpoints.items
    state.house.on_switched(charger.loads, -hull([item.current_a for item in items]).low_a)
