"""The site: its name and its breaker."""

from typing import Any

import pytest
from homeassistant.config_entries import SOURCE_USER
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..conftest import charger_data, charger_subentry, set_meter, site_data
from .dialogs import (
    DRAW,
    SITE_INPUT,
    VOLTS,
    assert_refused,
    async_change_site,
    async_open_charger,
    async_open_meter,
    async_pass_device,
    async_send,
    async_send_charger,
    async_site,
    charger_input,
    meter_input,
    only_site,
    suggested,
)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        pytest.param("", "name_blank", id="empty"),
        pytest.param("  ", "name_blank", id="spaces"),
        pytest.param(" hOME ", "name_taken", id="another site's"),
    ],
)
async def test_site_name_is_refused(hass: HomeAssistant, name: str, error: str) -> None:
    """Every site has a name of its own, whatever its capitals."""
    set_meter(hass)
    await async_site(hass)
    result = await async_open_meter(hass, name=name)
    assert_refused(result, "user", {"name": error}, service_current_a=25)

    result = await async_send(hass, result, SITE_INPUT | {"name": "Cabin"})
    assert result.get("step_id") == "meter_device"


@pytest.mark.parametrize(
    ("state", "unit", "error"),
    [
        pytest.param(None, None, "price_missing", id="none"),
        pytest.param("cheap", None, "price_not_numeric", id="word"),
        pytest.param("0.5", None, "price_unit", id="without a unit"),
        pytest.param("0.5", "EUR", "price_unit", id="money alone"),
        pytest.param("0.5", "EUR/m³", "price_unit", id="gas"),
    ],
)
async def test_price_that_is_none_is_refused(
    hass: HomeAssistant, state: str | None, unit: str | None, error: str
) -> None:
    """What cannot be a price is told where it was picked, and can be picked anew."""
    set_meter(hass)
    if state is not None:
        hass.states.async_set("sensor.price", state, {"unit_of_measurement": unit})
    result = await async_open_meter(hass, cost={"price_sensor": "sensor.price"})
    assert_refused(result, "user", {"cost": error}, price_sensor="sensor.price")

    result = await async_send(hass, result, SITE_INPUT | {"cost": {}})
    assert result.get("step_id") == "meter_device"


async def test_own_price_is_refused(hass: HomeAssistant) -> None:
    """What a session has cost is no price."""
    own = er.async_get(hass).async_get_or_create("sensor", "ev_lb", "cost").entity_id
    result = await async_open_meter(hass, cost={"price_sensor": own})
    assert_refused(result, "user", {"cost": "price_own"}, price_sensor=own)


async def test_price_is_stored(hass: HomeAssistant) -> None:
    """Also a number that somebody has entered, and one that says nothing at the moment."""
    set_meter(hass)
    price = {"unit_of_measurement": "SEK/MWh"}
    hass.states.async_set("input_number.price", STATE_UNAVAILABLE, price)
    result = await async_open_meter(hass, cost={"price_sensor": "input_number.price"})
    await async_send(hass, result, meter_input())
    assert only_site(hass).data["price_sensor"] == "input_number.price"


async def test_price_can_be_taken_away(hass: HomeAssistant) -> None:
    """Who empties the field has no price any more."""
    set_meter(hass)
    hass.states.async_set("sensor.price", "0.5", {"unit_of_measurement": "EUR/kWh"})
    entry = await async_site(hass, price_sensor="sensor.price")
    form = await async_change_site(hass, entry)
    assert suggested(form)["price_sensor"] == "sensor.price"
    form = await async_pass_device(hass, await async_send(hass, form, SITE_INPUT | {"cost": {}}))
    await async_send(hass, form, meter_input())
    assert "price_sensor" not in entry.data


def without_sections(values: dict[str, Any]) -> dict[str, Any]:
    """Return what somebody sends who knows nothing of the collapsed sections."""
    return {key: value for key, value in values.items() if not isinstance(value, dict)}


async def test_what_is_collapsed_need_not_be_sent(hass: HomeAssistant, scripts: None) -> None:
    """Who sets up a site over the API sends what there is to say; the rest is as proposed."""
    set_meter(hass)
    result = await hass.config_entries.flow.async_init("ev_lb", context={"source": SOURCE_USER})
    result = await async_send(hass, result, without_sections(SITE_INPUT))
    result = await async_pass_device(hass, result)
    await async_send(hass, result, without_sections(meter_input()))
    assert dict(only_site(hass).data) == site_data()

    form = await async_open_charger(hass, only_site(hass))
    await async_send_charger(hass, form, without_sections(charger_input()))
    (charger,) = only_site(hass).subentries.values()
    assert dict(charger.data) == charger_data()


async def test_what_is_collapsed_stays_where_it_is_not_sent(
    hass: HomeAssistant, scripts: None
) -> None:
    """Nothing that was set is lost by who changes another thing over the API."""
    set_meter(hass)
    hass.states.async_set(VOLTS, "231", {"unit_of_measurement": "V"})
    site = {"service_current_l1_a": 16, "voltage_sensor": VOLTS, "meter_timeout_s": 60}
    charger = {
        "response_time_s": 20,
        "command_interval_s": 5,
        "draw_sensor": DRAW,
        "wiring": "l1_l2_l3",
    }
    hass.states.async_set(DRAW, "0", {"unit_of_measurement": "A"})
    entry = await async_site(hass, charger_subentry(**charger), phases=3, **site)

    site_input = without_sections(SITE_INPUT | {"phases": "3", "service_current_a": 20})
    form = await async_send(hass, await async_change_site(hass, entry), site_input)
    form = await async_pass_device(hass, form, "meter")
    form = await async_send(hass, form, without_sections(meter_input()))
    assert form.get("step_id") == "meter_warnings"
    form = await async_send(hass, form, {"go_back": False})
    assert form.get("reason") == "reconfigure_successful"
    assert dict(entry.data) == site_data(phases=3, service_current_a=20, **site)

    form = await async_open_charger(hass, entry, "ID_GARAGE")
    sent = without_sections(charger_input(priority=60))
    warned = await async_send_charger(hass, form, sent)
    done = await async_send_charger(hass, warned, {"go_back": False})
    assert done.get("reason") == "reconfigure_successful"
    assert dict(entry.subentries["ID_GARAGE"].data) == charger_data(priority=60, **charger)
