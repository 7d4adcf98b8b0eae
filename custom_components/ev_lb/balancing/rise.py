"""When an increase must wait, and for what.

For the ramp-up time, for a start's free minimum, for the first command of this run to settle,
for the meter to show the raise before, for the command interval, and for another charger to
let go of its share. A reduction never waits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .background import balanced
from .intervals import hull, in_force, is_from_before, settles_at
from .model import ChargerState, LimitedBy, State
from .ramp_up import is_held, next_raise_at
from .settings import ChargerSettings, Settings
from .sharing import TOLERANCE_A
from .starting import start_due

SHOWING_S = 90.0
"""How long a raise waits for the meter to show the one before: the slowest car's start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What keeps a charger from rising."""

    limited_by: LimitedBy
    until: float | None = None
    """When to look again; None: when something comes."""


def blocked_raise(
    settings: Settings, charger: ChargerSettings, state: ChargerState, now: float
) -> Block | None:
    """Return what forbids an increase now, if anything does."""
    if is_held(state, now):
        return Block(limited_by=LimitedBy.RAMP_UP_HOLD, until=state.hold_until)
    if state.target_a == 0:
        due_at = start_due(settings.site, state)
        if due_at is None or now < due_at:
            return Block(limited_by=LimitedBy.START_WAIT, until=due_at)
    if state.resume_a is not None:
        return None
    window_s = settings.window_s(charger)
    if is_from_before(in_force(state.offers, now, window_s)):
        until = settles_at(state.offers, window_s)
        return Block(limited_by=LimitedBy.CONFIRMATION, until=until)
    if state.unshown is not None and now < state.unshown.since + SHOWING_S:
        return Block(limited_by=LimitedBy.UNSHOWN_DRAW, until=state.unshown.since + SHOWING_S)
    if now < next_raise_at(charger, state):
        until = next_raise_at(charger, state)
        return Block(limited_by=LimitedBy.COMMAND_INTERVAL, until=until)
    return None


def granted_raises(
    settings: Settings,
    state: State,
    room_a: Sequence[float],
    shares: Mapping[str, int],
    now: float,
) -> tuple[Mapping[str, int], Mapping[str, Block]]:
    """Return the shares without the increases for which others have not let go yet.

    An increase is granted only while the highest that every charger may still be offered stays
    within the room. So is the first command to a charger that we know nothing of; what such
    chargers draw already is in the background.
    """
    granted, blocks = dict(shares), dict[str, Block]()
    high_a = highest_offers_a(settings, state, now, is_ours_only=False)
    told_a = highest_offers_a(settings, state, now, is_ours_only=True)
    for charger in balanced(settings):
        known = state.chargers[charger.charger_id]
        share_a = shares[charger.charger_id]
        if share_a <= known.target_a:
            continue
        most_a = told_a if known.resume_a is not None else high_a
        tried_a = most_a | {charger.charger_id: max(share_a, most_a[charger.charger_id])}
        if is_within(settings, charger, tried_a, room_a):
            for offered_a in (high_a, told_a):
                offered_a[charger.charger_id] = max(share_a, offered_a[charger.charger_id])
        else:
            granted[charger.charger_id] = known.target_a
            blocks[charger.charger_id] = Block(
                limited_by=LimitedBy.OTHER_CHARGER, until=next_let_go_at(settings, state, now)
            )
    return granted, blocks


def highest_offers_a(
    settings: Settings, state: State, now: float, *, is_ours_only: bool
) -> dict[str, float]:
    """Return the most that each charger may still be offered, or was told by us."""
    return {
        charger.charger_id: hull(
            offer.current_a
            for offer in in_force(
                state.chargers[charger.charger_id].offers, now, settings.window_s(charger)
            )
            if not (is_ours_only and offer.is_assumed)
        ).high_a
        for charger in balanced(settings)
    }


def is_within(
    settings: Settings,
    charger: ChargerSettings,
    offered_a: Mapping[str, float],
    room_a: Sequence[float],
) -> bool:
    """Return whether all these offers together leave the charger's phases within the room."""
    used_a = [0.0] * len(room_a)
    for other in balanced(settings):
        for phase in other.phases:
            used_a[phase] += offered_a[other.charger_id]
    return all(used_a[phase] <= room_a[phase] + TOLERANCE_A for phase in charger.phases)


def next_let_go_at(settings: Settings, state: State, now: float) -> float | None:
    """Return when the next command settles, and with it an older one is out of force."""
    moments = [
        settles_at(state.chargers[charger.charger_id].offers, settings.window_s(charger))
        for charger in balanced(settings)
    ]
    return min((at for at in moments if at is not None and at > now), default=None)
