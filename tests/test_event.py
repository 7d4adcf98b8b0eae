"""Event entities: the last news is still shown after a restart."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from pytest_homeassistant_custom_component.common import mock_restore_cache_with_extra_data

from .scenarios.house import House

WHEN = "2026-11-22T06:00:00.000+00:00"


async def test_the_last_news_is_shown_after_a_restart(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """What happened before the restart, and when, is still there in the morning."""
    kept = {
        "last_event_type": "overload_stop",
        "last_event_attributes": {"previous_current_a": 16},
    }
    mock_restore_cache_with_extra_data(hass, [(State("event.car_news", WHEN), kept)])
    house = House(hass, freezer)
    await house.async_set_up(10)

    state = hass.states.get("event.car_news")
    assert state is not None
    assert state.state == WHEN
    assert state.attributes["event_type"] == "overload_stop"
    assert state.attributes["previous_current_a"] == 16
    assert house.state("event.home_news") == STATE_UNKNOWN


async def test_news_carry_the_time_they_came(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The state of an event entity is the moment of its last news."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    await house.async_run(1, 30)
    stopped = house.state("event.car_news")
    await house.async_run(40, 2)

    assert stopped < house.state("event.car_news")
