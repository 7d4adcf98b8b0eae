"""What every charger is to have: headroom, shares, gates and handover, in their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .allocate.ceiling import Ceiling, lowest_ceiling
from .allocate.claim import Claim
from .allocate.doubt import doubt_ceiling
from .allocate.fallback import fallback_ceiling, trial_ceiling
from .allocate.limits import TOLERANCE_A, given_a, headroom_a
from .allocate.sharing import share_current
from .allocate.unused_share import without_unused
from .increases.gates import Blocker, Gate, first_blocker
from .increases.handover import granted_raises
from .increases.overload import deadband_a, over_limits
from .model import LimitedBy, MeterStatus
from .supervise.evidence import has_been_read

if TYPE_CHECKING:
    from .settings import Settings
    from .state import ChargerState, State

DEEPER_FROM = 2
"""So many cuts in a row that have not shown yet: the house climbs, or the meter averages."""

UNCONFIRMED_A = 2
"""A running charger may go up by so much on one reading."""


BY_LIMITS = frozenset(
    {
        LimitedBy.HEADROOM,
        LimitedBy.SHARING,
        LimitedBy.OTHER_CHARGER,
        LimitedBy.OVERLOAD,
        LimitedBy.RAMP_UP_HOLD,
        LimitedBy.START_WAIT,
    }
)
"""Reasons of which it is worth saying which limit they are about."""


@dataclass(slots=True, kw_only=True)
class Plan:
    """What a charger is to have, and why."""

    target_a: int
    limited_by: LimitedBy
    blocker: Blocker | None
    """What keeps it from an increase though there is room."""

    limit: int | None = None
    """The limit that binds it most, by its place; None: something else does."""

    until: float | None = None
    """When that may end by itself, at the earliest; None: nobody knows."""

    unconstrained_a: int | None = None
    """What it would have if it had not to wait; None: it waits for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The plans, and what each charger would have if it had not to wait."""

    plans: Mapping[str, Plan]
    unconstrained: Mapping[str, int]


def plan(
    settings: Settings,
    state: State,
    gates: tuple[Gate, ...],
    overloaded: frozenset[int],
    now: float,
) -> Planned:
    """Return what each of our chargers is to have; `overloaded`: the limits that must give way.

    Who must wait with an increase claims no more than it has, so that the others are not cut
    for a share that nobody takes yet.
    """
    free_a = shareable_a(settings, state, state.house.load_a)
    room_a = with_deadband(settings, free_a, state.deadband.standing(now))
    ceilings = {each.charger_id: ceiling_of(settings, state, each, now) for each in state.balanced}
    wanted: Sequence[Claim] = [claim_of(each, ceilings[each.charger_id]) for each in state.balanced]
    unconstrained = share_current(room_a, wanted)
    if len(wanted) > 1 and (taken := without_unused(wanted, unconstrained, state)) is not wanted:
        wanted, unconstrained = taken, share_current(room_a, taken)
    blockers = {
        claim.charger_id: blocker
        for charger, claim in zip(state.balanced, wanted, strict=True)
        if claim.max_a > claim.current_a
        and (blocker := first_blocker(gates, settings.site, state, charger, now)) is not None
    }
    kept = unraised(wanted, blockers)
    shares = unconstrained if kept == wanted else share_current(room_a, kept)
    shares, once = seen_twice(settings, state, shares, kept, now)
    shares = deeper_cuts(state, shares, ceilings, overloaded)
    shares, others = granted_raises(state, free_a, shares, now)
    shares = kept_charging(settings, state, shares, ceilings)
    waits = {**others, **once, **blockers}
    left_a = left_by(state, unconstrained, room_a)
    plans = {
        charger.charger_id: plan_of(
            charger,
            shares[charger.charger_id],
            unconstrained[charger.charger_id],
            ceilings[charger.charger_id],
            waits.get(charger.charger_id),
            room_a,
            left_a,
        )
        for charger in state.balanced
    }
    return Planned(plans=plans, unconstrained=unconstrained)


def shareable_a(
    settings: Settings, state: State, load_a: Sequence[float] | None
) -> tuple[float, ...]:
    """Return what the chargers may draw together; all of it while the house is unseen."""
    nothing_a = [0.0] * len(settings.limits)
    is_seen = state.meter.status is MeterStatus.AVAILABLE
    free_a = headroom_a(settings.limits, (is_seen and load_a) or nothing_a)
    return tuple(free / state.gain.value for free in free_a)


def with_deadband(
    settings: Settings, room_a: tuple[float, ...], standing: frozenset[int]
) -> tuple[float, ...]:
    """Return the room with which so small an overload takes nothing from anybody."""
    return tuple(
        room + deadband_a(limit) if index in standing else room
        for index, (room, limit) in enumerate(zip(room_a, settings.limits, strict=True))
    )


def ceiling_of(settings: Settings, state: State, charger: ChargerState, now: float) -> Ceiling:
    """Return the most a charger may be given, with or without a meter."""
    resume_a = charger.setpoints.resume_a
    others = [
        charger.limit.ceiling(),
        None
        if resume_a is None
        else Ceiling(current_a=resume_a, limited_by=LimitedBy.CONFIRMATION),
        charger.probe.ceiling(),
        doubt_ceiling(state, charger, now),
        charger.polarity.ceiling(charger.settings.min_ev_current_a),
        charger.compliance.ceiling(charger.settings),
        charger.own_ceiling.ceiling(),
        charger.read_back.ceiling(charger.settings.min_ev_current_a),
        charger.manual.ceiling(),
        charger.failing.ceiling(charger.settings),
        charger.escalation.ceiling(charger.settings),
    ]
    if state.meter.is_available and state.meter.trial_since is not None:
        raised_at = charger.evidence.raised_at
        is_tried = raised_at is not None and raised_at >= state.meter.trial_since
        others.append(trial_ceiling(charger.settings, is_tried=is_tried, target_a=charger.target_a))
    if state.meter.status is MeterStatus.UNAVAILABLE:
        others.append(fallback_ceiling(settings, charger.settings, state.meter, charger.target_a))
    return lowest_ceiling(charger.settings, others)


def claim_of(charger: ChargerState, ceiling: Ceiling) -> Claim:
    """Return what a charger may be given."""
    return Claim(
        charger_id=charger.charger_id,
        min_a=charger.settings.min_ev_current_a,
        max_a=ceiling.current_a,
        weight=charger.settings.priority,
        loads=charger.loads,
        current_a=charger.target_a,
    )


def unraised(claims: Sequence[Claim], blockers: Mapping[str, Blocker]) -> Sequence[Claim]:
    """Return the claims, those of blocked chargers no higher than what they have."""
    return [
        claim.at_most(claim.current_a)
        if claim.charger_id in blockers and claim.max_a > claim.current_a
        else claim
        for claim in claims
    ]


def seen_twice(
    settings: Settings,
    state: State,
    shares: Mapping[str, int],
    claims: Sequence[Claim],
    now: float,
) -> tuple[Mapping[str, int], Mapping[str, Blocker]]:
    """Return the shares, increases no higher than what two readings leave, and who waits.

    A single low reading between two high ones must not raise anybody; an ampere or two more are
    not worth the wait.
    """
    is_seen = state.meter.status is MeterStatus.AVAILABLE
    if not is_seen or all(shares[claim.charger_id] <= claim.current_a for claim in claims):
        return shares, {}
    calm: Mapping[str, int] = {claim.charger_id: claim.current_a for claim in claims}
    room_a: Sequence[float] = ()
    if state.house.calm_a is not None:
        room_a = shareable_a(settings, state, state.house.calm_a)
        calm = share_current(room_a, claims)
    seen = {
        claim.charger_id: seen_share_a(
            claim,
            shares[claim.charger_id],
            calm[claim.charger_id],
            is_unconfirmed=charger.evidence.raise_ is not None,
        )
        for charger, claim in zip(state.balanced, claims, strict=True)
    }
    if room_a:
        keep_within(seen, claims, room_a, raised_on(state, now))
    once = Blocker(limited_by=LimitedBy.CONFIRMATION)
    return seen, {key: once for key, share_a in shares.items() if seen[key] < share_a}


def raised_on(state: State, now: float) -> Mapping[str, frozenset[int]]:
    """Return the limits of the chargers whose last raise cannot have shown yet."""
    return {
        charger.charger_id: charger.limits
        for charger in state.balanced
        if charger.evidence.raise_ is not None and not has_been_read(state, charger, now)
    }


def keep_within(
    seen: dict[str, int],
    claims: Sequence[Claim],
    room_a: Sequence[float],
    raised: Mapping[str, frozenset[int]],
) -> None:
    """Take back the starts and large increases that do not fit beside what the others keep.

    And small ones, where they are more than a small one together, be it with what another was
    `raised` by just before.
    """
    given_a = [0] * len(room_a)
    for claim in claims:
        for load in claim.loads:
            given_a[load.index] += load.weight * seen[claim.charger_id]
    small = {
        claim.charger_id: claim.current_a > 0
        and seen[claim.charger_id] - claim.current_a <= UNCONFIRMED_A
        for claim in claims
    }
    for claim in sorted(claims, key=lambda claim: small[claim.charger_id]):
        more_a = seen[claim.charger_id] - claim.current_a
        limits = {load.index for load in claim.loads}
        is_alone = all(
            key == claim.charger_id or limits.isdisjoint(others) for key, others in raised.items()
        )
        is_granted = small[claim.charger_id] and is_alone
        beyond_a = (UNCONFIRMED_A if is_granted else 0) + TOLERANCE_A
        if more_a > 0 and any(
            given_a[load.index] > room_a[load.index] + load.weight * beyond_a
            for load in claim.loads
        ):
            seen[claim.charger_id] = claim.current_a
            for load in claim.loads:
                given_a[load.index] -= load.weight * more_a


def seen_share_a(claim: Claim, share_a: int, calm_a: int, *, is_unconfirmed: bool) -> int:
    """Return how much of a share a charger may have before a second reading confirms it.

    Where its last raise was not seen in time, no second reading can tell it from the house: it
    goes on by small steps.
    """
    step_a = claim.current_a + UNCONFIRMED_A
    if claim.current_a > 0 and (share_a <= step_a or is_unconfirmed):
        return min(share_a, max(calm_a, step_a))
    return min(share_a, max(calm_a, claim.current_a))


def deeper_cuts(
    state: State,
    shares: Mapping[str, int],
    ceilings: Mapping[str, Ceiling],
    overloaded: frozenset[int],
) -> Mapping[str, int]:
    """Return the shares, third cuts behind two that are still on their way twice as deep.

    The house climbs, or the meter averages: a deeper cut is over sooner than five small ones.
    Down to the minimum only, for a stop must be needed.
    """
    deeper = dict(shares)
    for charger in state.balanced:
        share_a = shares[charger.charger_id]
        is_cut = 0 < share_a < min(charger.target_a, ceilings[charger.charger_id].current_a)
        is_forced = is_cut and not overloaded.isdisjoint(charger.limits)
        cut = charger.evidence.cut
        if is_forced and cut is not None and cut.commands >= DEEPER_FROM:
            twice_a = 2 * share_a - charger.target_a
            deeper[charger.charger_id] = max(twice_a, charger.settings.min_ev_current_a)
    return deeper


def kept_charging(
    settings: Settings, state: State, shares: Mapping[str, int], ceilings: Mapping[str, Ceiling]
) -> Mapping[str, int]:
    """Return the shares, chargers that we know nothing of but are seen to charge not stopped.

    They are in the reading already, and that is within the limits: so they get their minimum,
    where that fits beside what the others were given. A reading below it shows that none flows. Not
    one that we have stopped: its start waits as any other does.
    """
    over, kept, reading = over_limits(state), dict(shares), state.meter.reading
    for charger in state.balanced:
        min_a = charger.settings.min_ev_current_a
        if (
            charger.setpoints.is_unknown
            and (charger.target_a > 0 or charger.setpoints.resume_a is not None)
            and charger.sensor.is_charging
            and reading is not None
            and charger.wiring.common_a(
                [reading.current_a[load.index] / load.weight for load in charger.witnesses]
            )
            >= min_a
            and over.isdisjoint(charger.limits)
            and kept[charger.charger_id] < min_a <= ceilings[charger.charger_id].current_a
            and all(
                load.weight * min_a + given_a(state, kept, load.index)
                <= settings.limits[load.index].in_force_a
                for load in charger.loads
            )
        ):
            kept[charger.charger_id] = min_a
    return kept


def plan_of(
    charger: ChargerState,
    share_a: int,
    unconstrained_a: int,
    most: Ceiling,
    wait: Blocker | None,
    room_a: Sequence[float],
    left_a: Sequence[float],
) -> Plan:
    """Return the plan for one charger, with the reason it gets no more.

    The limit that binds it is the one on which all the shares leave least: where it shares L1
    with another car, that is L1, however much the house draws from L3. A wait that runs while there
    is no room is not the reason, but tells when there may be more at the earliest.
    """
    blocker = wait if unconstrained_a > charger.target_a else None
    more_a = max(share_a + 1, charger.settings.min_ev_current_a)
    most_a = min([room_a[load.index] / load.weight for load in charger.loads])
    until = None if wait is None else wait.until
    if blocker is not None:
        limited_by = blocker.limited_by
    elif share_a >= most.current_a:
        limited_by, until = most.limited_by, most.until
    elif most_a >= more_a:
        limited_by = LimitedBy.SHARING
    else:
        limited_by = LimitedBy.HEADROOM
    limit = None
    if limited_by in BY_LIMITS:
        limit = min(charger.loads, key=lambda load: left_a[load.index] / load.weight).index
    return Plan(
        target_a=share_a,
        limited_by=limited_by,
        blocker=blocker,
        limit=limit,
        until=until,
        unconstrained_a=None if blocker is None else unconstrained_a,
    )


def left_by(state: State, shares: Mapping[str, int], room_a: Sequence[float]) -> Sequence[float]:
    """Return what the shares leave on each limit."""
    left_a = list(room_a)
    for charger in state.balanced:
        for load in charger.loads:
            left_a[load.index] -= load.weight * shares[charger.charger_id]
    return left_a
