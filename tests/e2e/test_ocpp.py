"""Charge points that speak OCPP 1.6, each commanded in another way, in a house of its own.

One by the scripts of the guide, one by what the dialog takes from its device, one by its entities.
The central system of these tests stands in for lbbrhzn/ocpp, see `custom_components/ocpp`.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import override

import pytest

from demo.home_assistant import Answers, HomeAssistantProcess, free_port, wait_until

from ..guide import examples
from .charge_point import ChargePoint, running_charge_point
from .conftest import SITE, VOLTAGE_V, Played

BREAKER_A = 25
FULL_A = 16
QUIET_A = 4.0
ANSWER_S = 10.0
"""A meter period, three response times of 1 s, and a busy machine."""

RAISE_S = 45.0
"""A hold of 5 s, its doubled waits after stops, and the windows of the commands before."""

REJECTED_S = 20.0
"""A cut, the minimum and the stop, each after the window of the one before."""

RECONNECTED_S = 12.0
"""Until the charge point is back and the command that failed is tried again: 4 s at most."""

SCRIPTS, ACTIONS, ENTITIES = "charger", "drive", "yard"
"""The charge points, by what commands them; the guide calls its own `charger`."""

QUICK = {"timing": {"response_time_s": 1, "command_interval_s": 0}}


class Street(Played):
    """Houses in which the same happens, each with a charge point behind its breaker."""

    def __init__(
        self, home_assistant: HomeAssistantProcess, charge_points: dict[str, ChargePoint]
    ) -> None:
        super().__init__(home_assistant)
        self.charge_points = charge_points
        self.house_a = QUIET_A
        self.central_system = ""
        """Its entry."""

    @property
    def drawn_a(self) -> set[float]:
        """Return what the cars draw."""
        return {charge_point.drawn_a for charge_point in self.charge_points.values()}

    @property
    def sessions(self) -> set[str]:
        """Return the charge points with a session that runs."""
        return {name for name, each in self.charge_points.items() if each.transaction_id}

    @property
    def starts(self) -> list[int]:
        """Return how often each was asked to start a session."""
        return [charge_point.starts for charge_point in self.charge_points.values()]

    def is_safe(self) -> bool:
        """Return whether each house is within its breaker."""
        return self.house_a + max(self.drawn_a) <= BREAKER_A

    def shown(self, entity_id: str) -> set[str]:
        """Return what an entity says in each house; {} stands for the name of the charge point."""
        return {self.state(entity_id.format(name)) for name in self.charge_points}

    def set_maximum(self, current_a: int) -> None:
        """Lower the maximum of each charger, or give it back."""
        self.home_assistant.call_service(
            "number.set_value",
            entity_id=[f"number.{name}_ev_max_charger_current" for name in self.charge_points],
            value=current_a,
        )

    def calm(self) -> None:
        """Give back what a test has taken."""
        self.house_a = QUIET_A
        self.connect(is_online=True)
        self.sample_each(1.0)
        self.take_profiles(are_taken=True)

    def plug(self, *, is_plugged: bool) -> None:
        """Have the cars come or go."""
        for charge_point in self.charge_points.values():
            charge_point.is_plugged = is_plugged

    def connect(self, *, is_online: bool) -> None:
        """Give all charge points their network, or take it."""
        for charge_point in self.charge_points.values():
            charge_point.is_online = is_online

    def take_profiles(self, *, are_taken: bool) -> None:
        """Have them accept charging profiles, or refuse them."""
        for charge_point in self.charge_points.values():
            charge_point.takes_profiles = are_taken

    def sample_each(self, interval_s: float) -> None:
        """Set how often they say what flows."""
        for charge_point in self.charge_points.values():
            charge_point.sample_interval_s = interval_s

    @override
    def report(self) -> None:
        for name, charge_point in self.charge_points.items():
            self.home_assistant.set_state(
                meter_of(name),
                round((self.house_a + charge_point.drawn_a) * VOLTAGE_V),
                unit_of_measurement="W",
                device_class="power",
                state_class="measurement",
            )


def meter_of(name: str) -> str:
    """Return the power meter of a house."""
    return f"sensor.{name}_house_power"


@pytest.fixture(scope="module")
def street(loopback: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
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
        charge_points = {
            name: running.enter_context(running_charge_point(name, port, full_a=FULL_A))
            for name in (SCRIPTS, ACTIONS, ENTITIES)
        }
        running.callback(home_assistant.stop)
        home_assistant.start()
        home_assistant.wait_until_running()
        street = Street(home_assistant, charge_points)
        central_system = {"port": port, "charge_points": [*charge_points]}
        result = home_assistant.run_flow("ocpp", {"user": central_system})
        street.central_system = result["result"]["entry_id"]
        wait_until(
            lambda: street.shown("sensor.{}_status_connector") == {"Preparing"},
            ANSWER_S,
            "the charge points",
        )
        street.report()
        for name in charge_points:
            set_up_house(home_assistant, name)
        yield street


def set_up_house(home_assistant: HomeAssistantProcess, name: str) -> None:
    """Set up a site and its charger."""
    answers = {
        "user": SITE["user"] | {"name": f"{name} house"},
        "meter": SITE["meter"] | {"power_meter": meter_of(name)},
    }
    site = home_assistant.run_flow("ev_lb", answers)
    home_assistant.go_on_with_subentry(site, charger(home_assistant, name))


def charger(home_assistant: HomeAssistantProcess, name: str) -> Answers:
    """Return what a user enters for the charger, by what commands it."""
    currents = {"name": f"{name} EV", "max_charger_current_a": FULL_A}
    sensors = {
        "car_sensors": {
            "draw_sensor": f"sensor.{name}_current_import",
            "status_sensor": f"sensor.{name}_status_connector",
        }
    }
    if name == ACTIONS:
        device = home_assistant.device_of(f"switch.{name}_charge_control")
        return {"user": {"charger_device": device}, "charger": currents | QUICK}
    if name == ENTITIES:
        number = {"current_number": f"number.{name}_maximum_current", "pause": "switch"}
        return {
            "control_kind": {"next_step_id": "by_entities"},
            "charger": currents | sensors | QUICK | number,
            "pause": {"pause_switch": f"switch.{name}_charge_control"},
        }
    scripts = ("set_current", "start_charging", "stop_charging")
    return {
        "control_kind": {"next_step_id": "by_scripts"},
        "charger": currents
        | sensors
        | QUICK
        | {f"{script}_script": f"script.garage_{script}" for script in scripts},
    }


@pytest.fixture
def charging(street: Street) -> Street:
    """The cars charge at their full 16 A beside quiet houses."""
    street.calm()
    street.plug(is_plugged=True)
    street.set_maximum(FULL_A)
    assert street.run_until(lambda: street.drawn_a == {FULL_A}, RAISE_S)
    street.run(1)  # until nothing is in flight any more
    return street


def test_sessions_start_and_are_seen(charging: Street) -> None:
    """The start, the limit and the samples go all the way between a charger and its entities."""
    assert charging.starts == [1, 1, 1]
    shown = {
        entity_id: charging.shown(entity_id)
        for entity_id in (
            "switch.{}_charge_control",
            "sensor.{}_status_connector",
            "sensor.{}_current_import",
            "sensor.{}_ev_current_set",
            "sensor.{}_house_house_current",
        )
    }
    assert shown == {
        "switch.{}_charge_control": {"on"},
        "sensor.{}_status_connector": {"Charging"},
        "sensor.{}_current_import": {"16.0"},
        "sensor.{}_ev_current_set": {"16"},
        "sensor.{}_house_house_current": {"4.0"},
    }


def test_overload_cuts_the_sessions(charging: Street) -> None:
    """A session that runs gets a new limit within seconds, and so would a later one."""
    charging.house_a = 14.0
    assert charging.run_until(charging.is_safe, ANSWER_S)
    limits_a = {name: each.limits_a for name, each in charging.charge_points.items()}
    assert limits_a == {
        SCRIPTS: {"TxProfile": 11, "TxDefaultProfile": 11},
        ACTIONS: {"TxProfile": 11, "TxDefaultProfile": 11},
        ENTITIES: {"ChargePointMaxProfile": 11},
    }


def test_charger_that_is_disconnected_counts_as_not_told(charging: Street) -> None:
    """Its entities look as before; no command counts as delivered, and the next try gets there."""
    charging.connect(is_online=False)
    charging.run(1)
    assert charging.shown("switch.{}_charge_control") <= {"on", "unavailable"}
    charging.house_a = 14.0
    charging.run(3)
    assert "delivered" not in charging.shown("sensor.{}_ev_last_command")
    assert charging.drawn_a == {FULL_A}
    charging.connect(is_online=True)
    assert charging.run_until(charging.is_safe, RECONNECTED_S)


def test_rejected_profile_ends_the_session(charging: Street) -> None:
    """Also where a refusal is no error: the meter shows it, and a stop is what helps."""
    charging.take_profiles(are_taken=False)
    charging.house_a = 14.0
    assert charging.run_until(charging.is_safe, REJECTED_S)
    assert not charging.sessions


def test_charger_without_a_car_is_not_started(street: Street) -> None:
    """A start would let anybody charge; who comes is charged with what is set, and no more.

    A charger that is commanded by its entities alone cannot ask whether there is a car.
    """
    street.calm()
    street.plug(is_plugged=False)
    assert street.run_until(lambda: not street.sessions, ANSWER_S)
    starts = street.starts
    for current_a in (0, 10):
        street.set_maximum(current_a)
        assert street.run_until(
            lambda told={str(current_a)}: street.shown("sensor.{}_ev_current_set") == told,
            ANSWER_S,
        )
    street.run(1)
    assert street.starts[:2] == starts[:2]
    street.plug(is_plugged=True)
    assert street.run_until(lambda: street.drawn_a == {10}, ANSWER_S)
    assert street.starts[:2] == starts[:2]


def test_stop_that_is_swallowed_lets_nothing_flow(charging: Street) -> None:
    """Loaded anew, the integration has forgotten its sessions until their next samples.

    A stop does nothing then: 0 A first, then the stop. The switch alone leaves the session as it
    was until then.
    """
    charging.sample_each(300.0)
    charging.house_a = 20.0
    charging.home_assistant.call_service(
        "homeassistant.reload_config_entry", entry_id=charging.central_system
    )
    told = [charging.charge_points[name] for name in (SCRIPTS, ACTIONS)]
    assert charging.run_until(lambda: not any(each.drawn_a for each in told), RECONNECTED_S)
    assert charging.sessions == {SCRIPTS, ACTIONS, ENTITIES}
    charging.sample_each(1.0)
    assert charging.run_until(lambda: not charging.sessions, RECONNECTED_S)
