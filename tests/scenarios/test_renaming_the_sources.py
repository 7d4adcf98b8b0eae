"""The entities that a site needs are renamed, removed or come back."""

from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.sensor import SensorEntity
from homeassistant.const import UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockEntityPlatform

from ..conftest import circuit_subentry
from .entity_charger import EntityCharger
from .house import METER, Charger, House
from .phases import PER_PHASE, PhaseHouse


class MeterSensor(SensorEntity):
    """A meter with an integration behind it, so that its entity can be renamed."""

    _attr_unique_id = "meter"
    _attr_name = "House power"
    _attr_native_unit_of_measurement = UnitOfPower.WATT
    _attr_native_value = 0.0

    def say(self, text: str) -> None:
        """Write what the meter says."""
        self._attr_native_value = float(text)
        if self.hass is not None:
            self.async_write_ha_state()


def issues(issue_registry: ir.IssueRegistry) -> list[tuple[str | None, dict[str, str] | None]]:
    """Return our repair issues, with what they name."""
    return [
        (issue.translation_key, issue.translation_placeholders)
        for (domain, _), issue in issue_registry.issues.items()
        if domain == "ev_lb"
    ]


@pytest.fixture
async def house(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> House:
    """Return a house that charges, with a meter that can be renamed."""
    house = House(hass, freezer)
    meter = MeterSensor()
    await MockEntityPlatform(hass, domain="sensor", platform_name="p1").async_add_entities([meter])
    house.write_meter = meter.say
    await house.async_settle_in(10)
    assert meter.entity_id == METER
    return house


async def test_a_renamed_meter_is_followed(
    hass: HomeAssistant,
    house: House,
    entity_registry: er.EntityRegistry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """A meter that the user renames goes on being the meter, and the car goes on charging.

    Accident 25.
    """
    await house.async_run(10)
    learned_s = house.entry.runtime_data.state.timing.period_s
    entity_registry.async_update_entity(METER, new_entity_id="sensor.grid_power")
    await hass.async_block_till_done()
    assert learned_s == 1
    assert house.entry.runtime_data.state.timing.period_s == learned_s
    await house.async_run(20)

    assert house.entry.data["power_meter"] == "sensor.grid_power"
    assert house.charger.commands == [("start_charging", 22), ("set_current", 22)]
    assert house.event_types() == []
    assert issues(issue_registry) == []

    await house.async_run(10, 20)
    assert house.charger.commands[2:] == [("set_current", 12)]


async def test_a_renamed_script_is_followed(
    hass: HomeAssistant,
    house: House,
    entity_registry: er.EntityRegistry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """A script that the user renames goes on being called.

    Accident 25.
    """
    entity_registry.async_update_entity(
        "script.car_set_current", new_entity_id="script.wallbox_current"
    )
    await hass.async_block_till_done()
    await house.async_run(20)
    house.forget_past()
    await house.async_run(10, 20)

    assert house.charger.commands == [("set_current", 12)]
    assert house.entry.subentries["ID_CAR"].data["set_current_script"] == "script.wallbox_current"
    assert issues(issue_registry) == []


async def test_a_script_that_two_chargers_share_is_renamed_by_one_reload(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, entity_registry: er.EntityRegistry
) -> None:
    """A rename that concerns several dialogs does not reload the site for each of them.

    Accident 25.
    """
    first, second = Charger("a"), Charger("b")
    second.settings = {"stop_charging_script": "script.a_stop_charging"}
    house = House(hass, freezer, first, second)
    await house.async_settle_in(2)

    entity_registry.async_update_entity("script.a_stop_charging", new_entity_id="script.halt")
    await hass.async_block_till_done()
    await house.async_run(5)

    scripts = [item.data["stop_charging_script"] for item in house.entry.subentries.values()]
    assert scripts == ["script.halt", "script.halt"]
    sent_again = [("start_charging", 15), ("set_current", 15)]
    assert (first.commands, second.commands) == (sent_again, sent_again)


OPTIONAL = {
    "voltage_sensor": "sensor.house_volts",
    "draw_sensor": "sensor.car_draw",
    "status_sensor": "sensor.car_status",
}


@pytest.fixture
async def measured_house(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> House:
    """Return a house that charges, with all the sensors that it could do without."""
    for entity_id, text in zip(OPTIONAL.values(), ("230", "22", "charging"), strict=True):
        hass.states.async_set(entity_id, text, {"unit_of_measurement": "V"})
    sensors = {key: OPTIONAL[key] for key in ("draw_sensor", "status_sensor")}
    house = House(
        hass,
        freezer,
        Charger("car", settings=sensors),
        voltage_sensor=OPTIONAL["voltage_sensor"],
    )
    await house.async_settle_in(10)
    return house


@pytest.mark.parametrize("key", OPTIONAL)
async def test_a_renamed_optional_sensor_is_followed(
    hass: HomeAssistant, measured_house: House, entity_registry: er.EntityRegistry, key: str
) -> None:
    """The sensors that a site could do without are followed like its meter.

    Accident 25.
    """
    domain, _, name = OPTIONAL[key].partition(".")
    entity_registry.async_get_or_create(domain, "p1", key, suggested_object_id=f"{name}_2")
    old_id = f"{OPTIONAL[key]}_2"
    entry, subentry = measured_house.entry, measured_house.entry.subentries["ID_CAR"]
    if key == "voltage_sensor":
        await measured_house.async_change_site(voltage_sensor=old_id)
    else:
        await measured_house.async_change_charger(measured_house.charger, **{key: old_id})
    await hass.async_block_till_done()

    entity_registry.async_update_entity(old_id, new_entity_id=f"sensor.new_{key}")
    await hass.async_block_till_done()

    kept = entry.data if key == "voltage_sensor" else entry.subentries[subentry.subentry_id].data
    assert kept[key] == f"sensor.new_{key}"


@pytest.mark.parametrize("entity_id", OPTIONAL.values())
async def test_a_removed_optional_sensor_is_reported_and_stops_nothing(
    hass: HomeAssistant,
    measured_house: House,
    issue_registry: ir.IssueRegistry,
    entity_id: str,
) -> None:
    """A sensor that the site can do without is named when it is gone; the car goes on.

    Accident 25.
    """
    hass.states.async_remove(entity_id)
    await measured_house.async_run(5)

    names = {"entity_id": entity_id, "site": "Home"}
    assert issues(issue_registry) == [("optional_source_missing", names)]
    assert measured_house.charger.commands == []
    assert measured_house.event_types() == []

    hass.states.async_set(entity_id, "unavailable")
    await measured_house.async_run(1)
    assert issues(issue_registry) == []


# Chargers that are controlled by entities or by actions


@pytest.fixture
async def entity_house(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> House:
    """Return a house that charges by entities."""
    house = House(hass, freezer, EntityCharger("car"))
    await house.async_settle_in(10)
    return house


@pytest.mark.parametrize(
    ("key", "entity_id"),
    [("current_number", "number.car_number"), ("pause_switch", "switch.car_switch")],
)
async def test_a_renamed_entity_of_a_charger_is_followed(
    hass: HomeAssistant,
    entity_house: House,
    entity_registry: er.EntityRegistry,
    issue_registry: ir.IssueRegistry,
    key: str,
    entity_id: str,
) -> None:
    """The number and the switch of a charger go on controlling it under another name.

    Accident 25.
    """
    domain = entity_id.partition(".")[0]
    entity_registry.async_update_entity(entity_id, new_entity_id=f"{domain}.wallbox")
    await hass.async_block_till_done()
    await entity_house.async_run(20)
    entity_house.forget_past()
    await entity_house.async_run(15, 28)
    await entity_house.async_run(60, 10)

    assert entity_house.charger.commands == [
        ("stop_charging", 0),
        ("start_charging", 0),
        ("set_current", 22),
    ]
    assert entity_house.entry.subentries["ID_CAR"].data[key] == f"{domain}.wallbox"
    assert entity_house.state("sensor.car_last_command") == "delivered"
    assert issues(issue_registry) == []


async def test_a_removed_entity_of_a_charger_is_reported_until_it_is_back(
    hass: HomeAssistant, entity_house: House, issue_registry: ir.IssueRegistry
) -> None:
    """A number that is gone is needed: its charger cannot be set.

    Accident 25.
    """
    charger = entity_house.charger
    assert isinstance(charger, EntityCharger)
    await charger.entities.number.async_remove(force_remove=True)
    await entity_house.async_run(1)
    named = {"entity_id": "number.car_number", "site": "Home"}
    assert issues(issue_registry) == [("source_missing", named)]

    hass.states.async_set("number.car_number", "22")
    await entity_house.async_run(1)
    assert issues(issue_registry) == []


async def test_what_actions_name_is_followed_and_missed(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entity_registry: er.EntityRegistry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Entities that stand in the actions of a charger are followed wherever they stand.

    Accident 25.
    """

    def actions(number_id: str) -> list[dict[str, Any]]:
        return [
            {
                "if": [{"condition": "state", "entity_id": "switch.car_switch", "state": "on"}],
                "then": [{"action": "switch.turn_on", "data": {"entity_id": ["switch.b_switch"]}}],
            },
            {
                "action": "number.set_value",
                "target": {"entity_id": [number_id]},
                "data": {"value": "{{ current_a }}"},
            },
        ]

    by_actions = {
        "control": "actions",
        "set_current_action": actions("number.car_number"),
        "start_charging_action": [
            {"action": "switch.turn_on", "target": {"entity_id": "switch.car_switch"}}
        ],
    }
    house = House(hass, freezer, EntityCharger("car", settings=by_actions), EntityCharger("b"))
    await house.async_settle_in(10)
    assert house.charger.drawn_a == 11

    entity_registry.async_update_entity("number.car_number", new_entity_id="number.wallbox")
    await hass.async_block_till_done()
    await house.async_run(5)
    data = house.entry.subentries["ID_CAR"].data
    assert data["set_current_action"] == actions("number.wallbox")
    assert issues(issue_registry) == []
    house.forget_past()
    await house.async_run(10, 18)
    assert house.charger.commands == [("set_current", 7)]

    hass.states.async_remove("number.wallbox")
    await house.async_settle()
    named = {"entity_id": "number.wallbox", "site": "Home"}
    assert issues(issue_registry) == [("source_missing", named)]


# What is gone


async def test_a_removed_meter_is_reported_until_it_is_back(
    hass: HomeAssistant, house: House, issue_registry: ir.IssueRegistry
) -> None:
    """A meter that is gone for good raises a repair issue that names it.

    Accident 25.
    """
    house.freeze_meter()
    hass.states.async_remove(METER)
    await house.async_run(1)

    assert issues(issue_registry) == [("source_missing", {"entity_id": METER, "site": "Home"})]
    assert house.charger.commands == [("stop_charging", 0)]

    house.mend_meter()
    await house.async_run(1)
    assert issues(issue_registry) == []


async def test_what_never_was_there_is_reported_after_a_minute(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """A script or a meter that is missing a minute after the start raises a repair issue."""
    house = House(hass, freezer)
    house.freeze_meter()
    await house.async_add_scripts()
    hass.states.async_remove("script.car_start_charging")
    await house.async_load()
    await house.async_run(59)
    assert issues(issue_registry) == []

    await house.async_run(1)
    missing = [names["entity_id"] for _, names in issues(issue_registry) if names]
    assert missing == [METER, "script.car_start_charging"]


async def test_another_meter_in_the_dialog_ends_the_report_of_the_old_one(
    hass: HomeAssistant, house: House, issue_registry: ir.IssueRegistry
) -> None:
    """Who picks another meter is not told of the old one for ever."""
    house.freeze_meter()
    hass.states.async_remove(METER)
    await house.async_run(1)
    assert issues(issue_registry) != []

    hass.states.async_set("sensor.other", "2300", {"unit_of_measurement": "W"})
    await house.async_change_site(power_meter="sensor.other")
    await hass.async_block_till_done()

    assert issues(issue_registry) == []


async def test_a_removed_site_takes_its_reports_along(
    hass: HomeAssistant, house: House, issue_registry: ir.IssueRegistry
) -> None:
    """Nothing is left to repair of a site that was removed."""
    house.freeze_meter()
    hass.states.async_remove(METER)
    await house.async_run(1)
    assert issues(issue_registry) != []

    await hass.config_entries.async_remove(house.entry.entry_id)
    await hass.async_block_till_done()

    assert issues(issue_registry) == []


# Several phases

OF_THE_SITE = {
    "power_meter_l2": "sensor.power_l2",
    "export_meter_l1": "sensor.export_l1",
    "current_meter_l3": "sensor.current_l3",
    "voltage_sensor_l2": "sensor.volts_l2",
    "heartbeat": "sensor.uptime",
}
OF_THE_CAR = {
    "draw_sensor": "sensor.draw_l1",
    "draw_sensor_l2": "sensor.draw_l2",
    "draw_sensor_l3": "sensor.draw_l3",
}
OF_THE_CIRCUIT = {"power_meter_l1": "sensor.garage_l1", "export_meter_l1": "sensor.garage_export"}


@pytest.fixture
async def phase_house(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> PhaseHouse:
    """Return a house with three phases and everything that it can be measured by."""
    named = [*OF_THE_SITE.values(), *OF_THE_CAR.values(), *OF_THE_CIRCUIT.values()]
    for entity_id in named:
        er.async_get(hass).async_get_or_create(
            "sensor", "p1", entity_id, suggested_object_id=entity_id.partition(".")[2]
        )
    house = PhaseHouse(
        hass,
        freezer,
        Charger("car", settings=OF_THE_CAR),
        sources=PER_PHASE | OF_THE_SITE,
        circuits=[circuit_subentry(wiring="l1", **OF_THE_CIRCUIT)],
    )
    for entity_id in named:
        unit = {"sensor.volts_l2": "V", "sensor.current_l3": "A"}.get(entity_id, "W")
        hass.states.async_set(entity_id, "0", {"unit_of_measurement": unit})
    await house.async_set_up()
    return house


@pytest.mark.parametrize(
    ("owner", "key", "entity_id"),
    [
        *(("site", key, entity_id) for key, entity_id in OF_THE_SITE.items()),
        *(("ID_CAR", key, entity_id) for key, entity_id in OF_THE_CAR.items()),
        *(("ID_CIRCUIT", key, entity_id) for key, entity_id in OF_THE_CIRCUIT.items()),
    ],
)
async def test_a_renamed_sensor_of_a_phase_is_followed(
    hass: HomeAssistant,
    phase_house: PhaseHouse,
    entity_registry: er.EntityRegistry,
    owner: str,
    key: str,
    entity_id: str,
) -> None:
    """What measures one phase, a circuit or a car is followed like the meter of a small site.

    Accident 25.
    """
    entity_registry.async_update_entity(entity_id, new_entity_id="sensor.renamed")
    await hass.async_block_till_done()

    entry = phase_house.entry
    data = entry.data if owner == "site" else entry.subentries[owner].data
    assert data[key] == "sensor.renamed"


@pytest.mark.parametrize(
    ("entity_id", "key"),
    [
        pytest.param("sensor.power_l2", "source_missing", id="a phase"),
        pytest.param("sensor.garage_l1", "source_missing", id="a circuit"),
        pytest.param("sensor.export_l1", "optional_source_missing", id="export"),
        pytest.param("sensor.uptime", "optional_source_missing", id="heartbeat"),
        pytest.param("sensor.draw_l3", "optional_source_missing", id="draw"),
    ],
)
async def test_a_removed_sensor_of_a_phase_is_reported(
    hass: HomeAssistant,
    phase_house: PhaseHouse,
    issue_registry: ir.IssueRegistry,
    entity_id: str,
    key: str,
) -> None:
    """A phase that is gone is needed; what makes the reading better is not."""
    hass.states.async_remove(entity_id)
    await phase_house.async_settle()
    assert issues(issue_registry) == [(key, {"entity_id": entity_id, "site": "Home"})]
