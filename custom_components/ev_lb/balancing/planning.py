"""What every charger is to have: the rules of headroom, sharing and waiting, in their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .charger_limits import Ceiling, ceiling
from .claim import Claim
from .flicker import flickering, with_flicker
from .headroom import headroom_a
from .last_ampere import note_room
from .leaving import without_left
from .meter_loss import lossy_ceiling
from .meter_timing import fresh_until
from .model import ChargerState, LimitedBy, MeterStatus, State
from .rise import Block, blocked_raise, calm_room_a, granted_raises
from .settings import ChargerSettings, Settings
from .sharing import share_current
from .starting import note_free_minimum

UNCONFIRMED_A = 2
"""A running charger may go up by so much on one reading."""


@dataclass(slots=True, kw_only=True)
class Plan:
    """What a charger is to have, and why."""

    target_a: int
    limited_by: LimitedBy
    block: Block | None
    """What keeps it from rising though there is room."""


def plan(settings: Settings, state: State, now: float) -> tuple[State, Mapping[str, Plan]]:
    """Return what each of our chargers is to have, and the state with the free minimums noted.

    Who must wait with an increase claims no more than it has, so that the others are not cut
    for a share that nobody takes yet.
    """
    free_a = shareable_a(settings, state)
    room_a = with_flicker(settings.site, free_a, flickering(state, now))
    ceilings = {
        charger.charger_id: ceiling_now(settings, charger, state, now)
        for charger in settings.balanced
    }
    wanted = claims(settings, state, ceilings)
    wishes = share_current(room_a, wanted)
    if len(wanted) > 1 and (taken := without_left(wanted, wishes, state)) is not wanted:
        wanted, wishes = taken, share_current(room_a, taken)
    state = note_wishes(state, wishes, now)
    blocks = raise_blocks(settings, state, wanted, wishes, now)
    kept = unraised(wanted, blocks)
    shares = wishes if kept == wanted else share_current(room_a, kept)
    seen = seen_twice(settings, state, shares, kept)
    once = Block(limited_by=LimitedBy.HEADROOM)
    waits = {} if seen is shares else {key: once for key in shares if seen[key] < shares[key]}
    shares, others = granted_raises(settings, state, free_a, seen, now)
    waits = {**others, **waits, **blocks}
    plans = {
        charger.charger_id: plan_of(
            charger,
            shares[charger.charger_id],
            ceilings[charger.charger_id],
            waits.get(charger.charger_id)
            if wishes[charger.charger_id] > state.chargers[charger.charger_id].target_a
            else None,
            room_a,
        )
        for charger in settings.balanced
    }
    return state, plans


def seen_twice(
    settings: Settings, state: State, shares: Mapping[str, int], claims: tuple[Claim, ...]
) -> Mapping[str, int]:
    """Return the shares, increases no higher than what the last two readings both leave.

    An ampere or two more are not worth the wait.
    """
    calm_a = calm_room_a(settings, state)
    if calm_a is None or all(shares[claim.charger_id] <= claim.current_a for claim in claims):
        return shares
    calm = share_current(calm_a, claims)
    return {
        claim.charger_id: seen_share_a(claim, shares[claim.charger_id], calm[claim.charger_id])
        for claim in claims
    }


def seen_share_a(claim: Claim, share_a: int, calm_a: int) -> int:
    """Return how much of a share a charger may have before a second reading confirms it."""
    if claim.current_a > 0 and share_a <= claim.current_a + UNCONFIRMED_A:
        return share_a
    return min(share_a, max(calm_a, claim.current_a))


def note_wishes(state: State, wishes: Mapping[str, int], now: float) -> State:
    """Return the state with since when each charger's minimum, or more than it has, is free."""
    changed: dict[str, ChargerState] = {}
    for charger_id, wish_a in wishes.items():
        known = state.chargers[charger_id]
        noted = note_room(note_free_minimum(known, wish_a > 0, now), wish_a, now)
        if noted is not known:
            changed[charger_id] = noted
    return replace(state, chargers={**state.chargers, **changed}) if changed else state


def raise_blocks(
    settings: Settings,
    state: State,
    claims: tuple[Claim, ...],
    wishes: Mapping[str, int],
    now: float,
) -> dict[str, Block]:
    """Return what keeps chargers from an increase, whether there is room for one or not."""
    is_seen = state.meter_status is MeterStatus.AVAILABLE
    is_fresh = not is_seen or now <= fresh_until(settings, state)
    blocks = dict[str, Block]()
    for charger, claim in zip(settings.balanced, claims, strict=True):
        if claim.max_a <= claim.current_a:
            continue  # nothing to keep it from
        known, wish_a = state.chargers[charger.charger_id], wishes[charger.charger_id]
        block = blocked_raise(settings, charger, known, wish_a, is_fresh=is_fresh, now=now)
        if block is not None:
            blocks[charger.charger_id] = block
    return blocks


def unraised(claims: tuple[Claim, ...], blocks: Mapping[str, Block]) -> tuple[Claim, ...]:
    """Return the claims, those of blocked chargers no higher than what they have."""
    return tuple(
        claim.at_most(claim.current_a)
        if claim.charger_id in blocks and claim.max_a > claim.current_a
        else claim
        for claim in claims
    )


def shareable_a(settings: Settings, state: State) -> tuple[float, ...]:
    """Return what the chargers may draw together; the service current while the house is unseen."""
    nothing_a = (0.0,) * settings.site.phase_count
    is_seen = state.meter_status is MeterStatus.AVAILABLE
    return headroom_a(settings.site, (is_seen and state.background_a) or nothing_a)


def claims(settings: Settings, state: State, ceilings: Mapping[str, Ceiling]) -> tuple[Claim, ...]:
    """Return what each of our chargers may be given."""
    return tuple(
        Claim(
            charger_id=charger.charger_id,
            min_a=charger.min_ev_current_a,
            max_a=ceilings[charger.charger_id].current_a,
            weight=charger.priority,
            phases=charger.phases,
            current_a=state.chargers[charger.charger_id].target_a,
        )
        for charger in settings.balanced
    )


def ceiling_now(settings: Settings, charger: ChargerSettings, state: State, now: float) -> Ceiling:
    """Return the most the charger may be given, with or without a meter."""
    usual = ceiling(charger, state.chargers[charger.charger_id], now)
    if state.meter_status is MeterStatus.UNAVAILABLE:
        return lossy_ceiling(settings, charger, state, usual)
    return usual


def plan_of(
    charger: ChargerSettings,
    share_a: int,
    most: Ceiling,
    block: Block | None,
    room_a: Sequence[float],
) -> Plan:
    """Return the plan for one charger, with the reason it gets no more."""
    if block is not None:
        limited_by = block.limited_by
    elif share_a >= most.current_a:
        limited_by = most.limited_by
    elif min([room_a[phase] for phase in charger.phases]) >= max(
        share_a + 1, charger.min_ev_current_a
    ):
        limited_by = LimitedBy.SHARING
    else:
        limited_by = LimitedBy.HEADROOM
    return Plan(target_a=share_a, limited_by=limited_by, block=block)
