"""The wide plant: meters that lie or lag, chargers and cars that follow as they please.

Each is tried on an evening, and in a house that changes once and then never: there nothing may
hunt.
"""

from dataclasses import dataclass, replace

import numpy as np

from .chargers import Car, ChargerModel
from .houses import NOMINAL_V, House
from .meters import MeterModel
from .scenario import Overrides, Scenario
from .spans import ALWAYS, Span, each

STEP_HOUSE_S = 2 * 3600
STEP_AT_S = 1800
STEP_A = 7.0

FAULT_S = 3600.0
"""How long a meter repeats itself or shows nothing."""


@dataclass(frozen=True, kw_only=True)
class Turns:
    """When things happen, in seconds from the beginning."""

    fault_at: float
    shift_s: float
    ends: float


def step_house(current_a: float) -> House:
    """Return a house that draws more from one moment on, and is steady otherwise."""
    house_a = np.full((STEP_HOUSE_S, 1), current_a)
    house_a[STEP_AT_S:] += STEP_A
    return House(watts=house_a * NOMINAL_V, volts=np.full(STEP_HOUSE_S, NOMINAL_V))


def wide_in(base: Scenario, fault_at: float, shift_s: float) -> list[Scenario]:
    """Return the wide plant in one house."""
    (charger,) = base.chargers
    turns = Turns(fault_at=fault_at, shift_s=shift_s, ends=(base.hours[1] - base.hours[0]) * 3600)
    groups: dict[str, dict[str, Overrides]] = {
        "meter": {name: {"meter": meter} for name, meter in meters(base.meter, turns).items()},
        "charger": {
            name: {"chargers": (replace(charger, **model),)}
            for name, model in chargers(charger, turns).items()
        },
        "sensor": {
            name: {"chargers": (replace(charger, **model),)}
            for name, model in sensors(turns).items()
        },
        "several": {
            name: {"chargers": models, "breaker_a": base.breaker_a + 8 * (len(models) - 1)}
            for name, models in several(charger, turns).items()
        },
        "both": both(base, charger),
    }
    return [
        replace(base, name=f"wide-{group}-{name}/{base.name}", **changes)
        for group, kinds in groups.items()
        for name, changes in kinds.items()
    ]


def meters(plain: MeterModel, turns: Turns) -> dict[str, MeterModel]:
    """Return meters that are late, coarse or wrong."""
    fault = (Span(begins=turns.fault_at, ends=turns.fault_at + FAULT_S),)
    slow = MeterModel(period_s=30.0, phase_s=turns.shift_s % 30, noise_w=4.0)
    gone_s = 30.0
    changing = {
        "late-20s": {"latency_s": 20.0},
        "late-60s": {"latency_s": 60.0},
        "late-120s": {"latency_s": 120.0},
        "mean-30s": {"mean_s": 30.0},
        "mean-120s": {"mean_s": 120.0, "period_s": 10.0},
        "mean-60s-each-60s": {"mean_s": 60.0, "period_s": 60.0},
        "each-60s": {"period_s": 60.0},
        "whole-ampere": {"step_a": 1.0},
        "change-late-60s": {"on_change_w": 100.0, "noise_w": 0.0, "latency_s": 60.0},
        "one-in-20-is-0": {"odd_share": 0.05},
        "each-second-is-0": {"odd_share": 0.5},
        "spikes-100x": {"odd_share": 0.002, "odd_factor": 100.0},
        "turns-negative": {"odd_share": 0.02, "odd_factor": -1.0},
        "repeats-itself": {"repeating": fault},
        "shows-0": {"odd_share": 1.0, "odd": fault},
        "replayed": {
            "gone": (Span(begins=turns.fault_at, ends=turns.fault_at + gone_s),),
            "repeating": (Span(begins=turns.fault_at + gone_s, ends=fault[0].ends),),
        },
        "gone-8s-each-150s": {"gone": each(150, 8, begins=turns.shift_s + 60, ends=turns.ends)},
    }
    return {name: replace(plain, **model) for name, model in changing.items()} | {
        "30s-one-in-20-is-0": replace(slow, odd_share=0.05),
    }


def chargers(plain: ChargerModel, turns: Turns) -> dict[str, Overrides]:
    """Return chargers and cars that do not follow as they are told."""
    resets = tuple(np.arange(turns.fault_at % 2400, turns.ends, 2400.0).tolist())
    return {
        "car-rises-0.2": {"car": Car(rises_a_per_s=0.2)},
        "car-rises-0.8": {"car": Car(rises_a_per_s=0.8)},
        "car-rises-3": {"car": Car(rises_a_per_s=3.0)},
        "ramp-0.5": {"ramp_a_per_s": 0.5},
        "steps-4a": {"step_a": 4.0},
        "full-after-start-60s": {"full_s": 60.0},
        "full-after-start-120s": {"full_s": 120.0},
        "ignores-some": {"ignored_a": tuple(range(8, plain.most_a, 3))},
        "resets-to-0": {"restarts_at": resets, "restarts_a": 0},
        "resets-to-full": {"restarts_at": resets},
        "stops-in-46s": {"stop_s": 46.0},
        "loses-1-in-4": {"deaf_share": 0.25},
        "loses-first-start": {"deaf": (Span(ends=turns.shift_s + 45),)},
        "fails-1-in-2": {"failing_share": 0.5},
        "fails-for-an-hour": {
            "failing": (Span(begins=turns.fault_at - 5, ends=turns.fault_at + FAULT_S),)
        },
        "late-plug": {"car": Car(plugged=(Span(begins=turns.shift_s + 900),))},
    }


def sensors(turns: Turns) -> dict[str, Overrides]:
    """Return chargers whose own sensors say what was, or what never is."""
    from_fault_on = (Span(begins=turns.fault_at - 60),)
    return {
        "stuck-at-0": {"draw_stuck": ALWAYS},
        "stuck-at-0-repeating": {"draw_stuck": ALWAYS, "sensor_repeats_s": 10.0},
        "stuck-at-old": {"draw_stuck": from_fault_on},
        "stuck-at-old-repeating": {"draw_stuck": from_fault_on, "sensor_repeats_s": 10.0},
        "late-90s": {"sensor_s": 90.0},
        "late-90s-repeating": {"sensor_s": 90.0, "sensor_repeats_s": 10.0},
        "each-90s": {"sensor_period_s": 90.0},
    }


def several(plain: ChargerModel, turns: Turns) -> dict[str, tuple[ChargerModel, ...]]:
    """Return chargers of which one is broken: the others must not pay for it."""
    fault = (Span(begins=turns.fault_at - 5, ends=turns.fault_at + FAULT_S),)
    return {
        "two-one-never-starts": (replace(plain, failing=(Span(),)), plain),
        "two-one-fails": (replace(plain, failing=fault), plain),
        "two-one-deaf": (replace(plain, deaf=fault), plain),
        "two-deaf-stuck": (replace(plain, deaf=fault, draw_stuck=fault), plain),
        "two-one-restarts": (replace(plain, restarts_at=(turns.fault_at + 60,)), plain),
        "four": (
            replace(plain, step_a=4.0, most_a=16),
            replace(plain, car=Car(rises_a_per_s=0.8), most_a=16),
            replace(plain, stop_s=46.0, most_a=16),
            replace(plain, full_s=60.0, most_a=16),
        ),
    }


def both(base: Scenario, plain: ChargerModel) -> dict[str, Overrides]:
    """Return a meter and a charger that are hard to tell apart, each slow in its way."""
    rising = (replace(plain, car=Car(rises_a_per_s=0.8)),)
    return {
        "late-60s-rises-0.8": {
            "meter": replace(base.meter, latency_s=60.0),
            "chargers": rising,
        },
        "mean-60s-whole-ampere-rises-0.8": {
            "meter": replace(base.meter, mean_s=60.0, step_a=1.0),
            "chargers": rising,
        },
        "on-a-small-breaker-restarts": {
            "breaker_a": 16.0,
            "chargers": (replace(plain, most_a=16, restarts_at=(2000.0, 4300.0, 6100.0)),),
        },
    }
