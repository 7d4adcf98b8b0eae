"""A real Home Assistant, and the house and the charger behind it, which the tests play."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import override

import pytest
import pytest_socket

from demo.home_assistant import HomeAssistantProcess

VOLTAGE_V = 230
METER = "sensor.house_power"
METER_PERIOD_S = 0.5
CURRENT = "input_number.wallbox_current"
IS_ON = "input_boolean.wallbox_on"
RECORDED_S = 2.0
"""Until the recorder has written what it saw."""

NOT_SET = -1
"""What the wallbox's current says until a script has set it."""

CONFIGURATION = """
input_number:
  wallbox_current: { name: Wallbox current, min: -1, max: 80, initial: -1 }
input_boolean:
  wallbox_on: { name: Wallbox on, initial: false }
script:
  set_current:
    mode: restart
    sequence:
      - action: input_number.set_value
        target: { entity_id: input_number.wallbox_current }
        data: { value: "{{ current_a }}" }
  start_charging:
    mode: restart
    sequence:
      - action: input_boolean.turn_on
        target: { entity_id: input_boolean.wallbox_on }
  stop_charging:
    mode: restart
    sequence:
      - action: input_boolean.turn_off
        target: { entity_id: input_boolean.wallbox_on }
      - action: input_number.set_value
        target: { entity_id: input_number.wallbox_current }
        data: { value: 0 }
"""
SITE = {
    "user": {
        "name": "Home",
        "phases": "1",
        "service_voltage_v": VOLTAGE_V,
        "service_current_a": 25,
        "phase_ratings": {},
    },
    "meter": {
        "power_meter": METER,
        "unavailable_behavior": "stop",
        "ramp_up_time_s": 5,
        "meter_channels": {},
        "meter_details": {},
    },
}
WALLBOX = {
    "control_kind": {"next_step_id": "by_scripts"},
    "charger": {
        "name": "Wallbox",
        "max_charger_current_a": 16,
        "min_ev_current_a": 6,
        "priority": 50,
        "fallback_current_a": 6,
        "set_current_script": "script.set_current",
        "stop_charging_script": "script.stop_charging",
        "start_charging_script": "script.start_charging",
        "car_sensors": {},
        "timing": {"response_time_s": 1, "command_interval_s": 0},
    },
}


@pytest.fixture(autouse=True)
def verify_cleanup() -> None:
    """Nothing of Home Assistant runs in the test's own process."""


@pytest.fixture(scope="module")
def loopback() -> None:
    """Allow connections to this machine, which Home Assistant's own tests forbid."""
    pytest_socket.enable_socket()


@pytest.fixture(autouse=True)
def _loopback(socket_enabled: None) -> None:
    """Allow them in each test again."""


class Played(ABC):
    """What the test plays beside a real Home Assistant."""

    def __init__(self, home_assistant: HomeAssistantProcess) -> None:
        self.home_assistant = home_assistant

    @abstractmethod
    def report(self) -> None:
        """Let the cars follow what they were told, and the meter tell it."""

    def state(self, entity_id: str) -> str:
        """Return an entity's state."""
        state = self.home_assistant.get_state(entity_id)
        assert state is not None, f"there is no {entity_id}"
        return state

    def run(self, seconds: float) -> None:
        """Let time pass while the meter reports."""
        self.run_until(lambda: False, seconds)

    def run_until(self, is_reached: Callable[[], bool], timeout_s: float) -> bool:
        """Let time pass while the meter reports; return whether it was reached in time."""
        deadline = monotonic() + timeout_s
        while monotonic() < deadline:
            self.report()
            if is_reached():
                return True
            sleep(METER_PERIOD_S)
        return False


class Site(Played):
    """A house and a wallbox behind a meter: the car draws what the scripts last said."""

    def __init__(self, home_assistant: HomeAssistantProcess) -> None:
        super().__init__(home_assistant)
        self.house_a = 4.0
        self.drawn_a = 0.0
        """What the car draws, also while Home Assistant is away."""

    @property
    def total_a(self) -> float:
        """Return what flows through the breaker."""
        return self.house_a + self.drawn_a

    @property
    def current_a(self) -> float:
        """Return what the wallbox was last told."""
        return float(self.state(CURRENT))

    @override
    def report(self) -> None:
        if self.current_a != NOT_SET:
            self.drawn_a = self.current_a
        self.home_assistant.set_state(
            METER,
            round(self.total_a * VOLTAGE_V),
            unit_of_measurement="W",
            device_class="power",
            state_class="measurement",
        )

    def commands_since_start(self, began: datetime) -> list[float]:
        """Return every current that this run of Home Assistant sent, oldest first."""
        sleep(RECORDED_S)
        rows = self.home_assistant.history(CURRENT, began, datetime.now(UTC))
        recorded = [float(row.state) for row in rows]
        return recorded[recorded.index(NOT_SET) + 1 :]


@pytest.fixture(scope="module")
def site(loopback: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One Home Assistant for a module, set up through the integration's own dialogs."""
    home_assistant = HomeAssistantProcess(tmp_path_factory.mktemp("home_assistant"))
    home_assistant.seed(CONFIGURATION, integrations={"ev_lb": Path("custom_components/ev_lb")})
    try:
        home_assistant.start()
        home_assistant.wait_until_running()
        site = Site(home_assistant)
        site.report()
        result = home_assistant.run_flow("ev_lb", SITE)
        home_assistant.go_on_with_subentry(result, WALLBOX)
        yield site
    finally:
        home_assistant.stop()
