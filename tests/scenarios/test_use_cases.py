"""The worked cases of the guide: what its tables say is what happens."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from .house import Charger, House
from .phases import PhaseHouse


async def test_an_oven_and_a_car_on_one_breaker(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The car has its maximum, what the oven leaves, nothing beside the kettle, and comes back."""
    house = House(hass, freezer, Charger("garage", max_a=16), breaker_a=25)

    def shown() -> tuple[str, str]:
        return house.state("sensor.garage_current_set"), house.state("sensor.garage_limited_by")

    await house.async_settle_in(5)
    assert shown() == ("16", "charger_maximum")
    await house.async_run(20, 16)
    assert shown() == ("9", "headroom")
    await house.async_run(20, 25)
    assert shown() == ("0", "headroom")
    news = hass.states.get("event.garage_news")
    assert news is not None
    assert news.attributes["event_type"] == "overload_stop"
    await house.async_run(60, 16)
    assert shown() == ("9", "headroom")


async def test_two_cars_one_of_them_first(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Three to one; the minimum first; and the one that can wait is stopped."""
    house = House(
        hass,
        freezer,
        Charger("garage", settings={"priority": 75}),
        Charger("drive", settings={"priority": 25}),
    )

    def shown() -> tuple[str, str]:
        return house.state("sensor.garage_current_set"), house.state("sensor.drive_current_set")

    await house.async_set_up(4)
    await house.async_run(180)
    assert shown() == ("21", "7")
    await house.async_run(60, 14)
    assert shown() == ("12", "6")
    await house.async_run(60, 22)
    assert shown() == ("10", "0")


async def test_three_phases_and_a_one_phase_car(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Only the phase that the car uses holds it back."""
    house = PhaseHouse(
        hass,
        freezer,
        Charger("garage", max_a=16, settings={"wiring": "l2_l3_l1"}),
        breaker_a=25,
        car_phases={"garage": 1},
    )
    await house.async_set_up()
    await house.async_run(120)
    house.loads = [0, 12, 0]
    await house.async_run(60)
    assert house.state("sensor.garage_phases_used") == "L2"
    house.loads = [20, 2, 0]
    await house.async_run(90)
    assert house.state("sensor.garage_current_set") == "16"
    house.loads = [20, 12, 0]
    await house.async_run(30)
    assert house.state("sensor.garage_current_set") == "13"
    reason = hass.states.get("sensor.garage_limited_by")
    assert reason is not None
    assert (reason.state, reason.attributes["limit"]) == ("headroom", "L2")


async def test_a_contract_below_the_breaker(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The number lowers what the house may draw, and gives it back."""
    house = House(hass, freezer, Charger("garage"), breaker_a=26)
    await house.async_settle_in(4)
    assert house.state("sensor.garage_current_set") == "22"
    await house.async_set_number("number.home_service_current", 16)
    await house.async_run(20)
    assert house.state("sensor.garage_current_set") == "12"
    await house.async_set_number("number.home_service_current", 26)
    await house.async_run(60)
    assert house.state("sensor.garage_current_set") == "22"
