"""Words of a status sensor that we do not know are asked for."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from ..conftest import charger_data, charger_subentry, set_meter
from .dialogs import (
    STATUS,
    asked,
    async_open_charger,
    async_send_charger,
    async_site,
    charger_input,
    set_status,
    suggested,
)


async def test_unknown_words_are_asked_for(hass: HomeAssistant, scripts: None) -> None:
    """What the sensor says or may say, and we do not know, is asked once; all may be left out."""
    set_meter(hass)
    set_status(hass, "Laden", ["Bereit", "Laden", "Charging", "Fehler", "Kein Auto"])
    entry = await async_site(hass)
    result = await async_open_charger(hass, entry)
    result = await async_send_charger(hass, result, charger_input(status_sensor=STATUS))
    assert result.get("step_id") == "status_words"
    assert result.get("description_placeholders") == {
        "status_sensor": STATUS,
        "words": "Bereit, Laden, Fehler, Kein Auto",
    }
    assert asked(result) == ["Bereit", "Laden", "Fehler", "Kein Auto"]

    # The browser asks again when its page was reloaded.
    result = await hass.config_entries.subentries.async_configure(result["flow_id"])
    assert result.get("step_id") == "status_words"
    lists = {"charging_words": ["Laden"], "absent_words": ["Kein Auto", "Leer"]}
    result = await async_send_charger(hass, result, lists)
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    (garage,) = entry.subentries.values()
    assert dict(garage.data) == charger_data(status_sensor=STATUS, **lists)


async def test_word_with_two_meanings_is_refused(hass: HomeAssistant, scripts: None) -> None:
    """However it is written, a word cannot mean two things."""
    set_meter(hass)
    set_status(hass, "An Aus")
    entry = await async_site(hass)
    result = await async_open_charger(hass, entry)
    result = await async_send_charger(hass, result, charger_input(status_sensor=STATUS))
    twice = {"charging_words": ["An Aus"], "absent_words": ["an_aus"]}
    result = await async_send_charger(hass, result, twice)
    assert (result.get("step_id"), result.get("errors")) == (
        "status_words",
        {"absent_words": "word_twice"},
    )
    assert suggested(result) == {**twice, "idle_words": []}

    await async_send_charger(hass, result, {"idle_words": ["An Aus"]})
    (garage,) = entry.subentries.values()
    assert dict(garage.data) == charger_data(status_sensor=STATUS, idle_words=["An Aus"])


async def test_words_come_filled_in_until_the_sensor_changes(
    hass: HomeAssistant, scripts: None
) -> None:
    """What was explained is kept with its sensor, and forgotten with it."""
    set_meter(hass)
    set_status(hass, "charging")
    words: dict[str, Any] = {"charging_words": ["Laden"], "idle_words": ["Voll"]}
    entry = await async_site(hass, charger_subentry(status_sensor=STATUS, **words))
    result = await async_open_charger(hass, entry, "ID_GARAGE")
    result = await async_send_charger(
        hass, result, charger_input(status_sensor=STATUS, fallback_current_a=0)
    )
    assert result.get("step_id") == "status_words"
    assert asked(result) == ["Laden", "Voll"]
    assert suggested(result) == words
    result = await async_send_charger(hass, result, words)

    # Back from the warnings, another sensor is picked.
    assert result.get("step_id") == "charger_warnings"
    result = await async_send_charger(hass, result, {"go_back": True})
    assert suggested(result)["status_sensor"] == STATUS
    other = "binary_sensor.garage_charging"
    hass.states.async_set(other, "on", {"device_class": "power"})
    result = await async_send_charger(hass, result, charger_input(status_sensor=other))
    assert result.get("reason") == "reconfigure_successful"
    assert dict(entry.subentries["ID_GARAGE"].data) == charger_data(status_sensor=other)
