"""A charger's own sensors: what can be one."""

import pytest
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from ..conftest import METER, charger_data, charger_subentry, set_meter
from .dialogs import (
    DRAW,
    ENERGY,
    STATUS,
    assert_refused,
    async_open_charger,
    async_send_charger,
    async_site,
    charger_input,
    fields,
    set_draw,
    set_sensor,
    set_status,
)


@pytest.mark.parametrize("unit", ["A", "mA", "W", "kW", "MW", "VA", "kVA"])
async def test_charger_with_sensors_that_are_understood(
    hass: HomeAssistant, scripts: None, unit: str
) -> None:
    """Known words need no explanation, and nothing more is asked."""
    set_meter(hass)
    set_draw(hass, unit=unit)
    set_status(hass, "Charging", ["Available", "Charging", "SuspendedEV", "Faulted"])
    entry = await async_site(hass)
    result = await async_open_charger(hass, entry)
    user_input = charger_input(draw_sensor=DRAW, status_sensor=STATUS)
    result = await async_send_charger(hass, result, user_input)
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    (garage,) = entry.subentries.values()
    assert dict(garage.data) == charger_data(draw_sensor=DRAW, status_sensor=STATUS)


@pytest.mark.parametrize(
    ("state", "unit", "error"),
    [
        pytest.param(None, None, "draw_missing", id="missing"),
        pytest.param("high", "A", "draw_not_numeric", id="word"),
        pytest.param("inf", "A", "draw_not_numeric", id="infinite"),
        pytest.param("7", "kWh", "draw_energy_unit", id="energy"),
        pytest.param("7", "V", "draw_unit", id="volts"),
        pytest.param("7", None, "draw_unit", id="no unit"),
        pytest.param(STATE_UNAVAILABLE, "Wh", "draw_energy_unit", id="unavailable energy"),
    ],
)
async def test_draw_sensor_is_refused(
    hass: HomeAssistant, scripts: None, state: str | None, unit: str | None, error: str
) -> None:
    """What measures no draw is refused at its section, and can be mended in place."""
    set_meter(hass)
    set_sensor(hass, DRAW, state, unit)
    result = await async_open_charger(hass, await async_site(hass))
    result = await async_send_charger(hass, result, charger_input(draw_sensor=DRAW))
    assert_refused(result, "charger", {"car_sensors": error}, draw_sensor=DRAW)

    result = await async_send_charger(hass, result, charger_input())
    assert result.get("type") is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("taken", [METER, DRAW], ids=["the meter", "another charger's"])
async def test_draw_sensor_measures_this_charger_alone(
    hass: HomeAssistant, scripts: None, taken: str
) -> None:
    """What measures the house, or another charger, is not what this car draws."""
    set_meter(hass)
    set_draw(hass)
    drive = charger_subentry("ID_DRIVE", "Drive", draw_sensor=DRAW)
    result = await async_open_charger(hass, await async_site(hass, drive))
    result = await async_send_charger(hass, result, charger_input(draw_sensor=taken))
    assert result.get("errors") == {"car_sensors": "draw_taken"}


@pytest.mark.parametrize(
    ("field", "error"),
    [("draw_sensor", "draw_own"), ("status_sensor", "status_own")],
    ids=["draw", "status"],
)
async def test_own_entities_say_nothing_of_the_car(
    hass: HomeAssistant, scripts: None, field: str, error: str
) -> None:
    """What the charger was told is not what the car does."""
    set_meter(hass)
    entry = await async_site(hass, charger_subentry())
    result = await async_open_charger(hass, entry, "ID_GARAGE")
    own = charger_input()
    own["car_sensors"] = {field: "sensor.garage_current_set"}
    result = await async_send_charger(hass, result, own)
    assert result.get("errors") == {"car_sensors": error}


async def test_status_sensor_is_refused(hass: HomeAssistant, scripts: None) -> None:
    """A sensor that is missing, or that shows a measurement, says nothing in words."""
    set_meter(hass)
    result = await async_open_charger(hass, await async_site(hass))
    result = await async_send_charger(hass, result, charger_input(status_sensor=STATUS))
    assert result.get("errors") == {"car_sensors": "status_missing"}

    hass.states.async_set(STATUS, "7", {"unit_of_measurement": "A"})
    result = await async_send_charger(hass, result, charger_input(status_sensor=STATUS))
    assert result.get("errors") == {"car_sensors": "status_no_words"}

    set_status(hass, "charging")
    result = await async_send_charger(hass, result, charger_input(status_sensor=STATUS))
    assert result.get("type") is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("draw", "status", "warnings", "placeholders"),
    [
        pytest.param(
            STATE_UNAVAILABLE, "idle", ["draw_unavailable"], {"draw_sensor": DRAW}, id="draw"
        ),
        pytest.param(
            "7", STATE_UNKNOWN, ["status_unavailable"], {"status_sensor": STATUS}, id="status"
        ),
        pytest.param(
            STATE_UNKNOWN,
            STATE_UNAVAILABLE,
            ["draw_unavailable", "status_unavailable"],
            {"draw_sensor": DRAW, "status_sensor": STATUS},
            id="both",
        ),
    ],
)
async def test_silent_sensors_are_accepted_with_a_warning(
    hass: HomeAssistant,
    scripts: None,
    draw: str,
    status: str,
    warnings: list[str],
    placeholders: dict[str, str],
) -> None:
    """A charger that is offline at the moment can be set up."""
    set_meter(hass)
    set_draw(hass, draw)
    set_status(hass, status)
    entry = await async_site(hass)
    result = await async_open_charger(hass, entry)
    user_input = charger_input(draw_sensor=DRAW, status_sensor=STATUS)
    result = await async_send_charger(hass, result, user_input)
    assert fields(result) == [*warnings, "go_back"]
    assert result.get("description_placeholders") == placeholders

    await async_send_charger(hass, result, {})
    (garage,) = entry.subentries.values()
    assert dict(garage.data) == charger_data(draw_sensor=DRAW, status_sensor=STATUS)


@pytest.mark.parametrize(
    ("entity_id", "state", "unit", "error"),
    [
        pytest.param(ENERGY, None, None, "energy_missing", id="missing"),
        pytest.param("sensor.drive_current_set", "6", "A", "energy_own", id="our own"),
        pytest.param(ENERGY, "much", "kWh", "energy_not_numeric", id="word"),
        pytest.param(ENERGY, "7", "kW", "energy_unit", id="power"),
        pytest.param(ENERGY, "7", None, "energy_unit", id="no unit"),
    ],
)
async def test_energy_sensor_is_refused(
    hass: HomeAssistant,
    scripts: None,
    entity_id: str,
    state: str | None,
    unit: str | None,
    error: str,
) -> None:
    """What counts no energy is refused at its section."""
    set_meter(hass)
    entry = await async_site(hass, charger_subentry("ID_DRIVE", "Drive"))
    set_sensor(hass, entity_id, state, unit)
    result = await async_open_charger(hass, entry)
    result = await async_send_charger(hass, result, charger_input(energy_sensor=entity_id))
    assert_refused(result, "charger", {"car_sensors": error}, energy_sensor=entity_id)


@pytest.mark.parametrize("unit", ["Wh", "kWh", "MWh"])
async def test_energy_sensor_is_stored(hass: HomeAssistant, scripts: None, unit: str) -> None:
    """Energy is what nothing else of a charger may be."""
    set_meter(hass)
    set_sensor(hass, ENERGY, STATE_UNKNOWN, unit)
    entry = await async_site(hass)
    result = await async_open_charger(hass, entry)
    await async_send_charger(hass, result, charger_input(energy_sensor=ENERGY))
    (garage,) = entry.subentries.values()
    assert dict(garage.data) == charger_data(energy_sensor=ENERGY)
