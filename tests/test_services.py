"""The actions: temporary limits, and every way to call them wrong."""

from typing import Any

import pytest
import voluptuous as vol
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_get_exception_message
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .scenarios.house import Charger, House


@pytest.fixture
async def house(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> House:
    """Return a house with two chargers that run."""
    house = House(hass, freezer, Charger("garage"), Charger("drive"))
    await house.async_settle_in(0)
    return house


async def async_call(hass: HomeAssistant, service: str, **data: Any) -> None:
    """Call an action as an automation does."""
    await hass.services.async_call("ev_lb", service, data, blocking=True)


def limit(device_id: str | list[str], **changes: Any) -> dict[str, Any]:
    """Return the data of a good call."""
    return {"device_id": device_id, "current_a": 10, "duration": {"minutes": 5}} | changes


async def test_several_chargers_are_limited_by_one_call(house: House, hass: HomeAssistant) -> None:
    """All chargers that are named get the limit, and lose it again."""
    device_ids = [house.device_id(charger) for charger in house.chargers]

    await async_call(hass, "set_limit", **limit(device_ids))
    await house.async_settle()
    assert [charger.commands for charger in house.chargers] == [[("set_current", 10)]] * 2

    await house.async_run(15)
    await async_call(hass, "clear_limit", device_id=device_ids)
    await house.async_run(15)
    assert [charger.drawn_a for charger in house.chargers] == [16, 16]


@pytest.mark.parametrize(
    ("current_a", "command"),
    [
        (0, ("stop_charging", 0)),
        (5.9, ("stop_charging", 0)),
        (6.9, ("set_current", 6)),
        ("8", ("set_current", 8)),
    ],
)
async def test_a_limit_is_floored_to_whole_amperes(
    house: House, hass: HomeAssistant, current_a: float | str, command: tuple[str, int]
) -> None:
    """A limit between two currents means the lower one."""
    await async_call(
        hass, "set_limit", **limit(house.device_id(house.charger), current_a=current_a)
    )
    await house.async_settle()

    assert house.charger.commands == [command]


async def test_a_limit_beyond_everything_is_taken(
    house: House, hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """A limit far above any charger changes nothing, and can still be stored."""
    await async_call(hass, "set_limit", **limit(house.device_id(house.charger), current_a=1e300))
    await house.async_run(3)

    assert house.charger.commands == []
    stored = hass_storage["ev_lb.ID_SITE"]["data"]["memory"]["chargers"]["ID_GARAGE"]
    assert stored["limit_a"] == 80


@pytest.mark.parametrize("duration", [1, 24 * 60 * 60, "00:05:00", {"hours": 24}])
async def test_durations_from_a_second_to_a_day_are_taken(
    house: House, hass: HomeAssistant, duration: object
) -> None:
    """Each way to write a duration that Home Assistant has is understood."""
    await async_call(hass, "set_limit", **limit(house.device_id(house.charger), duration=duration))
    await house.async_settle()

    assert house.charger.commands == [("set_current", 10)]


async def assert_refused(
    hass: HomeAssistant, key: str, placeholders: dict[str, str] | None, **data: Any
) -> None:
    """Check that a call is refused, with a message that says why."""
    with pytest.raises(ServiceValidationError) as caught:
        await async_call(hass, "set_limit", **data)
    error = caught.value
    assert (error.translation_domain, error.translation_key) == ("ev_lb", key)
    assert error.translation_placeholders == placeholders
    message = async_get_exception_message("ev_lb", key, placeholders)
    assert str(error) == message
    assert message != key
    assert "{" not in message


@pytest.mark.parametrize("current_a", [-1, -0.1, float("inf"), float("-inf"), float("nan")])
async def test_a_limit_that_is_no_current_is_refused(
    house: House, hass: HomeAssistant, current_a: float
) -> None:
    """A negative or infinite limit is an error that names it, and changes nothing."""
    data = limit(house.device_id(house.charger), current_a=current_a)
    await assert_refused(hass, "current_invalid", {"current": str(float(current_a))}, **data)
    await house.async_run(2)
    assert house.charger.commands == []


@pytest.mark.parametrize(
    "duration",
    [0, 0.5, -1, 24 * 60 * 60 + 1, 1e300, "soon", "-00:05:00", {"days": 2}, {"moons": 1}, {}],
)
async def test_a_duration_out_of_range_is_refused(
    house: House, hass: HomeAssistant, duration: object
) -> None:
    """Less than a second, more than a day, and what is no duration at all are errors."""
    data = limit(house.device_id(house.charger), duration=duration)
    await assert_refused(hass, "duration_invalid", None, **data)


async def test_a_site_cannot_be_limited(house: House, hass: HomeAssistant) -> None:
    """The site's own device is an error, and then no charger of the call is limited."""
    devices = [house.device_id(house.charger), house.device_id()]
    await assert_refused(hass, "device_not_charger", {"device": "Home"}, **limit(devices))
    await house.async_run(2)
    assert house.charger.commands == []


async def test_an_unknown_device_is_refused(house: House, hass: HomeAssistant) -> None:
    """A device that does not exist is named by its id."""
    await assert_refused(hass, "device_unknown", {"device": "gone"}, **limit("gone"))


async def test_the_device_of_another_integration_is_refused(
    house: House, hass: HomeAssistant, device_registry: dr.DeviceRegistry
) -> None:
    """A device of something else is named by the name that the user gave it."""
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    device = device_registry.async_get_or_create(
        config_entry_id=other.entry_id, identifiers={("other", "x")}, name="Lamp"
    )
    await assert_refused(hass, "device_unknown", {"device": "Lamp"}, **limit(device.id))

    device_registry.async_update_device(device.id, name_by_user="Moon")
    await assert_refused(hass, "device_unknown", {"device": "Moon"}, **limit(device.id))


async def test_a_site_that_is_not_loaded_is_refused(house: House, hass: HomeAssistant) -> None:
    """The charger of a site that is disabled cannot be limited."""
    device_id = house.device_id(house.charger)
    await hass.config_entries.async_set_disabled_by(house.entry.entry_id, ConfigEntryDisabler.USER)
    await assert_refused(hass, "site_not_loaded", {"device": "Garage"}, **limit(device_id))


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"current_a": "ten"},
        {"current_a": None},
        {"power": 5},
    ],
)
async def test_what_is_no_call_at_all_is_refused(
    house: House, hass: HomeAssistant, data: dict[str, Any]
) -> None:
    """Fields that are missing, unknown or of another kind do not get as far as a charger."""
    call = limit(house.device_id(house.charger), **data) if data else {}
    with pytest.raises(vol.Invalid):
        await async_call(hass, "set_limit", **call)
