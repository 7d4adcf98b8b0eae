"""A house with several phases over an evening: its meters, one after the other, and its cars."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant

from .house import VOLTAGE_V, Charger, House

type Written = tuple[str, float, str]
"""An entity, the number it shows, and its unit."""

type Form = Callable[[list[float]], Iterable[Written]]
"""What the sensors of a meter show of the currents of its phases, in the order it writes them."""


def power_meter(index: int) -> str:
    """Return the sensor of a phase."""
    return f"sensor.power_l{index + 1}"


def signed_power(phase_a: list[float]) -> Iterable[Written]:
    """Show signed watts on each phase."""
    for index, current_a in enumerate(phase_a):
        yield power_meter(index), current_a * VOLTAGE_V, "W"


PER_PHASE = {f"power_meter_l{index + 1}": power_meter(index) for index in range(3)}


class PhaseHouse(House):
    """A site with two or three phases."""

    def __init__(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        *chargers: Charger,
        form: Form = signed_power,
        sources: Mapping[str, str] = PER_PHASE,
        phase_count: int = 3,
        car_phases: Mapping[str, int] | None = None,
        **site: Any,
    ) -> None:
        """Describe the house; `car_phases`: how many of its charger's phases a car loads."""
        super().__init__(hass, freezer, *chargers, phases=phase_count, **sources, **site)
        self.form, self.phase_count = form, phase_count
        self._car_phases = car_phases or {}
        self.loads: Sequence[float] = [0.0] * phase_count
        """What the house draws on each phase, besides `house_a` on all of them."""

        self.lost: set[str] = set()
        """The sensors that are unavailable."""

        self.silent: set[str] = set()
        """The sensors that say nothing any more."""

        self.history: list[list[float]] = []
        """What flowed on each phase, each second."""

    def _site_data(self) -> dict[str, Any]:
        data = super()._site_data()
        if "power_meter" not in self.site:
            del data["power_meter"]
        return data

    def loaded(self, charger: Charger) -> list[int]:
        """Return the phases of the site that a car loads."""
        wiring = charger.settings.get("wiring", "l1_l2_l3"[: 3 * self.phase_count - 1])
        wired = [int(name[1:]) - 1 for name in wiring.split("_")]
        return wired[: self._car_phases.get(charger.name, len(wired))]

    def phase_a(self) -> list[float]:
        """Return what flows on each phase now."""
        return [
            self.house_a
            + self.loads[phase]
            + sum(each.drawn_a for each in self.chargers if phase in self.loaded(each))
            for phase in range(self.phase_count)
        ]

    def report(self, house_a: float | None = None) -> None:
        """Let the meter say what flows now."""
        if house_a is not None:
            self.house_a = house_a
        for entity_id, value, unit in self.form(self.phase_a()):
            self.write(entity_id, value, unit)

    def write(self, entity_id: str, value: float, unit: str) -> None:
        """Write what one sensor shows."""
        if entity_id in self.silent:
            return
        text = STATE_UNAVAILABLE if entity_id in self.lost else str(round(value, 6))
        self.hass.states.async_set(entity_id, text, {"unit_of_measurement": unit})

    async def async_run(self, seconds: int, house_a: float | None = None) -> list[float]:
        """Let time pass; return the current of the fullest phase in each second."""
        if house_a is not None:
            self.house_a = house_a
        began = len(self.history)
        for _ in range(seconds):
            await super().async_run(1)
            self.history.append(self.phase_a())
        return [max(each) for each in self.history[began:]]
