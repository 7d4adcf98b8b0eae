"""One scenario: a house with its breaker, meter and chargers, what goes wrong, and what is set."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

from custom_components.ev_lb.balancing.settings import (
    ChargerSettings,
    Settings,
    SiteSettings,
    UnavailableBehavior,
)

from .chargers import ChargerModel
from .figures import Figures, figures_of
from .houses import NOMINAL_V, House, between
from .meters import MeterModel
from .simulation import Log, Restart, Simulation

SEEN_S = 2.0
"""From when a charger has followed until a meter that is quick has shown it."""

VARIANTS = ("power", "sensors", "nominal")
"""What the core gets: the meter alone; the chargers' own sensors too; watts by nominal volts."""

CHARGER = ChargerModel()
READER = MeterModel(noise_w=4.0)
"""A reader at the meter: a value each second, that flickers a little."""

type Overrides = dict[str, Any]
"""Settings of the site or of the chargers, by their names."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One run: its name is `family-kind/house`."""

    name: str
    house: Callable[[], House]
    hours: tuple[float, float] = (0, 24)
    breaker_a: float = 25.0
    chargers: tuple[ChargerModel, ...] = (CHARGER,)
    meter: MeterModel = READER
    restarts: tuple[Restart, ...] = ()
    seed: int = 1
    is_quick: bool = False

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants that differ here; nominal volts are tried with houses, not with faults."""
        if self.name.startswith("wide-sensor-"):
            return ("sensors",)
        is_of_house = self.name.startswith(("day-", "edges-", "made-", "heavy-", "3p-"))
        is_nominal = bool((self.house().volts == NOMINAL_V).all())
        return VARIANTS if is_of_house and not is_nominal else VARIANTS[:-1]

    def settings(self, overrides: Overrides) -> Settings:
        """Return what a user would have set, with the overrides."""
        site: Overrides = {
            "rated_current_a": self.breaker_a,
            "service_current_a": self.breaker_a,
            "ramp_up_time_s": 30.0,
            "unavailable_behavior": UnavailableBehavior.STOP,
            "phase_count": self.house().watts.shape[1],
            "is_metered_in_total": self.meter.is_total,
        }
        return Settings(
            site=SiteSettings(**(site | of_kind(SiteSettings, overrides))),
            chargers=tuple(
                charger_settings(f"charger_{index}", model, overrides)
                for index, model in enumerate(self.chargers)
            ),
        )

    def log(self, variant: str, overrides: Overrides) -> Log:
        """Run it, and return what happened."""
        return Simulation(
            self.settings(overrides),
            between(self.house(), *self.hours),
            self.chargers,
            replace(self.meter, is_nominal=variant == "nominal"),
            restarts=self.restarts,
            has_sensors=variant == "sensors",
            seed=self.seed,
        ).run()

    def run(self, variant: str, overrides: Overrides) -> Figures:
        """Run it, and judge it."""
        settings, meter = self.settings(overrides), self.meter
        slowest_s = max(charger.response_time_s for charger in settings.chargers)
        return figures_of(
            self.log(variant, overrides),
            self.chargers,
            self.breaker_a,
            window_s=slowest_s + SEEN_S,
            promised_s=meter.period_s + meter.latency_s + meter.mean_s + 3 * slowest_s,
        )


def charger_settings(charger_id: str, model: ChargerModel, overrides: Overrides) -> ChargerSettings:
    """Return what a user would have set of a charger, with the overrides."""
    own: Overrides = {
        "charger_id": charger_id,
        "rated_current_a": model.most_a,
        "max_charger_current_a": model.most_a,
        "min_ev_current_a": 6,
        "fallback_current_a": 6,
        "phases": model.wired or model.phases,
    }
    return ChargerSettings(**(own | of_kind(ChargerSettings, overrides)))


def setting_names() -> frozenset[str]:
    """Return the names of all that can be overridden."""
    return frozenset(
        known.name
        for kind in (SiteSettings, ChargerSettings)
        for known in fields(kind)
        if known.init
    )


def of_kind(kind: type, overrides: Overrides) -> Overrides:
    """Return the overrides that a kind of settings has."""
    names = {known.name for known in fields(kind)}
    return {key: value for key, value in overrides.items() if key in names}
