"""What the chargers of a site have given: added up with each decision, and saved now and then."""

from collections.abc import Mapping

from homeassistant.config_entries import ConfigEntry
from homeassistant.util import dt as dt_util

from .balancing.model import CarReading, View
from .balancing.settings import Settings
from .charger_energy import ChargerEnergy, VoltageOf
from .configuration import charger_subentries
from .const import CONF_ENERGY_SENSOR
from .inputs.charger_sensors import MEASURING_SENSORS, Cars
from .inputs.price import PriceSensor

SAVED_EVERY_S = 300.0
"""While a car draws, what was added up is saved so often: a crash loses no more."""


class ChargerEnergies:
    """What the chargers of a site have given, by their own sensors."""

    def __init__(
        self, entry: ConfigEntry, kept: dict[str, ChargerEnergy], cars: Cars, prices: PriceSensor
    ) -> None:
        """Go on with what is kept of the chargers that measure, as they measure now."""
        self._by_charger, self._cars, self._prices = kept, cars, prices
        self._saved_at: float | None = None
        for charger in charger_subentries(entry):
            if MEASURING_SENSORS.isdisjoint(charger.data):
                kept.pop(charger.subentry_id, None)
                continue
            energy = kept.setdefault(charger.subentry_id, ChargerEnergy())
            if energy.session_at is None:
                energy.session_at = dt_util.utcnow().timestamp()
            if CONF_ENERGY_SENSOR not in charger.data:
                energy.counter_kwh = None

    def add_up(
        self,
        settings: Settings,
        cars: Mapping[str, CarReading],
        view: View,
        voltage_v: VoltageOf,
        now: float,
    ) -> None:
        """Add up what has flowed since the last decision."""
        clock_s, price = dt_util.utcnow().timestamp(), self._prices.now()
        for charger in settings.chargers:
            energy = self._by_charger.get(charger.charger_id)
            if energy is None:
                continue
            shown = view.chargers[charger.charger_id]
            is_limited = shown.target_a < charger.max_charger_current_a
            energy.on_car(clock_s, has_left=shown.has_car_left)
            energy.on_time(now, is_limited=is_limited)
            counter_kwh = self._cars.counter_kwh(charger.charger_id)
            if counter_kwh is not None:
                energy.on_counter(counter_kwh)
            if (car := cars.get(charger.charger_id)) is not None:
                used = shown.phases_used or charger.phases
                energy.on_reading(car, charger.phases, used, voltage_v)
            energy.on_price(price)

    def is_save_due(self, now: float) -> bool:
        """Return whether what was added up is worth saving now, and count it as saved."""
        if self._saved_at is not None and now < self._saved_at + SAVED_EVERY_S:
            return False
        if not any(energy.is_charging for energy in self._by_charger.values()):
            return False
        self._saved_at = now
        return True
