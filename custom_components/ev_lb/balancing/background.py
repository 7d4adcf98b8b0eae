"""The background: what the house draws without the chargers that we control.

A meter shows house and cars together, and the cars follow our commands late. So the reading
only bounds the background, by the least and the most the cars may draw, and the estimate
moves no further than these bounds force it to. Once per reading: what is repeated or late
must not be subtracted twice.
"""

from collections.abc import Mapping
from dataclasses import replace

from .car import drawn_by_sensor, measured, sensed_a
from .intervals import Interval, hull, in_force, is_unknown, out_of_date_dropped, since_seen
from .model import ChargerState, Reading, State, Unshown
from .settings import ChargerSettings, Settings

PROOF_SHARE = 0.5
"""How much of a raise the meter must show before all of it counts as drawn."""


ALL_SHARE = 0.8
"""A car that takes less of a raise than this may be one that takes no more."""


def drawn(settings: Settings, charger: ChargerSettings, state: ChargerState, at: float) -> Interval:
    """Return what the charger may have drawn in a reading of this moment.

    A raise counts as drawn only when the meter has shown it: a car that takes less than it is
    offered must not look like a house that draws less. Of a charger that may be doing anything
    no more is taken off than we told it: what it draws beyond that counts as the house's.
    """
    offers = in_force(state.offers, at, settings.window_s(charger))
    measured_a = measured(settings, state.measurements, at)
    if measured_a is not None:
        return drawn_by_sensor(state, measured_a, offers, at)
    if is_unknown(offers):
        return hull([0, *(offer.current_a for offer in offers if offer.delivered_at is not None)])
    interval = hull([offer.current_a for offer in since_seen(offers)])
    if state.unshown is None or state.unshown.low_a >= interval.low_a:
        return interval
    return Interval(low_a=state.unshown.low_a, high_a=interval.high_a)


def take_reading(settings: Settings, state: State, reading: Reading) -> State:
    """Return the state with the reading understood: the background, and what is out of force."""
    background_a = estimate_background_a(settings, state.chargers, state.background_a, reading)
    changed: dict[str, ChargerState] = {}
    for charger in settings.balanced:
        known = state.chargers[charger.charger_id]
        if len(known.offers) > 1:
            offers = out_of_date_dropped(known.offers, reading.at, settings.window_s(charger))
            if len(offers) < len(known.offers):
                changed[charger.charger_id] = replace(known, offers=offers)
    chargers = {**state.chargers, **changed} if changed else state.chargers
    return replace(
        state,
        reading=reading,
        background_a=background_a,
        background_before_a=state.background_a,
        chargers=chargers,
    )


def note_shown(settings: Settings, state: State, reading: Reading, now: float) -> State:
    """Return the state with the raises that the meter has shown.

    What the meter said last still stands when the response time is over: one that reports only
    changes says nothing more. A rise shows one charger: what it was raised by is not shown a
    second time for another that was raised with it.
    """
    waiting = {
        charger.charger_id: unshown
        for charger in settings.balanced
        if (unshown := state.chargers[charger.charger_id].unshown) is not None
    }
    if not waiting:
        return state
    changed: dict[str, ChargerState] = {}
    for charger in settings.balanced:
        charger_id = charger.charger_id
        known, unshown = state.chargers[charger_id], waiting.get(charger_id)
        if unshown is None:
            continue
        still = still_unshown(charger, known, unshown, reading, now)
        if still is not None:
            waiting[charger_id] = still
            continue
        del waiting[charger_id]
        raised_a = known.target_a - unshown.low_a
        for other_id, other in waiting.items():
            waiting[other_id] = rise_spent(other, charger.phases, raised_a, reading)
        is_taken = is_all_shown(charger, known, unshown, reading)
        probe = replace(known.probe, wait_s=0.0) if is_taken else known.probe
        changed[charger_id] = replace(known, unshown=None, probe=probe)
    for charger_id, unshown in waiting.items():
        known = state.chargers[charger_id]
        if unshown is not known.unshown:
            changed[charger_id] = replace(known, unshown=unshown)
    return replace(state, chargers={**state.chargers, **changed}) if changed else state


def rise_spent(
    unshown: Unshown, phases: tuple[int, ...], raised_a: float, reading: Reading
) -> Unshown:
    """Return a raise that must show beside another's that the meter has shown."""
    if unshown.reading_a is None:
        return unshown
    reading_a = list(unshown.reading_a)
    for phase in phases:
        before_a, now_a = reading_a[phase], reading.current_a[phase]
        reading_a[phase] = max(before_a, min(now_a, before_a + raised_a))
    return Unshown(low_a=unshown.low_a, reading_a=tuple(reading_a), since=unshown.since)


def estimate_background_a(
    settings: Settings,
    chargers: Mapping[str, ChargerState],
    before_a: tuple[float, ...] | None,
    reading: Reading,
) -> tuple[float, ...]:
    """Return the background per phase: the one before, moved into what the reading allows.

    At first it is the most that the reading allows.
    """
    low_a, high_a = list(reading.current_a), list(reading.current_a)
    for charger in settings.balanced:
        interval = drawn(settings, charger, chargers[charger.charger_id], reading.at)
        for phase in charger.phases:
            low_a[phase] -= interval.high_a
            high_a[phase] -= interval.low_a
    if before_a is None:
        return tuple(high_a)
    return tuple(
        min(max(past, low), high) for past, low, high in zip(before_a, low_a, high_a, strict=True)
    )


def is_all_shown(
    charger: ChargerSettings, state: ChargerState, unshown: Unshown, reading: Reading
) -> bool:
    """Return whether the meter has shown so much of a raise that the car surely takes all of it."""
    raised_a = state.target_a - unshown.low_a
    if raised_a <= 0 or unshown.reading_a is None:
        return False
    before_a = unshown.reading_a
    risen_a = min(reading.current_a[phase] - before_a[phase] for phase in charger.phases)
    return risen_a >= ALL_SHARE * raised_a


def still_unshown(
    charger: ChargerSettings, state: ChargerState, unshown: Unshown, reading: Reading, now: float
) -> Unshown | None:
    """Return what the meter has yet to show of the charger's last raise."""
    if unshown.reading_a is None:
        return replace(unshown, reading_a=reading.current_a)
    if state.target_a <= unshown.low_a:
        return None
    needed_a = PROOF_SHARE * (state.target_a - unshown.low_a)
    if (latest_a := sensed_a(state)) is not None:
        is_new = state.measurements[-1].at > unshown.since
        is_shown = is_new and latest_a >= unshown.low_a + needed_a
        return None if is_shown else unshown
    due_at = shown_at(charger, state)
    if due_at is None or now < due_at:
        return unshown
    risen_a = min(reading.current_a[phase] - unshown.reading_a[phase] for phase in charger.phases)
    return None if risen_a >= needed_a else unshown


def shown_at(charger: ChargerSettings, state: ChargerState) -> float | None:
    """Return from when on the meter can have shown the last raise; None: it did not get through."""
    delivered_at = state.offers[-1].delivered_at
    return None if delivered_at is None else delivered_at + charger.response_time_s
