"""What a kilowatt hour costs now, as the sensor says that was picked for it."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.generated.currencies import ACTIVE_CURRENCIES
from homeassistant.helpers.event import async_track_state_change_event

from .units import number, unit_of

PER_KWH = {"kWh": 1.0, "MWh": 0.001}
"""What a price for so much energy is of a price for a kilowatt hour."""

SYMBOLS = {"€": "EUR", "£": "GBP", "zł": "PLN", "Kč": "CZK", "Ft": "HUF"}
"""Signs that stand for one currency alone."""

HOME_SYMBOLS = frozenset({"$", "kr", "kr."})
"""Signs of several currencies: that of Home Assistant is meant."""

HUNDREDTHS = frozenset({"ct", "c", "cent", "cents", "¢", "c€", "øre", "öre", "p"})
"""Of Home Assistant's currency. Taken for whole ones, a session would cost a hundred times more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceUnit:
    """What a price is counted in."""

    currency: str
    per_kwh: float
    """By what the number is multiplied, to be the currency's for a kilowatt hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a kilowatt hour costs; below zero somebody is paid to take it."""

    currency: str
    per_kwh: float


def price_unit(unit: str | None, home_currency: str) -> PriceUnit | None:
    """Return what the unit of a price means; None: it is none."""
    money, _, energy = (unit or "").replace(" ", "").partition("/")
    factor = PER_KWH.get(energy)
    if factor is None:
        return None
    if money in HUNDREDTHS:
        return PriceUnit(currency=home_currency, per_kwh=factor / 100)
    currency = home_currency if money in HOME_SYMBOLS else SYMBOLS.get(money, money)
    if currency not in ACTIVE_CURRENCIES:
        return None
    return PriceUnit(currency=currency, per_kwh=factor)


class PriceSensor:
    """The sensor of a site's price, if one was picked."""

    def __init__(self, hass: HomeAssistant, entity_id: str | None) -> None:
        """Take the sensor that was picked; None: there is no price."""
        self.hass, self._entity_id = hass, entity_id

    def listen(self, on_change: Callable[[], None]) -> list[CALLBACK_TYPE]:
        """Tell when there may be another price."""

        @callback
        def changed(_event: Event[EventStateChangedData]) -> None:
            on_change()

        if self._entity_id is None:
            return []
        return [async_track_state_change_event(self.hass, self._entity_id, changed)]

    def now(self) -> Price | None:
        """Return the price of the moment; the unit is read each time."""
        state = None if self._entity_id is None else self.hass.states.get(self._entity_id)
        value, unit = number(state), price_unit(unit_of(state), self.hass.config.currency)
        if value is None or unit is None or not isfinite(value):
            return None
        return Price(currency=unit.currency, per_kwh=value * unit.per_kwh)
