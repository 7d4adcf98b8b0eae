"""What flows through each limit of a simulated site, and what that comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..balancing.settings import Metering, Settings

COUNTED_A = 0.25
"""Less over a breaker is within a meter's own error, and the balancer lets it stand."""

DAY_S = 86400.0


class Site:
    """A site with cars that use some phases of their chargers."""

    def __init__(self, settings: Settings, phases: Mapping[str, Sequence[int]]) -> None:
        """Note which limits each car loads: `phases` are the site's that it uses, by charger."""
        self.settings, self.phases = settings, phases
        self._loads = {
            charger.charger_id: settings.loads_on(charger, phases[charger.charger_id])
            for charger in settings.chargers
        }
        self._metered = [
            index for index, limit in enumerate(settings.limits) if limit.metering is Metering.OWN
        ]

    def house_a(self, said_a: Sequence[float]) -> list[float]:
        """Return what flows through each limit, by what the meters say in the order of a reading.

        Of a total each phase has its share; behind a breaker without a meter are only cars.
        """
        limits, phase_count = self.settings.limits, self.settings.site.phase_count
        flowing_a = [0.0] * len(limits)
        for index, current_a in zip(self._metered, said_a, strict=True):
            flowing_a[index] = current_a
        for index, limit in enumerate(limits):
            if limit.metering is Metering.DIVIDED:
                flowing_a[index] = flowing_a[phase_count] / phase_count
            elif limit.metering is Metering.SUM:
                flowing_a[index] = sum(flowing_a[:phase_count])
        return flowing_a

    def with_cars_a(self, house_a: Sequence[float], drawn_a: Mapping[str, float]) -> list[float]:
        """Return what flows through each limit where the cars draw these currents."""
        flowing_a = list(house_a)
        for charger_id, loads in self._loads.items():
            for load in loads:
                flowing_a[load.index] += load.weight * drawn_a[charger_id]
        return flowing_a

    def said_a(self, flowing_a: Sequence[float]) -> tuple[float, ...]:
        """Return what the meters say of what flows, in the order of a reading."""
        return tuple([flowing_a[index] for index in self._metered])


def with_service_current(settings: Settings, service_current_a: float | None) -> Settings:
    """Return the settings with another breaker, all switches on; None: with the same."""
    site = replace(settings.site, is_enabled=True)
    if service_current_a is not None:
        site = replace(
            site,
            rated_current_a=service_current_a,
            service_current_a=service_current_a,
            phase_rated_a=(),
        )
    chargers = tuple(replace(charger, is_enabled=True) for charger in settings.chargers)
    return Settings(site=site, chargers=chargers)


@dataclass(slots=True, kw_only=True)
class Tally:
    """What has come of it."""

    site: Site
    over_as: list[float] = field(init=False)
    """What the cars have added above each limit's rating."""

    over_s: float = 0.0
    drawn_as: float = 0.0
    """Of all phases together."""

    limited_s: float = 0.0
    commands: int = 0
    starts: int = 0

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self.over_as = [0.0] * len(self.site.settings.limits)

    def count(self, house_a: Sequence[float], drawn_a: Mapping[str, float], seconds: float) -> None:
        """Count what flows for some seconds."""
        flowing_a = self.site.with_cars_a(house_a, drawn_a)
        is_over = False
        for index, limit in enumerate(self.site.settings.limits):
            over_a = flowing_a[index] - max(limit.rated_a, house_a[index])
            if over_a > COUNTED_A:
                self.over_as[index] += over_a * seconds
                is_over = True
        self.over_s += seconds * is_over
        for charger_id, phases in self.site.phases.items():
            self.drawn_as += drawn_a[charger_id] * len(phases) * seconds

    def told(self, seconds: float, voltage_v: float) -> dict[str, float]:
        """Return it as it is told, after so many seconds."""
        per_day = DAY_S / seconds
        return {
            "energy_kwh": round(self.drawn_as * voltage_v / 3.6e6, 1),
            "over_breaker_as": round(max(self.over_as)),
            "over_breaker_s": round(self.over_s),
            "commands_per_day": round(self.commands * per_day, 1),
            "starts_per_day": round(self.starts * per_day, 1),
            "hours_limited": round(self.limited_s / 3600, 1),
        }
