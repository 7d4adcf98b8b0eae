"""The charger's device: its form comes filled in, and everything can be changed."""

from collections.abc import Callable
from typing import Any

import pytest
from homeassistant.config_entries import ConfigEntry, ConfigEntryState, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from custom_components.ev_lb.control.charger_device import KNOWN_PLATFORMS
from custom_components.ev_lb.control.charger_fits import ChargerEntity

from ..conftest import charger_data, charger_subentry, set_meter
from ..control.recorded_chargers import (
    alfen,
    easee,
    goecharger_api2,
    goecharger_mqtt,
    ocpp,
    openevse_of_firstof9,
    smartevse,
    smartevse_by_mqtt,
    zaptec,
    zaptec_installation,
)
from .chargers import CURRENT_RANGE, WALLBOX, WALLBOX_FILLED_IN, Entity, add_charger
from .dialogs import (
    SCRIPTS_LEFT_OUT,
    async_open_charger,
    async_open_part,
    async_send_charger,
    async_site,
    charger_input,
    fields,
    suggested,
)
from .test_phases import async_three_phases

MORE_DRAWS = ("draw_sensor_l2", "draw_sensor_l3")
SECTIONS = {
    "car_sensors": (
        "draw_sensor",
        "draw_sensor_l2",
        "draw_sensor_l3",
        "status_sensor",
        "energy_sensor",
    ),
    "timing": ("response_time_s", "command_interval_s"),
}


@pytest.fixture(autouse=True)
def _meter(hass: HomeAssistant) -> None:
    """Let the meter say something."""
    set_meter(hass)


RECORDED = (
    alfen,
    easee,
    goecharger_api2,
    goecharger_mqtt,
    ocpp,
    openevse_of_firstof9,
    smartevse,
    smartevse_by_mqtt,
    zaptec,
    zaptec_installation,
)
"""Chargers of integrations outside core, as their sources have them."""


def as_shown_now(entity: ChargerEntity) -> tuple[str, Entity]:
    """Return the integration of a recorded entity, and the entity with a state."""
    can = {"min": entity.minimum, "max": entity.maximum, "step": entity.step}
    state = "on" if entity.unit is None and entity.minimum is None else "6"
    return entity.platform, Entity(
        domain=entity.domain,
        unique_id=entity.unique_id,
        name=entity.name,
        state=entity.options[-1] if entity.options else state,
        unit=entity.unit,
        can=can if entity.minimum is not None else {"options": [*entity.options]},
    )


async def async_pick(hass: HomeAssistant, entry: ConfigEntry, device_id: str) -> SubentryFlowResult:
    """Open "Add charger" and pick its device."""
    result = await async_open_part(hass, entry)
    return await async_send_charger(hass, result, {"charger_device": device_id})


def as_shown(result: SubentryFlowResult) -> dict[str, Any]:
    """Return what the browser sends when nothing of the form is touched."""
    shown = suggested(result)
    sent = {
        name: {key: shown.pop(key) for key in keys if key in shown}
        for name, keys in SECTIONS.items()
    }
    return shown | sent


def said_of(result: SubentryFlowResult) -> list[str]:
    """Return the lines that the form says of the device."""
    placeholders = result.get("description_placeholders") or {}
    return placeholders["notes"].split("\n")


async def test_charger_is_added_by_its_device(hass: HomeAssistant) -> None:
    """Three pages: the device, what was filled in of it, and done."""
    entry = await async_site(hass)
    result = await async_pick(hass, entry, add_charger(hass, "wallbox", *WALLBOX))
    assert result.get("step_id") == "charger"
    assert suggested(result) == WALLBOX_FILLED_IN
    said, *notes = said_of(result)
    assert "(Wallbox)" in said
    assert [note.partition(".**")[0] for note in notes] == [
        "- **It is reached through a cloud",
        "- **Without a car it cannot be paused",
        "- **Switch off its solar mode",
        "- **Nothing else may set its current",
        "- **It needs the rights of its owner",
    ]

    result = await async_send_charger(hass, result, as_shown(result))
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    (charger,) = entry.subentries.values()
    stored = charger_data(control="entities", **WALLBOX_FILLED_IN)
    expected = {key: value for key, value in stored.items() if key not in SCRIPTS_LEFT_OUT}
    assert {"name": charger.title, **charger.data} == expected


async def test_filled_in_form_can_be_changed(hass: HomeAssistant) -> None:
    """What does not fit is picked anew, and the form of another way to pause follows."""
    hass.states.async_set("input_boolean.pause", "off")
    entry = await async_site(hass)
    result = await async_pick(hass, entry, add_charger(hass, "wallbox", *WALLBOX))
    changes = {"name": "Drive", "max_charger_current_a": 16, "pause": "inverted_switch"}
    changes |= {"pause_switch": "input_boolean.pause", "start_order": "start_first"}
    result = await async_send_charger(hass, result, as_shown(result) | changes)
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    (charger,) = entry.subentries.values()
    assert {"name": charger.title, **charger.data} | changes == {"name": "Drive", **charger.data}


async def test_device_that_pauses_in_an_unknown_way(hass: HomeAssistant) -> None:
    """What could not be told of it is asked, and no more."""
    number = Entity(
        domain="number", unique_id="charging_current", state="8", unit="A", can=CURRENT_RANGE
    )
    entry = await async_site(hass)
    result = await async_pick(hass, entry, add_charger(hass, "homemade", number, name="Pole"))
    said, by_names = said_of(result)
    assert "(homemade)" in said
    assert by_names.startswith("- **Found by their names.**")
    assert "pause" not in suggested(result)
    hass.states.async_set("switch.pole", "off")
    result = await async_send_charger(hass, result, as_shown(result) | {"pause": "switch"})
    assert fields(result) == ["pause_switch", "start_order"]
    result = await async_send_charger(hass, result, {"pause_switch": "switch.pole"})
    assert result.get("type") is FlowResultType.CREATE_ENTRY


async def test_words_of_a_known_charger_are_not_asked_for(hass: HomeAssistant) -> None:
    """The table has them; what it leaves open says nothing certain."""
    options = {"options": ["STATE_A", "STATE_C2", "STATE_F"]}
    can = {"min": 0, "max": 16, "step": 1}
    device_id = add_charger(
        hass,
        "alfen_wallbox",
        Entity(
            domain="number",
            unique_id="1_main_normal_max_current_socket_1",
            state="16",
            unit="A",
            can=can,
        ),
        Entity(domain="sensor", unique_id="1-mode_3_state_socket_1", state="STATE_F", can=options),
    )
    entry = await async_site(hass)
    result = await async_pick(hass, entry, device_id)
    result = await async_send_charger(hass, result, as_shown(result))
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    (charger,) = entry.subentries.values()
    assert charger.data["absent_words"] == ["STATE_A", "STATE_A1"]


async def test_words_go_with_their_sensor(hass: HomeAssistant) -> None:
    """Where another status sensor is picked, or none is found, the words mean nothing."""
    number = Entity(
        domain="number",
        unique_id="1_main_normal_max_current_socket_1",
        state="16",
        unit="A",
        can={"min": 0, "max": 16, "step": 1},
    )
    entry = await async_site(hass)
    result = await async_pick(hass, entry, add_charger(hass, "alfen_wallbox", number))
    result = await async_send_charger(hass, result, as_shown(result))
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    (charger,) = entry.subentries.values()
    assert not {"charging_words", "idle_words", "absent_words"} & charger.data.keys()


async def test_charger_that_is_set_by_actions(hass: HomeAssistant) -> None:
    """Its actions come filled in with its own name for itself."""
    device_id = add_charger(
        hass, "easee", Entity(domain="switch", unique_id="EH1234_is_enabled", state="on")
    )
    entry = await async_site(hass)
    result = await async_pick(hass, entry, device_id)
    (step,) = suggested(result)["set_current_action"]
    assert step["data"] == {"charger_id": "EH1234", "current": "{{ current_a | int }}"}
    result = await async_send_charger(hass, result, as_shown(result))
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    (charger,) = entry.subentries.values()
    assert (charger.data["control"], charger.data["set_current_action"]) == ("actions", [step])


@pytest.mark.parametrize("phase_count", [1, 3])
@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded.__name__)
async def test_every_recorded_charger_is_added_in_three_pages(
    hass: HomeAssistant, recorded: Callable[[], list[ChargerEntity]], phase_count: int
) -> None:
    """What is filled in of it passes every check as it is, and the site loads with it."""
    entities = [as_shown_now(entity) for entity in recorded() if entity.is_enabled]
    device_id = add_charger(hass, entities[0][0], *(entity for _, entity in entities))
    entry = await (async_site(hass) if phase_count == 1 else async_three_phases(hass))
    result = await async_pick(hass, entry, device_id)
    if result.get("step_id") == "charger_disabled":
        result = await async_send_charger(hass, result, {"next_step_id": "charger_as_it_is"})
    assert result.get("step_id") == "charger"
    result = await async_send_charger(hass, result, as_shown(result))
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    assert entry.state is ConfigEntryState.LOADED


# What cannot be filled in


@pytest.mark.parametrize(
    ("platform", "entity"),
    [
        pytest.param("toaster", "number.heat_setting", id="no charger"),
        pytest.param("ohme", "sensor.1_charge_mode", id="a charger whose current cannot be set"),
    ],
)
async def test_device_without_a_current(
    hass: HomeAssistant, scripts: None, platform: str, entity: str
) -> None:
    """It is asked how the charger is controlled; its name is there already."""
    domain, _, unique_id = entity.partition(".")
    device_id = add_charger(
        hass, platform, Entity(domain=domain, unique_id=unique_id, state="1"), name="Thing"
    )
    entry = await async_site(hass)
    result = await async_pick(hass, entry, device_id)
    assert (result.get("type"), result.get("step_id")) == (FlowResultType.MENU, "control_kind")
    # The browser asks again when its page was reloaded.
    result = await hass.config_entries.subentries.async_configure(result["flow_id"])
    assert result.get("step_id") == "control_kind"
    result = await async_send_charger(hass, result, {"next_step_id": "by_scripts"})
    assert suggested(result)["name"] == "Thing"
    result = await async_send_charger(hass, result, charger_input(name="Thing"))
    assert result.get("type") is FlowResultType.CREATE_ENTRY


async def test_charger_that_cannot_be_set_says_so(hass: HomeAssistant) -> None:
    """What it measures is filled in all the same."""
    device_id = add_charger(
        hass,
        "ohme",
        Entity(domain="select", unique_id="1_charge_mode", state="smart_charge"),
        Entity(domain="sensor", unique_id="1_power", state="3", unit="kW"),
    )
    result = await async_pick(hass, await async_site(hass), device_id)
    result = await async_send_charger(hass, result, {"next_step_id": "by_entities"})
    assert said_of(result)[1].startswith("- **Its current cannot be set.**")
    assert suggested(result)["draw_sensor"] == "sensor.1_power"


async def test_our_own_device_is_no_charger(hass: HomeAssistant, scripts: None) -> None:
    """It is in the list of devices with numbers in amperes, and refused."""
    entry = await async_site(hass, charger_subentry("ID_DRIVE", "Drive"))
    device = dr.async_get(hass).async_get_device_by_identifier(("ev_lb", "ID_DRIVE"), "ID_SITE")
    assert device is not None
    result = await async_pick(hass, entry, device.id)
    assert (result.get("step_id"), result.get("errors")) == (
        "user",
        {"charger_device": "device_own"},
    )
    assert suggested(result) == {"charger_device": device.id}


async def test_charger_that_is_there_already(hass: HomeAssistant) -> None:
    """The device of another charger is refused before anything is filled in."""
    device_id = add_charger(hass, "wallbox", *WALLBOX)
    entry = await async_site(hass)
    result = await async_pick(hass, entry, device_id)
    await async_send_charger(hass, result, as_shown(result))
    result = await async_pick(hass, entry, device_id)
    assert result.get("errors") == {"charger_device": "all_sockets_taken"}


async def test_charge_point_of_several_connectors(hass: HomeAssistant) -> None:
    """Its connectors are devices of their own, and one of them is what is added."""
    connectors = Entity(domain="sensor", unique_id="ocpp.cp.connectors.sensor", state="2")
    device_id = add_charger(hass, "ocpp", connectors)
    result = await async_pick(hass, await async_site(hass), device_id)
    assert result.get("errors") == {"charger_device": "pick_a_connector"}


async def test_two_devices_of_one_name(hass: HomeAssistant) -> None:
    """The second gets a number, since each charger of a site needs its own name."""
    entry = await async_site(hass, charger_subentry("ID_1", "Wallbox"))
    result = await async_pick(hass, entry, add_charger(hass, "wallbox", *WALLBOX))
    assert suggested(result)["name"] == "Wallbox 2"
    device_id = add_charger(hass, "wallbox", *WALLBOX, name="Other")
    dr.async_get(hass).async_update_device(device_id, name_by_user="Pole")
    result = await async_pick(hass, entry, device_id)
    assert suggested(result)["name"] == "Pole"


async def test_list_of_devices(hass: HomeAssistant) -> None:
    """Of known integrations all that may be a charger; of others what has a number in amperes."""
    result = await async_open_part(hass, await async_site(hass))
    schema = result.get("data_schema")
    assert schema is not None
    filters = schema.schema["charger_device"].config["entity"]
    in_amperes = [each for each in filters if "integration" not in each]
    assert in_amperes == [
        {"domain": ["number"], "device_class": ["current"]},
        {"domain": ["number"], "unit_of_measurement": ["A", "mA"]},
    ]
    of_known = {each["integration"]: each.get("domain") for each in filters[len(in_amperes) :]}
    # A KEBA has no device, and MQTT brings devices of all kinds.
    assert {*of_known} == KNOWN_PLATFORMS - {"keba", "mqtt"}
    without_number = {"easee", "blue_current", "ohme", "tesla_wall_connector"}
    assert {platform for platform, domain in of_known.items() if domain is None} == without_number


# What is disabled


async def test_disabled_entities_are_named(hass: HomeAssistant) -> None:
    """What the device has and Home Assistant hides is named; once enabled it is filled in."""
    power = Entity(domain="sensor", unique_id="charging_power-1", state=None, unit="kW")
    others = [entity for entity in WALLBOX if entity.unique_id != power.unique_id]
    device_id = add_charger(hass, "wallbox", *others, power)
    entry = await async_site(hass)
    result = await async_pick(hass, entry, device_id)
    assert (result.get("type"), result.get("step_id")) == (FlowResultType.MENU, "charger_disabled")
    assert result.get("description_placeholders") == {"entities": "sensor.charging_power_1"}
    # The browser asks again when its page was reloaded.
    result = await hass.config_entries.subentries.async_configure(result["flow_id"])
    assert result.get("step_id") == "charger_disabled"

    er.async_get(hass).async_update_entity("sensor.charging_power_1", disabled_by=None)
    result = await async_send_charger(hass, result, {"next_step_id": "user"})
    assert suggested(result) == {"charger_device": device_id}
    result = await async_send_charger(hass, result, {"charger_device": device_id})
    assert (result.get("step_id"), suggested(result)) == ("charger", WALLBOX_FILLED_IN)


async def test_disabled_entities_can_be_done_without(hass: HomeAssistant) -> None:
    """Who does not want them goes on with what there is."""
    power = Entity(domain="sensor", unique_id="charging_power-1", state=None, unit="kW")
    others = [entity for entity in WALLBOX if entity.unique_id != power.unique_id]
    device_id = add_charger(hass, "wallbox", *others, power)
    result = await async_pick(hass, await async_site(hass), device_id)
    result = await async_send_charger(hass, result, {"next_step_id": "charger_as_it_is"})
    shown = {key: WALLBOX_FILLED_IN[key] for key in WALLBOX_FILLED_IN if key != "draw_sensor"}
    assert suggested(result) == shown


# Back, and later


async def test_back_to_the_device(hass: HomeAssistant) -> None:
    """The same device keeps what was entered; another one fills the form in anew."""
    device_id = add_charger(hass, "wallbox", *WALLBOX)
    entry = await async_site(hass)
    result = await async_pick(hass, entry, device_id)
    changed: dict[str, Any] = as_shown(result) | {"fallback_current_a": 5, "priority": 70}
    del changed["car_sensors"]["energy_sensor"]
    result = await async_send_charger(hass, result, changed)
    assert fields(result) == ["fallback_below_minimum", "go_back"]
    result = await async_send_charger(hass, result, {"go_back": True})
    assert (result.get("step_id"), suggested(result)) == ("user", {"charger_device": device_id})

    result = await async_send_charger(hass, result, {"charger_device": device_id})
    assert as_shown(result) == changed
    result = await async_send_charger(hass, result, changed)
    result = await async_send_charger(hass, result, {"go_back": True})
    other = [Entity(domain="number", unique_id="2_limit", state="9", unit="A", can=CURRENT_RANGE)]
    other_id = add_charger(hass, "homemade", *other, name="Pole")
    result = await async_send_charger(hass, result, {"charger_device": other_id})
    assert suggested(result)["name"] == "Pole"
    assert "priority" not in suggested(result)


async def test_charger_is_changed_without_its_device(hass: HomeAssistant) -> None:
    """The form comes at once, filled in with what is stored, without the notes."""
    entry = await async_site(hass)
    result = await async_pick(hass, entry, add_charger(hass, "wallbox", *WALLBOX))
    await async_send_charger(hass, result, as_shown(result))
    (charger,) = entry.subentries.values()
    result = await async_open_charger(hass, entry, charger.subentry_id)
    assert said_of(result) == [""]
    assert suggested(result) == {"name": charger.title, **charger.data}
    result = await async_send_charger(hass, result, as_shown(result))
    assert result.get("reason") == "reconfigure_successful"
