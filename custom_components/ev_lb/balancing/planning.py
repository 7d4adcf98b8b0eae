"""What every charger is to have: the rules of headroom, sharing and waiting, in their order."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .background import balanced
from .charger_limits import Ceiling, ceiling
from .headroom import headroom_a
from .meter_loss import lossy_ceiling
from .model import LimitedBy, MeterStatus, State
from .rise import Block, blocked_raise, granted_raises
from .settings import ChargerSettings, Settings
from .sharing import Claim, share_current
from .starting import note_free_minimum


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a charger is to have, and why."""

    target_a: int
    limited_by: LimitedBy
    block: Block | None
    """What keeps it from rising though there is room."""


def note_free_minimums(settings: Settings, state: State, now: float) -> State:
    """Return the state with since when each charger's minimum is free."""
    wishes = share_current(shareable_a(settings, state), claims(settings, state, now))
    chargers = dict(state.chargers)
    for charger_id, wish_a in wishes.items():
        chargers[charger_id] = note_free_minimum(chargers[charger_id], wish_a > 0, now)
    return replace(state, chargers=chargers)


def plan(settings: Settings, state: State, now: float) -> Mapping[str, Plan]:
    """Return what each of our chargers is to have.

    Who must wait with an increase claims no more than it has, so that the others are not cut
    for a share that nobody takes yet.
    """
    room_a = shareable_a(settings, state)
    wanted = claims(settings, state, now)
    shares, blocks = share_current(room_a, wanted), dict[str, Block]()
    while found := raise_blocks(settings, state, shares, now):
        # What one must not take goes to the others, who may have to wait with it as well.
        blocks |= found
        allowed = [
            replace(claim, max_a=min(claim.max_a, claim.current_a))
            if claim.charger_id in blocks
            else claim
            for claim in wanted
        ]
        shares = share_current(room_a, allowed)
    shares, others = granted_raises(settings, state, room_a, shares, now)
    return {
        charger.charger_id: plan_of(
            charger,
            shares[charger.charger_id],
            ceiling_now(settings, charger, state, now),
            blocks.get(charger.charger_id) or others.get(charger.charger_id),
            min(room_a[phase] for phase in charger.phases),
        )
        for charger in balanced(settings)
    }


def raise_blocks(
    settings: Settings, state: State, shares: Mapping[str, int], now: float
) -> dict[str, Block]:
    """Return what keeps chargers from the increase that there is room for."""
    blocks: dict[str, Block] = {}
    for charger in balanced(settings):
        known = state.chargers[charger.charger_id]
        if shares[charger.charger_id] > known.target_a:
            block = blocked_raise(settings, charger, known, now)
            if block is not None:
                blocks[charger.charger_id] = block
    return blocks


def shareable_a(settings: Settings, state: State) -> tuple[float, ...]:
    """Return what the chargers may draw together; the service current while the house is unseen."""
    nothing_a = (0.0,) * settings.site.phase_count
    is_seen = state.meter_status is MeterStatus.AVAILABLE
    return headroom_a(settings.site, (is_seen and state.background_a) or nothing_a)


def claims(settings: Settings, state: State, now: float) -> tuple[Claim, ...]:
    """Return what each of our chargers may be given."""
    return tuple(
        Claim(
            charger_id=charger.charger_id,
            min_a=charger.min_ev_current_a,
            max_a=ceiling_now(settings, charger, state, now).current_a,
            weight=charger.priority,
            phases=charger.phases,
            current_a=state.chargers[charger.charger_id].target_a,
        )
        for charger in balanced(settings)
    )


def ceiling_now(settings: Settings, charger: ChargerSettings, state: State, now: float) -> Ceiling:
    """Return the most the charger may be given, with or without a meter."""
    usual = ceiling(charger, state.chargers[charger.charger_id], now)
    if state.meter_status is MeterStatus.UNAVAILABLE:
        return lossy_ceiling(settings, charger, state, usual)
    return usual


def plan_of(
    charger: ChargerSettings, share_a: int, most: Ceiling, block: Block | None, room_a: float
) -> Plan:
    """Return the plan for one charger, with the reason it gets no more."""
    if block is not None:
        limited_by = block.limited_by
    elif share_a >= most.current_a:
        limited_by = most.limited_by
    elif room_a >= max(share_a + 1, charger.min_ev_current_a):
        limited_by = LimitedBy.SHARING
    else:
        limited_by = LimitedBy.HEADROOM
    return Plan(target_a=share_a, limited_by=limited_by, block=block)
