"""How fast the core decides, and how much it remembers.

What a simulated site hears is recorded, then played to `decide` alone: only the core is measured.
"""

import gc
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from itertools import cycle, islice
from math import inf
from statistics import fmean, quantiles

import numpy as np

from custom_components.ev_lb.balancing.balancer import decide
from custom_components.ev_lb.balancing.memory import Memory, recall
from custom_components.ev_lb.balancing.settings import (
    ChargerSettings,
    Settings,
    SiteSettings,
    UnavailableBehavior,
)

from .chargers import Car, ChargerModel
from .houses import NOMINAL_V, House
from .meters import MeterModel
from .shell import Heard
from .simulation import Simulation

SITES = ((1, 1), (1, 3), (2, 1), (10, 3), (25, 3), (50, 3), (100, 3))
"""Chargers and phases."""

STREAM_S = 900
SHORT_STREAM_S = 240
LARGE = 25
"""A site of so many chargers hears a short stream."""

REPEATS = 3
ENOUGH_S = 6.0
"""What has taken so long is not repeated."""

PHASES = ((0,), (1,), (2,), (0, 1, 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How fast a site was decided."""

    chargers: int
    phases: int
    variant: str
    decision_us: float
    slowest_us: float
    """That 99 of 100 decisions keep below."""

    commands: int
    """How many the stream makes the core send in an hour."""

    state_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What a site hears, and its settings."""

    settings: Settings
    heard: tuple[Heard, ...]


def moving_house(phases: int, size: float, seconds: int, seed: int) -> House:
    """Return a house that is never still: it drifts, and something is switched twice a minute."""
    rng = np.random.default_rng(seed)
    second = np.arange(seconds)[:, None]
    watts = 1500.0 * size + 300.0 * size * np.sin(second / 97.0 + np.arange(phases))
    watts = watts + rng.normal(0.0, 25.0, (seconds, phases))
    for _ in range(seconds // 30):
        begin, length = rng.integers(0, seconds), rng.integers(5, 120)
        watts[begin : begin + length, rng.integers(0, phases)] += rng.uniform(500, 3000) * size**0.5
    return House(watts=np.round(watts), volts=np.full(seconds, NOMINAL_V))


def stream_s(chargers: int) -> int:
    """Return how long a site is listened to."""
    return SHORT_STREAM_S if chargers >= LARGE else STREAM_S


def stream(chargers: int, phases: int, *, has_sensors: bool) -> Stream:
    """Record what a site hears: too small for all its cars, so that each move is shared."""
    loads = list(islice(cycle(PHASES if phases > 1 else PHASES[:1]), chargers))
    models = tuple(
        ChargerModel(
            phases=load,
            most_a=32 if load == (0,) and chargers == 1 else 16,
            delay_s=2.0 + index % 5,
            car=Car(most_a=(32.0, 16.0, 10.0)[index % 3]),
        )
        for index, load in enumerate(loads)
    )
    breaker_a = 25.0 + 9.0 * (chargers / 2 if phases > 1 else chargers - 1)
    settings = Settings(
        site=SiteSettings(
            rated_current_a=breaker_a,
            service_current_a=breaker_a,
            ramp_up_time_s=30.0,
            unavailable_behavior=UnavailableBehavior.STOP,
            phase_count=phases,
        ),
        chargers=tuple(
            ChargerSettings(
                charger_id=f"charger_{index}",
                rated_current_a=model.most_a,
                max_charger_current_a=model.most_a,
                min_ev_current_a=6,
                priority=50 + index % 2,
                phases=model.phases,
            )
            for index, model in enumerate(models)
        ),
    )
    tape = list[Heard]()
    Simulation(
        settings,
        moving_house(phases, max(chargers / 4, 1.0), stream_s(chargers), seed=chargers),
        models,
        MeterModel(),
        has_sensors=has_sensors,
        tape=tape,
    ).run()
    return Stream(settings=settings, heard=tuple(tape))


def measure(chargers: int, phases: int, *, has_sensors: bool = False) -> Speed:
    """Play a site's stream to the core, and return how fast it was at its best."""
    recorded = stream(chargers, phases, has_sensors=has_sensors)
    best, commands = [inf], 0
    state = recall(recorded.settings, Memory(), 0.0)
    begun = time.perf_counter()
    for turn in range(REPEATS):
        if turn and time.perf_counter() - begun > ENOUGH_S:
            break
        state = recall(recorded.settings, Memory(), 0.0)
        commands, spent = 0, list[float]()
        gc.collect()
        gc.disable()
        for heard in recorded.heard:
            begin = time.perf_counter()
            decision = decide(recorded.settings, state, heard.inputs, heard.at)
            spent.append(time.perf_counter() - begin)
            state = decision.state
            commands += len(decision.commands)
        gc.enable()
        if fmean(spent) < fmean(best):
            best = spent
    return Speed(
        chargers=chargers,
        phases=phases,
        variant="sensors" if has_sensors else "power",
        decision_us=1e6 * fmean(best),
        slowest_us=1e6 * quantiles(best, n=100)[-1],
        commands=round(commands * 3600 / stream_s(chargers)),
        state_bytes=size_of(state, set_by_user(recorded.settings)),
    )


def set_by_user(settings: Settings) -> set[int]:
    """Return what the core was given and does not remember by itself."""
    return {id(settings), *map(id, settings.chargers)}


def size_of(thing: object, seen: set[int] | None = None) -> int:
    """Return the bytes of something and of all that it holds, each counted once."""
    seen = set() if seen is None else seen
    if id(thing) in seen or thing is None or isinstance(thing, Enum | type):
        return 0
    seen.add(id(thing))
    size = sys.getsizeof(thing)
    if is_dataclass(thing):
        parts = [getattr(thing, known.name) for known in fields(thing)]
    elif isinstance(thing, Mapping):
        parts = [*thing.keys(), *thing.values()]
    elif isinstance(thing, tuple | list | set | frozenset | deque):
        parts = list(thing)
    else:
        parts = []
    return size + sum(size_of(part, seen) for part in parts)


def speed_report() -> str:
    """Return a table of how fast sites of each size are decided."""
    lines = [
        "| chargers | phases | variant | decisions/s | µs/decision | µs/charger | 99 % below µs "
        "| commands/h | state bytes | bytes/charger |",
        "|--:|--:|---|" + "--:|" * 7,
    ]
    for chargers, phases in SITES:
        for has_sensors in (False, True):
            speed = measure(chargers, phases, has_sensors=has_sensors)
            cells = (
                f"{chargers}",
                f"{phases}",
                speed.variant,
                f"{1e6 / speed.decision_us:.0f}",
                f"{speed.decision_us:.0f}",
                f"{speed.decision_us / chargers:.1f}",
                f"{speed.slowest_us:.0f}",
                f"{speed.commands}",
                f"{speed.state_bytes}",
                f"{speed.state_bytes / chargers:.0f}",
            )
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
