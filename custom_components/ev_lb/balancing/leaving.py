"""A car that takes less than its share leaves the rest to others.

After half a minute well below its offer a charger is raised no more, and while another one wants
more it is capped a little above what the car draws, never below its minimum; one without a car
gives up everything. The cap is lifted when the car draws nearly all it is offered, and whenever
its status changes. Nobody's increase is held for it.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil

from .car import CLOSE_A, sensed_a
from .claim import Claim
from .model import NOTHING_LEFT, CarStatus, ChargerState, Left, State
from .settings import Settings

PLAY_A = 1.0
"""A draw that wiggles by less moves no cap."""

WAIT_S = 30.0
LEAST_A = 2.0
LEAST_SHARE = 0.1
"""A car leaves something when it draws less than its offer by both of these."""

SPARE_A = 2
"""How far above its draw a car is capped: enough to see that it takes more."""


def note_left(settings: Settings, state: State, now: float) -> State:
    """Return the state with which cars leave some of what they are offered."""
    if len(settings.balanced) == 1:
        return state
    changed: dict[str, ChargerState] = {}
    for charger in settings.balanced:
        known = state.chargers[charger.charger_id]
        left = left_by(known, now)
        if left is not known.left:
            changed[charger.charger_id] = replace(known, left=left)
    return replace(state, chargers={**state.chargers, **changed}) if changed else state


def left_by(known: ChargerState, now: float) -> Left:
    """Return what the charger's car leaves of its offer."""
    if known.status is CarStatus.ABSENT:
        return known.left if known.left.draw_a == 0 else Left(since=now, draw_a=0.0)
    draw_a = known_draw_a(known)
    if draw_a is None or known.target_a == 0:
        return NOTHING_LEFT
    # A share that was cut down to what the car draws is no sign that it would take more.
    takes_a = known.target_a - CLOSE_A
    if known.left.draw_a is not None and draw_a < max(takes_a, known.left.draw_a + PLAY_A / 2):
        is_same = abs(known.left.draw_a - draw_a) < PLAY_A
        return known.left if is_same else replace(known.left, draw_a=draw_a)
    if draw_a > known.target_a - max(LEAST_A, LEAST_SHARE * known.target_a):
        return NOTHING_LEFT
    if known.left.since is None:
        return Left(since=now)
    return replace(known.left, draw_a=draw_a) if now >= known.left.since + WAIT_S else known.left


def known_draw_a(known: ChargerState) -> float | None:
    """Return what the car is known to draw: by its sensor, or nothing that the meter ever saw."""
    if (latest_a := sensed_a(known)) is not None:
        return latest_a
    is_idle = known.unshown is not None and known.unshown.low_a == 0 and known.probe.wait_s > 0
    return 0.0 if is_idle else None


def without_left(
    claims: tuple[Claim, ...], shares: Mapping[str, int], state: State
) -> tuple[Claim, ...]:
    """Return the claims, those of cars that leave something capped."""
    chargers = state.chargers
    leaving = {
        claim.charger_id for claim in claims if chargers[claim.charger_id].left.draw_a is not None
    }
    if not leaving:
        return claims
    is_wanted = any(
        shares[claim.charger_id] < claim.max_a and claim.charger_id not in leaving
        for claim in claims
    )
    return tuple(
        capped(claim, chargers[claim.charger_id], is_wanted=is_wanted)
        if claim.charger_id in leaving
        else claim
        for claim in claims
    )


def capped(claim: Claim, known: ChargerState, *, is_wanted: bool) -> Claim:
    """Return the claim of a car that leaves something, no higher than what it will take.

    What nobody else wants it keeps, so that it is not told something new at each turn.
    """
    cap_a = 0
    if known.status is not CarStatus.ABSENT:
        cap_a = max(claim.min_a, ceil(known.left.draw_a or 0) + SPARE_A)
    return claim.at_most(min(claim.max_a, cap_a if is_wanted else max(cap_a, claim.current_a)))


def left_moments(settings: Settings, state: State) -> list[float | None]:
    """Return when cars will have left something for long enough."""
    lefts = [state.chargers[charger.charger_id].left for charger in settings.balanced]
    return [left.since + WAIT_S for left in lefts if left.since is not None]
