"""The card's subscription: what it tells, to whom, and how often."""

import json
from pathlib import Path
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.ev_lb.const import PLATFORMS

from .conftest import circuit_subentry
from .scenarios.house import Charger, House
from .scenarios.phases import PhaseHouse

TRANSLATIONS = Path(__file__).parents[1] / "custom_components" / "ev_lb" / "translations"


@pytest.fixture(autouse=True)
def expected_lingering_timers() -> bool:
    """Allow the device registry's timer, which only a real stop ends."""
    return True


@pytest.fixture
async def client(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> MockHAClientWebSocket:
    """Return the owner's browser."""
    assert await async_setup_component(hass, "websocket_api", {})
    return await hass_ws_client(hass)


async def async_subscribe(client: MockHAClientWebSocket, **site: str) -> dict[str, Any]:
    """Subscribe, and return the answer."""
    await client.send_json_auto_id({"type": "ev_lb/subscribe", **site})
    return await client.receive_json()


async def async_told(client: MockHAClientWebSocket) -> dict[str, Any]:
    """Return what is told next."""
    return (await client.receive_json())["event"]


async def async_all_told(client: MockHAClientWebSocket) -> list[dict[str, Any]]:
    """Return all that was told meanwhile."""
    await client.send_json_auto_id({"type": "ping"})
    told: list[dict[str, Any]] = []
    while (message := await client.receive_json())["type"] != "pong":
        told.append(message["event"])
    return told


async def test_all_that_is_told_of_a_site(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, client: MockHAClientWebSocket
) -> None:
    """Everything that the card shows, and what it needs to act, comes in one message."""
    house = House(hass, freezer, Charger("garage", max_a=16), breaker_a=25)
    await house.async_settle_in(2)
    await house.async_run(1, 12)
    await house.async_run(8, 2)
    assert (await async_subscribe(client))["success"]
    told = await async_told(client)

    (charger,) = told["chargers"]
    assert set(charger.pop("entities")) >= {"enabled", "limited_by", "max_charger_current"}
    assert told.pop("entities")["enabled"] == "switch.home_enabled"
    wait = charger["wait"].pop("in_s")
    assert told == {
        "is_loaded": True,
        "name": "Home",
        "device_id": house.device_id(),
        "is_enabled": True,
        "is_observing": False,
        "unobserved": [],
        "status": {"key": "balancing", "text": "Balancing"},
        "troubles": [],
        "limits": [
            {
                "key": "L1",
                "name": "",
                "is_main": True,
                "most_a": 25,
                "binds": ["ID_GARAGE"],
                "over_for_s": None,
                "current_a": 15.0,
                "house_a": 2.0,
                "shares_a": {"ID_GARAGE": 13.0},
            }
        ],
        "chargers": [
            {
                "charger_id": "ID_GARAGE",
                "name": "Garage",
                "device_id": house.device_id(house.charger),
                "is_enabled": True,
                "is_unobserved": False,
                "target_a": 13,
                "set_a": 13,
                "drawn_a": None,
                "most_a": 16,
                "state": "ramp_up_hold",
                "reason": "ramp_up_hold",
                "why": "Waits after a reduction.",
                "wait": {
                    "text": "Gets more in {time} at the earliest: about 16 A.",
                    "form": "countdown",
                },
                "limit": None,
                "car": None,
                "is_unresponsive": False,
                "is_failing": False,
                "error": None,
            }
        ],
    }
    assert 20 <= wait <= 30


async def test_trouble_is_told(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, client: MockHAClientWebSocket
) -> None:
    """A lost meter by its sensor and since when; what was last read is no reading of now."""
    house = House(hass, freezer, breaker_a=25)
    await house.async_settle_in(10)
    house.lose_meter()
    await house.async_run(30)
    await async_subscribe(client)
    told = await async_told(client)
    (trouble,) = told["troubles"]
    assert trouble["title"].pop("in_s") == pytest.approx(-30, abs=1)
    assert trouble == {
        "key": "meter_lost",
        "title": {
            "text": "The meter shows nothing that can be used since {time}.",
            "form": "clock",
        },
        "text": "sensor.house_power · All chargers are stopped until it is back.",
        "charger_id": None,
    }
    assert told["status"]["key"] == "no_meter"
    assert [limit["current_a"] for limit in told["limits"]] == [None]


async def test_failing_script_and_its_error_are_told(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, client: MockHAClientWebSocket
) -> None:
    """The charger keeps what it had, and that is what is shown of it."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    house.charger.fail("stop_charging")
    await house.async_run(6, 28)
    await async_subscribe(client)
    told = await async_told(client)
    (charger,) = told["chargers"]
    shown = {key: charger[key] for key in ("target_a", "set_a", "is_failing", "error", "reason")}
    assert shown == {
        "target_a": 0,
        "set_a": 22,
        "is_failing": True,
        "error": "cloud dead",
        "reason": "script_failing",
    }
    assert [trouble["text"] for trouble in told["troubles"]] == ["cloud dead"]
    assert told["limits"][0]["over_for_s"] > 0
    house.charger.mend()
    await house.async_run(20)


async def test_who_draws_what_is_told_on_each_limit(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, client: MockHAClientWebSocket
) -> None:
    """A measured car with what it draws, the other with the rest; on its circuit, too."""
    house = PhaseHouse(
        hass,
        freezer,
        Charger("car", max_a=16, car_a=10, settings={"draw_sensor": "sensor.car_draw"}),
        Charger("bike", max_a=8, settings={"wiring": "l1", "circuit": "ID_CIRCUIT"}),
        breaker_a=32,
        phase_count=2,
        total_current_a=50,
        circuits=[circuit_subentry(title="Carport", wiring="l1")],
    )
    hass.states.async_set("sensor.car_draw", "10", {"unit_of_measurement": "A"})
    house.loads = [3, 5]
    await house.async_settle_in()
    await async_subscribe(client)
    told = await async_told(client)
    flows = {
        limit["name"]: (limit["most_a"], limit["current_a"], limit["house_a"], limit["shares_a"])
        for limit in told["limits"]
    }
    assert flows == {
        "L1": (32, 21, 3, {"ID_CAR": 10, "ID_BIKE": 8}),
        "L2": (32, 15, 5, {"ID_CAR": 10}),
        "Sum": (50, 36, 8, {"ID_CAR": 20, "ID_BIKE": 8}),
        "Carport L1": (20, 8, 0, {"ID_BIKE": 8}),
    }


async def test_house_that_feeds_in_leaves_no_bar(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, client: MockHAClientWebSocket
) -> None:
    """Where the sun feeds the car, nothing flows through the breaker."""
    house = House(hass, freezer, Charger("car", max_a=10), breaker_a=25)
    await house.async_settle_in(-14)
    await async_subscribe(client)
    (limit,) = (await async_told(client))["limits"]
    assert (limit["current_a"], limit["house_a"], limit["shares_a"]) == (-4, 0, {})


async def test_at_most_one_message_a_second(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, client: MockHAClientWebSocket
) -> None:
    """However often the meter speaks; and the last word is told."""
    house = House(hass, freezer, breaker_a=25)
    await house.async_settle_in(10)
    await async_subscribe(client)
    await async_told(client)
    for house_a in (11, 12, 13):
        house.report(house_a)
        await house.async_settle()
    assert await async_all_told(client) == []

    await house.async_run(1)
    told = await async_all_told(client)
    assert [each["limits"][0]["current_a"] for each in told] == [13 + 15]
    await house.async_run(5)
    assert len(await async_all_told(client)) == 5


async def test_nothing_is_told_once_the_card_is_closed(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, client: MockHAClientWebSocket
) -> None:
    """Also not what was due."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    subscription = (await async_subscribe(client))["id"]
    await async_told(client)
    house.report(12)
    await house.async_settle()
    await client.send_json_auto_id({"type": "unsubscribe_events", "subscription": subscription})
    assert (await client.receive_json())["success"]
    await house.async_run(3, 14)
    assert await async_all_told(client) == []


async def test_subscription_outlives_a_reload(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, client: MockHAClientWebSocket
) -> None:
    """A changed setting does not end what is on the wall."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    await async_subscribe(client)
    await async_told(client)

    assert await hass.config_entries.async_unload(house.entry.entry_id)
    await house.async_run(1)
    assert await async_all_told(client) == [{"is_loaded": False}]

    assert await hass.config_entries.async_setup(house.entry.entry_id)
    await house.async_run(2)
    told = await async_all_told(client)
    assert {each["is_loaded"] for each in told} == {True}


# Which site


@pytest.mark.parametrize("named_by", ["entry_id", "device", "charger"])
async def test_site_is_named_by_itself_or_one_of_its_devices(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    client: MockHAClientWebSocket,
    named_by: str,
) -> None:
    """The card's form picks a device; a charger's tells of its site."""
    other = MockConfigEntry(domain="ev_lb", title="Barn", entry_id="ID_BARN", minor_version=2)
    other.add_to_hass(hass)
    house = House(hass, freezer)
    await house.async_settle_in(10)
    site = {
        "entry_id": {"entry_id": "ID_SITE"},
        "device": {"device_id": house.device_id()},
        "charger": {"device_id": house.device_id(house.charger)},
    }[named_by]
    assert (await async_subscribe(client, **site))["success"]
    assert (await async_told(client))["name"] == "Home"


@pytest.mark.parametrize(
    ("site", "code"),
    [
        ({}, "not_found"),
        ({"entry_id": "ID_BARN"}, "not_found"),
        ({"device_id": "moon"}, "not_found"),
        ({"device_id": "a", "entry_id": "b"}, "invalid_format"),
        ({"language": "../secrets"}, "invalid_format"),
    ],
    ids=str,
)
async def test_site_that_is_none_is_refused(
    hass: HomeAssistant, client: MockHAClientWebSocket, site: dict[str, str], code: str
) -> None:
    """With a code that the card can put into words."""
    assert await async_setup_component(hass, "ev_lb", {})
    assert (await async_subscribe(client, **site))["error"]["code"] == code


# In which words


async def test_words_are_those_of_the_user(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    client: MockHAClientWebSocket,
) -> None:
    """Whoever looks reads the own language, whatever Home Assistant speaks."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    await async_subscribe(client, language="nl")
    told = await async_told(client)
    dutch = json.loads((TRANSLATIONS / "nl.json").read_text("utf-8"))["common"]
    assert told["status"]["text"] == dutch["status_balancing"] != "Balancing"
    assert told["chargers"][0]["why"] == dutch["why_headroom"]


# To whom


@pytest.mark.parametrize(
    ("policy", "is_told"),
    [
        ({"entities": True}, True),
        ({"entities": {"domains": dict.fromkeys(PLATFORMS, True)}}, True),
        ({"entities": {"entity_ids": {"sensor.home_available_current": True}}}, False),
        ({}, False),
    ],
    ids=["everything", "every domain of ours", "one sensor", "nothing"],
)
async def test_who_may_not_read_the_states_is_told_nothing(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    client: MockHAClientWebSocket,
    hass_admin_user: MockUser,
    policy: dict[str, Any],
    is_told: bool,
) -> None:
    """The subscription is no way around Home Assistant's own rules."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    hass_admin_user.groups = []
    hass_admin_user.mock_policy(policy)
    answer = await async_subscribe(client)
    assert answer["success"] is is_told
    if not is_told:
        assert answer["error"]["code"] == "unauthorized"
