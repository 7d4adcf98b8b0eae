"""A charge point that speaks OCPP 1.6, commanded by the scripts of the guide.

The central system of these tests stands in for lbbrhzn/ocpp, see `custom_components/ocpp`.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import override

import pytest

from demo.home_assistant import HomeAssistantProcess, free_port, wait_until

from ..guide import examples
from .charge_point import ChargePoint, running_charge_point
from .conftest import METER, SITE, VOLTAGE_V, Played

BREAKER_A = 25
FULL_A = 16
QUIET_A = 4.0
ANSWER_S = 5.0
"""A meter period, three response times of 1 s, and a busy machine."""

RAISE_S = 45.0
"""A hold of 5 s, its doubled waits after stops, and the windows of the commands before."""

RECONNECTED_S = 12.0
"""Until the charge point is back and the command that failed is tried again: 4 s at most."""

GARAGE = {
    "user": {
        "name": "Garage",
        "max_charger_current_a": FULL_A,
        "set_current_script": "script.garage_set_current",
        "start_charging_script": "script.garage_start_charging",
        "stop_charging_script": "script.garage_stop_charging",
        "car_sensors": {
            "draw_sensor": "sensor.charger_current_import",
            "status_sensor": "sensor.charger_status_connector",
        },
        "timing": {"response_time_s": 1, "command_interval_s": 0},
    }
}


class Home(Played):
    """A house and a charge point behind a meter."""

    def __init__(self, home_assistant: HomeAssistantProcess, garage: ChargePoint) -> None:
        super().__init__(home_assistant)
        self.garage = garage
        self.house_a = QUIET_A

    @property
    def total_a(self) -> float:
        """Return what flows through the breaker."""
        return self.house_a + self.garage.drawn_a

    def is_safe(self) -> bool:
        """Return whether it is within the breaker."""
        return self.total_a <= BREAKER_A

    def set_maximum(self, current_a: int) -> None:
        """Lower the maximum, or give it back."""
        self.home_assistant.call_service(
            "number.set_value", entity_id="number.garage_max_charger_current", value=current_a
        )

    @override
    def report(self) -> None:
        self.home_assistant.set_state(
            METER,
            round(self.total_a * VOLTAGE_V),
            unit_of_measurement="W",
            device_class="power",
            state_class="measurement",
        )


@pytest.fixture(scope="module")
def home(loopback: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One Home Assistant for the module, the scripts pasted from the guide."""
    (guide,) = examples("action-scripts-guide.md", "OCPP")
    home_assistant = HomeAssistantProcess(tmp_path_factory.mktemp("home_assistant"))
    home_assistant.seed(
        f"script: {json.dumps(guide['script'])}\n",
        integrations={
            "ev_lb": Path("custom_components/ev_lb"),
            "ocpp": Path("tests/e2e/custom_components/ocpp"),
        },
    )
    port = free_port()
    with ExitStack() as running:
        garage = running.enter_context(running_charge_point("charger", port, full_a=FULL_A))
        running.callback(home_assistant.stop)
        home_assistant.start()
        home_assistant.wait_until_running()
        central_system = {"port": port, "charge_points": ["charger"]}
        home_assistant.run_flow("ocpp", {"user": central_system})
        home = Home(home_assistant, garage)
        wait_until(
            lambda: home_assistant.get_state("sensor.charger_status_connector") == "Preparing",
            ANSWER_S,
            "the charge point",
        )
        home.report()
        site = home_assistant.run_flow("ev_lb", SITE)
        home_assistant.go_on_with_subentry(site, GARAGE)
        yield home


@pytest.fixture
def charging(home: Home) -> Home:
    """The car charges at its full 16 A beside a quiet house."""
    garage = home.garage
    garage.is_plugged = garage.is_online = garage.takes_profiles = True
    garage.sample_interval_s = 1.0
    home.house_a = QUIET_A
    home.set_maximum(FULL_A)
    assert home.run_until(lambda: garage.drawn_a == FULL_A, RAISE_S)
    home.run(2)  # until nothing is in flight any more
    return home


def test_session_starts_and_is_seen(charging: Home) -> None:
    """The start, the limit and the samples go all the way between the charger and the entities."""
    assert charging.garage.starts == 1
    shown = {
        entity_id: charging.state(entity_id)
        for entity_id in (
            "switch.charger_charge_control",
            "sensor.charger_status_connector",
            "sensor.charger_current_import",
            "sensor.garage_current_set",
            "sensor.home_house_current",
        )
    }
    assert shown == {
        "switch.charger_charge_control": "on",
        "sensor.charger_status_connector": "Charging",
        "sensor.charger_current_import": "16.0",
        "sensor.garage_current_set": "16",
        "sensor.home_house_current": "4.0",
    }


def test_overload_cuts_the_session(charging: Home) -> None:
    """The session that runs gets a new limit within seconds, and so would a later one."""
    charging.house_a = 14.0
    assert charging.run_until(charging.is_safe, ANSWER_S)
    assert charging.garage.limits_a == {"TxProfile": 11.0, "TxDefaultProfile": 11.0}


def test_house_that_leaves_no_minimum_ends_the_session(charging: Home) -> None:
    """With less than 6 A free the session ends, and later another one begins."""
    charging.house_a = 20.0
    assert charging.run_until(charging.is_safe, ANSWER_S)
    assert charging.garage.transaction_id == 0


def test_charger_without_a_car_is_not_started(charging: Home) -> None:
    """A start would let anybody charge; who comes is charged with what is set, and no more."""
    garage = charging.garage
    garage.is_plugged = False
    assert charging.run_until(lambda: garage.transaction_id == 0, ANSWER_S)
    starts = garage.starts
    for current_a in (0, 10):
        charging.set_maximum(current_a)
    assert charging.run_until(lambda: garage.limits_a == {"TxDefaultProfile": 10.0}, ANSWER_S)
    garage.is_plugged = True
    assert charging.run_until(lambda: garage.drawn_a > 0, ANSWER_S)
    assert (garage.starts, garage.drawn_a) == (starts, 10)


def test_charger_that_is_disconnected_counts_as_not_told(charging: Home) -> None:
    """Its entities look as before; no command counts as delivered, and the next try gets there."""
    garage = charging.garage
    garage.is_online = False
    charging.run(1)
    assert charging.state("switch.charger_charge_control") == "on"
    charging.house_a = 14.0
    assert charging.run_until(
        lambda: charging.state("sensor.garage_last_command") == "rejected", ANSWER_S
    )
    charging.run(2)
    assert charging.state("sensor.garage_last_command") != "delivered"
    assert charging.total_a == 14 + FULL_A
    garage.is_online = True
    assert charging.run_until(charging.is_safe, RECONNECTED_S)


def test_rejected_profile_ends_the_session(charging: Home) -> None:
    """A refusal is no error of the action; the meter shows it, and a stop is what helps."""
    charging.garage.takes_profiles = False
    charging.house_a = 14.0
    assert charging.run_until(charging.is_safe, 20)
    assert charging.garage.transaction_id == 0


def test_stop_that_is_swallowed_after_a_restart_lets_nothing_flow(charging: Home) -> None:
    """Home Assistant has forgotten the session until the next sample: 0 A first, then the stop."""
    garage = charging.garage
    garage.sample_interval_s = 30.0
    charging.home_assistant.stop()
    charging.house_a = 20.0
    charging.home_assistant.start()
    charging.home_assistant.wait_until_running()
    assert charging.run_until(charging.is_safe, RECONNECTED_S)
    assert (garage.transaction_id != 0, garage.limits_a["TxProfile"]) == (True, 0.0)
    assert charging.state("sensor.garage_last_command") != "delivered"
    garage.sample_interval_s = 1.0
    assert charging.run_until(lambda: garage.transaction_id == 0, ANSWER_S)
