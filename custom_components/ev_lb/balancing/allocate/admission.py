"""Admission: as few as possible are stopped when not all minimums fit.

The lowest priority first; a running charger is not swapped for an equal one.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from math import floor, prod
from typing import NamedTuple

from .claim import Claim, grouped, left_beside
from .limits import TOLERANCE_A

MOST_TRIED = 500
"""How many combinations are looked at to stop as few as possible: a millisecond's worth. With
chargers on one and on all phases there is one for each charger on all."""


class Kind(NamedTuple):
    """What a claim needs to run: those of a kind can take each other's place."""

    min_a: int
    phases: tuple[int, ...]


def admit(room_a: Sequence[float], claims: Sequence[Claim]) -> Sequence[Sequence[Claim]]:
    """Return the claims that run, in groups: as many as fit with their minimums, by priority.

    A charger of high priority with a large minimum does not push two small ones out: never
    more are stopped than needed. Only where that would take too long to find out (dozens of
    chargers on two of three phases) do simply those run first that load least.
    """
    groups = grouped(claims)
    if fits(room_a, groups):
        return groups
    ranked = by_rank(claims)
    whole_a = [max(floor(room + TOLERANCE_A), 0) for room in room_a]
    if combinations_of(groups) <= MOST_TRIED:
        running = most_by_rank(whole_a, groups, ranked)
    else:
        ranked.sort(key=lambda claim: claim.min_a * len(claim.phases))
        running = first_fit(whole_a, ranked)
    kept = [[claim for claim in alike if claim.charger_id in running] for alike in groups]
    return [alike for alike in kept if alike]


def by_rank(claims: Sequence[Claim]) -> list[Claim]:
    """Return the claims that can run, by priority, then those that run, then in their order."""
    able = [claim for claim in claims if 0 < claim.min_a <= claim.max_a]
    ranked = [claim for claim in able if claim.current_a > 0]
    ranked += [claim for claim in able if claim.current_a <= 0]
    ranked.sort(key=lambda claim: -claim.weight)
    return ranked


def fits(room_a: Sequence[float], groups: Sequence[Sequence[Claim]]) -> bool:
    """Return whether the minimums of all the claims fit together."""
    left_a = left_beside(room_a, groups, [alike[0].min_a for alike in groups])
    return all(
        left >= -TOLERANCE_A or left == room  # nobody loads it
        for left, room in zip(left_a, room_a, strict=True)
    )


def combinations_of(groups: Iterable[Sequence[Claim]]) -> int:
    """Return how many combinations there are to look at in `most_of_each`."""
    numbers = Counter[tuple[int, ...]]()
    for alike in groups:
        numbers[alike[0].phases] += len(alike)
    return prod([number + 1 for phases, number in numbers.items() if len(phases) > 1])


def first_fit(room_a: Sequence[int], ranked: Iterable[Claim], most: int | None = None) -> set[str]:
    """Return who runs when each claim in turn does if it still fits; no more than `most` can."""
    left_a, running = list(room_a), set[str]()
    for claim in ranked:
        for phase in claim.phases:
            if left_a[phase] < claim.min_a:
                break
        else:
            running.add(claim.charger_id)
            if len(running) == most:
                break
            for phase in claim.phases:
                left_a[phase] -= claim.min_a
    return running


def most_by_rank(
    room_a: Sequence[int], groups: Sequence[Sequence[Claim]], ranked: Sequence[Claim]
) -> set[str]:
    """Return who runs when each claim in turn does with which as many as possible still can.

    A search for each claim would be slow, and is not needed: while the largest set found last
    has one of its kind it can run, and when one of a kind cannot, no later one can.
    """
    kinds = [Kind(alike[0].min_a, alike[0].phases) for alike in groups]
    undecided = Counter[Kind]()
    for kind, alike in zip(kinds, groups, strict=True):
        undecided[kind] += len(alike)
    largest = largest_fit(room_a, undecided)
    missing = largest.total()
    running = first_fit(room_a, ranked, missing)
    if len(running) == missing:
        return running  # usually nobody's minimum stands in the way of two others
    kind_of = {
        claim.charger_id: kind for kind, alike in zip(kinds, groups, strict=True) for claim in alike
    }
    left_a, running, refused = list(room_a), set[str](), set[Kind]()
    for claim in ranked:
        if missing == 0:
            break
        kind = kind_of[claim.charger_id]
        if kind in refused:
            continue
        if largest[kind] == 0:
            largest_with_it = largest_beside(kind, left_a, undecided)
            if largest_with_it.total() < missing:
                refused.add(kind)
                continue
            largest = largest_with_it
        running.add(claim.charger_id)
        for phase in kind.phases:
            left_a[phase] -= kind.min_a
        undecided[kind] -= 1
        largest[kind] -= 1
        missing -= 1
    return running


def largest_beside(kind: Kind, room_a: Sequence[int], number: Counter[Kind]) -> Counter[Kind]:
    """Return the largest set that fits of those with at least one of a kind; empty: none does."""
    left_a = beside(room_a, kind.phases, kind.min_a)
    if min(left_a) < 0:
        return Counter()
    one = Counter((kind,))
    return one + largest_fit(left_a, number - one)


def largest_fit(room_a: Sequence[int], number: Mapping[Kind, int]) -> Counter[Kind]:
    """Return the largest set that fits, of so many of each kind.

    Of those on the same phases the ones with the smallest minimum run. How many do is searched,
    except where all have the same minimum and at most one kind loads several phases, as on most
    sites: one of that kind then takes no fewer places than one on any of its phases.
    """
    wide = [kind for kind in number if len(kind.phases) > 1]
    if len(wide) <= 1 and len({kind.min_a for kind in number}) == 1:
        return narrowest_fit(room_a, number)
    kinds: dict[tuple[int, ...], list[Kind]] = {}
    for kind in sorted(number):
        kinds.setdefault(kind.phases, []).append(kind)
    widest_first = sorted(kinds, key=len, reverse=True)
    minimums = [
        [kind.min_a for kind in kinds[phases] for _ in range(number[kind])]
        for phases in widest_first
    ]
    sums_a = [list(accumulate(each, initial=0)) for each in minimums]
    found = Counter[Kind]()
    for phases, most in zip(widest_first, most_of_each(room_a, widest_first, sums_a), strict=True):
        left = most
        for kind in kinds[phases]:
            found[kind] = min(left, number[kind])
            left -= found[kind]
    return found


def narrowest_fit(room_a: Sequence[int], number: Mapping[Kind, int]) -> Counter[Kind]:
    """Return what fits when those on the fewest phases go first."""
    found = Counter[Kind]()
    for kind in sorted(number, key=lambda kind: len(kind.phases)):
        free_a = min([room_a[phase] for phase in kind.phases])
        found[kind] = min(number[kind], free_a // kind.min_a)
        room_a = beside(room_a, kind.phases, found[kind] * kind.min_a)
    return found


def most_of_each(
    room_a: Sequence[int], loads: Sequence[tuple[int, ...]], sums_a: Sequence[Sequence[int]]
) -> tuple[int, ...]:
    """Return how many run of those on each load's phases, when most run altogether.

    `sums_a`: what none, one, two and so on of them need. Loads on several phases come first:
    each number of them is tried, and what they leave of a phase is for those on it alone.
    """
    if not loads or len(loads[0]) == 1:
        return tuple(
            [
                bisect_right(needed_a, room_a[phase]) - 1
                for (phase,), needed_a in zip(loads, sums_a, strict=True)
            ]
        )
    phases, needed_a = loads[0], sums_a[0]
    fitting = bisect_right(needed_a, min([room_a[phase] for phase in phases]))
    return max(
        [
            (number, *most_of_each(beside(room_a, phases, used_a), loads[1:], sums_a[1:]))
            for number, used_a in enumerate(needed_a[:fitting])
        ],
        key=sum,
    )


def beside(room_a: Sequence[int], phases: tuple[int, ...], used_a: int) -> list[int]:
    """Return what is left of the room when so much is used on these phases."""
    return [room - used_a if phase in phases else room for phase, room in enumerate(room_a)]
