"""What the tests of the shell share: our integration, and a site and a charger with defaults."""

import logging
from typing import Any

import pytest
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from hypothesis import settings

# First of all: the plugin brings a package of the same name, which would win otherwise.
import custom_components.ev_lb  # noqa: F401

from .explore import EVERYDAY

settings.load_profile(EVERYDAY)
# The plugin has every statement of a recorder's database written down: that takes longer than they.
logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)

METER = "sensor.house_power"
SCRIPTS = ("set_current", "stop_charging", "start_charging")


@pytest.fixture(autouse=True)
def _our_integration(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant find our integration, where a test has one: it takes its time to start."""
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Stand in for the plugin's fixture of this name: asyncio's debugging took half of the time.

    It writes down the stack at each task and future. Calls from a wrong thread, which it would
    find too, are found by Home Assistant itself.
    """


@pytest.fixture
async def scripts(hass: HomeAssistant) -> None:
    """Set up a charger's three scripts."""
    await async_add_scripts(hass)


async def async_add_scripts(hass: HomeAssistant, **modes: str) -> None:
    """Set up a charger's three scripts and others, in their modes.

    A call fires the event `script_called`.
    """
    config = {
        name: {
            "mode": mode,
            "sequence": [
                {
                    "event": "script_called",
                    "event_data": {"script": name, "current_a": "{{ current_a }}"},
                }
            ],
        }
        for name, mode in (dict.fromkeys(SCRIPTS, "restart") | modes).items()
    }
    assert await async_setup_component(hass, "script", {"script": config})


def set_meter(hass: HomeAssistant, state: str = "1150", unit: str | None = "W") -> None:
    """Let the meter say something."""
    attributes = {} if unit is None else {"unit_of_measurement": unit}
    hass.states.async_set(METER, state, attributes)


def site_data(**overrides: Any) -> dict[str, Any]:
    """Return what a site's entry stores."""
    return {
        "phases": 1,
        "service_voltage_v": 230,
        "service_current_a": 25,
        "power_meter": METER,
        "unavailable_behavior": "stop",
        "ramp_up_time_s": 30,
    } | overrides


def charger_data(**overrides: Any) -> dict[str, Any]:
    """Return what a charger's subentry stores."""
    return {
        "max_charger_current_a": 16,
        "min_ev_current_a": 6,
        "priority": 50,
        "fallback_current_a": 6,
        "control": "scripts",
        "set_current_script": "script.set_current",
        "stop_charging_script": "script.stop_charging",
        "start_charging_script": "script.start_charging",
        "response_time_s": 10,
        "command_interval_s": 0,
    } | overrides


def entity_control(name: str = "car", **overrides: Any) -> dict[str, Any]:
    """Return what a charger stores of the entities that control it."""
    return {
        "control": "entities",
        "current_number": f"number.{name}_number",
        "pause": "switch",
        "pause_switch": f"switch.{name}_switch",
        "start_button": f"button.{name}_start_button",
        "stop_button": f"button.{name}_stop_button",
        "pause_select": f"select.{name}_select",
        "charging_option": "charging",
        "paused_option": "paused",
        "start_order": "start_first",
    } | overrides


def charger_subentry(
    charger_id: str = "ID_GARAGE", title: str = "Garage", **data: Any
) -> ConfigSubentryDataWithId:
    """Return a charger for a `MockConfigEntry`."""
    return {
        "subentry_id": charger_id,
        "subentry_type": "charger",
        "title": title,
        "unique_id": None,
        "data": charger_data(**data),
    }


def circuit_subentry(
    circuit_id: str = "ID_CIRCUIT", title: str = "Garage", **data: Any
) -> ConfigSubentryDataWithId:
    """Return a circuit for a `MockConfigEntry`."""
    return {
        "subentry_id": circuit_id,
        "subentry_type": "circuit",
        "title": title,
        "unique_id": None,
        "data": {"circuit_current_a": 20} | data,
    }
