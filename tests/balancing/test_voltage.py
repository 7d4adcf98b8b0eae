"""Which volts turn watts into amperes."""

from math import inf, nan

import pytest

from custom_components.ev_lb.balancing.voltage import line_voltage_v


@pytest.mark.parametrize("measured_v", [195.5, 207, 230, 245.3, 264.5])
def test_measured_volts_are_used(measured_v: float) -> None:
    """Up to 15 % off the nominal, they are what the supply has."""
    assert line_voltage_v(230, measured_v, 0) == measured_v


@pytest.mark.parametrize(
    "measured_v",
    [
        pytest.param(195.4, id="too low"),
        pytest.param(264.6, id="too high"),
        pytest.param(400.0, id="between two phases"),
        pytest.param(0.0, id="zero"),
        pytest.param(-230.0, id="negative"),
        pytest.param(nan, id="not a number"),
        pytest.param(inf, id="infinite"),
        pytest.param(None, id="nothing"),
    ],
)
def test_unbelievable_volts_are_not_used(measured_v: float | None) -> None:
    """A broken sensor neither frees current nor takes it: the nominal volts stand in."""
    assert line_voltage_v(230, measured_v, 0) == 230


@pytest.mark.parametrize(("age_s", "voltage_v"), [(900, 245), (900.1, 230)])
def test_old_volts_are_not_used(age_s: float, voltage_v: float) -> None:
    """A sensor that has said nothing for a quarter of an hour is not believed any more."""
    assert line_voltage_v(230, 245, age_s) == voltage_v
