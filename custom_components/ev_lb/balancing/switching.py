"""Switching off, on and adding: which chargers are ours, and what we know of them then.

A charger whose switch is off keeps its current and counts as house load. Switched on again it
first gets what it had, or less. Of a charger we never commanded we know nothing: it may draw
anything up to its rating.
"""

from collections.abc import Iterable
from dataclasses import replace

from .intervals import Offer, hull, offered
from .model import ChargerState, StartWait, State
from .settings import ChargerSettings, Settings


def unknown_charger(charger: ChargerSettings) -> ChargerState:
    """Return what is known of a charger that we never commanded."""
    assumed_a = (0, charger.rated_current_a)
    return ChargerState(
        offers=tuple(Offer(current_a=current_a, is_assumed=True) for current_a in assumed_a),
        resume_a=charger.rated_current_a,
    )


def known_charger(offered_a: Iterable[int], commanded_a: int, resume_a: int) -> ChargerState:
    """Return a charger that was told these currents before, and goes on with the last."""
    return ChargerState(
        target_a=resume_a,
        commanded_a=commanded_a,
        offers=tuple(Offer(current_a=current_a) for current_a in offered_a),
        resume_a=resume_a,
    )


def follow_user(settings: Settings, state: State, now: float) -> State:
    """Return the state with the user's switches and numbers noted."""
    if settings is state.settings and len(state.chargers) == len(settings.chargers):
        return state
    before = state.settings
    background_a = list(state.background_a or ())
    chargers: dict[str, ChargerState] = {}
    for charger in settings.chargers:
        known = state.chargers.get(charger.charger_id) or unknown_charger(charger)
        earlier = find_charger(before, charger.charger_id)
        if before is not None and earlier is not None:
            was_balanced, is_balanced = before.is_balanced(earlier), settings.is_balanced(charger)
            if was_balanced and not is_balanced:
                draw_a = offered(known.offers, now, settings.window_s(charger)).high_a
                known = replace(known, watch=None, unshown=None, is_unresponsive=False)
            elif is_balanced and not was_balanced:
                known = switched_on(known)
                draw_a = -hull([offer.current_a for offer in known.offers]).low_a
            else:
                draw_a = 0.0
            for phase in charger.phases if background_a else ():
                background_a[phase] += draw_a
            if is_touched(before, earlier, settings, charger):
                known = replace(known, start_wait=StartWait())
        chargers[charger.charger_id] = known
    return replace(state, background_a=tuple(background_a) or None, chargers=chargers)


def switched_on(known: ChargerState) -> ChargerState:
    """Return a charger that is ours again: it had what it was last told.

    Its waits run on, and what its sensors said last still stands: they may say nothing new.
    """
    if known.resume_a is not None:
        return known
    again = known_charger((known.commanded_a,), known.commanded_a, known.commanded_a)
    return replace(
        again,
        hold_until=known.hold_until,
        raised_at=known.raised_at,
        limit=known.limit,
        status=known.status,
        measurements=known.measurements,
    )


def is_touched(
    before: Settings, earlier: ChargerSettings, settings: Settings, charger: ChargerSettings
) -> bool:
    """Return whether the user changed a switch or number that concerns the charger."""
    return charger != earlier or settings.site != before.site


def find_charger(settings: Settings | None, charger_id: str) -> ChargerSettings | None:
    """Return the settings of a charger, if there are any."""
    chargers = settings.chargers if settings is not None else ()
    return next((charger for charger in chargers if charger.charger_id == charger_id), None)
