"""Admission: as few as possible are stopped when not all minimums fit.

The lowest priority first; a running charger is not swapped for an equal one. A charger of high
priority with a large minimum does not push two small ones out: never more are stopped than needed.
Beyond eight chargers trying everything would take too long, and those run first that load least:
as many as can where minimums are equal and chargers are on one phase or on all, else a third of
them at the least.
"""

from collections.abc import Sequence
from itertools import combinations

from .claim import Claim
from .limits import TOLERANCE_A

MOST_TRIED = 8
"""Of so many chargers every subset is tried, 255 at most: a fraction of a millisecond."""


def admit(room_a: Sequence[float], claims: Sequence[Claim]) -> Sequence[Claim]:
    """Return the claims that run: as many as fit with their minimums, by priority."""
    able = [claim for claim in claims if 0 < claim.min_a <= claim.max_a]
    if fits(room_a, able):
        return able
    ranked = [claim for claim in able if fits(room_a, (claim,))]
    ranked.sort(key=lambda claim: (-claim.weight, claim.current_a <= 0))
    return (largest_set if len(ranked) <= MOST_TRIED else first_fit)(room_a, ranked)


def fits(room_a: Sequence[float], claims: Sequence[Claim]) -> bool:
    """Return whether the minimums of all the claims fit together."""
    left_a = list(room_a)
    for claim in claims:
        for load in claim.loads:
            left_a[load.index] -= load.weight * claim.min_a
            if left_a[load.index] < -TOLERANCE_A:
                return False
    return True


def largest_set(room_a: Sequence[float], ranked: Sequence[Claim]) -> Sequence[Claim]:
    """Return the largest set of claims that fits; of several the one with the first by rank."""
    for number in range(len(ranked), 0, -1):
        for chosen in combinations(ranked, number):
            if fits(room_a, chosen):
                return chosen
    return ()


def first_fit(room_a: Sequence[float], ranked: Sequence[Claim]) -> Sequence[Claim]:
    """Return who runs when each claim in turn does if it still fits, who loads least first."""
    left_a, running = list(room_a), list[Claim]()
    for claim in sorted(ranked, key=lambda claim: claim.min_a * len(claim.loads)):
        if fits(left_a, (claim,)):
            running.append(claim)
            for load in claim.loads:
                left_a[load.index] -= load.weight * claim.min_a
    return running
