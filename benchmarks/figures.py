"""What a run is judged by. Every figure comes from the plant's log, none from the core."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from .chargers import ChargerModel
from .houses import Array, Mask
from .oracle import best_a, fair_a, groups_of
from .simulation import Log

NEVER_TRIPS = 1.13
"""Up to this many times its rating a breaker must hold for an hour (IEC 60898-1, table 7)."""

TRIPS_AT_ONCE = 2.55
"""At this many times its rating it must hold for a second."""

HOLDS_S = 3600.0
COOLS_S = 15 * 60.0
"""How fast a warm breaker cools: a guess."""

COUNTED_A = 0.05
"""Less over the breaker than this is rounding."""

ANSWERED_A = 0.5
ANSWERED_S = 10
"""An overload beyond these must be answered with a reduction; less hides from many meters."""

HOUR_S = 3600

CHANGED_A = 0.5
"""A house that has changed by less is taken as unchanged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How a run went."""

    hours: float
    energy_kwh: float
    useful_kwh: float
    """What was drawn neither over the breaker nor where nothing was left."""

    oracle_kwh: float
    fair_kwh: float
    """What an oracle would have drawn that shares evenly; the other one takes the most."""

    lost_kwh: Mapping[str, float]
    """What the oracle had and the cars had not, by what the chargers did meanwhile."""

    over_as: float
    """Ampere-seconds over the breaker that the cars caused."""

    over_most_a: float
    over_longest_s: int
    thermal: float
    """The share of the breaker's earliest tripping time that the cars used; from 1 it may trip."""

    sets: int
    starts: int
    """How often current began to flow."""

    starts_in_an_hour: int
    """The most of them, of one charger, within any hour."""

    unanswered: int
    """Overloads to which no reduction was sent."""

    late_s: int
    """The longest that the cars were over after the house's or a car's last change."""

    promised_s: float
    decisions: int

    @property
    def energy_pct(self) -> float:
        """The useful energy against the oracle's."""
        return self.of_oracle_pct(self.useful_kwh)

    @property
    def fair_pct(self) -> float:
        """The useful energy against that of an oracle that shares evenly."""
        return 100.0 * self.useful_kwh / self.fair_kwh if self.fair_kwh else 100.0

    def of_oracle_pct(self, energy_kwh: float) -> float:
        """Return an energy against the oracle's; where there was none, nothing was missed."""
        return 100.0 * energy_kwh / self.oracle_kwh if self.oracle_kwh else 100.0

    def per_day(self, count: int) -> float:
        """Return how often something would have happened in a day."""
        return 24.0 * count / self.hours


def figures_of(
    log: Log,
    chargers: Sequence[ChargerModel],
    breaker_a: float,
    *,
    window_s: float,
    promised_s: float,
) -> Figures:
    """Judge a run; a command may act for as long as the window."""
    seconds = len(log.volts)
    cars_a = np.zeros_like(log.house_a)
    for index, charger in enumerate(chargers):
        for phase in charger.phases:
            cars_a[:, phase] += log.drawn_a[:, index]
    total_a = log.house_a + cars_a
    over_a = over_by_cars_a(log.house_a, total_a, breaker_a)
    is_over = over_a.max(axis=1) > 0
    started_at = [starts_of(drawn_a) for drawn_a in log.drawn_a.T]
    stretches = stretches_of(is_over)
    watts = watts_of(log, chargers, breaker_a, over_a)
    return Figures(
        hours=seconds / 3600,
        energy_kwh=kwh(drawn_w(log, chargers)),
        useful_kwh=kwh(watts.useful),
        oracle_kwh=kwh(watts.best),
        fair_kwh=kwh(watts.fair),
        lost_kwh=lost_kwh(log, watts, chargers),
        over_as=float(over_a.sum()),
        over_most_a=float(over_a.max(initial=0.0)),
        over_longest_s=max((end - begin for begin, end in stretches), default=0),
        thermal=max(
            thermal_share(total_a[:, phase] / breaker_a)
            - thermal_share(log.house_a[:, phase] / breaker_a)
            for phase in range(total_a.shape[1])
        ),
        sets=len(log.set_at),
        starts=sum(len(moments) for moments in started_at),
        starts_in_an_hour=max(most_in_an_hour(moments) for moments in started_at),
        unanswered=count_unanswered(log, over_a, window_s),
        late_s=latest_s(log, over_a.max(axis=1) > ANSWERED_A),
        promised_s=promised_s,
        decisions=log.decisions,
    )


def kwh(watts: Array) -> float:
    """Return the energy of watts by second."""
    return float(watts.sum() / 3.6e6)


def over_by_cars_a(house_a: Array, total_a: Array, breaker_a: float) -> Array:
    """Return how far the cars took each phase over the breaker; the house alone may be over."""
    over_a = np.maximum(total_a - breaker_a, 0.0) - np.maximum(house_a - breaker_a, 0.0)
    return np.where(over_a > COUNTED_A, over_a, 0.0)


@dataclass(frozen=True, kw_only=True)
class Watts:
    """What flowed and what could have, by second."""

    best: Array
    """What the oracle's cars draw."""

    fair: Array
    """What they would draw if it shared evenly."""

    useful: Array
    """What the cars drew neither over the breaker nor where nothing was left."""


def watts_of(log: Log, chargers: Sequence[ChargerModel], breaker_a: float, over_a: Array) -> Watts:
    """Return the oracle's watts, and those of the cars that count."""
    groups = groups_of(chargers, len(log.volts))
    width = np.array([len(group.phases) for group in groups])
    best = best_a(log.house_a, breaker_a, groups)
    for index, group in enumerate(groups):
        members = [chargers[member] for member in group.members]
        best[:, index] = until_charged_a(best[:, index], members, log.volts)
    room = best_a(log.house_a, breaker_a, groups, step_a=0.01, has_contactors=False)
    room_w = (room * width).sum(axis=1) * log.volts
    counted_w = drawn_w(log, chargers) - over_a.sum(axis=1) * log.volts
    best_w = (best * width).sum(axis=1) * log.volts
    fair_w = best_w
    if len(groups) > 1:
        fair = fair_a(log.house_a, breaker_a, chargers)
        fair_w = (fair * [len(charger.phases) for charger in chargers]).sum(axis=1) * log.volts
    return Watts(best=best_w, fair=fair_w, useful=np.clip(counted_w, 0.0, room_w))


def drawn_w(log: Log, chargers: Sequence[ChargerModel]) -> Array:
    """Return what the cars drew, by second."""
    widths = np.array([len(charger.phases) for charger in chargers])
    return (log.drawn_a * widths).sum(axis=1) * log.volts


def lost_kwh(log: Log, watts: Watts, chargers: Sequence[ChargerModel]) -> dict[str, float]:
    """Return what the oracle had and the cars had not, by what the chargers did meanwhile."""
    widths = np.array([len(charger.phases) for charger in chargers])
    offered_w = (log.offered_a * widths).sum(axis=1) * log.volts
    gap_w = np.maximum(watts.best - watts.useful, 0.0)
    is_off = offered_w == 0
    is_starting = ~is_off & (log.drawn_a == 0).all(axis=1)
    is_low = ~is_off & ~is_starting & (offered_w < watts.best)
    return {
        "off": kwh(gap_w[is_off]),
        "starting": kwh(gap_w[is_starting]),
        "low": kwh(gap_w[is_low]),
        "left": kwh(gap_w[~is_off & ~is_starting & ~is_low]),
    }


def until_charged_a(most_a: Array, chargers: Sequence[ChargerModel], volts: Array) -> Array:
    """Return what cars on the same phases draw of what they could, until they are full."""
    if all(charger.car.need_kwh == inf for charger in chargers):
        return most_a
    drawn_a = np.zeros_like(most_a)
    had_kwh = [0.0] * len(chargers)
    per_a = (volts / 3.6e6).tolist()
    for second, free_a in enumerate(most_a.tolist()):
        left_a = free_a
        accepted = sorted(
            (charger.car.accepts_a(had_kwh[index]), index) for index, charger in enumerate(chargers)
        )
        for place, (accepts_a, index) in enumerate(accepted):
            share_a = min(accepts_a, left_a / (len(accepted) - place))
            left_a -= share_a
            had_kwh[index] += share_a * per_a[second] * len(chargers[index].phases)
        drawn_a[second] = free_a - left_a
    return drawn_a


def stretches_of(mask: Mask) -> list[tuple[int, int]]:
    """Return the first second of each stretch in which the mask holds, and the one after it."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False]))))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def starts_of(drawn_a: Array) -> list[int]:
    """Return the seconds in which current began to flow."""
    return [begin for begin, _ in stretches_of(drawn_a > 0)]


def most_in_an_hour(moments: Sequence[int]) -> int:
    """Return the most moments that lie within any one hour."""
    last = np.searchsorted(moments, [moment + HOUR_S for moment in moments])
    return int((last - np.arange(len(moments))).max(initial=0))


def thermal_share(ratio: Array) -> float:
    """Return the largest share of a breaker's earliest tripping time that was used up.

    The lower edge of the zone in which types B and C trip, taken as a straight line between its
    two corners in a plot with logarithms on both axes. Shares add up, and fade as it cools.
    """
    slope = np.log(HOLDS_S) / np.log(TRIPS_AT_ONCE / NEVER_TRIPS)
    hot = np.flatnonzero(ratio > NEVER_TRIPS)
    gains = (ratio[hot] / NEVER_TRIPS) ** slope / HOLDS_S
    worst = used = 0.0
    last = 0
    for second, gain in zip(hot.tolist(), gains.tolist(), strict=True):
        used = used * np.exp((last - second) / COOLS_S) + gain
        worst, last = max(worst, used), second
    return float(worst)


def count_unanswered(log: Log, over_a: Array, window_s: float) -> int:
    """Return how many lasting overloads no reduction was sent for."""
    reductions = np.array([sent.at for sent in log.sent if sent.is_reduction])
    return sum(
        end - begin > ANSWERED_S
        and not ((reductions >= begin - window_s) & (reductions < end)).any()
        for begin, end in stretches_of(over_a.max(axis=1) > ANSWERED_A)
    )


def latest_s(log: Log, is_over: Mask) -> int:
    """Return how long at most the cars were over after anything outside our reach had changed."""
    moved = np.abs(np.diff(log.house_a, axis=0, prepend=log.house_a[:1])).max(axis=1) >= CHANGED_A
    rose = (np.diff(log.drawn_a, axis=0, prepend=log.drawn_a[:1]) > 0).any(axis=1)
    second, began = np.arange(len(is_over)), np.diff(is_over, prepend=False)
    last = np.maximum.accumulate(np.where(moved | rose | began, second, 0))
    return int((second - last + 1)[is_over].max(initial=0))
