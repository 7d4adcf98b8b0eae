"""A voltage sensor makes amperes out of the meter's watts."""

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from .house import House

VOLTS = "sensor.house_volts"


class MeasuredHouse(House):
    """A house whose meter writes its power first, and then the volts of the same moment."""

    voltage_v: float | None = 230.0
    """None: the sensor says nothing."""

    def write_state(self, text: str) -> None:
        """Write power, then volts, as one telegram of a meter."""
        if self.unit == "W":
            text = str(float(text) * (self.voltage_v or 230.0) / 230.0)
        super().write_state(text)
        self.write_volts()

    def write_volts(self) -> None:
        """Write the volts alone."""
        if self.voltage_v is not None:
            unit = {"unit_of_measurement": "V"}
            self.hass.states.async_set(VOLTS, str(self.voltage_v), unit)


@pytest.fixture
def house(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> MeasuredHouse:
    """Return a house with a power meter and a voltage sensor."""
    return MeasuredHouse(hass, freezer, voltage_sensor=VOLTS)


def available_a(house: House) -> float:
    """Return what the site shows as free."""
    return float(house.state("sensor.home_available_current"))


@pytest.mark.parametrize(
    ("voltage_v", "free_a"),
    [
        pytest.param(230, 12.0, id="nominal"),
        pytest.param(250, 12.0, id="high"),
        pytest.param(210, 12.0, id="low"),
        pytest.param(400, 32 - 20 * 400 / 230, id="not believed"),
    ],
)
async def test_watts_are_divided_by_the_measured_volts(
    house: MeasuredHouse, voltage_v: float, free_a: float
) -> None:
    """20 A are 20 A at any voltage that a supply can have, otherwise the nominal stands in."""
    house.voltage_v = voltage_v
    house.charger.car_a = 0
    await house.async_set_up(20)
    await house.async_run(5)
    assert available_a(house) == pytest.approx(free_a, abs=0.05)


async def test_volts_of_the_same_turn_are_used(house: MeasuredHouse) -> None:
    """A sag that comes with its power in one telegram is not taken for a lower current."""
    house.charger.car_a = 0
    await house.async_set_up(20)
    await house.async_run(5)

    house.voltage_v = 210
    house.report()
    await house.async_settle()
    assert available_a(house) == 12.0


async def test_a_changed_voltage_alone_decides_nothing(house: MeasuredHouse) -> None:
    """Volts are no reading: what is free stays until the meter says something."""
    house.charger.car_a = 0
    await house.async_set_up(20)
    await house.async_run(5)
    house.freeze_meter()

    house.voltage_v = 210
    house.write_volts()
    await house.async_run(3)
    assert available_a(house) == 12.0


@pytest.mark.parametrize("state", ["unavailable", "unknown", "low", None], ids=str)
async def test_a_lost_voltage_sensor_is_no_lost_meter(
    hass: HomeAssistant, house: MeasuredHouse, state: str | None
) -> None:
    """Without the volts the nominal ones stand in; the cars go on."""
    house.voltage_v = 250
    await house.async_settle_in(10)
    house.voltage_v = None
    if state is None:
        hass.states.async_remove(VOLTS)
    else:
        hass.states.async_set(VOLTS, state, {"unit_of_measurement": "V"})
    await house.async_run(5)

    assert house.state("binary_sensor.home_meter_status") == "on"
    assert house.charger.commands == []
    assert house.event_types() == []


async def test_volts_of_long_ago_are_not_used(house: MeasuredHouse) -> None:
    """A sensor that fell silent at 250 V does not shrink the currents for ever."""
    house.voltage_v, house.charger.car_a = 250, 0
    await house.async_set_up(20)
    house.voltage_v = None
    await house.async_run(890)
    assert available_a(house) == pytest.approx(32 - 20 * 230 / 250, abs=0.05)

    await house.async_run(20)
    assert available_a(house) == 12.0


async def test_a_current_meter_needs_no_volts(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Amperes are amperes."""
    house = MeasuredHouse(hass, freezer, voltage_sensor=VOLTS, unit="A")
    house.voltage_v, house.charger.car_a = 250, 0
    await house.async_set_up(20)
    await house.async_run(5)
    assert available_a(house) == 12.0
