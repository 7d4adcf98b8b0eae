"""A real Home Assistant keeps the breaker, also when it is restarted or killed in mid-charge."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from demo.home_assistant import HomeAssistantProcess

from .conftest import IS_ON, NOT_SET, Site

BREAKER_A = 25
ANSWER_S = 10.0
"""A meter period, three response times of 1 s, and a busy machine."""

RAISE_S = 45.0
"""A hold of 5 s, its doubled waits after stops, and the windows of the commands before."""

MAXIMUM = "number.wallbox_max_charger_current"


@pytest.fixture
def charging(site: Site) -> Site:
    """The wallbox charges at its full 16 A beside a quiet house."""
    device = site.home_assistant.device_of(MAXIMUM)
    site.home_assistant.call_service("ev_lb.clear_limit", device_id=device)
    site.home_assistant.call_service("number.set_value", entity_id=MAXIMUM, value=16)
    site.house_a = 4.0
    assert site.run_until(lambda: site.current_a == 16 == site.drawn_a, RAISE_S)
    site.run(4)  # until nothing is in flight any more
    return site


def test_dialogs_set_up_a_charger_that_starts(site: Site) -> None:
    """What was entered in the dialogs charges the car, with nothing else to do."""
    assert site.run_until(lambda: site.state(IS_ON) == "on" and site.current_a == 16, RAISE_S)
    site.run(4)
    shown = {
        entity_id: site.state(entity_id)
        for entity_id in (
            "sensor.home_available_current",
            "binary_sensor.home_meter_status",
            "sensor.wallbox_current_set",
            "sensor.wallbox_power_set",
            "sensor.wallbox_balancer_state",
            "binary_sensor.wallbox_active",
        )
    }
    assert shown == {
        "sensor.home_available_current": "5.0",
        "binary_sensor.home_meter_status": "on",
        "sensor.wallbox_current_set": "16",
        "sensor.wallbox_power_set": "3680",
        "sensor.wallbox_balancer_state": "active",
        "binary_sensor.wallbox_active": "on",
    }


def test_overload_is_answered_within_seconds(charging: Site) -> None:
    """An oven goes on: the car gives way before the breaker notices."""
    charging.house_a = 14.0
    assert charging.run_until(lambda: charging.total_a <= BREAKER_A, ANSWER_S)
    assert charging.current_a == 11


def test_house_that_leaves_no_minimum_stops_the_charger(charging: Site) -> None:
    """With less than 6 A free the stop script runs."""
    charging.house_a = 20.0
    assert charging.run_until(lambda: charging.total_a <= BREAKER_A, ANSWER_S)
    assert charging.state(IS_ON) == "off"


@pytest.mark.parametrize(
    ("end", "house_a", "first_a"),
    [
        pytest.param(HomeAssistantProcess.stop, 17.0, 8, id="clean restart, then an overload"),
        pytest.param(HomeAssistantProcess.kill, 17.0, 8, id="kill -9, then an overload"),
        pytest.param(HomeAssistantProcess.kill, 4.0, 10, id="kill -9, house as before"),
    ],
)
def test_restart_in_mid_charge_keeps_the_promise(
    charging: Site,
    end: Callable[[HomeAssistantProcess], None],
    house_a: float,
    first_a: int,
) -> None:
    """A new run sends the former current or less, cuts an overload, and knows the limits."""
    home_assistant = charging.home_assistant
    device = home_assistant.device_of(MAXIMUM)
    home_assistant.call_service("number.set_value", entity_id=MAXIMUM, value=13)
    home_assistant.call_service(
        "ev_lb.set_limit", device_id=device, current_a=10, duration={"hours": 1}
    )
    assert charging.run_until(lambda: charging.current_a == 10 == charging.drawn_a, ANSWER_S)
    charging.run(2)  # a change is stored within a second or so

    end(home_assistant)
    charging.house_a = house_a
    began = datetime.now(UTC)
    home_assistant.start()
    home_assistant.wait_until_running()

    assert charging.run_until(lambda: charging.current_a != NOT_SET, ANSWER_S)
    assert charging.run_until(lambda: charging.total_a <= BREAKER_A, ANSWER_S)
    charging.house_a = 2.0
    charging.run_until(lambda: charging.current_a == 10, RAISE_S)
    charging.run(3)
    assert charging.commands_since_start(began) == list(dict.fromkeys([first_a, 10]))
    assert charging.state(MAXIMUM) == "13"

    home_assistant.call_service("ev_lb.clear_limit", device_id=device)
    assert charging.run_until(lambda: charging.current_a == 13, RAISE_S)
