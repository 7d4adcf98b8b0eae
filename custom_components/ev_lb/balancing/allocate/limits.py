"""Limits: what bounds the currents of house and chargers, an entry of a vector for each."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..settings import Limit

if TYPE_CHECKING:
    from ..state import State

TOLERANCE_A = 1e-6
"""Sums of amperes are floats: what differs by less is the same."""


def available_a(limits: Sequence[Limit], reading_a: Sequence[float]) -> tuple[float, ...]:
    """Return what is free now on each limit; negative in an overload."""
    return tuple(
        limit.in_force_a - current_a for limit, current_a in zip(limits, reading_a, strict=True)
    )


def headroom_a(limits: Sequence[Limit], load_a: Sequence[float]) -> tuple[float, ...]:
    """Return what the chargers may draw together on each limit.

    Never more than the limit, however much the house exports: the sun can go, and the chargers'
    own feed must carry it.
    """
    return tuple(
        min(limit.in_force_a, limit.in_force_a - house_a)
        for limit, house_a in zip(limits, load_a, strict=True)
    )


def given_a(state: State, shares: Mapping[str, int], index: int) -> int:
    """Return what the chargers that have a share are given together on a limit."""
    return sum(
        load.weight * shares.get(each.charger_id, 0)
        for each in state.balanced
        for load in each.loads
        if load.index == index
    )
