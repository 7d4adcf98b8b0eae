"""Prices: what the unit of one means."""

import pytest

from custom_components.ev_lb.inputs.price import PriceUnit, price_unit


@pytest.mark.parametrize(
    ("unit", "currency", "per_kwh"),
    [
        pytest.param("EUR/kWh", "EUR", 1.0, id="currency"),
        pytest.param("SEK/MWh", "SEK", 0.001, id="megawatt hours"),
        pytest.param("€/kWh", "EUR", 1.0, id="sign"),
        pytest.param("kr/kWh", "NOK", 1.0, id="sign of several"),
        pytest.param("øre/kWh", "NOK", 0.01, id="hundredths"),
        pytest.param("EUR / kWh", "EUR", 1.0, id="spaces"),
    ],
)
def test_unit_of_a_price_is_understood(unit: str, currency: str, per_kwh: float) -> None:
    """As the integrations of prices have it, in a home that pays in Norwegian crowns."""
    assert price_unit(unit, "NOK") == PriceUnit(currency=currency, per_kwh=per_kwh)


@pytest.mark.parametrize("unit", [None, "", "EUR", "kWh", "EUR/m³", "W/kWh", "/kWh", "EUR/kW"])
def test_what_is_no_price_is_not_taken_for_one(unit: str | None) -> None:
    """A unit that is not understood is not guessed."""
    assert price_unit(unit, "NOK") is None
