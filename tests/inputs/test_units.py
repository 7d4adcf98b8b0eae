"""States become amperes and volts, or nothing."""

from math import inf, isnan

import pytest
from homeassistant.core import State

from custom_components.ev_lb.inputs.units import current_a as meant_a
from custom_components.ev_lb.inputs.units import is_number, volts

VOLTAGE_V = 230


def state(text: str, unit: str | None = "W") -> State:
    """Return what the meter's entity says."""
    return State("sensor.house_power", text, {"unit_of_measurement": unit} if unit else {})


@pytest.mark.parametrize(
    ("text", "unit", "current_a"),
    [
        ("2300", "W", 10),
        ("2.3", "kW", 10),
        ("0.0023", "MW", 10),
        ("2300", "VA", 10),
        ("2.3", "kVA", 10),
        ("10", "A", 10),
        ("10000", "mA", 10),
        ("0", "W", 0),
        ("-460", "W", -2),
        (" 2300 ", "W", 10),
    ],
)
def test_power_apparent_power_and_current_become_amperes(
    text: str, unit: str, current_a: float
) -> None:
    """Every unit that the dialog accepts means the same current."""
    assert meant_a(state(text, unit), VOLTAGE_V) == pytest.approx(current_a)


@pytest.mark.parametrize("unit", ["kWh", "Wh", "kVAh", "var", "V", "%", "", None])
def test_other_units_mean_nothing(unit: str | None) -> None:
    """A unit that does not say how much flows is no reading, whatever the number."""
    assert meant_a(state("2300", unit), VOLTAGE_V) is None


@pytest.mark.parametrize("text", ["unavailable", "unknown", "", "None", "on", "2,3", "10 W"])
def test_what_is_no_number_means_nothing(text: str) -> None:
    """A text is no reading, nor is it an error."""
    assert meant_a(state(text), VOLTAGE_V) is None
    assert not is_number(state(text))


def test_a_missing_entity_means_nothing() -> None:
    """An entity that is not there is no reading."""
    assert meant_a(None, VOLTAGE_V) is None
    assert not is_number(None)


def test_numbers_that_no_meter_can_mean_are_left_to_the_core() -> None:
    """Infinite is passed on, so that it can be told from missing; it is no number to a dialog."""
    assert meant_a(state("inf"), VOLTAGE_V) == inf
    assert meant_a(state("-inf"), VOLTAGE_V) == -inf
    not_a_number = meant_a(state("nan"), VOLTAGE_V)
    assert not_a_number is not None
    assert isnan(not_a_number)
    assert not is_number(state("inf"))
    assert not is_number(state("nan"))
    assert is_number(state("-2.5"))


@pytest.mark.parametrize(
    ("text", "unit", "voltage_v"),
    [
        ("231.5", "V", 231.5),
        ("231500", "mV", 231.5),
        ("0.2315", "kV", 231.5),
        ("231.5", "W", None),
        ("231.5", None, None),
        ("unavailable", "V", None),
        ("high", "V", None),
    ],
)
def test_voltage_is_read_in_its_unit(text: str, unit: str | None, voltage_v: float | None) -> None:
    """Volts are volts in each of their units; everything else means none."""
    assert volts(state(text, unit)) == (None if voltage_v is None else pytest.approx(voltage_v))
