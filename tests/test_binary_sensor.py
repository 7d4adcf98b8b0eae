"""Binary sensors: the meter, the fallback, and whether a charger runs and follows."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import CoreState, HomeAssistant, State
from pytest_homeassistant_custom_component.common import mock_restore_cache

from .scenarios.house import House

METER, FALLBACK = "binary_sensor.home_meter_status", "binary_sensor.home_fallback_active"
ACTIVE, UNRESPONSIVE = "binary_sensor.car_active", "binary_sensor.car_unresponsive"


def states(house: House) -> tuple[str, ...]:
    """Return what the four show."""
    return tuple(house.state(entity_id) for entity_id in (METER, FALLBACK, ACTIVE, UNRESPONSIVE))


async def test_they_follow_the_meter_and_the_charger(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A good meter and a running car, a lost meter, an overload."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    assert states(house) == ("on", "off", "on", "off")

    house.lose_meter()
    await house.async_run(1)
    assert states(house) == ("off", "on", "off", "off")

    house.mend_meter()
    await house.async_run(1)
    assert states(house) == ("on", "off", "off", "off")


async def test_they_show_the_last_states_until_the_first_decision(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """After a restart the dashboard shows what was, and then what is."""
    mock_restore_cache(
        hass,
        [
            State(METER, "on"),
            State(FALLBACK, "off"),
            State(ACTIVE, "on"),
            State(UNRESPONSIVE, "on"),
        ],
    )
    hass.set_state(CoreState.starting)
    house = House(hass, freezer)
    await house.async_set_up(30)
    assert states(house) == ("on", "off", "on", "on")

    await house.async_started()
    await house.async_run(1)
    assert states(house) == ("on", "off", "off", "off")


async def test_a_new_site_has_no_meter_yet(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Before the first reading the meter is not connected, but no fallback is active."""
    mock_restore_cache(hass, [State(ACTIVE, "unavailable")])
    hass.set_state(CoreState.starting)
    house = House(hass, freezer)
    await house.async_set_up(10)

    assert states(house) == ("off", "off", "off", "off")
