"""A circuit: what is asked, stored and refused, and how chargers pick it."""

from typing import Any

import pytest
from homeassistant.config_entries import SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from ..conftest import METER, charger_data, charger_subentry, circuit_subentry, set_meter
from .dialogs import (
    assert_refused,
    async_open_charger,
    async_open_part,
    async_send_charger,
    async_site,
    charger_input,
    fields,
    suggested,
)
from .test_phases import METERS, async_three_phases

GARAGE_METERS = {f"power_meter_l{phase}": f"sensor.garage_l{phase}" for phase in (1, 2, 3)}


def circuit_input(meter: dict[str, str] | None = None, **overrides: Any) -> dict[str, Any]:
    """Return what the browser sends for a circuit."""
    values = {"name": "Garage", "circuit_current_a": 20, "circuit_meter": meter or {}}
    return values | overrides


async def async_add_circuit(
    hass: HomeAssistant, entry: MockConfigEntry, user_input: dict[str, Any]
) -> SubentryFlowResult:
    """Open "Add circuit" and send it."""
    result = await async_open_part(hass, entry, kind="circuit")
    return await async_send_charger(hass, result, user_input, "circuit")


async def test_circuit_of_a_site_with_one_phase(hass: HomeAssistant, scripts: None) -> None:
    """A name and a rating are enough; chargers are offered it from then on."""
    set_meter(hass)
    entry = await async_site(hass)
    result = await async_open_part(hass, entry, kind="circuit")
    assert fields(result) == ["name", "circuit_current_a", "circuit_meter"]
    entered = {"name": " Garage ", "circuit_current_a": 20}  # what is collapsed need not be sent
    result = await async_send_charger(hass, result, entered, "circuit")
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    (circuit,) = entry.get_subentries_of_type("circuit")
    assert (circuit.title, dict(circuit.data)) == ("Garage", {"circuit_current_a": 20})

    result = await async_open_charger(hass, entry)
    assert fields(result)[:2] == ["name", "circuit"]
    await async_send_charger(hass, result, charger_input(circuit=circuit.subentry_id))
    (charger,) = entry.get_subentries_of_type("charger")
    assert dict(charger.data) == charger_data(circuit=circuit.subentry_id)


async def test_charger_need_not_be_behind_a_circuit(hass: HomeAssistant, scripts: None) -> None:
    """Left empty, the main breaker alone binds it."""
    set_meter(hass)
    entry = await async_site(hass, circuit_subentry())
    await async_send_charger(hass, await async_open_charger(hass, entry), charger_input())
    (charger,) = entry.get_subentries_of_type("charger")
    assert dict(charger.data) == charger_data()


async def test_circuit_with_three_phases_and_a_meter(hass: HomeAssistant) -> None:
    """A circuit has the phases that it is said to have, each with its meter."""
    entry = await async_three_phases(hass)
    for entity_id in GARAGE_METERS.values():
        hass.states.async_set(entity_id, "0", {"unit_of_measurement": "W"})
    await async_add_circuit(hass, entry, circuit_input(GARAGE_METERS, wiring="l1_l2_l3"))
    (circuit,) = entry.get_subentries_of_type("circuit")
    stored = {"circuit_current_a": 20, "wiring": "l1_l2_l3"} | GARAGE_METERS
    assert dict(circuit.data) == stored

    result = await async_open_part(hass, entry, circuit.subentry_id, "circuit")
    assert suggested(result) == stored | {"name": "Garage"}
    sent = circuit_input(name="Barn", wiring="l2")
    result = await async_send_charger(hass, result, sent, "circuit")
    assert result.get("reason") == "reconfigure_successful"
    circuit = entry.subentries[circuit.subentry_id]
    assert (circuit.title, dict(circuit.data)) == (
        "Barn",
        {"circuit_current_a": 20, "wiring": "l2"},
    )


@pytest.mark.parametrize(
    ("meter", "wiring", "error"),
    [
        pytest.param({"power_meter_l1": "sensor.gone"}, "l1", "channel_missing", id="missing"),
        pytest.param({"power_meter_l1": METERS[0]}, "l1", "channel_twice", id="the site's"),
        pytest.param({"power_meter_l1": "sensor.barn"}, "l1", "channel_twice", id="another's"),
        pytest.param(
            {"power_meter_l1": "sensor.garage_l1", "export_meter_l1": "sensor.garage_l1"},
            "l1",
            "channel_twice",
            id="import is export",
        ),
        pytest.param({"power_meter_l1": "sensor.energy"}, "l1", "channel_unit", id="energy"),
        pytest.param(
            {"power_meter_l1": "sensor.garage_l1", "voltage_sensor_l1": "sensor.garage_l2"},
            "l1",
            "voltage_unit",
            id="no volts",
        ),
        pytest.param(
            {"power_meter_l1": "sensor.garage_l1"},
            "l1_l2",
            "circuit_meter_incomplete",
            id="one of two phases",
        ),
        pytest.param(
            {"power_meter_l1": "sensor.garage_l1", "power_meter_l2": "sensor.garage_l2"},
            "l1",
            "circuit_meter_incomplete",
            id="two of one phase",
        ),
        pytest.param(
            {"export_meter_l1": "sensor.garage_l1"},
            "l1",
            "circuit_meter_incomplete",
            id="export alone",
        ),
    ],
)
async def test_meter_of_a_circuit_is_refused(
    hass: HomeAssistant, meter: dict[str, str], wiring: str, error: str
) -> None:
    """What cannot measure the circuit is refused at its section, and can be mended in place."""
    for entity_id in ("sensor.barn", *GARAGE_METERS.values()):
        hass.states.async_set(entity_id, "0", {"unit_of_measurement": "W"})
    hass.states.async_set("sensor.energy", "0", {"unit_of_measurement": "kWh"})
    barn = circuit_subentry("ID_BARN", "Barn", wiring="l1", power_meter_l1="sensor.barn")
    entry = await async_three_phases(hass, barn)
    result = await async_add_circuit(hass, entry, circuit_input(meter, wiring=wiring))
    assert_refused(result, "user", {"circuit_meter": error}, wiring=wiring, **meter)

    sent = circuit_input({"power_meter_l1": "sensor.garage_l1"}, wiring="l1")
    result = await async_send_charger(hass, result, sent, "circuit")
    assert result.get("type") is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(("name", "error"), [(" ", "name_blank"), ("bARN", "name_taken")])
async def test_name_of_a_circuit_is_refused(hass: HomeAssistant, name: str, error: str) -> None:
    """Each circuit has a name of its own; a charger may have the same."""
    set_meter(hass)
    entry = await async_site(hass, circuit_subentry("ID_BARN", "Barn"))
    result = await async_add_circuit(hass, entry, circuit_input(name=name))
    assert_refused(result, "user", {"name": error})


async def test_circuit_and_charger_may_have_one_name(hass: HomeAssistant, scripts: None) -> None:
    """The garage has a charger and a breaker."""
    set_meter(hass)
    entry = await async_site(hass, charger_subentry())
    result = await async_add_circuit(hass, entry, circuit_input())
    assert result.get("type") is FlowResultType.CREATE_ENTRY


async def test_meter_of_a_circuit_is_no_draw_sensor(hass: HomeAssistant, scripts: None) -> None:
    """What measures a garage is not what its car draws, and no site's meter."""
    set_meter(hass)
    hass.states.async_set("sensor.barn", "0", {"unit_of_measurement": "W"})
    entry = await async_site(hass, circuit_subentry("ID_BARN", "Barn", power_meter="sensor.barn"))
    result = await async_open_charger(hass, entry)
    result = await async_send_charger(hass, result, charger_input(draw_sensor="sensor.barn"))
    assert result.get("errors") == {"car_sensors": "draw_taken"}
    result = await async_send_charger(hass, result, charger_input(draw_sensor=METER))
    assert result.get("errors") == {"car_sensors": "draw_taken"}
