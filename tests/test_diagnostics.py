"""Diagnostics: what a bug report needs."""

import json
from typing import Any, NoReturn, cast

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ev_lb.record.replay import replay

from .scenarios.house import STORE, Charger, House


async def async_download(house: House, hass_client: ClientSessionGenerator) -> dict[str, Any]:
    """Return what the user downloads, read as strictly as any other program reads it."""
    client = await hass_client()
    response = await client.get(f"/api/diagnostics/config_entry/{house.entry.entry_id}")
    told = json.loads(await response.text(), parse_constant=refuse)
    return cast("dict[str, Any]", told["data"])


def refuse(constant: str) -> NoReturn:
    """Refuse what Python's JSON knows and no other."""
    raise ValueError(constant)


async def test_diagnostics_tell_what_was_decided_and_why(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_client: ClientSessionGenerator
) -> None:
    """The download has the settings, what the core knows, and the last decisions with reasons."""
    assert await async_setup_component(hass, "diagnostics", {})
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.fail()
    await house.async_run(2, 12)

    told = await async_download(house, hass_client)

    assert set(told) == {
        "entry",
        "now",
        "line_voltage_v",
        "settings",
        "view",
        "state",
        "controls",
        "deliveries",
        "is_observing",
        "observed",
        "decisions",
        "tape",
    }
    assert told["entry"]["subentries"][0]["title"] == "Car"
    assert told["settings"]["site"]["service_current_a"] == 32
    assert told["settings"]["chargers"][0]["charger_id"] == "ID_CAR"
    assert told["view"]["meter_status"] == "available"
    assert told["view"]["house_load_a"] == [12]
    assert told["view"]["chargers"]["ID_CAR"]["target_a"] == 20
    assert told["state"]["balanced"] == ["ID_CAR"]
    assert told["state"]["meter"]["status"] == "available"
    assert told["state"]["chargers"]["ID_CAR"]["allocation"]["target_a"] == 20
    assert "settings" not in told["state"]["chargers"]["ID_CAR"]
    assert told["controls"]["ID_CAR"] == {
        "uses": [
            "script.car_set_current",
            "script.car_start_charging",
            "script.car_stop_charging",
        ],
        "is_reachable": True,
    }
    assert told["deliveries"]["ID_CAR"]["status"] == "rejected"
    assert told["deliveries"]["ID_CAR"]["error"] == "cloud dead"
    last = told["decisions"][-1]
    assert last["reading_a"] == [42]
    assert last["read_backs"] == {}
    assert last["available_a"] == [-10]
    assert last["house_load_a"] == [12]
    assert last["limited_by"] == {"ID_CAR": "headroom"}
    assert last["commands"] == ["SetCurrent(charger_id='ID_CAR', current_a=20, is_reduction=True)"]
    assert last["events"] == []

    house.charger.mend()
    await house.async_run(10)


async def test_diagnostics_tell_what_the_optional_sensors_say(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_client: ClientSessionGenerator
) -> None:
    """The download has the volts, the car as its charger sees it, and the meter's rhythm."""
    assert await async_setup_component(hass, "diagnostics", {})
    sensors = {"draw_sensor": "sensor.car_draw", "status_sensor": "sensor.car_status"}
    charger = Charger("car", settings=sensors)
    house = House(hass, freezer, charger, voltage_sensor="sensor.house_volts")
    hass.states.async_set("sensor.house_volts", "241.5", {"unit_of_measurement": "V"})
    hass.states.async_set("sensor.car_draw", "14.2", {"unit_of_measurement": "A"})
    hass.states.async_set("sensor.car_status", "C2")
    await house.async_settle_in(2)

    told = await async_download(house, hass_client)

    assert told["line_voltage_v"] == 241.5
    assert told["view"]["meter_period_s"] == 1
    sensor = told["state"]["chargers"]["ID_CAR"]["sensor"]
    assert sensor["status"] == "charging"
    assert [sample["drawn_a"] for sample in sensor["samples"]] == [14.2]


async def test_diagnostics_keep_the_last_decisions_only(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_client: ClientSessionGenerator
) -> None:
    """What changed nothing is left out, and an evening of changes does not pile up."""
    assert await async_setup_component(hass, "diagnostics", {})
    house = House(hass, freezer)
    await house.async_settle_in(2)
    await house.async_run(20)
    told = await async_download(house, hass_client)
    assert len(told["decisions"]) == 1

    for _ in range(60):
        await house.async_switch("switch.car_enabled", is_on=False)
        await house.async_switch("switch.car_enabled", is_on=True)
    told = await async_download(house, hass_client)
    assert len(told["decisions"]) == 50


async def test_diagnostics_can_be_read_after_a_restart(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_client: ClientSessionGenerator,
    hass_storage: dict[str, Any],
) -> None:
    """A meter that was proven in the last run has been heard for ever: JSON has no such number."""
    assert await async_setup_component(hass, "diagnostics", {})
    house = House(hass, freezer)
    await house.async_settle_in(2)
    await house.async_kill(hass_storage)
    hass_storage[STORE]["data"]["memory"]["meter"] |= {"period_s": 1.0, "is_proven": True}
    await house.async_boot()

    state = (await async_download(house, hass_client))["state"]

    assert state["timing"]["heard_since"] == "-inf"


async def test_diagnostics_are_a_test_case(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_client: ClientSessionGenerator
) -> None:
    """From the download alone all that was decided of late is decided again."""
    assert await async_setup_component(hass, "diagnostics", {})
    house = House(hass, freezer, Charger("garage"), Charger("drive"))
    await house.async_set_up(2)
    await house.async_run(30)
    garage = house.charger
    await house.async_set_number("number.drive_max_charger_current", 10)
    await house.async_run(20, 20)
    garage.fail()
    await house.async_run(20, 30)
    garage.mend()
    await house.async_run(20, 5)
    await house.async_set_limit(garage, 8, 30)
    house.lose_meter()
    await house.async_run(5)
    house.mend_meter()
    await house.async_switch("switch.drive_enabled", is_on=False)
    await house.async_run(60)

    tape = (await async_download(house, hass_client))["tape"]

    again = list(replay(tape))
    assert len(again) > 150
    assert [each.differences for each in again if each.differences] == []
    assert len(tape["settings"]) == 3
    assert [each["time"] for each in tape["decisions"][-1:]] == [dt_util.utcnow().isoformat()]
    cut = {"kind": "SetCurrent", "charger_id": "ID_DRIVE", "current_a": 10, "is_reduction": True}
    assert [cut] in [each["decided"]["commands"] for each in tape["decisions"]]


@pytest.mark.parametrize(
    ("site", "delay_s"),
    [pytest.param({"meter_delay_s": 10}, 10, id="set"), pytest.param({}, 5.5, id="learned")],
)
async def test_diagnostics_tell_the_settings_in_force(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_client: ClientSessionGenerator,
    hass_storage: dict[str, Any],
    site: dict[str, Any],
    delay_s: float,
) -> None:
    """The meter delay is the one that decisions count with."""
    assert await async_setup_component(hass, "diagnostics", {})
    house = House(hass, freezer, **site)
    await house.async_settle_in(2)
    await house.async_kill(hass_storage)
    hass_storage[STORE]["data"]["memory"]["meter"]["answers_s"] = [5.5] * 5
    await house.async_boot()
    await house.async_run(2)

    told = await async_download(house, hass_client)

    assert set(told["settings"]) == {"site", "chargers", "limits", "sources"}
    assert told["settings"]["site"]["meter_delay_s"] == site.get("meter_delay_s")
    assert told["view"]["meter_delay_s"] == delay_s


async def test_diagnostics_keep_what_users_wrote_into_their_actions(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_client: ClientSessionGenerator
) -> None:
    """A token may be among it; what is called is told."""
    assert await async_setup_component(hass, "diagnostics", {})
    step = {"action": "rest_command.set", "data": {"token": "SECRET", "a": "{{ current_a }}"}}
    car = Charger("car", settings={"control": "actions", "set_current_action": [step]})
    house = House(hass, freezer, car)
    await house.async_settle_in(2)
    told = json.dumps(await async_download(house, hass_client))
    assert "SECRET" not in told
    assert "rest_command.set" in told
