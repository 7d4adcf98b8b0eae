"""What a charger may be given: what is admitted and shared."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
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

    def at_most(self, max_a: int) -> Claim:
        """Return the claim with this maximum: `replace`, but several times as fast."""
        return Claim(
            charger_id=self.charger_id,
            min_a=self.min_a,
            max_a=max_a,
            weight=self.weight,
            phases=self.phases,
            current_a=self.current_a,
        )


def grouped(claims: Iterable[Claim]) -> list[list[Claim]]:
    """Return the claims that can run, those that may be given the same together."""
    alike: dict[tuple[int, int, int, tuple[int, ...]], list[Claim]] = {}
    for claim in claims:
        key = (claim.min_a, claim.max_a, claim.weight, claim.phases)
        if (group := alike.get(key)) is None:
            alike[key] = [claim]
        else:
            group.append(claim)
    return [group for (min_a, max_a, _, _), group in alike.items() if 0 < min_a <= max_a]


def left_beside(
    room_a: Sequence[float], groups: Sequence[Sequence[Claim]], given_a: Sequence[int]
) -> list[float]:
    """Return what is left of the room when each claim of a group is given so much."""
    used_a = [0] * len(room_a)
    for alike, amount_a in zip(groups, given_a, strict=True):
        for phase in alike[0].phases:
            used_a[phase] += amount_a * len(alike)
    return [room - used for room, used in zip(room_a, used_a, strict=True)]
