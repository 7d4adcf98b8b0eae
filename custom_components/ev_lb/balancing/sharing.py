"""Sharing: weighted max-min fair, minimums first.

All chargers' shares rise together, each by its weight (`priority`), between its minimum and
its maximum, until a phase it loads is full ("water-filling", Bertsekas & Gallager, Data
Networks, 6.5.2). What one cannot take is left to the others. Who runs at all, when not all
minimums fit, is said in `admission.py`. Whole amperes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor, inf
from operator import itemgetter

from .admission import Claim, admit, left_beside
from .headroom import TOLERANCE_A


def share_current(room_a: Sequence[float], claims: Sequence[Claim]) -> Mapping[str, int]:
    """Return each claim's share in whole amperes, 0 for those that are stopped.

    `room_a` is what the chargers may draw together, per phase. The order of the claims breaks
    ties.
    """
    if len(claims) == 1:
        return {claims[0].charger_id: lone_share_a(room_a, claims[0])}
    shares = dict.fromkeys([claim.charger_id for claim in claims], 0)
    admitted = admit(room_a, claims)
    for charger_id, fair_a in fair_shares(room_a, admitted).items():
        shares[charger_id] = floor(fair_a + TOLERANCE_A)
    give_left_over(room_a, admitted, shares)
    return shares


def lone_share_a(room_a: Sequence[float], claim: Claim) -> int:
    """Return the share of a claim with no other beside it: most sites have one charger."""
    free_a = min([room_a[phase] for phase in claim.phases])
    share_a = min(claim.max_a, floor(free_a + TOLERANCE_A))
    return share_a if 0 < claim.min_a <= share_a else 0


def fair_shares(room_a: Sequence[float], claims: Sequence[Claim]) -> dict[str, float]:
    """Return the max-min fair shares of claims whose minimums all fit.

    Progressive filling: the level rises from bend to bend, where a group leaves its minimum or
    reaches its maximum. A phase that is full on the way settles all that load it.
    """
    phases = [Filling(room_a=room) for room in room_a]
    groups = grouped(claims, phases)
    bends = [(level, group) for group in groups for level in group.bends()]
    for level, group in sorted(bends, key=itemgetter(0)):
        while (full_at := min([phase.full_at() for phase in phases])) <= level:
            full = next(phase for phase in phases if phase.full_at() == full_at)
            for other in groups:
                if full in other.phases:
                    other.settle(full_at)
        group.turn(level)
    return {claim.charger_id: group.share_a for group in groups for claim in group.claims}


@dataclass(slots=True, kw_only=True, eq=False)
class Filling:
    """A phase while the level rises: `still_a` + `weight` x level is used of its room."""

    room_a: float
    still_a: float = 0.0
    weight: int = 0

    def full_at(self) -> float:
        """Return the level at which the phase is full; infinite while nothing rises on it."""
        return (self.room_a - self.still_a) / self.weight if self.weight else inf


@dataclass(slots=True, kw_only=True)
class Group:
    """Claims that are alike, raised as one: a site has many chargers of few kinds."""

    claims: Sequence[Claim]
    phases: Sequence[Filling]
    share_a: float
    """Of each; the minimum until they rise."""

    has_risen: bool = False
    is_rising: bool = False

    def bends(self) -> tuple[float, float]:
        """Return the levels at which the claims leave their minimum and reach their maximum."""
        claim = self.claims[0]
        return claim.min_a / claim.weight, claim.max_a / claim.weight

    def turn(self, level: float) -> None:
        """Pass a bend. Who leaves the minimum on a full phase is settled there at the next one."""
        if self.has_risen:
            self.settle(level)
            return
        self.has_risen = self.is_rising = True
        for phase in self.phases:
            phase.still_a -= self.share_a * len(self.claims)
            phase.weight += self.claims[0].weight * len(self.claims)

    def settle(self, level: float) -> None:
        """End the rise at what this level gives, unless it has not begun or has ended."""
        if not self.is_rising:
            return
        self.is_rising = False
        claim = self.claims[0]
        self.share_a = min(max(claim.weight * level, claim.min_a), claim.max_a)
        for phase in self.phases:
            phase.still_a += self.share_a * len(self.claims)
            phase.weight -= claim.weight * len(self.claims)


def grouped(claims: Iterable[Claim], phases: Sequence[Filling]) -> Sequence[Group]:
    """Return the claims in groups, all at their minimum."""
    alike: dict[tuple[int, int, int, tuple[int, ...]], list[Claim]] = {}
    for claim in claims:
        key = (claim.min_a, claim.max_a, claim.weight, claim.phases)
        alike.setdefault(key, []).append(claim)
    groups = [
        Group(
            claims=each,
            phases=[phases[phase] for phase in each[0].phases],
            share_a=each[0].min_a,
        )
        for each in alike.values()
    ]
    for group in groups:
        for phase in group.phases:
            phase.still_a += group.share_a * len(group.claims)
    return groups


def give_left_over(
    room_a: Sequence[float], admitted: Sequence[Claim], shares: dict[str, int]
) -> None:
    """Hand out what flooring left, an ampere each: where it is now, then by priority."""
    left_a = left_beside(room_a, admitted, [shares[claim.charger_id] for claim in admitted])
    whole_a = [floor(left + TOLERANCE_A) for left in left_a]
    takers = [claim for claim in admitted if shares[claim.charger_id] < claim.max_a]
    takers.sort(key=lambda claim: (claim.current_a <= shares[claim.charger_id], -claim.weight))
    for claim in takers:
        if min([whole_a[phase] for phase in claim.phases]) >= 1:
            shares[claim.charger_id] += 1
            for phase in claim.phases:
                whole_a[phase] -= 1
