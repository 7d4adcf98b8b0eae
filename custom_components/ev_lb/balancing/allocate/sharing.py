"""Sharing: weighted max-min fair, minimums first.

All chargers' shares rise together, each by its weight (`priority`), between its minimum and
its maximum, until a phase it loads is full ("water-filling", Bertsekas & Gallager, Data
Networks, 6.5.2). What one cannot take is left to the others. Who runs at all, when not all
minimums fit, is said in `admission.py`. Whole amperes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import floor, inf
from operator import itemgetter

from .admission import admit
from .claim import Claim, left_beside
from .limits import TOLERANCE_A


def share_current(room_a: Sequence[float], claims: Sequence[Claim]) -> dict[str, int]:
    """Return each claim's share in whole amperes, 0 for those that are stopped.

    `room_a` is what the chargers may draw together, per phase. The order of the claims breaks
    ties.
    """
    if len(claims) == 1:
        return {claims[0].charger_id: lone_share_a(room_a, claims[0])}
    shares = dict.fromkeys([claim.charger_id for claim in claims], 0)
    groups = admit(room_a, claims)
    floors_a = [floor(fair_a + TOLERANCE_A) for fair_a in fair_shares(room_a, groups)]
    for alike, share_a in zip(groups, floors_a, strict=True):
        for claim in alike:
            shares[claim.charger_id] = share_a
    left_a = [floor(left + TOLERANCE_A) for left in left_beside(room_a, groups, floors_a)]
    give_left_over(left_a, claims, shares)
    return shares


def lone_share_a(room_a: Sequence[float], claim: Claim) -> int:
    """Return the share of a claim with no other beside it: most sites have one charger."""
    free_a = min([room_a[phase] for phase in claim.phases])
    share_a = min(claim.max_a, floor(free_a + TOLERANCE_A))
    return share_a if 0 < claim.min_a <= share_a else 0


def fair_shares(room_a: Sequence[float], groups: Sequence[Sequence[Claim]]) -> list[float]:
    """Return the max-min fair share of each claim of a group; all their minimums fit.

    Progressive filling: the level rises from bend to bend, where a group leaves its minimum or
    reaches its maximum. A phase that is full on the way settles all that rise on it.
    """
    phases = [Filling(room_a=room) for room in room_a]
    rises = [Rise.of(alike, [phases[phase] for phase in alike[0].phases]) for alike in groups]
    bends = [(level, rise) for rise in rises for level in (rise.begins_at, rise.ends_at)]
    full_at = inf
    for level, rise in sorted(bends, key=itemgetter(0)):
        while full_at <= level:
            next(phase for phase in phases if phase.full_at == full_at).settle()
            full_at = min([phase.full_at for phase in phases])
        rise.turn(level)
        full_at = min([phase.full_at for phase in phases])
    return [rise.share_a for rise in rises]


@dataclass(slots=True, kw_only=True, eq=False)
class Rise:
    """Claims that are alike, raised as one: a site has many chargers of few kinds."""

    min_a: int
    max_a: int
    weight: int
    number: int
    phases: Sequence[Filling]
    share_a: float
    """Of each; the minimum until they rise."""

    begins_at: float
    """The level at which they leave their minimum."""

    ends_at: float
    """The level at which they reach their maximum."""

    has_begun: bool = False
    has_ended: bool = False

    @classmethod
    def of(cls, alike: Sequence[Claim], phases: Sequence[Filling]) -> Rise:
        """Return the rise of alike claims, and load the phases with their minimums."""
        claim, number = alike[0], len(alike)
        for phase in phases:
            phase.still_a += claim.min_a * number
        return cls(
            min_a=claim.min_a,
            max_a=claim.max_a,
            weight=claim.weight,
            number=number,
            phases=phases,
            share_a=claim.min_a,
            begins_at=claim.min_a / claim.weight,
            ends_at=claim.max_a / claim.weight,
        )

    def turn(self, level: float) -> None:
        """Pass a bend. Who leaves the minimum on a full phase is settled there at the next one."""
        if self.has_begun:
            self.settle(level)
            return
        self.has_begun = True
        for phase in self.phases:
            phase.rising.append(self)
            phase.load(-self.share_a * self.number, self.weight * self.number)

    def settle(self, level: float) -> None:
        """End the rise at what this level gives, unless it has ended."""
        if self.has_ended:
            return
        self.has_ended = True
        self.share_a = min(max(self.weight * level, self.min_a), self.max_a)
        for phase in self.phases:
            phase.load(self.share_a * self.number, -self.weight * self.number)


@dataclass(slots=True, kw_only=True, eq=False)
class Filling:
    """A phase while the level rises: `still_a` + `weight` x level is used of its room."""

    room_a: float
    still_a: float = 0.0
    weight: int = 0
    full_at: float = inf
    """The level at which it is full; infinite while nothing rises on it."""

    rising: list[Rise] = field(default_factory=list[Rise])
    """Those, too, that have ended by their maximum or by another phase."""

    def load(self, still_a: float, weight: int) -> None:
        """Use so much more from now on, and with each level."""
        self.still_a += still_a
        self.weight += weight
        self.full_at = (self.room_a - self.still_a) / self.weight if self.weight else inf

    def settle(self) -> None:
        """End the rise of all on the phase: it is full."""
        level, rising, self.rising = self.full_at, self.rising, []
        for rise in rising:
            rise.settle(level)


def give_left_over(left_a: list[int], claims: Sequence[Claim], shares: dict[str, int]) -> None:
    """Hand out the whole amperes that are left, one each: where it is now, then by priority."""
    if max(left_a) < 1:
        return
    takers = [claim for claim in claims if 0 < shares[claim.charger_id] < claim.max_a]
    takers.sort(key=lambda claim: -claim.weight)
    staying = [claim for claim in takers if claim.current_a > shares[claim.charger_id]]
    moving = [claim for claim in takers if claim.current_a <= shares[claim.charger_id]]
    for claim in staying + moving:
        for phase in claim.phases:
            if left_a[phase] < 1:
                break
        else:
            shares[claim.charger_id] += 1
            for phase in claim.phases:
                left_a[phase] -= 1
