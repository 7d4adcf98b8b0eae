"""Asking the meter by a small cut, where waiting for its word would take too long.

Two things only a change can tell. A raise that the meter has not shown: either the car takes
less, or the house fell at the same time; a car that draws what it is offered shows a cut. And a
meter that reports only what changes and has said nothing for long: if it lives it reports a cut,
so no charger has to be stopped to find out. A cut is always safe, and no increase is held for it.
"""

from dataclasses import replace

from .car import sensed_a
from .meter_timing import is_regular, meter_timeout_s
from .model import ChargerState, MeterStatus, Probe, Reading, State
from .settings import ChargerSettings, Settings, UnavailableBehavior

CUT_A = 3
"""Enough to stand out from what a house does by itself, and for a meter to report."""

LEAST_CUT_A = 2

FIRST_WAIT_S = 30.0
"""How long a start, or a raise that a meter need not report, may stay unseen before it is asked."""

LONGEST_WAIT_S = 15 * 60.0
"""While the meter never shows what the car does, each question waits twice as long as the last."""

BEFORE_TIMEOUT_S = 60.0
"""How long before its timeout a silent meter is asked."""

LOUDER_S = 30.0
"""A meter that has said nothing at all by then is asked by a cut to the charger's minimum."""

ANSWER_S = 60.0
"""A question that has no answer by then is given up."""


def ask_meter(settings: Settings, state: State, now: float) -> State:
    """Return the state with questions begun and ended."""
    changed: dict[str, ChargerState] = {}
    for charger in settings.balanced:
        known = state.chargers[charger.charger_id]
        if known.probe.ceiling_a is not None:
            if is_answered(settings, charger, state, known, now):
                changed[charger.charger_id] = replace(
                    known, probe=replace(known.probe, ceiling_a=None)
                )
            elif is_unheard(settings, state, now):
                deeper = replace(known.probe, ceiling_a=charger.min_ev_current_a)
                changed[charger.charger_id] = replace(known, probe=deeper)
            continue
        due_at = next_probe_at(settings, charger, state)
        if due_at is not None and now >= due_at:
            changed[charger.charger_id] = replace(known, probe=begun(charger, known, now))
    return replace(state, chargers={**state.chargers, **changed}) if changed else state


def probe_moments(settings: Settings, state: State, now: float) -> list[float | None]:
    """Return when questions begin, get louder and end by themselves."""
    moments = list[float | None]()
    for charger in settings.balanced:
        probe = state.chargers[charger.charger_id].probe
        if probe.ceiling_a is None:
            moments.append(next_probe_at(settings, charger, state))
        else:
            louder_at = probe.asked_at + LOUDER_S
            moments.append(louder_at if now < louder_at else probe.asked_at + ANSWER_S)
    return moments


def is_unheard(settings: Settings, state: State, now: float) -> bool:
    """Return whether a silent meter was asked and said nothing, so that a deeper cut must ask.

    A car that draws less than it is offered shows nothing of a small one. Where a lost meter
    leaves chargers what they have, that must not be their minimum.
    """
    if settings.site.unavailable_behavior is UnavailableBehavior.IGNORE:
        return False
    asked_at = None if state.reading is None else silence_asked_at(settings, state, state.reading)
    return asked_at is not None and now >= asked_at + LOUDER_S


def begun(charger: ChargerSettings, known: ChargerState, now: float) -> Probe:
    """Return the question that is asked now."""
    cut_a = min(CUT_A, known.target_a - charger.min_ev_current_a)
    wait_s = min(max(2 * known.probe.wait_s, FIRST_WAIT_S), LONGEST_WAIT_S)
    return Probe(
        ceiling_a=known.target_a - cut_a,
        asked_at=now,
        wait_s=max(wait_s, 4 * charger.command_interval_s),
    )


def next_probe_at(settings: Settings, charger: ChargerSettings, state: State) -> float | None:
    """Return when the meter is to be asked about the charger; None: there is no need, or no way."""
    known = state.chargers[charger.charger_id]
    if state.meter_status is not MeterStatus.AVAILABLE or state.reading is None:
        return None
    if known.target_a < charger.min_ev_current_a + LEAST_CUT_A or known.watch is not None:
        return None
    moments = (
        silence_probe_at(settings, state, known.probe, state.reading),
        draw_probe_at(settings, charger, state, known),
    )
    return min((at for at in moments if at is not None), default=None)


def draw_probe_at(
    settings: Settings, charger: ChargerSettings, state: State, known: ChargerState
) -> float | None:
    """Return when the meter is asked whether the car draws what it was raised to."""
    if known.unshown is None or sensed_a(known) is not None or state.reading is None:
        return None
    if len(settings.balanced) > 1 and known.target_a - known.unshown.low_a < CUT_A:
        return None  # so little is often handed back and forth between chargers
    delivered_at = known.offers[-1].delivered_at
    if delivered_at is None or known.probe.asked_at >= known.unshown.since:
        return None  # on its way still, or asked already
    shown_at = delivered_at + settings.window_s(charger)
    is_heard = is_regular(state.meter_timing, state.reading.at)
    if is_heard and state.reading.at < shown_at:
        return None  # the next reading may show it
    is_quick = known.unshown.low_a > 0 and is_heard
    return max(
        shown_at,
        known.unshown.since + (0.0 if is_quick else FIRST_WAIT_S),
        known.probe.asked_at + known.probe.wait_s,
    )


def silence_probe_at(settings: Settings, state: State, probe: Probe, last: Reading) -> float | None:
    """Return when a silent meter is asked by a charger that has not asked it yet."""
    due_at = silence_asked_at(settings, state, last)
    return None if due_at is None or probe.asked_at >= due_at else due_at


def silence_asked_at(settings: Settings, state: State, last: Reading) -> float | None:
    """Return when a meter that reports only what changes is asked whether it lives."""
    if is_regular(state.meter_timing, last.at):
        return None
    timeout_s = meter_timeout_s(settings, state.meter_timing, last.at)
    if timeout_s is None or timeout_s <= 2 * BEFORE_TIMEOUT_S:
        return None
    return last.at + timeout_s - BEFORE_TIMEOUT_S


def is_answered(
    settings: Settings, charger: ChargerSettings, state: State, known: ChargerState, now: float
) -> bool:
    """Return whether the question about the charger is settled, or not worth waiting for."""
    if now >= known.probe.asked_at + ANSWER_S or known.target_a != known.probe.ceiling_a:
        return True
    if state.reading is None or state.reading.at <= known.probe.asked_at:
        return False
    delivered_at = known.offers[-1].delivered_at
    is_over = delivered_at is not None and (
        state.reading.at >= delivered_at + settings.window_s(charger)
    )
    return is_over or (known.watch is None and known.unshown is None)
