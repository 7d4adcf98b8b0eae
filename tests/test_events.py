"""Events: the bus events with their data, and the event entities that show them."""

from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from .scenarios.house import METER, Charger, House


def data_of(house: House, event_type: str) -> dict[str, Any]:
    """Return the data of the only event of a type."""
    (found,) = [event for event in house.events if event.event_type == f"ev_lb_{event_type}"]
    return dict(found.data)


def site_data(house: House) -> dict[str, Any]:
    """Return what every event carries."""
    return {"entry_id": "ID_SITE", "site": "Home", "device_id": house.device_id()}


def charger_data(house: House) -> dict[str, Any]:
    """Return what every event of a charger carries."""
    return site_data(house) | {
        "device_id": house.device_id(house.charger),
        "charger_id": "ID_CAR",
        "charger": "Car",
    }


def shown(hass: HomeAssistant, entity_id: str) -> dict[str, Any]:
    """Return the type and the data that an event entity shows."""
    state = hass.states.get(entity_id)
    assert state is not None
    hidden = ("event_types", "friendly_name", "icon")
    return {key: value for key, value in state.attributes.items() if key not in hidden}


async def test_a_lost_meter_is_the_sites_event(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Losing and finding the meter are told once each, by the site, with the meter's name."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    house.lose_meter()
    await house.async_run(5)
    lost = {"entity_id": METER, "reason": "missing", "state": "unavailable"}
    assert data_of(house, "meter_unavailable") == site_data(house) | lost
    assert shown(hass, "event.home_news") == {"event_type": "meter_unavailable"} | lost

    house.mend_meter()
    await house.async_run(5)
    found = {"entity_id": METER}
    assert data_of(house, "meter_recovered") == site_data(house) | found
    assert shown(hass, "event.home_news") == {"event_type": "meter_recovered"} | found


@pytest.mark.parametrize(
    ("text", "unit", "state"),
    [
        pytest.param("unavailable", "W", "unavailable", id="unavailable"),
        pytest.param("unknown", "W", "unknown", id="unknown"),
        pytest.param("high", "W", "not_a_number", id="word"),
        pytest.param("1150", "kWh", "unit", id="energy"),
        pytest.param(None, None, "removed", id="removed"),
    ],
)
async def test_a_meter_without_a_value_says_what_it_has(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    text: str | None,
    unit: str | None,
    state: str,
) -> None:
    """Who is told that the meter is missing is told what to look for."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    house.freeze_meter()
    if text is None:
        hass.states.async_remove(METER)
    else:
        hass.states.async_set(METER, text, {"unit_of_measurement": unit})
    await house.async_run(1)

    lost = {"entity_id": METER, "reason": "missing", "state": state}
    assert data_of(house, "meter_unavailable") == site_data(house) | lost


async def test_a_silent_meter_has_a_value(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Silence is another reason than a missing value."""
    house = House(hass, freezer, meter_timeout_s=20)
    await house.async_settle_in(10)
    house.freeze_meter()
    await house.async_run(22)

    silent = {"entity_id": METER, "reason": "silent"}
    assert data_of(house, "meter_unavailable") == site_data(house) | silent


async def test_an_overload_stop_and_its_end_are_told(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A stop says what the charger had and what was left, its end what it gets."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    await house.async_run(5, 29)

    numbers = {"previous_current_a": 30, "available_current_a": -27.0, "headroom_a": 3.0}
    assert data_of(house, "overload_stop") == charger_data(house) | numbers
    assert shown(hass, "event.car_news") == {"event_type": "overload_stop"} | numbers

    await house.async_run(40, 10)
    assert data_of(house, "charging_resumed") == charger_data(house) | {"current_a": 22}
    assert shown(hass, "event.car_news") == {"event_type": "charging_resumed", "current_a": 22}


async def test_a_fallback_is_told(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Charging without a meter says with what current."""
    car = Charger("car", settings={"fallback_current_a": 8})
    house = House(hass, freezer, car, unavailable_behavior="set_current")
    await house.async_settle_in(10)
    house.lose_meter()
    await house.async_run(2)

    numbers = {"fallback_current_a": 8}
    assert data_of(house, "fallback_activated") == charger_data(house) | numbers
    assert shown(hass, "event.car_news") == {"event_type": "fallback_activated"} | numbers


async def test_a_failed_command_is_told_once(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A command that fails again and again is told once, the next one that fails again."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.fail()
    house.charger.script_s = 0.4
    await house.async_run(12, 12)

    failure = {
        "action": "set_current",
        "entity_id": "script.car_set_current",
        "error": "cloud dead",
    }
    assert data_of(house, "action_failed") == charger_data(house) | failure
    assert shown(hass, "event.car_news") == {"event_type": "action_failed"} | failure
    assert len(house.charger.calls) > 3

    house.forget_past()
    await house.async_run(2, 30)
    failure |= {"action": "stop_charging", "entity_id": "script.car_stop_charging"}
    assert data_of(house, "action_failed") == charger_data(house) | failure
    house.charger.mend()
    await house.async_run(10)


async def test_a_deaf_charger_and_its_recovery_are_told(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Not following and following again carry no data of their own."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.is_deaf = True
    await house.async_run(60, 12)
    assert data_of(house, "charger_unresponsive") == charger_data(house)
    assert shown(hass, "event.car_news") == {"event_type": "charger_unresponsive"}

    house.charger.mend()
    await house.async_run(70)
    assert data_of(house, "charger_recovered") == charger_data(house)


async def test_events_of_one_charger_are_not_the_others(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Only the entity of the charger that was stopped shows it; the other was cut."""
    house = House(hass, freezer, Charger("a"), Charger("b"))
    await house.async_settle_in(2)
    await house.async_run(5, 24)

    assert shown(hass, "event.b_news")["event_type"] == "overload_stop"
    assert shown(hass, "event.a_news")["event_type"] == "current_reduced"
    assert shown(hass, "event.home_news")["event_type"] == "started"


@pytest.mark.parametrize(
    ("entity_id", "types"),
    [
        ("event.home_news", ["started", "meter_unavailable", "meter_recovered"]),
        (
            "event.car_news",
            [
                "started",
                "current_reduced",
                "overload_stop",
                "fallback_activated",
                "charging_resumed",
                "action_failed",
                "charger_unresponsive",
                "charger_recovered",
            ],
        ),
    ],
)
async def test_event_entities_know_their_types(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, entity_id: str, types: list[str]
) -> None:
    """The types are those that the guide promises: the bus events, the set-up, and cuts."""
    house = House(hass, freezer)
    await house.async_set_up(2)

    state = hass.states.get(entity_id)
    assert state is not None
    assert state.attributes["event_types"] == types


async def test_alarming_events_are_warnings_in_the_log(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """A lost meter is a warning, its return is not; each is logged once."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    house.lose_meter()
    await house.async_run(5)
    house.mend_meter()
    await house.async_run(5)

    logged = [
        (record.levelname, record.getMessage().strip())
        for record in caplog.records
        if record.name == "custom_components.ev_lb.events"
    ]
    lost = {"reason": "missing", "entity_id": METER, "state": "unavailable"}
    assert logged == [
        ("WARNING", f"Home: meter_unavailable {lost}"),
        ("INFO", f"Home: meter_recovered {{'entity_id': '{METER}'}}"),
    ]
