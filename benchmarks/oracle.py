"""The best that could have been done by somebody who knows the future.

Whole amps from the least current; never over the breaker, nor more than it where the house makes
power, as the design has it; and a contactor that costs its time at each start. For several cars it
is an upper bound: those on the same phases are taken as one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from .chargers import LEAST_A, ChargerModel
from .houses import Array, Mask
from .spans import Spans

ROUNDING_A = 1e-6


@dataclass(frozen=True, kw_only=True)
class Group:
    """Chargers on the same phases."""

    phases: tuple[int, ...]
    members: tuple[int, ...]
    cap_a: Array
    """What their cars could take together, by second."""

    contactor_s: int
    begins_s: int
    """When current can flow at the earliest."""

    share: float = 1.0
    """What the cars draw of what they are offered."""


def groups_of(chargers: Sequence[ChargerModel], seconds: int) -> list[Group]:
    """Return the chargers by the phases that they load."""
    by_phases: dict[tuple[int, ...], list[int]] = {}
    for index, charger in enumerate(chargers):
        by_phases.setdefault(charger.phases, []).append(index)
    groups = list[Group]()
    for phases, members in by_phases.items():
        models = [chargers[index] for index in members]
        groups.append(
            Group(
                phases=phases,
                members=tuple(members),
                cap_a=np.sum([car_cap_a(model, seconds) for model in models], axis=0),
                contactor_s=round(min(model.contactor_s for model in models)),
                begins_s=round(min(model.delay_s + model.contactor_s for model in models)),
                share=max(model.car.share for model in models),
            )
        )
    return groups


def car_cap_a(charger: ChargerModel, seconds: int) -> Array:
    """Return what the charger's car could take, by second."""
    second = np.arange(seconds, dtype=float)
    car = charger.car
    wants = during(car.plugged, second) & during(car.wants, second)
    return np.where(wants, min(car.most_a, charger.most_a * car.share), 0.0)


def during(spans: Spans, second: Array) -> Mask:
    """Return which of the seconds lie within any of the spans."""
    within = np.zeros(len(second), dtype=bool)
    for span in spans:
        within |= (second >= span.begins) & (second < span.ends)
    return within


def best_a(
    house_a: Array,
    breaker_a: float,
    groups: Sequence[Group],
    *,
    step_a: float = 1.0,
    has_contactors: bool = True,
) -> Array:
    """Return the most the groups could have drawn, by second and group."""
    free_a = free_of(house_a, breaker_a)
    if len(groups) == 1:
        group = groups[0]
        offer_a = whole(free_a[:, list(group.phases)].min(axis=1) / group.share, step_a)
        best = np.minimum(usable(offer_a) * group.share, group.cap_a)[:, None]
    else:
        best = shared(whole(free_a, step_a), groups, step_a)
    if has_contactors:
        for index, group in enumerate(groups):
            best[:, index] = with_contactor(best[:, index], group.contactor_s, group.begins_s)
    return best


def free_of(house_a: Array, breaker_a: float) -> Array:
    """Return what cars may draw; never more than the breaker, whatever the house makes itself."""
    return breaker_a - np.maximum(house_a, 0.0)


def whole(current_a: Array, step_a: float) -> Array:
    """Return currents down to their steps."""
    return np.floor(current_a / step_a + ROUNDING_A) * step_a


def usable(current_a: Array) -> Array:
    """Return currents, or 0 where they are less than a charger can offer."""
    return np.where(current_a >= LEAST_A - ROUNDING_A, current_a, 0.0)


def shared(free_a: Array, groups: Sequence[Group], step_a: float) -> Array:
    """Return the most that groups on different phases could have drawn together.

    Every whole-amp choice of all groups but the last is tried; what is equal is tried once.
    """
    caps_a = np.stack([group.cap_a for group in groups], axis=1)
    rows, inverse = np.unique(np.hstack([free_a, caps_a]), axis=0, return_inverse=True)
    phases = free_a.shape[1]
    room_a, caps = rows[:, :phases], rows[:, phases:]
    best, most = np.zeros((len(rows), len(groups))), np.full(len(rows), -1.0)
    choices = [
        (0.0, *np.arange(LEAST_A, caps[:, index].max() + step_a / 2, max(step_a, 1.0)))
        for index in range(len(groups) - 1)
    ]
    last = groups[-1]
    for choice in product(*choices):
        left_a, fits = room_a.copy(), np.ones(len(rows), dtype=bool)
        for index, current_a in enumerate(choice):
            left_a[:, list(groups[index].phases)] -= current_a
            fits &= current_a <= caps[:, index] + ROUNDING_A
            if current_a:
                fits &= (left_a[:, list(groups[index].phases)] >= -ROUNDING_A).all(axis=1)
        rest = usable(np.minimum(left_a[:, list(last.phases)].min(axis=1), caps[:, -1]))
        score = rest * len(last.phases)
        for index, current_a in enumerate(choice):
            score = score + current_a * len(groups[index].phases)
        better = fits & (score > most)
        most[better] = score[better]
        best[better, -1] = rest[better]
        for index, current_a in enumerate(choice):
            best[better, index] = current_a
    return best[inverse.reshape(-1)]


def fair_a(house_a: Array, breaker_a: float, chargers: Sequence[ChargerModel]) -> Array:
    """Return what somebody who shares evenly and knows the future would draw, by charger.

    Whose least current fits goes first; then all rise together, each until a phase of its or its
    car is full.
    """
    seconds = len(house_a)
    caps_a = np.stack([car_cap_a(charger, seconds) for charger in chargers], axis=1)
    free_a = whole(free_of(house_a, breaker_a), 1.0)
    rows, inverse = np.unique(np.hstack([free_a, caps_a]), axis=0, return_inverse=True)
    phases = free_a.shape[1]
    loads = [charger.phases for charger in chargers]
    shares = [even_shares(row[:phases], row[phases:], loads) for row in rows.tolist()]
    fair = np.array(shares)[inverse.reshape(-1)]
    for index, charger in enumerate(chargers):
        begins_s = round(charger.delay_s + charger.contactor_s)
        fair[:, index] = with_contactor(fair[:, index], round(charger.contactor_s), begins_s)
    return fair


def even_shares(
    free_a: list[float], caps_a: list[float], loads: Sequence[tuple[int, ...]]
) -> list[float]:
    """Return how chargers share what is free on each phase, in whole amps."""
    left_a, shares_a = list(free_a), [0.0] * len(caps_a)

    def give(index: int, current_a: float) -> bool:
        fits = shares_a[index] + current_a <= caps_a[index] + ROUNDING_A and all(
            left_a[phase] >= current_a for phase in loads[index]
        )
        if fits:
            shares_a[index] += current_a
            for phase in loads[index]:
                left_a[phase] -= current_a
        return fits

    rising = [index for index in range(len(caps_a)) if give(index, LEAST_A)]
    while rising:
        rising = [index for index in rising if give(index, 1.0)]
    return shares_a


def with_contactor(most_a: Array, contactor_s: int, begins_s: int) -> Array:
    """Return the best of what could flow, given that each pause lasts as long as a contactor.

    Exact: to be on in a second one was on in the second before, or off for the contactor's time.
    """
    most: list[float] = most_a.tolist()
    seconds = len(most)
    gap = max(contactor_s, 1)
    on, came_from = [0.0] * seconds, [-1] * seconds
    best_until, best_at = [0.0] * (seconds + 1), [-1] * (seconds + 1)
    for second, amperes in enumerate(most):
        earned = -1.0
        if amperes > 0 and second >= begins_s:
            rest = second - gap
            earned, came_from[second] = (
                (best_until[rest], best_at[rest]) if rest >= 0 else (0.0, -1)
            )
            if second > 0 and on[second - 1] >= earned:
                earned, came_from[second] = on[second - 1], second - 1
            earned += amperes
        on[second] = earned
        if earned > best_until[second]:
            best_until[second + 1], best_at[second + 1] = earned, second
        else:
            best_until[second + 1], best_at[second + 1] = best_until[second], best_at[second]
    chosen = np.zeros(seconds)
    second = best_at[seconds]
    while second >= 0:
        chosen[second] = most[second]
        second = came_from[second]
    return chosen
