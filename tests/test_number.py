"""Numbers: their ranges, and which value is in force after a restart."""

from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import ServiceValidationError
from pytest_homeassistant_custom_component.common import mock_restore_cache_with_extra_data

from .scenarios.house import STORE, Charger, House

RANGES = {
    "number.home_service_current": (1, 25),
    "number.home_ramp_up_time": (5, 3600),
    "number.car_max_charger_current": (0, 16),
    "number.car_min_ev_current": (1, 32),
    "number.car_priority": (1, 100),
    "number.car_max_starts_per_hour": (1, 20),
}
DEFAULTS = {
    "number.home_service_current": "25",
    "number.home_ramp_up_time": "30",
    "number.car_max_charger_current": "16",
    "number.car_min_ev_current": "6",
    "number.car_priority": "50",
    "number.car_max_starts_per_hour": "4",
}


def kept(entity_id: str, value: float) -> tuple[State, dict[str, Any]]:
    """Return a number as Home Assistant kept it from the last run."""
    return State(entity_id, str(value)), {
        "native_value": value,
        "native_min_value": 0,
        "native_max_value": 100,
        "native_step": 1,
        "native_unit_of_measurement": None,
    }


def stored(**numbers: tuple[int, int]) -> dict[str, Any]:
    """Return our file with numbers of the charger: what was set, and what the dialog said then."""
    return {
        "version": 1,
        "minor_version": 1,
        "key": STORE,
        "data": {
            "numbers": {
                "ID_CAR": {
                    key: {"value": value, "configured": configured}
                    for key, (value, configured) in numbers.items()
                }
            },
            "switches": {},
            "saved_at": 0.0,
            "memory": {},
        },
    }


@pytest.fixture
def house(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> House:
    """Return a house with a charger of 16 A on 25 A, not yet set up."""
    return House(hass, freezer, Charger("car", max_a=16), breaker_a=25)


def numbers(house: House) -> dict[str, str]:
    """Return what the numbers show."""
    return {entity_id: house.state(entity_id) for entity_id in DEFAULTS}


async def test_numbers_begin_with_what_the_dialogs_say(hass: HomeAssistant, house: House) -> None:
    """Each number shows the dialog's value, in whole steps and within its range."""
    await house.async_set_up(0)

    assert numbers(house) == DEFAULTS
    for entity_id, (least, most) in RANGES.items():
        state = hass.states.get(entity_id)
        assert state is not None
        assert [state.attributes[key] for key in ("min", "max", "step")] == [least, most, 1]


@pytest.mark.parametrize("entity_id", RANGES)
@pytest.mark.parametrize("is_above", [True, False], ids=["above", "below"])
async def test_a_value_out_of_range_is_refused(
    house: House, entity_id: str, is_above: bool
) -> None:
    """Nothing above a rating or below sense is taken."""
    await house.async_set_up(0)
    least, most = RANGES[entity_id]

    with pytest.raises(ServiceValidationError):
        await house.async_set_number(entity_id, most + 1 if is_above else least - 1)
    assert numbers(house) == DEFAULTS


async def test_a_number_is_shown_at_once(house: House) -> None:
    """The number shows its new value when the call returns."""
    await house.async_set_up(0)
    for entity_id, (least, _most) in RANGES.items():
        await house.async_set_number(entity_id, least)
        assert house.state(entity_id) == str(least)


async def test_the_ramp_up_time_is_in_force_at_once(house: House) -> None:
    """A shorter ramp-up time holds for the next cut."""
    await house.async_settle_in(5)
    await house.async_set_number("number.home_ramp_up_time", 10)
    await house.async_run(5, 13)
    await house.async_run(25, 5)

    cut, raised = house.charger.calls
    assert (cut[1:], raised[1:]) == (("set_current", 12), ("set_current", 16))
    assert raised[0] == cut[0] + 10


async def test_our_file_wins_over_home_assistants_memory(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    """Home Assistant's own memory may be a quarter of an hour old after a kill."""
    hass_storage[STORE] = stored(max_charger_current_a=(8, 16))
    mock_restore_cache_with_extra_data(
        hass, [kept("number.car_max_charger_current", 12), kept("number.car_priority", 70)]
    )
    await house.async_set_up(0)
    await house.async_run(2)

    assert numbers(house) == DEFAULTS | {"number.car_max_charger_current": "8"}
    assert house.charger.commands == [("start_charging", 8), ("set_current", 8)]


async def test_home_assistants_memory_steps_in_where_our_file_is_lost(
    hass: HomeAssistant, house: House
) -> None:
    """Without our file the numbers are those that were last seen, where they are still allowed."""
    mock_restore_cache_with_extra_data(
        hass,
        [
            kept("number.car_max_charger_current", 10),
            kept("number.car_priority", 70),
            kept("number.home_service_current", 63),
        ],
    )
    await house.async_set_up(0)
    await house.async_run(2)

    assert numbers(house) == DEFAULTS | {
        "number.car_max_charger_current": "10",
        "number.car_priority": "70",
    }
    assert house.charger.commands == [("start_charging", 10), ("set_current", 10)]


async def test_a_number_set_under_another_dialog_gives_way(
    house: House, hass_storage: dict[str, Any]
) -> None:
    """A value changed in the dialog replaces the running one, one left alone leaves it."""
    hass_storage[STORE] = stored(
        max_charger_current_a=(8, 32), min_ev_current_a=(7, 6), priority=(70, 20)
    )
    await house.async_set_up(0)

    assert numbers(house) == DEFAULTS | {"number.car_min_ev_current": "7"}
