"""What is simulated: houses, chargers, cars, meters and faults, each named by its group."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from custom_components.ev_lb.balancing.settings import (
    ChargerSettings,
    Settings,
    SiteSettings,
    UnavailableBehavior,
)

from .appliances import generated_house
from .chargers import Car, ChargerModel
from .figures import Figures, figures_of
from .houses import UK_DAYS, House, between, french_house, uk_house
from .meters import MeterModel
from .simulation import Log, Restart, Simulation
from .spans import Span

VARIANTS = ("power", "sensors", "nominal")
"""What the core gets: the meter alone; the chargers' own sensors too; watts by nominal volts."""

STEADY_S = 120
"""How long a house must have been calm for a fault to begin at a rise."""

READER = MeterModel(noise_w=4.0)
"""A reader at the meter: a value each second, that flickers a little."""

type Overrides = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One run; the first part of its name is its group."""

    name: str
    house: Callable[[], House]
    hours: tuple[float, float] = (0, 24)
    breaker_a: float = 25.0
    chargers: tuple[ChargerModel, ...] = (ChargerModel(),)
    meter: MeterModel = READER
    restarts: tuple[Restart, ...] = ()
    site: Overrides = field(default_factory=dict[str, Any])
    charger: Overrides = field(default_factory=dict[str, Any])
    seed: int = 1
    is_quick: bool = False

    @property
    def group(self) -> str:
        """The row of the table that it belongs to."""
        return self.name.split("/", maxsplit=1)[0]

    def settings(self, overrides: Overrides) -> Settings:
        """Return what a user would have set, with the overrides."""
        phases = max(phase for charger in self.chargers for phase in charger.phases) + 1
        phases = max(phases, self.house().watts.shape[1])
        site: Overrides = {
            "rated_current_a": self.breaker_a,
            "service_current_a": self.breaker_a,
            "ramp_up_time_s": 30.0,
            "unavailable_behavior": UnavailableBehavior.STOP,
            "phase_count": phases,
        }
        own: Overrides = {"min_ev_current_a": 6, "fallback_current_a": 6}
        return Settings(
            site=SiteSettings(**(site | self.site | named(SiteSettings, overrides))),
            chargers=tuple(
                ChargerSettings(
                    **(
                        own
                        | {
                            "charger_id": f"charger_{index}",
                            "rated_current_a": charger.most_a,
                            "max_charger_current_a": charger.most_a,
                            "phases": charger.phases,
                        }
                        | self.charger
                        | named(ChargerSettings, overrides)
                    )
                )
                for index, charger in enumerate(self.chargers)
            ),
        )

    def log(self, variant: str, overrides: Overrides) -> Log:
        """Run it, and return what happened."""
        meter = replace(self.meter, is_nominal=variant == "nominal")
        return Simulation(
            self.settings(overrides),
            between(self.house(), *self.hours),
            self.chargers,
            meter,
            restarts=self.restarts,
            has_sensors=variant == "sensors",
            seed=self.seed,
        ).run()

    def run(self, variant: str, overrides: Overrides) -> Figures:
        """Run it, and judge it."""
        settings = self.settings(overrides)
        slowest_s = max(charger.response_time_s for charger in settings.chargers)
        return figures_of(
            self.log(variant, overrides),
            self.chargers,
            self.breaker_a,
            window_s=max(settings.window_s(charger) for charger in settings.chargers),
            promised_s=self.meter.period_s + self.meter.latency_s + 3 * slowest_s,
        )


def named(kind: type, overrides: Overrides) -> Overrides:
    """Return the overrides that a kind of settings has."""
    names = {known.name for known in fields(kind)}
    return {key: value for key, value in overrides.items() if key in names}


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
    """Which days, houses and moments a set of scenarios is made of."""

    french_days: Sequence[str]
    uk_days: Sequence[str]
    seeds: Sequence[int]
    hours: tuple[float, float]
    evening: tuple[float, float]
    shift_s: float
    """When the meter reports, and how long after a rise faults begin."""


TUNING = Choice(
    french_days=("2006_12_24", "2007_01_21", "2007_07_25", "2008_06_04"),
    uk_days=UK_DAYS,
    seeds=(1, 2),
    hours=(12, 24),
    evening=(15, 23),
    shift_s=0.0,
)


def all_scenarios(choice: Choice) -> list[Scenario]:
    """Return every scenario of a choice."""
    return [
        *days(choice),
        *edges(choice),
        *generated(choice),
        *faults(choice),
        *cars(choice),
        *several(choice),
        *three_phases(choice),
    ]


def heavy_breaker_a(house: House) -> float:
    """Return the breaker that such a house would have: one size over what it draws alone."""
    most_a = float(np.quantile(house.current_a.max(axis=1), 0.999))
    return next((size for size in (25.0, 32.0, 40.0, 50.0, 63.0) if size > most_a), 80.0)


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
            breaker_a=heavy_breaker_a(house()),
            meter=replace(model, phase_s=model.phase_s + choice.shift_s % model.period_s),
            is_quick=name == "uk-day12" and meter == "10s",
        )
        for (name, house), (meter, model) in product(houses.items(), METERS.items())
    ]


def edges(choice: Choice) -> list[Scenario]:
    """Return real evenings, minutes made of switched appliances, before every kind of meter."""
    return [
        Scenario(
            name=f"edges-{meter}/fr-{day}",
            house=partial(french_house, day, edges_seed=choice.seeds[0]),
            hours=choice.evening,
            breaker_a=32.0,
            meter=model,
        )
        for day in choice.french_days[:2]
        for meter, model in (METERS | ODD_METERS).items()
    ]


def generated(choice: Choice) -> list[Scenario]:
    """Return generated days."""
    return [
        Scenario(
            name=f"made-{style}/{seed}-{meter}",
            house=partial(generated_house, style, seed),
            hours=choice.evening,
            breaker_a=40.0 if style == "electric" else 32.0,
            meter=model,
            seed=seed,
        )
        for style in ("flat", "family", "electric", "workshop", "solar")
        for seed in choice.seeds
        for meter, model in METERS.items()
    ]


def largest_rise(house: House, breaker_a: float) -> int:
    """Return the second of the largest lasting rise out of a calm in which a car would charge."""
    current_a = house.current_a.max(axis=1)
    sums = np.concatenate(([0.0], np.cumsum(current_a)))
    means = (sums[STEADY_S:] - sums[:-STEADY_S]) / STEADY_S
    rises = means[STEADY_S:] - means[:-STEADY_S]
    rises = np.where(means[:-STEADY_S] < breaker_a / 2, rises, -1.0)
    settled = rises[5 * STEADY_S :]
    return int(settled.argmax()) + 6 * STEADY_S if len(settled) else STEADY_S


def fault_house(choice: Choice) -> Scenario:
    """Return the evening that the faults are put into."""
    return Scenario(
        name="",
        house=partial(french_house, choice.french_days[1], edges_seed=choice.seeds[0]),
        hours=(16, 22),
        breaker_a=32.0,
    )


def faults(choice: Choice) -> list[Scenario]:
    """Return what goes wrong, at the worst moment: while the house rises."""
    base = fault_house(choice)
    rise = largest_rise(between(base.house(), *base.hours), base.breaker_a) + choice.shift_s
    lost = (Span(begins=rise - 5, ends=rise + 295),)
    ten = METERS["10s"]
    charger = ChargerModel()

    def but(name: str, *, is_quick: bool = False, **changes: Any) -> Scenario:
        return replace(base, name=name, is_quick=is_quick, **changes)

    def with_charger(name: str, **changes: Any) -> Scenario:
        return but(name, chargers=(replace(charger, **changes),))

    return [
        but("fault-meter/gone-300s", meter=replace(base.meter, gone=lost), is_quick=True),
        but("fault-meter/frozen-300s", meter=replace(base.meter, frozen=lost), is_quick=True),
        but("fault-meter/frozen-300s-10s", meter=replace(ten, frozen=lost)),
        with_charger("fault-charger/deaf-60s", deaf=(Span(begins=rise - 2, ends=rise + 58),)),
        with_charger("fault-charger/failing-60s", failing=(Span(begins=rise - 2, ends=rise + 58),)),
        with_charger(
            "fault-charger/answerless-60s", answerless=(Span(begins=rise - 2, ends=rise + 58),)
        ),
        with_charger("fault-charger/ignores-1-in-10", deaf_share=0.1),
        with_charger("fault-charger/fails-1-in-5", failing_share=0.2),
        with_charger("charger/slow-5s", delay_s=5.0),
        with_charger("charger/slow-9s", delay_s=9.0),
        with_charger("charger/ramp-1a-per-s", ramp_a_per_s=1.0),
        with_charger("charger/ramp-4a-per-s", ramp_a_per_s=4.0),
        with_charger("charger/contactor-30s", contactor_s=30.0),
        with_charger("charger/calls-2s", call_s=2.0),
        but("restart/killed", restarts=(Restart(at=rise - 30),), is_quick=True),
        but("restart/killed-at-rise", restarts=(Restart(at=rise + 1.5),)),
        but("restart/stopped", restarts=(Restart(at=rise - 25, is_killed=False),)),
        but("restart/forgotten", restarts=(Restart(at=rise - 30, is_forgotten=True),)),
        but(
            "restart/every-half-hour",
            restarts=tuple(Restart(at=rise % 1800 + 1800 * turn) for turn in range(11)),
        ),
    ]


def cars(choice: Choice) -> list[Scenario]:
    """Return cars that do not take what they are offered."""
    base = fault_house(choice)
    hour = 3600 + choice.shift_s
    kinds = {
        "idle-then-starts": Car(wants=(Span(begins=2 * hour),)),
        "limited-10a": Car(most_a=10.0),
        "limited-7a": Car(most_a=7.0),
        "tapering": Car(need_kwh=12.0, taper_kwh=5.0),
        "late": Car(plugged=(Span(begins=hour),)),
        "replugged": Car(
            plugged=(
                Span(ends=hour),
                Span(begins=1.2 * hour, ends=3 * hour),
                Span(begins=3.5 * hour),
            )
        ),
        "nine-tenths": Car(share=0.9),
    }
    return [
        replace(base, name=f"car/{name}", chargers=(ChargerModel(car=car),))
        for name, car in kinds.items()
    ]


def several(choice: Choice) -> list[Scenario]:
    """Return several chargers on one phase."""
    base = replace(fault_house(choice), breaker_a=50.0)
    hour = 3600 + choice.shift_s
    plain, sixteen = ChargerModel(), ChargerModel(most_a=16)
    ten = replace(plain, car=Car(most_a=10.0))
    late = replace(plain, car=Car(wants=(Span(begins=hour),)))
    leaving = replace(sixteen, car=Car(plugged=(Span(begins=hour, ends=4 * hour),)))
    idle = replace(plain, car=Car(wants=()))
    return [
        replace(base, name="several/two", chargers=(plain, late)),
        replace(base, name="several/two-one-limited", chargers=(plain, ten)),
        replace(base, name="several/two-one-idle", chargers=(idle, plain)),
        replace(base, name="several/four", chargers=(sixteen, sixteen, ten, leaving)),
    ]


def three_phases(choice: Choice) -> list[Scenario]:
    """Return houses on three phases."""
    day, seed = choice.french_days[1], choice.seeds[0]
    houses: dict[str, Callable[[], House]] = {
        "fr": partial(french_house, day, is_split=True),
        "fr-edges": partial(french_house, day, edges_seed=seed, is_split=True),
        "electric": partial(generated_house, "electric", seed, phases=3),
        "family": partial(generated_house, "family", seed, phases=3),
    }
    one = ChargerModel()
    three = ChargerModel(phases=(0, 1, 2), most_a=16, car=Car(most_a=16.0))
    kinds = {"one": (one,), "three": (three,), "both": (replace(one, most_a=16), three)}
    return [
        Scenario(
            name=f"3p-{kind}/{name}",
            house=house,
            hours=(16, 22),
            chargers=chargers,
            is_quick=(name, kind) == ("electric", "three"),
        )
        for (name, house), (kind, chargers) in product(houses.items(), kinds.items())
    ]
