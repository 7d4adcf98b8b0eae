"""When an increase must wait, and for what.

For the ramp-up time, for a start's free minimum, for the first command of this run to settle,
for the meter to show the raise before, for the command interval, and for another charger to
let go of its share. A reduction never waits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .background import balanced
from .intervals import in_force, is_from_before, offered, settles_at
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
    within the room.
    """
    granted, blocks = dict(shares), dict[str, Block]()
    used_a = [0.0] * len(room_a)
    high_a: dict[str, float] = {}
    for charger in balanced(settings):
        known = state.chargers[charger.charger_id]
        interval = offered(known.offers, now, settings.window_s(charger))
        high_a[charger.charger_id] = interval.high_a
        for phase in charger.phases:
            used_a[phase] += interval.high_a
    for charger in balanced(settings):
        known = state.chargers[charger.charger_id]
        share_a = shares[charger.charger_id]
        if share_a <= known.target_a or known.resume_a is not None:
            continue
        extra_a = max(share_a - high_a[charger.charger_id], 0.0)
        if all(used_a[phase] + extra_a <= room_a[phase] + TOLERANCE_A for phase in charger.phases):
            for phase in charger.phases:
                used_a[phase] += extra_a
        else:
            granted[charger.charger_id] = known.target_a
            blocks[charger.charger_id] = Block(
                limited_by=LimitedBy.OTHER_CHARGER, until=next_let_go_at(settings, state, now)
            )
    return granted, blocks


def next_let_go_at(settings: Settings, state: State, now: float) -> float | None:
    """Return when the next command settles, and with it an older one is out of force."""
    moments = [
        settles_at(state.chargers[charger.charger_id].offers, settings.window_s(charger))
        for charger in balanced(settings)
    ]
    return min((at for at in moments if at is not None and at > now), default=None)
