"""What is simulated: houses, chargers, cars, meters and faults, each named by what it tries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import numpy as np

from .appliances import generated_house
from .chargers import Car, ChargerModel
from .houses import FRENCH_DAYS, UK_DAYS, House, between, french_house, uk_house
from .meters import MeterModel
from .scenario import CHARGER, READER, Overrides, Scenario
from .simulation import Restart
from .spans import Span
from .wide import STEP_AT_S, step_house, wide_in

BREAKERS_A = (25.0, 32.0, 40.0, 50.0, 63.0, 80.0)

HEAVY_BREAKERS_A = {"cooking": (16.0, 20.0), "drying": (20.0, 25.0), "heating": (20.0, 25.0)}
"""By style: small enough that the least current is free only now and then."""

HEAVY_HOURS = (16, 22)

STEADY_S = 120
"""How long a house must have been calm for a fault to begin at a rise."""

METERS = {
    "1s": READER,
    "10s": MeterModel(period_s=10.0, phase_s=3.0, noise_w=4.0),
    "change": MeterModel(on_change_w=100.0),
}
"""What people have: a reader at the meter, a cloud or bus that is slow, a socket that filters."""

ODD_METERS = {
    "late3s": MeterModel(latency_s=3.0, noise_w=4.0),
    "5s-noisy": MeterModel(period_s=5.0, noise_w=25.0),
    "30s": MeterModel(period_s=30.0, phase_s=11.0, noise_w=4.0),
    "repeats10s": MeterModel(source_s=10.0),
    "tenth-kw": MeterModel(step_w=100.0),
    "whole-kw": MeterModel(step_w=1000.0),
}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which days, houses, devices and moments a set of scenarios is made of."""

    uk_days: Sequence[str] = UK_DAYS
    french_days: Sequence[str] = FRENCH_DAYS
    seeds: Sequence[int] = (1, 2)
    styles: Sequence[str] = ("flat", "family", "electric", "workshop", "solar")
    hours: tuple[float, float] = (12, 24)
    evening: tuple[float, float] = (15, 23)
    noon: tuple[float, float] = (10, 18)
    charger: ChargerModel = CHARGER
    steady_a: float = 6.3
    """What a house draws that changes once and then never."""

    fault_s: float = 300.0
    """How long the meter is lost; chargers for a fifth of it."""

    shift_s: float = 0.0
    """When the meter reports, and by how much later everything else happens."""

    def meter(self, name: str) -> MeterModel:
        """Return a kind of meter, at this choice's moments."""
        model = METERS[name] if name in METERS else ODD_METERS[name]
        return replace(model, phase_s=(model.phase_s + self.shift_s) % model.period_s)


TUNING = Choice()
"""What the product may be tuned on."""

HELD_OUT = Choice(
    french_days=("2008_06_04", "2006_12_24", "2007_01_21"),
    seeds=(101, 102),
    styles=("family", "electric", "solar", "sauna"),
    hours=(0, 12),
    evening=(5, 13),
    noon=(7, 15),
    charger=ChargerModel(delay_s=3.4, ramp_a_per_s=5.0, contactor_s=6.0, call_s=0.7),
    steady_a=9.1,
    fault_s=140.0,
    shift_s=37.4,
)
"""What the product is judged on once it is tuned: never look at single runs of these."""


def all_scenarios(choice: Choice) -> list[Scenario]:
    """Return every scenario of a choice."""
    kinds = (
        days,
        edges,
        generated,
        heavy,
        faults,
        chargers,
        restarts,
        cars,
        several,
        three_phases,
        wide,
    )
    return [scenario for kind in kinds for scenario in kind(choice)]


def fitting_breaker_a(house: House) -> float:
    """Return the smallest breaker that such a house would not trip by itself."""
    most_a = float(np.quantile(house.current_a.max(axis=1), 0.999))
    return next((size for size in BREAKERS_A if size > most_a), BREAKERS_A[-1])


def days(choice: Choice) -> list[Scenario]:
    """Return real days, as they were recorded."""
    houses: dict[str, Callable[[], House]] = {
        f"uk-{day}": partial(uk_house, day) for day in choice.uk_days
    } | {f"fr-{day}": partial(french_house, day) for day in choice.french_days}
    return [
        Scenario(
            name=f"day-{meter}/{name}",
            house=house,
            hours=choice.hours if meter == "1s" else (0, 24),
            breaker_a=fitting_breaker_a(house()),
            chargers=(choice.charger,),
            meter=choice.meter(meter),
            is_quick=(name, meter) == ("uk-day12", "10s"),
        )
        for (name, house), meter in product(houses.items(), METERS)
    ]


def edges(choice: Choice) -> list[Scenario]:
    """Return real evenings, minutes made of switched appliances, before every kind of meter."""
    return [
        Scenario(
            name=f"edges-{meter}/fr-{day}",
            house=partial(french_house, day, edges_seed=choice.seeds[0]),
            hours=choice.evening,
            breaker_a=32.0,
            chargers=(choice.charger,),
            meter=choice.meter(meter),
        )
        for day in choice.french_days[:2]
        for meter in METERS | ODD_METERS
    ]


def generated(choice: Choice) -> list[Scenario]:
    """Return generated days."""
    return [
        Scenario(
            name=f"made-{style}/{seed}-{meter}",
            house=partial(generated_house, style, seed),
            hours=choice.noon if style == "solar" else choice.evening,
            breaker_a=fitting_breaker_a(generated_house(style, seed)),
            chargers=(choice.charger,),
            meter=choice.meter(meter),
            seed=seed,
            is_quick=(style, seed, meter) == ("family", choice.seeds[0], "change"),
        )
        for style in choice.styles
        for seed in choice.seeds
        for meter in METERS
    ]


def heavy(choice: Choice) -> list[Scenario]:
    """Return evenings on a breaker that is small for the house: contactors pay for them."""
    return [
        Scenario(
            name=f"heavy-{style}/{seed}-{breaker_a:.0f}a-{meter}",
            house=partial(generated_house, style, seed),
            hours=HEAVY_HOURS,
            breaker_a=breaker_a,
            chargers=(choice.charger,),
            meter=choice.meter(meter),
            seed=seed,
            is_quick=(style, seed, meter) == ("cooking", choice.seeds[0], "10s"),
        )
        for style, breakers_a in HEAVY_BREAKERS_A.items()
        for seed in choice.seeds
        for breaker_a in breakers_a
        for meter in METERS
    ]


def busy_houses(choice: Choice) -> list[Scenario]:
    """Return six hours in houses that keep a charger busy, for all that is tried in a house."""
    houses: dict[str, Callable[[], House]] = {
        f"fr-{choice.french_days[0]}": partial(
            french_house, choice.french_days[0], edges_seed=choice.seeds[0]
        )
    } | {f"family-{seed}": partial(generated_house, "family", seed) for seed in choice.seeds}
    begin_h = choice.evening[0] + 1
    return [
        Scenario(
            name=name,
            house=house,
            hours=(begin_h, begin_h + 6),
            breaker_a=fitting_breaker_a(house()),
            chargers=(choice.charger,),
            meter=choice.meter("1s"),
        )
        for name, house in houses.items()
    ]


def largest_rise(house: House, breaker_a: float) -> int:
    """Return the second of the largest lasting rise out of a calm in which a car would charge."""
    current_a = house.current_a.max(axis=1)
    sums = np.concatenate(([0.0], np.cumsum(current_a)))
    means = (sums[STEADY_S:] - sums[:-STEADY_S]) / STEADY_S
    rises = means[STEADY_S:] - means[:-STEADY_S]
    rises = np.where(means[:-STEADY_S] < breaker_a / 2, rises, -1.0)
    return int(rises[5 * STEADY_S :].argmax()) + 6 * STEADY_S


def rise_of(scenario: Scenario) -> int:
    """Return when the house of a scenario rises most."""
    return largest_rise(between(scenario.house(), *scenario.hours), scenario.breaker_a)


def faults(choice: Choice) -> list[Scenario]:
    """Return what goes wrong, at the worst moment: while the house rises."""
    return [scenario for base in busy_houses(choice) for scenario in faults_in(base, choice)]


def faults_in(base: Scenario, choice: Choice) -> list[Scenario]:
    """Return the faults in one house."""
    rise = rise_of(base)
    lost = (Span(begins=rise - 5, ends=rise - 5 + choice.fault_s),)
    dumb = (Span(begins=rise - 2, ends=rise - 2 + choice.fault_s / 5),)
    slow = choice.meter("10s")
    meters = {
        "gone": replace(base.meter, gone=lost),
        "frozen": replace(base.meter, frozen=lost),
        "frozen-10s": replace(slow, frozen=lost),
        "frozen-change": replace(choice.meter("change"), frozen=lost),
        "flaky": replace(
            base.meter,
            gone=tuple(
                Span(begins=at, ends=at + 4)
                for at in np.arange(choice.shift_s + 200, 6 * 3600, 97).tolist()
            ),
        ),
    }
    devices: dict[str, Overrides] = {
        "deaf": {"deaf": dumb},
        "failing": {"failing": dumb},
        "answerless": {"answerless": dumb},
        "ignores-1-in-10": {"deaf_share": 0.1},
        "fails-1-in-5": {"failing_share": 0.2},
        "restarts": {"restarts_at": (rise + 20.0, rise + 1820.0)},
    }
    return [
        replace(
            base,
            name=f"fault-meter-{name}/{base.name}",
            meter=meter,
            is_quick=(name, base.name[:2]) == ("frozen", "fr"),
        )
        for name, meter in meters.items()
    ] + [
        replace(
            base,
            name=f"fault-charger-{name}/{base.name}",
            chargers=(replace(choice.charger, **changes),),
        )
        for name, changes in devices.items()
    ]


def chargers(choice: Choice) -> list[Scenario]:
    """Return chargers that differ in how they follow."""
    kinds: dict[str, Overrides] = {
        "slow-5s": {"delay_s": 5.0},
        "slow-9s": {"delay_s": 9.0},
        "too-slow-15s": {"delay_s": 15.0},
        "ramp-1a-per-s": {"ramp_a_per_s": 1.0},
        "ramp-4a-per-s": {"ramp_a_per_s": 4.0},
        "contactor-30s": {"contactor_s": 30.0},
        "calls-2s": {"call_s": 2.0},
        "steps-2a": {"step_a": 2.0},
        "sensors-late-5s": {"sensor_s": 5.0},
        "sensors-each-30s": {"sensor_period_s": 30.0},
    }
    return [
        replace(
            base,
            name=f"charger-{name}/{base.name}",
            chargers=(replace(choice.charger, **changes),),
        )
        for base in busy_houses(choice)[:2]
        for name, changes in kinds.items()
    ]


def restarts(choice: Choice) -> list[Scenario]:
    """Return restarts of Home Assistant while a car charges."""
    scenarios = list[Scenario]()
    for base in busy_houses(choice):
        rise = rise_of(base)
        turns = range(round((base.hours[1] - base.hours[0]) * 2) - 1)
        kinds = {
            "killed": (Restart(at=rise - 10),),
            "killed-at-rise": (Restart(at=rise + 1.5),),
            "stopped": (Restart(at=rise - 10, is_killed=False),),
            "forgotten": (Restart(at=rise - 10, is_forgotten=True),),
            "long": (Restart(at=rise - 410, away_s=400.0),),
            "each-half-hour": tuple(Restart(at=rise % 1800 + 1800 * turn) for turn in turns),
        }
        scenarios += [
            replace(
                base,
                name=f"restart-{name}/{base.name}",
                restarts=moments,
                is_quick=(name, base.name[:2]) == ("killed", "fr"),
            )
            for name, moments in kinds.items()
        ]
        scenarios.append(
            replace(
                base,
                name=f"restart-killed-change/{base.name}",
                restarts=kinds["killed"],
                meter=choice.meter("change"),
            )
        )
    return scenarios


def cars(choice: Choice) -> list[Scenario]:
    """Return cars that do not take what they are offered."""
    hour = 3600 + choice.shift_s
    kinds = {
        "idle-then-starts": Car(wants=(Span(begins=2 * hour),)),
        "limited-10a": Car(most_a=10.0),
        "limited-7a": Car(most_a=7.0),
        "limited-16a": Car(most_a=16.0),
        "tapering": Car(need_kwh=12.0, taper_kwh=5.0),
        "late": Car(plugged=(Span(begins=hour),)),
        "replugged": Car(
            plugged=(
                Span(ends=hour),
                Span(begins=1.2 * hour, ends=3 * hour),
                Span(begins=3.5 * hour),
            )
        ),
        "pausing": Car(
            wants=tuple(Span(begins=at, ends=at + 0.3 * hour) for at in (0, hour, 2.2 * hour))
        ),
        "nine-tenths": Car(share=0.9),
    }
    return [
        replace(base, name=f"car-{name}/{base.name}", chargers=(replace(choice.charger, car=car),))
        for base in busy_houses(choice)[:2]
        for name, car in kinds.items()
    ]


def several(choice: Choice) -> list[Scenario]:
    """Return several chargers on one phase."""
    hour = 3600 + choice.shift_s
    plain = choice.charger
    sixteen = replace(plain, most_a=16)
    ten = replace(plain, car=Car(most_a=10.0))
    late = replace(plain, car=Car(wants=(Span(begins=hour),)))
    leaving = replace(sixteen, car=Car(plugged=(Span(begins=hour, ends=4 * hour),)))
    idle = replace(plain, car=Car(wants=()))
    deaf = replace(plain, deaf=(Span(begins=hour, ends=hour + choice.fault_s),))
    kinds = {
        "two": (plain, late),
        "two-one-limited": (plain, ten),
        "two-one-idle": (idle, plain),
        "two-one-deaf": (deaf, plain),
        "four": (sixteen, sixteen, ten, leaving),
    }
    return [
        replace(
            base,
            name=f"several-{name}/{base.name}",
            breaker_a=base.breaker_a + 8 * (len(models) - 1),
            chargers=models,
        )
        for base in busy_houses(choice)[:2]
        for name, models in kinds.items()
    ]


def three_phases(choice: Choice) -> list[Scenario]:
    """Return houses on three phases, and one of them before every kind of meter.

    Telegrams of DSMR say whole amperes each 10 s, or watts each second. A guest's car uses one of
    the three phases that its charger is wired to.
    """
    day, seed = choice.french_days[1], choice.seeds[0]
    houses: dict[str, Callable[[], House]] = {
        "fr": partial(french_house, day, is_split=True),
        "fr-edges": partial(french_house, day, edges_seed=seed, is_split=True),
        "electric": partial(generated_house, "electric", seed, phases=3),
        "family": partial(generated_house, "family", seed, phases=3),
    }
    one = choice.charger
    three = replace(one, phases=(0, 1, 2), most_a=16, car=Car(most_a=16.0))
    kinds = {"one": (one,), "three": (three,), "both": (replace(one, most_a=16), three)}
    begin_h = choice.evening[0] + 1
    plain = [
        Scenario(
            name=f"3p-{kind}/{name}",
            house=house,
            hours=(begin_h, begin_h + 6),
            chargers=models,
            meter=choice.meter("1s"),
            is_quick=(name, kind) == ("electric", "three"),
        )
        for (name, house), (kind, models) in product(houses.items(), kinds.items())
    ]
    family = next(each for each in plain if each.name == "3p-both/family")
    meters = {
        "dsmr4": MeterModel(period_s=10.0, step_a=1.0),
        "dsmr5": MeterModel(step_w=1.0),
        "apart": MeterModel(noise_w=4.0, period_s=5.0, apart_s=1.5),
        "total": MeterModel(noise_w=4.0, is_total=True),
    }
    odd = [
        replace(family, name=f"3p-{kind}/family", meter=meter, is_quick=kind == "apart")
        for kind, meter in meters.items()
    ]
    guest = replace(one, most_a=16, wired=(0, 1, 2))
    return [*plain, *odd, replace(family, name="3p-guest/family", chargers=(guest, three))]


def wide(choice: Choice) -> list[Scenario]:
    """Return the wide plant in a house that changes once, and on an evening."""
    evening = busy_houses(choice)[1]
    step = replace(
        evening,
        name="step",
        house=partial(step_house, choice.steady_a),
        hours=(0, 2),
        breaker_a=25.0,
    )
    return [
        scenario
        for base, fault_at in ((step, STEP_AT_S - 10.0), (evening, float(rise_of(evening))))
        for scenario in wide_in(base, fault_at, choice.shift_s)
    ]
