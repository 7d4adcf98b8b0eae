"""Sharing: weighted max-min fair, minimums first.

All chargers' shares rise together, each by its weight (`priority`), between its minimum and
its maximum, until a phase it loads is full ("water-filling", Bertsekas & Gallager, Data
Networks, 6.5.2). What one cannot take is left to the others. Who runs at all, when not all
minimums fit, is said in `admission.py`. Whole amperes.
"""

from collections import defaultdict
from collections.abc import Sequence
from math import floor, inf

from .admission import admit
from .claim import Claim
from .limits import TOLERANCE_A


def share_current(room_a: Sequence[float], claims: Sequence[Claim]) -> dict[str, int]:
    """Return each claim's share in whole amperes, 0 for those that are stopped.

    `room_a` is what the chargers may draw together, per phase. The order of the claims breaks
    ties.
    """
    if len(claims) == 1:
        return {claims[0].charger_id: lone_share_a(room_a, claims[0])}
    shares = dict.fromkeys([claim.charger_id for claim in claims], 0)
    running = admit(room_a, claims)
    for charger_id, fair_a in fair_shares(room_a, running).items():
        shares[charger_id] = floor(fair_a + TOLERANCE_A)
    give_left_over(room_a, claims, shares)
    return shares


def lone_share_a(room_a: Sequence[float], claim: Claim) -> int:
    """Return the share of a claim with no other beside it: most sites have one charger."""
    free_a = min([room_a[load.index] / load.weight for load in claim.loads])
    share_a = min(claim.max_a, floor(free_a + TOLERANCE_A))
    return share_a if 0 < claim.min_a <= share_a else 0


def fair_shares(room_a: Sequence[float], claims: Sequence[Claim]) -> dict[str, float]:
    """Return the max-min fair share of each claim; all their minimums fit.

    Progressive filling: the level rises for all until a phase is full. Who loads it stays there,
    the others go on with what is left to them.
    """
    left_a, rising, shares = list(room_a), list(claims), dict[str, float]()
    while rising:
        full_at = [full_level(left, rising_on(rising, index)) for index, left in enumerate(left_a)]
        level = min(full_at)
        full = full_at.index(level)
        for claim in rising:
            if level == inf or any(load.index == full for load in claim.loads):
                share_a = min(max(claim.weight * level, claim.min_a), claim.max_a)
                shares[claim.charger_id] = share_a
                for load in claim.loads:
                    left_a[load.index] -= load.weight * share_a
        rising = [claim for claim in rising if claim.charger_id not in shares]
    return shares


def rising_on(claims: Sequence[Claim], index: int) -> Sequence[tuple[Claim, int]]:
    """Return the claims that load a limit, each with its weight there."""
    return [(claim, load.weight) for claim in claims for load in claim.loads if load.index == index]


def full_level(room_a: float, claims: Sequence[tuple[Claim, int]]) -> float:
    """Return the level at which the claims fill a limit; infinite: their maximums fit.

    From bend to bend, where a claim leaves its minimum or reaches its maximum.
    """
    used_a, weight, level = 0.0, 0, 0.0
    turns = defaultdict[float, int](int)
    for claim, times in claims:
        used_a += times * claim.min_a
        turns[claim.min_a / claim.weight] += times * claim.weight
        turns[claim.max_a / claim.weight] -= times * claim.weight
    for bend in sorted(turns):
        reached_a = used_a + weight * (bend - level)
        if reached_a > room_a and weight:
            return level + (room_a - used_a) / weight
        used_a, weight, level = reached_a, weight + turns[bend], bend
    return inf


def give_left_over(
    room_a: Sequence[float], claims: Sequence[Claim], shares: dict[str, int]
) -> None:
    """Hand out the whole amperes that are left, one each: where it is now, then by priority.

    Then to who has least: on several phases one ampere may be one of two others' as well.
    """
    left_a = [floor(room + TOLERANCE_A) for room in room_a]
    for claim in claims:
        for load in claim.loads:
            left_a[load.index] -= load.weight * shares[claim.charger_id]
    takers = [claim for claim in claims if 0 < shares[claim.charger_id] < claim.max_a]
    takers.sort(
        key=lambda claim: (
            claim.current_a <= shares[claim.charger_id],
            -claim.weight,
            shares[claim.charger_id],
        )
    )
    for claim in takers:
        if all(left_a[load.index] >= load.weight for load in claim.loads):
            shares[claim.charger_id] += 1
            for load in claim.loads:
                left_a[load.index] -= load.weight
