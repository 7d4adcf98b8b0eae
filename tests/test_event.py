"""Event entities: the last news is still shown after a restart."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    mock_restore_cache_with_extra_data,
)

from .scenarios.house import House

NEWS = "event.car_news"
WHEN = "2026-11-22T06:00:00.000+00:00"


async def test_the_last_news_is_shown_after_a_restart(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """What happened before the restart, and when, is still there in the morning."""
    kept = {
        "last_event_type": "overload_stop",
        "last_event_attributes": {"previous_current_a": 16},
    }
    mock_restore_cache_with_extra_data(hass, [(State(NEWS, WHEN), kept)])
    house = House(hass, freezer)
    await house.async_set_up(10)

    state = hass.states.get(NEWS)
    assert state is not None
    assert state.state == WHEN
    assert state.attributes["event_type"] == "overload_stop"
    assert state.attributes["previous_current_a"] == 16


async def test_news_carry_the_time_they_came(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The state of an event entity is the moment of its last news."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    await house.async_run(1, 30)
    stopped = house.state(NEWS)
    await house.async_run(40, 2)

    assert stopped < house.state(NEWS)


def rows(changed: list[Event[EventStateChangedData]]) -> list[State]:
    """Return what the charger's news have shown, one after the other."""
    shown = [event.data["new_state"] for event in changed if event.data["entity_id"] == NEWS]
    return [state for state in shown if state is not None]


async def test_news_are_never_unknown(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """That it was set up is the first that is told of a site and of a charger, once."""
    house = House(hass, freezer)
    await house.async_set_up(2)
    for entity_id in ("event.home_news", NEWS):
        state = hass.states.get(entity_id)
        assert state is not None
        assert state.attributes["event_type"] == "started"

    set_up_at = house.state(NEWS)
    await house.async_run(5)
    await house.async_reload()
    assert house.state(NEWS) == set_up_at


async def test_a_cut_is_one_row_that_tells_why(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Who looks at the logbook in the evening sees each cut once, with its reason in words."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    changed = async_capture_events(hass, EVENT_STATE_CHANGED)
    await house.async_run(20, 20)

    (row,) = rows(changed)
    assert {key: row.attributes[key] for key in row.attributes if key != "event_types"} == {
        "event_type": "current_reduced",
        "previous_current_a": 22,
        "current_a": 12,
        "sentence": "12 A: The house leaves no more.",
        "friendly_name": "Car News",
    }


async def test_what_the_user_lowers_is_no_news(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A number, a limit: the one who set it knows. Nor is a stop told twice."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    before = house.state(NEWS)
    await house.async_set_number("number.car_max_charger_current", 12)
    await house.async_set_limit(house.charger, 8, 600)
    await house.async_run(2)
    assert house.state(NEWS) == before
    await house.async_clear_limit(house.charger)
    await house.async_run(60)

    changed = async_capture_events(hass, EVENT_STATE_CHANGED)
    await house.async_run(5, 29)
    assert [row.attributes["event_type"] for row in rows(changed)] == ["overload_stop"]
