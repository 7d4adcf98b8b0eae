"""The gates of an increase: what may keep a charger from one, each with its own reason.

`balancer.py` has their order. A reduction passes none of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..allocate.doubt import is_seen_anew
from ..estimate.setpoints import is_from_before
from ..model import LimitedBy
from ..supervise import polarity
from ..supervise.evidence import LONGEST_CLIMB_S, SHOWING_S, calm_s, has_been_read, shown_at
from ..supervise.probes import ANSWER_S, OWED_S
from .overload import over_limits

if TYPE_CHECKING:
    from ..settings import SiteSettings
    from ..state import ChargerState, State


HIDDEN_A = 2.0
"""A raise by no more may be hidden by any house."""


@dataclass(slots=True, kw_only=True)
class Blocker:
    """What keeps a charger from an increase."""

    limited_by: LimitedBy
    until: float | None = None
    """When to look again; None: when something comes."""


type Gate = Callable[[SiteSettings, State, ChargerState, float], Blocker | None]


def overload_gate(
    _site: SiteSettings, state: State, charger: ChargerState, _now: float
) -> Blocker | None:
    """No increase on a limit that the last reading shows over."""
    if over_limits(state).isdisjoint(charger.limits):
        return None
    return Blocker(limited_by=LimitedBy.HEADROOM)


def hold_gate(
    _site: SiteSettings, _state: State, charger: ChargerState, now: float
) -> Blocker | None:
    """No increase within the ramp-up time."""
    if not charger.hold.is_running(now):
        return None
    return Blocker(limited_by=LimitedBy.RAMP_UP_HOLD, until=charger.hold.until)


def fresh_gate(
    site: SiteSettings, state: State, charger: ChargerState, now: float
) -> Blocker | None:
    """No increase on a reading that is old, on any phase it loads: the meter may be frozen."""
    reading = state.meter.reading
    if reading is None or not state.meter.is_available:
        return None  # the rules of a lost meter decide
    for source, timing in zip(state.sources, state.timings, strict=True):
        loaded = [index for index in source if index in charger.limits]
        lived_at = state.meter.lived_until(loaded)
        if loaded and now > lived_at + timing.fresh_s(site.meter_timeout_s, lived_at):
            return Blocker(limited_by=LimitedBy.STALE_READING)
    return None


def start_gate(
    site: SiteSettings, state: State, charger: ChargerState, now: float
) -> Blocker | None:
    """No start before the minimum was free for a while, and without one of the budget.

    Nor before the meter can have shown the stop: what it shows may be the car still.
    """
    if charger.target_a > 0:
        return None
    settled_at = charger.setpoints.settles_at(state.window_s(charger))
    if settled_at is not None and now < settled_at:
        return Blocker(limited_by=LimitedBy.CONFIRMATION, until=settled_at)
    per_hour = charger.settings.max_starts_per_hour
    due_at = charger.budget.due_at(site.ramp_up_time_s, per_hour, now)
    if due_at is not None and now >= due_at:
        return None
    return Blocker(limited_by=LimitedBy.START_WAIT, until=due_at)


def first_command_gate(
    _site: SiteSettings, state: State, charger: ChargerState, now: float
) -> Blocker | None:
    """No increase before the first command of this run has settled."""
    if charger.setpoints.resume_a is not None:
        return None
    window_s = state.window_s(charger)
    if not is_from_before(charger.setpoints.in_force(now, window_s)):
        return None
    return Blocker(limited_by=LimitedBy.CONFIRMATION, until=charger.setpoints.settles_at(window_s))


def unconfirmed_gate(
    _site: SiteSettings, state: State, charger: ChargerState, now: float
) -> Blocker | None:
    """No increase before the one before has shown, and has stopped climbing.

    But one by which a car shows whether it draws, when its whole draw was gone from the meter. And
    what any house hides is not waited for when it had its time: what the next one gives counts from
    before it.
    """
    raise_ = charger.evidence.raise_
    if raise_ is None or charger.setpoints.resume_a is not None or is_seen_anew(state, charger):
        return None
    is_climbing = raise_.top_at is not None and now < raise_.top_at + calm_s(state)
    is_small = charger.target_a - raise_.low_a <= HIDDEN_A
    if is_small and not is_climbing and has_been_read(state, charger, now):
        return None
    ends_at = raise_.sent_at + SHOWING_S
    if raise_.top_at is not None and raise_.top_a > 1.0:
        climbs_until = raise_.top_at + calm_s(state)
        ends_at = max(ends_at, min(climbs_until, raise_.sent_at + LONGEST_CLIMB_S))
    if now >= ends_at:
        return None
    moments = (shown_at(charger), ends_at)
    until = min(at for at in moments if at is not None and at > now)
    return Blocker(limited_by=LimitedBy.UNCONFIRMED_RAISE, until=until)


def reset_gate(
    _site: SiteSettings, state: State, charger: ChargerState, now: float
) -> Blocker | None:
    """No increase before a charger that was reset, and started again, can have shown.

    What it did not draw meanwhile looks like room.
    """
    until = now
    for other in state.balanced:
        started_at = other.read_back.started_again_at
        if started_at is not None and other.is_seen_with(charger):
            told_at = other.setpoints.delivered_since(started_at) or now
            until = max(until, told_at + state.window_s(other) + state.timing.expected_s)
    return Blocker(limited_by=LimitedBy.CONFIRMATION, until=until) if now < until else None


def probe_gate(
    _site: SiteSettings, state: State, charger: ChargerState, now: float
) -> Blocker | None:
    """No increase while another is asked by a probe, or has not got back what it gave for it.

    It would hide the answer, or take what is the other's. Who was asked itself goes first.
    """
    others = [
        other.probe
        for other in state.balanced
        if (other.probe.ceiling_a is not None or other.probe.owed_a is not None)
        and other is not charger
        and other.is_seen_with(charger)
    ]
    until = [each.asked_at + ANSWER_S for each in others if each.ceiling_a is not None]
    until += polarity.answers_until(state, charger, now)
    if charger.probe.owed_a is None:
        until += [each.asked_at + OWED_S for each in others if each.owed_a is not None]
    if not until:
        return None
    return Blocker(limited_by=LimitedBy.OTHER_CHARGER, until=min(until))


def back_off_gate(
    _site: SiteSettings, _state: State, charger: ChargerState, now: float
) -> Blocker | None:
    """No increase soon after our own raises had to be taken back again and again."""
    if charger.target_a == 0 or not charger.back_off.is_waiting(now):
        return None
    return Blocker(limited_by=LimitedBy.BACK_OFF, until=charger.back_off.until)


def interval_gate(
    _site: SiteSettings, _state: State, charger: ChargerState, now: float
) -> Blocker | None:
    """Two increases of one charger are at least its command interval apart."""
    raised_at, interval_s = charger.evidence.raised_at, charger.settings.command_interval_s
    if raised_at is None or interval_s <= 0 or now >= raised_at + interval_s:
        return None
    return Blocker(limited_by=LimitedBy.COMMAND_INTERVAL, until=raised_at + interval_s)


def first_blocker(
    gates: tuple[Gate, ...], site: SiteSettings, state: State, charger: ChargerState, now: float
) -> Blocker | None:
    """Return the first gate that is closed, if any is."""
    for gate in gates:
        blocker = gate(site, state, charger, now)
        if blocker is not None:
            return blocker
    return None
