"""Several phases in the dialogs: what is asked, stored, refused and questioned."""

from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from ..conftest import charger_data, charger_subentry, circuit_subentry, set_meter, site_data
from .dialogs import (
    SITE_INPUT,
    assert_refused,
    async_change_site,
    async_change_to_meter,
    async_choose_way,
    async_open_charger,
    async_open_device,
    async_open_meter,
    async_open_part,
    async_open_site,
    async_pass_device,
    async_send,
    async_send_charger,
    async_site,
    charger_input,
    fields,
    meter_input,
    only_site,
    phases_input,
    suggested,
)

METERS = ("sensor.power_l1", "sensor.power_l2", "sensor.power_l3")
EXPORTS = {f"export_meter_l{phase}": f"sensor.export_l{phase}" for phase in (1, 2, 3)}
STORED = {f"power_meter_l{phase}": f"sensor.power_l{phase}" for phase in (1, 2, 3)}


def phase_data(**overrides: Any) -> dict[str, Any]:
    """Return what a site with three phases stores."""
    data = site_data(phases=3) | STORED | overrides
    del data["power_meter"]
    return data


def set_meters(hass: HomeAssistant, *more: str) -> None:
    """Let the sensors of three phases say something."""
    for entity_id in (*METERS, *more):
        hass.states.async_set(entity_id, "1150", {"unit_of_measurement": "W"})


async def async_three_phases(hass: HomeAssistant, *chargers: Any, **data: Any) -> MockConfigEntry:
    """Set up a site with three phases without the dialog."""
    set_meters(hass)
    entry = MockConfigEntry(
        domain="ev_lb",
        title="Home",
        entry_id="ID_SITE",
        minor_version=3,
        data=phase_data(**data),
        subentries_data=chargers,
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup("ID_SITE")
    await hass.async_block_till_done()
    return entry


# The site


async def test_site_with_three_phases_is_measured_on_each(hass: HomeAssistant) -> None:
    """One sensor per phase is asked for, and stored under the names of the phases."""
    set_meters(hass, *EXPORTS.values())
    result = await async_open_device(hass, phases="3")
    result = await async_send(hass, result, {})
    assert (result.get("type"), result.get("step_id")) == (FlowResultType.MENU, "meter_kind")
    result = await async_send(hass, result, {"next_step_id": "meter_phases"})
    assert fields(result)[:3] == list(STORED)
    result = await async_send(hass, result, phases_input(*METERS, channels=EXPORTS))
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    assert dict(only_site(hass).data) == phase_data(**EXPORTS)


async def test_split_phase_site_has_two_legs(hass: HomeAssistant) -> None:
    """Two legs are asked for as L1 and L2, and no third."""
    set_meters(hass)
    result = await async_open_meter(hass, "meter_phases", phases="2", service_voltage_v=120)
    assert fields(result)[:3] == ["power_meter_l1", "power_meter_l2", "unavailable_behavior"]
    await async_send(hass, result, phases_input(*METERS[:2]))
    expected = phase_data(phases=2, service_voltage_v=120)
    del expected["power_meter_l3"]
    assert dict(only_site(hass).data) == expected


async def test_single_phase_site_is_not_asked_for_phases(
    hass: HomeAssistant, scripts: None
) -> None:
    """Who has one phase sees neither a choice of meters nor a wiring."""
    set_meter(hass)
    result = await async_open_meter(hass)
    assert result.get("step_id") == "meter"
    result = await async_send(hass, result, meter_input())
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    charger = await async_open_charger(hass, only_site(hass))
    assert not {"wiring", "circuit"} & {*fields(charger)}
    schema = charger.get("data_schema")
    assert schema is not None
    assert list(schema.schema["car_sensors"].schema.schema) == [
        "draw_sensor",
        "status_sensor",
        "energy_sensor",
    ]


async def test_ratings_of_single_phases_are_stored(hass: HomeAssistant) -> None:
    """A phase with a smaller breaker, and a limit of the sum, besides the service current."""
    set_meters(hass)
    ratings = {"service_current_l2_a": 16, "total_current_a": 40}
    result = await async_open_meter(hass, "meter_phases", phases="3", phase_ratings=ratings)
    await async_send(hass, result, phases_input(*METERS))
    assert dict(only_site(hass).data) == phase_data(**ratings)


async def test_ratings_of_phases_that_the_site_lost_are_dropped(hass: HomeAssistant) -> None:
    """Who goes back to one phase keeps nothing of the others: neither ratings nor sensors."""
    ratings = {"service_current_l2_a": 16, "total_current_a": 40}
    entry = await async_three_phases(hass, **ratings)
    result = await async_change_site(hass, entry)
    assert suggested(result)["service_current_l2_a"] == 16
    set_meter(hass)
    result = await async_send(hass, result, SITE_INPUT | {"phase_ratings": ratings})
    await async_send(hass, await async_send(hass, result, {}), meter_input())
    assert dict(entry.data) == site_data()


@pytest.mark.parametrize(
    ("ratings", "error"),
    [
        pytest.param({"service_current_l1_a": 0}, "phase_current_range", id="no phase"),
        pytest.param({"service_current_l3_a": 201}, "phase_current_range", id="large phase"),
        pytest.param({"service_current_l1_a": 26}, "phase_current_above", id="above the others"),
        pytest.param({"total_current_a": 0}, "total_current_range", id="no total"),
        pytest.param({"total_current_a": 601}, "total_current_range", id="large total"),
    ],
)
async def test_ratings_are_refused(
    hass: HomeAssistant, ratings: dict[str, int], error: str
) -> None:
    """A field inside a section cannot show its error: the section does."""
    result = await async_send(
        hass, await async_open_site(hass), SITE_INPUT | {"phases": "3", "phase_ratings": ratings}
    )
    assert_refused(result, "user", {"phase_ratings": error}, phases="3", **ratings)


# The meter


async def test_each_phase_needs_a_sensor_of_its_own(hass: HomeAssistant) -> None:
    """One sensor for two phases counts one and forgets the other."""
    set_meters(hass)
    result = await async_open_meter(hass, "meter_phases", phases="3")
    result = await async_send(hass, result, phases_input(METERS[0], METERS[1], METERS[0]))
    assert_refused(result, "meter_phases", {"power_meter_l3": "meter_twice"})

    result = await async_send(hass, result, phases_input(*METERS))
    assert result.get("type") is FlowResultType.CREATE_ENTRY


async def test_each_phase_is_checked(hass: HomeAssistant) -> None:
    """What cannot be a meter is refused at its own phase."""
    set_meters(hass)
    hass.states.async_set(METERS[1], "12", {"unit_of_measurement": "kWh"})
    result = await async_open_meter(hass, "meter_phases", phases="3")
    sent = phases_input(METERS[0], METERS[1], "sensor.gone")
    result = await async_send(hass, result, sent)
    errors = {"power_meter_l2": "energy_unit", "power_meter_l3": "entity_missing"}
    assert_refused(result, "meter_phases", errors)


@pytest.mark.parametrize(
    ("channels", "unit", "error"),
    [
        pytest.param({"export_meter_l1": "sensor.gone"}, "W", "channel_missing", id="missing"),
        pytest.param({"export_meter_l1": METERS[0]}, "W", "channel_twice", id="import is export"),
        pytest.param({"export_meter_l1": "sensor.more"}, "kWh", "channel_unit", id="energy"),
        pytest.param({"current_meter_l1": "sensor.more"}, "W", "channel_unit", id="no current"),
        pytest.param({"current_meter_l2": "sensor.more"}, "V", "channel_unit", id="volts"),
        pytest.param(
            {"export_meter_l3": "sensor.more", "reversed_l3": True},
            "W",
            "channel_reversed",
            id="the export says the direction",
        ),
    ],
)
async def test_further_sensors_are_checked(
    hass: HomeAssistant, channels: dict[str, Any], unit: str, error: str
) -> None:
    """Export and current are refused at their section, with the reason."""
    set_meters(hass)
    hass.states.async_set("sensor.more", "12", {"unit_of_measurement": unit})
    result = await async_open_meter(hass, "meter_phases", phases="3")
    result = await async_send(hass, result, phases_input(*METERS, channels=channels))
    assert_refused(result, "meter_phases", {"meter_channels": error}, **channels)


@pytest.mark.parametrize(
    ("heartbeat", "error"),
    [
        pytest.param("sensor.gone", "heartbeat_missing", id="missing"),
        pytest.param("sensor.home_meter_period", "heartbeat_own", id="our own"),
    ],
)
async def test_heartbeat_is_checked(hass: HomeAssistant, heartbeat: str, error: str) -> None:
    """What tells of the meter's life must exist, and not be of this integration."""
    set_meter(hass)
    entry = await async_site(hass)
    result = await async_change_to_meter(hass, entry)
    details = {"heartbeat": heartbeat}
    result = await async_send(hass, result, meter_input(meter_details=details))
    assert_refused(result, "meter", {"meter_details": error}, **details)

    hass.states.async_set("sensor.uptime", "7")
    details = {"heartbeat": "sensor.uptime"}
    await async_send(hass, result, meter_input(meter_details=details))
    assert entry.data["heartbeat"] == "sensor.uptime"


async def test_sensor_of_one_phase_is_no_other_sites_meter(hass: HomeAssistant) -> None:
    """Two sites on one sensor would both hand out the same current."""
    await async_three_phases(hass)
    set_meter(hass)
    result = await async_open_meter(hass, name="Cabin")
    result = await async_send(hass, result, meter_input(power_meter=METERS[2]))
    assert result.get("errors") == {"power_meter": "meter_taken"}


# What does not fit is asked


async def test_total_of_several_phases_is_confirmed(hass: HomeAssistant) -> None:
    """What a total does not see is said before it is accepted."""
    set_meter(hass)
    result = await async_open_meter(hass, "meter", phases="3")
    result = await async_send(hass, result, meter_input())
    assert (result.get("step_id"), fields(result)) == (
        "meter_warnings",
        ["total_unseen", "go_back"],
    )
    back = await async_send(hass, result, {"go_back": True})
    assert back.get("step_id") == "user"
    back = await async_send(hass, back, SITE_INPUT | {"phases": "3"})
    back = await async_pass_device(hass, back, "meter")
    result = await async_send(hass, back, meter_input())
    result = await async_send(hass, result, {})
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    assert dict(only_site(hass).data) == site_data(phases=3)


async def test_total_in_amperes_is_questioned(hass: HomeAssistant) -> None:
    """A current of one phase would be taken for three times too little."""
    set_meter(hass, "12", "A")
    result = await async_open_meter(hass, "meter", phases="3")
    result = await async_send(hass, result, meter_input())
    assert fields(result) == ["total_unseen", "total_is_current", "go_back"]


@pytest.mark.parametrize(
    "name",
    ["power_l1", "p1_l2_power", "phase_a_active_power", "meter_phase_2", "b_act_power", "fase_3"],
)
async def test_one_phase_as_the_only_meter_is_questioned(hass: HomeAssistant, name: str) -> None:
    """A sensor that is named like one phase of several may not show the whole house."""
    set_meter(hass)
    hass.states.async_set(f"sensor.{name}", "1150", {"unit_of_measurement": "W"})
    result = await async_open_meter(hass)
    result = await async_send(hass, result, meter_input(power_meter=f"sensor.{name}"))
    assert fields(result) == ["one_phase_of_several", "go_back"]
    result = await async_send(hass, result, {})
    assert result.get("type") is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("name", ["house_power", "la_puissance", "grid_power_1", "levelled_power"])
async def test_other_names_are_not_questioned(hass: HomeAssistant, name: str) -> None:
    """A number or a letter in a name is no phase yet."""
    hass.states.async_set(f"sensor.{name}", "1150", {"unit_of_measurement": "W"})
    result = await async_open_meter(hass)
    result = await async_send(hass, result, meter_input(power_meter=f"sensor.{name}"))
    assert result.get("type") is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("names", "picked", "question"),
    [
        pytest.param(
            ("power", "power_l1", "power_l2", "power_l3"),
            "power",
            "total_of_several",
            id="total beside its phases",
        ),
        pytest.param(
            ("power", "power_l1", "power_l2", "power_l3"),
            "power_l1",
            "one_phase_of_several",
            id="one of its phases",
        ),
        pytest.param(("power", "power_l1"), "power", None, id="meter with one phase"),
        pytest.param(("power", "power_l1"), "power_l1", None, id="its only phase"),
    ],
)
async def test_device_with_several_phases_is_questioned_on_one(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    names: tuple[str, ...],
    picked: str,
    question: str | None,
) -> None:
    """A meter with three phases on a site said to have one is asked about, not refused."""
    p1 = MockConfigEntry(domain="p1")
    p1.add_to_hass(hass)
    device = device_registry.async_get_or_create(
        config_entry_id=p1.entry_id, identifiers={("p1", "1")}
    )
    for name in names:
        entity_registry.async_get_or_create(
            "sensor",
            "p1",
            name,
            suggested_object_id=name,
            config_entry=p1,
            device_id=device.id,
            original_device_class="power",
        )
        hass.states.async_set(f"sensor.{name}", "1150", {"unit_of_measurement": "W"})
    result = await async_open_meter(hass)
    result = await async_send(hass, result, meter_input(power_meter=f"sensor.{picked}"))
    if question is not None:
        assert fields(result) == [question, "go_back"]
        assert result.get("description_placeholders") == {"power_meter": f"sensor.{picked}"}
        result = await async_send(hass, result, {})
    assert result.get("type") is FlowResultType.CREATE_ENTRY


# The charger


@pytest.mark.parametrize("wiring", ["l1_l2_l3", "l2_l3_l1", "l3_l2_l1", "l1_l3", "l2"])
async def test_wiring_is_stored(hass: HomeAssistant, scripts: None, wiring: str) -> None:
    """Which phases, and in which order, is one choice."""
    entry = await async_three_phases(hass)
    result = await async_open_charger(hass, entry)
    assert fields(result)[:2] == ["name", "wiring"]
    await async_send_charger(hass, result, charger_input(wiring=wiring))
    (garage,) = entry.subentries.values()
    assert dict(garage.data) == charger_data(wiring=wiring)


async def test_wiring_is_proposed_in_order(hass: HomeAssistant, scripts: None) -> None:
    """Who leaves it alone has L1, L2, L3; a site with two legs has both."""
    entry = await async_three_phases(hass)
    await async_send_charger(hass, await async_open_charger(hass, entry), charger_input())
    (garage,) = entry.subentries.values()
    assert garage.data["wiring"] == "l1_l2_l3"


@pytest.mark.parametrize(
    ("sensors", "wiring", "error"),
    [
        pytest.param(("draw_sensor",), "l1_l2_l3", None, id="one for all"),
        pytest.param(
            ("draw_sensor", "draw_sensor_l2", "draw_sensor_l3"), "l2_l3_l1", None, id="each"
        ),
        pytest.param(("draw_sensor", "draw_sensor_l2"), "l1_l2", None, id="each of two"),
        pytest.param(
            ("draw_sensor", "draw_sensor_l2"), "l1_l2_l3", "draw_incomplete", id="two of three"
        ),
        pytest.param(("draw_sensor_l2",), "l1_l2", "draw_incomplete", id="second alone"),
        pytest.param(
            ("draw_sensor", "draw_sensor_l2", "draw_sensor_l3"),
            "l1",
            "draw_incomplete",
            id="three of one",
        ),
    ],
)
async def test_draw_sensors_are_of_all_phases_or_of_each(
    hass: HomeAssistant, scripts: None, sensors: tuple[str, ...], wiring: str, error: str | None
) -> None:
    """A charger is measured in one value, or on each phase that it is wired to."""
    entry = await async_three_phases(hass)
    picked = {key: f"sensor.{key}" for key in sensors}
    for entity_id in picked.values():
        hass.states.async_set(entity_id, "0", {"unit_of_measurement": "A"})
    result = await async_open_charger(hass, entry)
    sent = charger_input(wiring=wiring, car_sensors=picked)
    result = await async_send_charger(hass, result, sent)
    if error is not None:
        assert_refused(result, "charger", {"car_sensors": error}, **picked)
        return
    (garage,) = entry.subentries.values()
    assert dict(garage.data) == charger_data(wiring=wiring, **picked)


async def test_one_draw_sensor_does_not_measure_two_phases(
    hass: HomeAssistant, scripts: None
) -> None:
    """The same sensor on two phases says nothing of one of them."""
    entry = await async_three_phases(hass)
    hass.states.async_set("sensor.draw", "0", {"unit_of_measurement": "A"})
    result = await async_open_charger(hass, entry)
    sent = charger_input(wiring="l1_l2", draw_sensor="sensor.draw", draw_sensor_l2="sensor.draw")
    result = await async_send_charger(hass, result, sent)
    assert result.get("errors") == {"car_sensors": "draw_twice"}


async def test_meter_of_one_phase_is_no_draw_sensor(hass: HomeAssistant, scripts: None) -> None:
    """What measures a phase of the house is not what this car draws."""
    entry = await async_three_phases(hass)
    result = await async_open_charger(hass, entry)
    result = await async_send_charger(hass, result, charger_input(draw_sensor=METERS[1]))
    assert result.get("errors") == {"car_sensors": "draw_taken"}


async def test_fallbacks_are_added_up_on_each_phase(hass: HomeAssistant, scripts: None) -> None:
    """Two one-phase chargers on phases of their own do not add up; on one phase they do."""
    drive = charger_subentry("ID_DRIVE", "Drive", fallback_current_a=16, wiring="l1")
    entry = await async_three_phases(hass, drive)
    result = await async_open_charger(hass, entry)
    sent = charger_input(fallback_current_a=16, wiring="l1")
    result = await async_send_charger(hass, result, sent)
    assert fields(result) == ["fallbacks_above_service", "go_back"]
    result = await async_send_charger(hass, result, {"go_back": True})
    result = await async_choose_way(hass, result)
    result = await async_send_charger(hass, result, sent | {"wiring": "l2"})
    assert result.get("type") is FlowResultType.CREATE_ENTRY


async def test_more_phases_are_asked_of_the_chargers(hass: HomeAssistant, scripts: None) -> None:
    """Who has the supply changed is told which chargers and circuits to wire anew."""
    set_meter(hass)
    entry = await async_site(hass, charger_subentry(), circuit_subentry(title="Barn"))
    set_meters(hass)
    result = await async_change_to_meter(hass, entry, "meter_phases", phases="3")
    result = await async_send(hass, result, phases_input(*METERS))
    assert fields(result) == ["wiring_to_check", "go_back"]
    assert result.get("description_placeholders") == {"parts": "Garage, Barn"}
    result = await async_send(hass, result, {})
    assert dict(entry.data) == phase_data()


async def test_circuit_that_loses_its_meter_is_named(hass: HomeAssistant, scripts: None) -> None:
    """A sensor of one phase of one fits none of three for sure: that is said, and reported."""
    set_meter(hass)
    hass.states.async_set("sensor.barn", "0", {"unit_of_measurement": "W"})
    barn = circuit_subentry(title="Barn", power_meter="sensor.barn")
    entry = await async_site(hass, barn, circuit_subentry("ID_SHED", "Shed"))
    set_meters(hass)
    result = await async_change_to_meter(hass, entry, "meter_phases", phases="3")
    result = await async_send(hass, result, phases_input(*METERS))
    assert fields(result) == ["wiring_to_check", "circuit_meter_lost", "go_back"]
    told = result.get("description_placeholders")
    assert told == {"parts": "Barn, Shed", "circuits": "Barn"}
    await async_send(hass, result, {})
    issues = ir.async_get(hass)
    issue = issues.async_get_issue("ev_lb", "circuit_meter_lost_ID_CIRCUIT")
    assert issue is not None
    assert issue.translation_placeholders == {"site": "Home", "circuit": "Barn"}

    hass.config_entries.async_update_subentry(
        entry, entry.subentries["ID_CIRCUIT"], data={**barn["data"], "wiring": "l1"}
    )
    await hass.async_block_till_done()
    assert issues.async_get_issue("ev_lb", "circuit_meter_lost_ID_CIRCUIT") is None
    result = await async_open_part(hass, entry, "ID_CIRCUIT", "circuit")
    assert suggested(result)["power_meter_l1"] == "sensor.barn"


@pytest.mark.parametrize(
    ("draws", "wiring", "is_told"),
    [
        pytest.param(0, "l1_l2_l3", True, id="not measured"),
        pytest.param(1, "l1_l2_l3", True, id="measured together"),
        pytest.param(3, "l1_l2_l3", False, id="measured on each"),
        pytest.param(0, "l2", False, id="on one phase"),
    ],
)
async def test_total_hides_on_which_phases_a_car_charges(
    hass: HomeAssistant, scripts: None, draws: int, wiring: str, *, is_told: bool
) -> None:
    """A car on fewer phases than its charger is seen by a total in none of them."""
    set_meter(hass)
    entry = await async_site(hass, phases=3)
    sensors = dict(zip(("draw_sensor", "draw_sensor_l2", "draw_sensor_l3"), METERS, strict=True))
    set_meters(hass)
    picked = dict([*sensors.items()][:draws])
    sent = charger_input(**picked, wiring=wiring)
    result = await async_send_charger(hass, await async_open_charger(hass, entry), sent)
    if is_told:
        assert fields(result) == ["total_hides_car", "go_back"]
        result = await async_send_charger(hass, result, {})
    assert result.get("type") is FlowResultType.CREATE_ENTRY


async def test_same_phases_are_not_asked_again(hass: HomeAssistant, scripts: None) -> None:
    """Who changes something else is not told to wire anything."""
    entry = await async_three_phases(hass, charger_subentry(wiring="l1"))
    result = await async_change_to_meter(hass, entry, "meter_phases", phases="3")
    result = await async_send(hass, result, phases_input(*METERS))
    assert result.get("reason") == "reconfigure_successful"
