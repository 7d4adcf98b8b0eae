"""The dialogs from end to end: what is stored, what is changed, and what travels to the browser."""

from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import (
    ConfigEntryState,
)
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from .conftest import METER, charger_data, charger_subentry, set_meter, site_data
from .flow.dialogs import (
    SITE_INPUT,
    STATUS,
    async_change_site,
    async_change_to_meter,
    async_choose_way,
    async_open_charger,
    async_open_meter,
    async_open_site,
    async_pass_device,
    async_send,
    async_send_charger,
    async_site,
    charger_input,
    fields,
    meter_input,
    only_site,
    suggested,
)


async def test_site_and_first_charger_in_one_go(hass: HomeAssistant, scripts: None) -> None:
    """Two forms make the site, and the dialog goes straight on to its first charger."""
    set_meter(hass)

    result = await async_open_site(hass)
    assert (result.get("type"), result.get("step_id")) == (FlowResultType.FORM, "user")
    result = await async_send(hass, result, SITE_INPUT | {"name": " Home "})
    assert (result.get("type"), result.get("step_id")) == (FlowResultType.FORM, "meter_device")
    result = await async_send(hass, result, {})
    assert (result.get("type"), result.get("step_id")) == (FlowResultType.FORM, "meter")
    result = await async_send(hass, result, meter_input())

    assert result.get("type") is FlowResultType.CREATE_ENTRY
    entry = only_site(hass)
    assert entry.title == "Home"
    assert dict(entry.data) == site_data()
    assert entry.state is ConfigEntryState.LOADED
    next_flow = result.get("next_flow")
    assert next_flow is not None

    # As the browser does: it asks for the open form first.
    charger = await hass.config_entries.subentries.async_configure(next_flow[1])
    assert (charger.get("type"), charger.get("step_id")) == (FlowResultType.FORM, "user")
    charger = await async_choose_way(hass, charger)
    charger = await async_send_charger(hass, charger, charger_input(name=" Garage "))

    assert charger.get("type") is FlowResultType.CREATE_ENTRY
    (subentry,) = entry.subentries.values()
    assert (subentry.title, dict(subentry.data)) == ("Garage", charger_data())
    assert entry.state is ConfigEntryState.LOADED
    assert hass.states.get("sensor.garage_current_set") is not None


async def test_defaults_and_empty_fields(hass: HomeAssistant, scripts: None) -> None:
    """What is left alone takes its default; what is left empty is not stored."""
    set_meter(hass)
    result = await async_open_site(hass)
    result = await async_send(hass, result, {"name": "Home", "phase_ratings": {}})
    result = await async_send(hass, result, {})
    sections: dict[str, Any] = {"meter_channels": {}, "meter_details": {}}
    result = await async_send(hass, result, {"power_meter": METER, **sections})
    entry = only_site(hass)
    assert dict(entry.data) == site_data()

    charger = await async_open_charger(hass, entry)
    only = {"name": "Garage", "set_current_script": "script.set_current"}
    await async_send_charger(hass, charger, {**only, "car_sensors": {}, "timing": {}})
    (subentry,) = entry.subentries.values()
    expected = charger_data()
    del expected["stop_charging_script"], expected["start_charging_script"]
    assert dict(subentry.data) == expected


async def test_numbers_are_stored_whole(hass: HomeAssistant, scripts: None) -> None:
    """The browser sends 25.0 for 25; what is stored is whole amperes and seconds."""
    set_meter(hass)
    result = await async_open_meter(hass, service_voltage_v=230.0, service_current_a=25.0)
    timeout = {"meter_timeout_s": 120.0}
    await async_send(hass, result, meter_input(ramp_up_time_s=30.0, meter_details=timeout))
    entry = only_site(hass)
    charger = await async_open_charger(hass, entry)
    await async_send_charger(hass, charger, charger_input(max_charger_current_a=16.0))
    (subentry,) = entry.subentries.values()

    numbers = [value for value in (entry.data | subentry.data).values() if type(value) is not str]
    assert len(numbers) == 11
    assert {type(number) for number in numbers} == {int}


async def test_cancelled_before_the_charger(hass: HomeAssistant) -> None:
    """Who closes the dialog after the first half has a site that works and waits for chargers."""
    set_meter(hass)
    result = await async_send(hass, await async_open_meter(hass), meter_input())
    next_flow = result.get("next_flow")
    assert next_flow is not None
    hass.config_entries.subentries.async_abort(next_flow[1])

    entry = only_site(hass)
    assert (entry.state, dict(entry.subentries)) == (ConfigEntryState.LOADED, {})
    assert hass.states.get("sensor.home_available_current") is not None


async def test_one_name_on_two_sites(hass: HomeAssistant, scripts: None) -> None:
    """Names are per site: both houses may have a garage."""
    set_meter(hass)
    await async_site(hass, charger_subentry())
    hass.states.async_set("sensor.cabin_power", "1", {"unit_of_measurement": "kW"})
    cabin = await async_site(
        hass, entry_id="ID_CABIN", title="Cabin", power_meter="sensor.cabin_power"
    )
    result = await async_send_charger(hass, await async_open_charger(hass, cabin), charger_input())
    assert result.get("type") is FlowResultType.CREATE_ENTRY


async def test_site_is_changed_while_it_runs(hass: HomeAssistant, scripts: None) -> None:
    """The forms come filled in; what they say afterwards is in force at once."""
    set_meter(hass)
    entry = await async_site(hass, charger_subentry(), meter_timeout_s=120)
    result = await async_change_site(hass, entry)
    assert result.get("step_id") == "user"
    assert suggested(result) | {"phase_ratings": {}} == SITE_INPUT

    result = await async_send(hass, result, SITE_INPUT | {"name": "House", "service_current_a": 20})
    result = await async_pass_device(hass, result)
    assert result.get("step_id") == "meter"
    assert suggested(result) == {
        "power_meter": METER,
        "unavailable_behavior": "stop",
        "ramp_up_time_s": 30,
        "meter_timeout_s": 120,
    }
    result = await async_send(hass, result, meter_input(unavailable_behavior="ignore"))

    assert (result.get("type"), result.get("reason")) == (
        FlowResultType.ABORT,
        "reconfigure_successful",
    )
    assert entry.title == "House"
    expected = site_data(service_current_a=20, unavailable_behavior="ignore")
    assert dict(entry.data) == expected
    assert entry.state is ConfigEntryState.LOADED
    number = hass.states.get("number.home_service_current")
    assert number is not None
    assert number.state == "20"


async def test_changed_site_is_checked_like_a_new_one(hass: HomeAssistant, scripts: None) -> None:
    """A change is refused for the same reasons; its own name and meter are no obstacle."""
    set_meter(hass)
    entry = await async_site(hass)
    hass.states.async_set("sensor.cabin_power", "1", {"unit_of_measurement": "kW"})
    await async_site(hass, entry_id="ID_CABIN", title="Cabin", power_meter="sensor.cabin_power")

    result = await async_change_site(hass, entry)
    result = await async_send(hass, result, SITE_INPUT | {"name": "cabin"})
    assert (result.get("step_id"), result.get("errors")) == ("user", {"name": "name_taken"})
    result = await async_pass_device(hass, await async_send(hass, result, SITE_INPUT))
    result = await async_send(hass, result, meter_input(power_meter="sensor.cabin_power"))
    assert (result.get("step_id"), result.get("errors")) == (
        "meter",
        {"power_meter": "meter_taken"},
    )
    result = await async_send(hass, result, meter_input())
    assert result.get("reason") == "reconfigure_successful"
    assert dict(entry.data) == site_data()


async def test_charger_is_changed_while_it_runs(hass: HomeAssistant, scripts: None) -> None:
    """The form comes filled in; an emptied field is forgotten, the rest is in force at once."""
    set_meter(hass)
    entry = await async_site(hass, charger_subentry())
    result = await async_open_charger(hass, entry, "ID_GARAGE")
    assert result.get("step_id") == "charger"
    assert suggested(result) == charger_data(name="Garage")

    user_input = charger_input(name="Carport", max_charger_current_a=20, start_charging_script=None)
    result = await async_send_charger(hass, result, user_input)

    assert (result.get("type"), result.get("reason")) == (
        FlowResultType.ABORT,
        "reconfigure_successful",
    )
    expected = charger_data(max_charger_current_a=20)
    del expected["start_charging_script"]
    charger = entry.subentries["ID_GARAGE"]
    assert (charger.title, dict(charger.data)) == ("Carport", expected)
    assert entry.state is ConfigEntryState.LOADED
    number = hass.states.get("number.garage_max_charger_current")
    assert number is not None
    assert number.state == "20"


async def test_changed_charger_is_checked_like_a_new_one(
    hass: HomeAssistant, scripts: None
) -> None:
    """A change is refused and warned of for the same reasons; its own name is no obstacle."""
    set_meter(hass)
    drive = charger_subentry("ID_DRIVE", "Drive", fallback_current_a=10)
    entry = await async_site(hass, charger_subentry(), drive)
    result = await async_open_charger(hass, entry, "ID_GARAGE")
    user_input = charger_input(name="drive", max_charger_current_a=5)
    result = await async_send_charger(hass, result, user_input)
    assert result.get("errors") == {"name": "name_taken", "min_ev_current_a": "min_above_max"}

    user_input = charger_input(name="GARAGE", fallback_current_a=16)
    result = await async_send_charger(hass, result, user_input)
    assert fields(result) == ["fallbacks_above_service", "go_back"]
    result = await async_send_charger(hass, result, {})
    assert result.get("reason") == "reconfigure_successful"
    charger = entry.subentries["ID_GARAGE"]
    assert (charger.title, charger.data["fallback_current_a"]) == ("GARAGE", 16)


async def test_change_loads_a_site_that_had_failed(hass: HomeAssistant, scripts: None) -> None:
    """A site that could not be loaded is tried again after a change: nobody else would."""
    set_meter(hass)
    entry = MockConfigEntry(
        domain="ev_lb", title="Home", data=site_data(), subentries_data=[charger_subentry()]
    )
    entry.add_to_hass(hass)
    for is_charger in (False, True):
        with patch("custom_components.ev_lb.async_setup_entry", return_value=False):
            await hass.config_entries.async_reload(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_ERROR
        if is_charger:
            charger = await async_open_charger(hass, entry, "ID_GARAGE")
            await async_send_charger(hass, charger, charger_input())
        else:
            result = await async_change_to_meter(hass, entry)
            await async_send(hass, result, meter_input())
        assert entry.state is ConfigEntryState.LOADED


async def test_browser_gets_every_form(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, scripts: None
) -> None:
    """Every form travels to the browser and back."""
    assert await async_setup_component(hass, "config", {})
    client = await hass_client()
    set_meter(hass, STATE_UNAVAILABLE)
    flow, subflow = "/api/config/config_entries/flow", "/api/config/config_entries/subentries/flow"

    async def async_post(path: str, data: dict[str, Any]) -> dict[str, Any]:
        response = await client.post(path, json=data)
        assert response.status == 200, await response.text()
        return await response.json()

    def names(form: dict[str, Any]) -> list[str]:
        return [field["name"] for field in form["data_schema"]]

    form = await async_post(flow, {"handler": "ev_lb"})
    assert names(form) == [
        "name",
        "phases",
        "service_voltage_v",
        "service_current_a",
        "phase_ratings",
        "cost",
        "observe_only",
    ]
    form = await async_post(f"{flow}/{form['flow_id']}", SITE_INPUT)
    assert names(form) == ["meter_device"]
    form = await async_post(f"{flow}/{form['flow_id']}", {})
    assert names(form) == [
        "power_meter",
        "unavailable_behavior",
        "ramp_up_time_s",
        "meter_channels",
        "meter_details",
    ]
    form = await async_post(f"{flow}/{form['flow_id']}", meter_input())
    assert names(form) == ["meter_unavailable", "go_back"]
    created = await async_post(f"{flow}/{form['flow_id']}", {})
    kind, flow_id = created["next_flow"]
    assert kind == "config_subentries_flow"
    form = await (await client.get(f"{subflow}/{flow_id}")).json()
    assert names(form) == ["charger_device"]
    menu = await async_post(f"{subflow}/{flow_id}", {})
    assert menu["menu_options"] == ["by_entities", "by_actions", "by_scripts"]
    form = await async_post(f"{subflow}/{flow_id}", {"next_step_id": "by_scripts"})
    assert names(form) == [
        "name",
        "max_charger_current_a",
        "min_ev_current_a",
        "priority",
        "fallback_current_a",
        "set_current_script",
        "stop_charging_script",
        "start_charging_script",
        "car_sensors",
        "timing",
    ]
    hass.states.async_set(STATUS, "Laden", {"options": ["Laden", "Voll"]})
    user_input = charger_input(fallback_current_a=0, status_sensor=STATUS)
    form = await async_post(f"{subflow}/{flow_id}", user_input)
    assert names(form) == ["charging_words", "idle_words", "absent_words"]
    form = await async_post(f"{subflow}/{flow_id}", {"charging_words": ["Laden"]})
    assert names(form) == ["fallback_below_minimum", "go_back"]
    created = await async_post(f"{subflow}/{flow_id}", {})
    await hass.async_block_till_done()
    assert created["title"] == "Garage"
    assert only_site(hass).state is ConfigEntryState.LOADED
