"""Sharing: weighted max-min fair, minimums first.

All chargers' shares rise together, each by its weight (`priority`), between its minimum and
its maximum, until a phase it loads is full ("water-filling", Bertsekas & Gallager, Data
Networks, 6.5.2). What one cannot take is left to the others. If not all minimums fit, as
few as possible are stopped, the lowest priority first. Whole amperes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, inf

from .headroom import TOLERANCE_A


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a charger may be given."""

    charger_id: str
    min_a: int
    max_a: int
    """Below `min_a`: it cannot run."""

    weight: int = 50
    phases: tuple[int, ...] = (0,)
    current_a: int = 0
    """What it has now; a running charger is not swapped for an equal one."""


def share_current(room_a: Sequence[float], claims: Sequence[Claim]) -> Mapping[str, int]:
    """Return each claim's share in whole amperes, 0 for those that are stopped.

    `room_a` is what the chargers may draw together, per phase. The order of the claims breaks
    ties.
    """
    admitted = admit(room_a, claims)
    shares = dict.fromkeys((claim.charger_id for claim in claims), 0)
    fair = fair_shares(room_a, admitted)
    shares |= {claim.charger_id: floor(fair[claim.charger_id] + TOLERANCE_A) for claim in admitted}
    give_left_over(room_a, admitted, shares)
    return shares


def admit(room_a: Sequence[float], claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Return the claims that run: as many as fit with their minimums, by priority.

    A charger of high priority with a large minimum does not push two small ones out: never
    more are stopped than needed.
    """
    able = [claim for claim in claims if 0 < claim.min_a <= claim.max_a]
    if fits(room_a, able):
        return tuple(able)
    frugal = sorted(able, key=lambda claim: claim.min_a * len(claim.phases))
    most = len(fill(room_a, [], frugal))
    ranked = sorted(able, key=lambda claim: (-claim.weight, claim.current_a <= 0))
    admitted: list[Claim] = []
    for claim in ranked:
        rest = [other for other in frugal if other not in admitted and other is not claim]
        tried = [*admitted, claim]
        if fits(room_a, tried) and len(fill(room_a, tried, rest)) >= most:
            admitted = tried
    return tuple(claim for claim in claims if claim in admitted)


def fill(room_a: Sequence[float], taken: list[Claim], others: Sequence[Claim]) -> list[Claim]:
    """Return the claims taken, and of the others each that still fits, in their order."""
    left = list(room_a)
    found: list[Claim] = []
    for index, claim in enumerate((*taken, *others)):
        if index < len(taken) or all(
            claim.min_a <= left[phase] + TOLERANCE_A for phase in claim.phases
        ):
            found.append(claim)
            for phase in claim.phases:
                left[phase] -= claim.min_a
    return found


def fits(room_a: Sequence[float], claims: Sequence[Claim]) -> bool:
    """Return whether the minimums of all the claims fit together."""
    used_a = [0.0] * len(room_a)
    for claim in claims:
        for phase in claim.phases:
            used_a[phase] += claim.min_a
    return all(
        used == 0 or used <= room + TOLERANCE_A for used, room in zip(used_a, room_a, strict=True)
    )


def fair_shares(room_a: Sequence[float], claims: Sequence[Claim]) -> dict[str, float]:
    """Return the max-min fair shares of claims whose minimums all fit.

    Progressive filling: raise the level until the first phase is full, settle who loads it,
    go on with the others.
    """
    shares: dict[str, float] = {}
    left = list(room_a)
    open_claims = list(claims)
    while open_claims:
        loaded = {phase for claim in open_claims for phase in claim.phases}
        levels = {
            phase: full_level(
                left[phase], [claim for claim in open_claims if phase in claim.phases]
            )
            for phase in sorted(loaded)
        }
        first = min(levels, key=lambda phase: levels[phase])
        settled = [claim for claim in open_claims if levels[first] == inf or first in claim.phases]
        for claim in settled:
            share = at_level(claim, levels[first])
            shares[claim.charger_id] = share
            for phase in claim.phases:
                left[phase] -= share
        open_claims = [claim for claim in open_claims if claim.charger_id not in shares]
    return shares


def at_level(claim: Claim, level: float) -> float:
    """Return the claim's share at a filling level."""
    return min(max(claim.weight * level, float(claim.min_a)), float(claim.max_a))


def full_level(room_a: float, claims: Sequence[Claim]) -> float:
    """Return the level at which the claims fill the room; infinite if they never do."""
    if sum(claim.max_a for claim in claims) <= room_a + TOLERANCE_A:
        return inf
    fixed_a, rising = float(sum(claim.min_a for claim in claims)), 0.0
    level = 0.0
    bends = sorted(
        bend
        for claim in claims
        for bend in (
            (claim.min_a / claim.weight, float(claim.weight), -float(claim.min_a)),
            (claim.max_a / claim.weight, -float(claim.weight), float(claim.max_a)),
        )
    )
    for bend, weight, amount_a in bends:
        if rising > 0 and fixed_a + rising * bend >= room_a:
            return (room_a - fixed_a) / rising
        level = bend
        rising += weight
        fixed_a += amount_a
    return level


def give_left_over(
    room_a: Sequence[float], admitted: Sequence[Claim], shares: dict[str, int]
) -> None:
    """Hand out what flooring left, an ampere each: where it is now, then by priority."""
    left = list(room_a)
    for claim in admitted:
        for phase in claim.phases:
            left[phase] -= shares[claim.charger_id]
    ranked = sorted(
        admitted,
        key=lambda claim: (claim.current_a <= shares[claim.charger_id], -claim.weight),
    )
    for claim in ranked:
        is_free = all(left[phase] + TOLERANCE_A >= 1 for phase in claim.phases)
        if is_free and shares[claim.charger_id] < claim.max_a:
            shares[claim.charger_id] += 1
            for phase in claim.phases:
                left[phase] -= 1
