"""The action: what the recorder has becomes what would have been."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.recorder import DATA_INSTANCE
from homeassistant.helpers.translation import async_get_exception_message
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from tests.conftest import (
    METER,
    async_add_scripts,
    charger_subentry,
    circuit_subentry,
    site_data,
)

BEGIN = datetime(2026, 12, 1, 18, tzinfo=UTC)
HOUR_S = 3600


@pytest.fixture(autouse=True)
def _our_integration(recorder_mock: Recorder, enable_custom_integrations: None) -> None:
    """Let Home Assistant record, and find our integration."""


class Past:
    """A site whose sensors have been recorded for a while."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        """Begin in the evening."""
        self.hass, self._freezer = hass, freezer
        freezer.move_to(BEGIN)

    async def async_record(self, seconds: int, **states: str) -> None:
        """Let sensors say something, and so much time pass; their units stand behind the values."""
        for name, said in states.items():
            value, _, unit = said.partition(" ")
            self.hass.states.async_set(
                f"sensor.{name}", value, {"unit_of_measurement": unit} if unit else {}
            )
        self._freezer.tick(timedelta(seconds=seconds))
        await async_wait_recording_done(self.hass)

    async def async_load(self, *chargers: Any, **site: Any) -> None:
        """Set the site up, after what was recorded."""
        await async_add_scripts(self.hass)
        entry = MockConfigEntry(
            domain="ev_lb",
            title="Home",
            entry_id="ID_SITE",
            minor_version=2,
            data={key: value for key, value in site_data(**site).items() if value is not None},
            subentries_data=chargers or [charger_subentry()],
        )
        entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup("ID_SITE")
        await self.hass.async_block_till_done()

    async def async_ask(self, **data: Any) -> dict[str, Any]:
        """Call the action as Developer tools do."""
        answer = await self.hass.services.async_call(
            "ev_lb", "simulate", data, blocking=True, return_response=True
        )
        assert answer is not None
        return answer


@pytest.fixture
def past(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Past:
    """Return a site without a past."""
    return Past(hass, freezer)


async def test_past_evening_is_told_with_the_balancer_and_without(past: Past) -> None:
    """An hour of a quiet house, and one of an oven: what would the cars have got, and broken."""
    await past.async_record(HOUR_S, house_power="1150 W")
    await past.async_record(HOUR_S, house_power="3.22 kW")
    await past.async_load()

    assert await past.async_ask() == {
        "site": "Home",
        "start": "2026-12-01T10:00:00-08:00",
        "end": "2026-12-01T12:00:00-08:00",
        "days": 0.08,
        "service_current_a": 25,
        "meter_period_s": 10.0,
        "hours_without_meter": 0.0,
        "cars_in_house": ["Garage"],
        "with_balancer": {
            "energy_kwh": 6.2,
            "over_breaker_as": 50,
            "over_breaker_s": 10,
            "commands_per_day": 24.0,
            "starts_per_day": 12.0,
            "hours_limited": 1.0,
        },
        "without_balancer": {
            "energy_kwh": 7.4,
            "over_breaker_as": 18000,
            "over_breaker_s": 3600,
            "commands_per_day": 0.0,
            "starts_per_day": 0.0,
            "hours_limited": 0.0,
        },
    }


async def test_another_service_current_is_tried(past: Past) -> None:
    """Would a smaller contract do: the site's other settings stay as they are."""
    await past.async_record(HOUR_S, house_power="1150 W")
    await past.async_load()

    told = await past.async_ask(service_current_a=16, config_entry_id="ID_SITE")

    assert told["service_current_a"] == 16
    assert told["without_balancer"]["over_breaker_as"] == 5 * HOUR_S
    assert told["with_balancer"]["energy_kwh"] == pytest.approx(11 * 0.23, abs=0.1)


async def test_time_that_is_asked_for_is_simulated_alone(past: Past) -> None:
    """What stood before it counts from its beginning; Home Assistant's time zone is meant."""
    await past.async_record(HOUR_S, house_power="1150 W")
    await past.async_record(2 * HOUR_S, house_power="3220 W")
    await past.async_load()

    told = await past.async_ask(start="2026-12-01 11:30:00", end="2026-12-01 12:30:00")

    assert (told["start"], told["end"]) == (
        "2026-12-01T11:30:00-08:00",
        "2026-12-01T12:30:00-08:00",
    )
    assert told["without_balancer"]["over_breaker_s"] == HOUR_S


async def test_car_that_was_seen_to_draw_is_no_house(past: Past) -> None:
    """With a sensor of its draw a past session does not count twice."""
    await past.async_record(HOUR_S, house_power="1150 W", car="0 A")
    await past.async_record(HOUR_S, house_power="4830 W", car="16 A")
    await past.async_load(charger_subentry(draw_sensor="sensor.car"))

    told = await past.async_ask()

    assert told["cars_in_house"] == []
    assert told["without_balancer"]["over_breaker_as"] == 0
    assert told["with_balancer"]["hours_limited"] == 0.0


async def test_each_phase_has_its_own_past(past: Past) -> None:
    """Import and export, volts and the draw of each phase: a reading is what it is when it runs."""
    volts = {f"volts_l{phase}": "240 V" for phase in (1, 2, 3)}
    house = {"l1": "1200 W", "l2": "0 W", "l3": "2400 W", "export_l2": "480 W"}
    await past.async_record(HOUR_S, **house, **volts, car="3600 W")
    await past.async_load(
        charger_subentry(draw_sensor="sensor.car", wiring="l1_l2_l3"),
        phases=3,
        power_meter_l1="sensor.l1",
        power_meter_l2="sensor.l2",
        export_meter_l2="sensor.export_l2",
        power_meter_l3="sensor.l3",
        **{f"voltage_sensor_l{phase}": f"sensor.volts_l{phase}" for phase in (1, 2, 3)},
        power_meter=None,
        service_current_a=20,
    )

    told = await past.async_ask()

    # L3: 10 A less the car's 5 A; and 16 A of the car that takes all
    assert told["without_balancer"]["over_breaker_as"] == pytest.approx(1 * HOUR_S, abs=1)
    assert told["without_balancer"]["energy_kwh"] == pytest.approx(3 * 16 * 0.23, abs=0.1)


async def test_time_without_the_meter_is_told(past: Past) -> None:
    """The unavailable behavior would have been followed."""
    await past.async_record(HOUR_S, house_power="1150 W")
    await past.async_record(HOUR_S, house_power="unavailable")
    await past.async_record(HOUR_S, house_power="1150 W")
    await past.async_load()

    told = await past.async_ask()

    assert told["hours_without_meter"] == 1.0
    assert told["with_balancer"]["energy_kwh"] == pytest.approx(2 * 16 * 0.23, abs=0.2)


async def test_progress_is_logged(past: Past, caplog: pytest.LogCaptureFixture) -> None:
    """A week takes a while: each tenth of it is a line in the log."""
    await past.async_record(20 * HOUR_S, house_power="1150 W")
    await past.async_load()
    caplog.set_level("INFO")

    await past.async_ask(start=BEGIN.isoformat())

    lines = [each.message for each in caplog.records if "simulated" in each.message]
    assert len(lines) == 10
    assert lines[-1] == "Home: simulated 100 %, until 2026-12-02 14:00:00+00:00"


async def assert_refused(
    past: Past, key: str, placeholders: dict[str, str] | None = None, **data: Any
) -> None:
    """Check that the action says why it cannot answer."""
    with pytest.raises(HomeAssistantError) as caught:
        await past.async_ask(**data)
    error = caught.value
    assert (error.translation_domain, error.translation_key) == ("ev_lb", key)
    assert error.translation_placeholders == placeholders
    message = async_get_exception_message("ev_lb", key, placeholders)
    assert (str(error), "{" in message, message != key) == (message, False, True)


async def test_no_history_of_the_meter_is_said(past: Past) -> None:
    """A meter that is not recorded, or was not yet, is named."""
    await past.async_record(HOUR_S, house_power="1150 W")
    await past.async_load()
    await assert_refused(past, "no_history", {"entities": METER}, end=BEGIN.isoformat())


async def test_site_without_chargers_is_said(past: Past) -> None:
    """Where there is nothing to balance nothing would have been."""
    await past.async_record(HOUR_S, house_power="1150 W")
    await past.async_load(circuit_subentry())
    await assert_refused(past, "no_chargers")


async def test_time_that_ends_before_it_begins_is_said(past: Past) -> None:
    """So is one that has not begun."""
    await past.async_load()
    await assert_refused(past, "period_invalid", start="2027-01-01", end="2027-01-02")


async def test_missing_recorder_is_said(past: Past, hass: HomeAssistant) -> None:
    """Home Assistant runs without a recorder, too."""
    await past.async_load()
    recorder = hass.data.pop(DATA_INSTANCE)
    await assert_refused(past, "no_recorder")
    hass.data[DATA_INSTANCE] = recorder


async def test_unknown_site_is_said(past: Past) -> None:
    """Home Assistant says so in its own words."""
    await past.async_load()
    with pytest.raises(ServiceValidationError, match="ID_OTHER"):
        await past.async_ask(config_entry_id="ID_OTHER")
