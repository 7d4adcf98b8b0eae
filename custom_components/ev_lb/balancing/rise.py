"""When an increase must wait, and for what.

For the ramp-up time, for a start's free minimum, for the first command of this run to settle,
for the meter to show the raise before, for the command interval, and for another charger to
let go of its share. A reduction never waits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .background import shown_at
from .headroom import TOLERANCE_A, headroom_a
from .intervals import in_force, is_from_before, settles_at
from .last_ampere import last_ampere_at
from .meter_timing import is_regular
from .model import ChargerState, LimitedBy, MeterStatus, State
from .ramp_up import is_held, next_raise_at
from .settings import ChargerSettings, Settings
from .starting import start_due

TWICE_PERIOD_S = 15.0
"""Up to this period an increase needs two readings."""

SHOWING_S = 90.0
"""How long a raise waits for the meter to show the one before: the slowest car's start."""


@dataclass(slots=True, kw_only=True)
class Block:
    """What keeps a charger from rising."""

    limited_by: LimitedBy
    until: float | None = None
    """When to look again; None: when something comes."""


def blocked_raise(
    settings: Settings,
    charger: ChargerSettings,
    state: ChargerState,
    wish_a: int,
    *,
    is_fresh: bool,
    now: float,
) -> Block | None:
    """Return what forbids an increase now, if anything does.

    `wish_a`: what the charger would be given if it had not to wait; `is_fresh`: whether the last
    reading is new enough to raise on.
    """
    if is_held(state, now):
        return Block(limited_by=LimitedBy.RAMP_UP_HOLD, until=state.hold_until)
    if not is_fresh:
        return Block(limited_by=LimitedBy.STALE_READING)
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
        moments = (shown_at(charger, state), state.unshown.since + SHOWING_S)
        until = min(at for at in moments if at is not None and at > now)
        return Block(limited_by=LimitedBy.UNSHOWN_DRAW, until=until)
    if wish_a == state.target_a + 1 and now < last_ampere_at(state):
        return Block(limited_by=LimitedBy.LAST_AMPERE, until=last_ampere_at(state))
    if now < next_raise_at(charger, state):
        until = next_raise_at(charger, state)
        return Block(limited_by=LimitedBy.COMMAND_INTERVAL, until=until)
    return None


def calm_room_a(settings: Settings, state: State) -> tuple[float, ...] | None:
    """Return what both of the last two readings leave per phase; None: one is enough.

    A single low reading between two high ones must not raise anybody. Of a meter that is slow, or
    reports only changes, a second one would take too long to come.
    """
    before_a, now_a, timing = state.background_before_a, state.background_a, state.meter_timing
    if before_a is None or now_a is None or state.reading is None:
        return None
    if state.meter_status is not MeterStatus.AVAILABLE or before_a == now_a:
        return None
    is_quick = timing.period_s is not None and timing.period_s <= TWICE_PERIOD_S
    if not is_quick or not is_regular(timing, state.reading.at):
        return None
    return headroom_a(settings.site, tuple(map(max, before_a, now_a, strict=True)))


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
    rising = [
        charger
        for charger in settings.balanced
        if shares[charger.charger_id] > state.chargers[charger.charger_id].target_a
    ]
    if not rising:
        return shares, {}
    granted, blocks = dict(shares), dict[str, Block]()
    offers = {
        charger.charger_id: highest_offers(settings, charger, state, now)
        for charger in settings.balanced
    }
    used = [HighestOffers() for _ in room_a]
    for charger in settings.balanced:
        for phase in charger.phases:
            used[phase].add(offers[charger.charger_id])
    until: float | None = None
    for charger in rising:
        known, own = state.chargers[charger.charger_id], offers[charger.charger_id]
        more = own.needed_for(shares[charger.charger_id])
        is_first = known.resume_a is not None
        if all(
            used[phase].of(is_first=is_first) + more.of(is_first=is_first)
            <= room_a[phase] + TOLERANCE_A
            for phase in charger.phases
        ):
            for phase in charger.phases:
                used[phase].add(more)
            continue
        until = until or next_let_go_at(settings, state, now)
        has_minimum = known.target_a >= charger.min_ev_current_a
        granted[charger.charger_id] = known.target_a if has_minimum else 0
        blocks[charger.charger_id] = Block(limited_by=LimitedBy.OTHER_CHARGER, until=until)
    return granted, blocks


@dataclass(slots=True, kw_only=True)
class HighestOffers:
    """The most that chargers may still be offered."""

    possible_a: float = 0.0
    """With what a charger may be doing that we know nothing of."""

    told_a: float = 0.0
    """Only what we told them."""

    def add(self, other: HighestOffers) -> None:
        """Count another charger's, too."""
        self.possible_a += other.possible_a
        self.told_a += other.told_a

    def needed_for(self, share_a: int) -> HighestOffers:
        """Return what a charger's offers grow by when it is given this share."""
        return HighestOffers(
            possible_a=max(share_a - self.possible_a, 0.0), told_a=max(share_a - self.told_a, 0.0)
        )

    def of(self, *, is_first: bool) -> float:
        """Return what bounds a raise: the first command to an unknown charger is no raise."""
        return self.told_a if is_first else self.possible_a


def highest_offers(
    settings: Settings, charger: ChargerSettings, state: State, now: float
) -> HighestOffers:
    """Return the most that the charger may still be offered."""
    offers = in_force(state.chargers[charger.charger_id].offers, now, settings.window_s(charger))
    ours_a = [offer.current_a for offer in offers if not offer.is_assumed]
    return HighestOffers(
        possible_a=max([offer.current_a for offer in offers], default=0),
        told_a=max(ours_a, default=0),
    )


def next_let_go_at(settings: Settings, state: State, now: float) -> float | None:
    """Return when the next command settles, and with it an older one is out of force."""
    moments = [
        settles_at(offers, settings.window_s(charger))
        for charger in settings.balanced
        if len(offers := state.chargers[charger.charger_id].offers) > 1
    ]
    return min((at for at in moments if at is not None and at > now), default=None)
