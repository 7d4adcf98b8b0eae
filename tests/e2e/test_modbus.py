"""Two chargers behind core's modbus: one by entities that the guide makes of it, one by actions.

Core's modbus has no numbers: the guide's is a template on a register.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import override

import pytest

from demo.home_assistant import LOOPBACK, HomeAssistantProcess, Json, free_port, wait_until

from ..guide import examples
from .conftest import METER, SITE, VOLTAGE_V, Played
from .modbus_charger import DRAW, FIRST_ADDRESS, IS_ON, LIMIT, ModbusCharger, running_line

BREAKER_A = 40
FULL_A = 16
QUIET_A = 4.0
ANSWER_S = 10.0
"""A meter period, three response times of 1 s, and a busy machine."""

TOLD_AGAIN_S = 30.0
"""An unresponsive charger is told again after its window and 3 s (about 10 s); a busy machine."""

RAISE_S = 45.0
"""A hold of 5 s, its doubled waits after stops, and the windows of the commands before."""

NUMBER, SWITCH = "number.garage_current_limit", "switch.garage_charging"
HUB = "wallbox"
QUICK = {"timing": {"response_time_s": 1, "command_interval_s": 0}}
DRIVE_UNIT = 2


def configuration(port: int) -> str:
    """Return the guide's YAML for this line, polled each second, with a sensor of each draw."""
    (guide,) = examples("action-scripts-guide.md", "Modbus registers as entities")
    hub = {**guide["modbus"][0], "host": LOOPBACK, "port": port}
    draws = [
        {
            "name": f"{name} draw",
            "slave": unit,
            "address": FIRST_ADDRESS + DRAW,
            "unit_of_measurement": "A",
            "device_class": "current",
        }
        for name, unit in (("Garage", 1), ("Drive", DRIVE_UNIT))
    ]
    polled = {"scan_interval": 1}
    hub["sensors"] = [sensor | polled for sensor in (*hub["sensors"], *draws)]
    hub["switches"] = [switch | polled for switch in hub["switches"]]
    # JSON is YAML, too.
    return f"modbus: {json.dumps([hub])}\ntemplate: {json.dumps(guide['template'])}\n"


def written(register: int, value: object) -> list[Json]:
    """Return the action that writes a register of the drive's charger."""
    data = {"hub": HUB, "slave": DRIVE_UNIT, "address": FIRST_ADDRESS + register, "value": value}
    return [{"action": "modbus.write_register", "data": data}]


GARAGE = {
    "control_kind": {"next_step_id": "by_entities"},
    "charger": {
        "name": "Garage",
        "current_number": NUMBER,
        "pause": "switch",
        "car_sensors": {"draw_sensor": "sensor.garage_draw"},
        **QUICK,
    },
    "pause": {"pause_switch": SWITCH},
}
DRIVE = {
    "control_kind": {"next_step_id": "by_actions"},
    "charger": {
        "name": "Drive",
        "set_current_action": written(LIMIT, "{{ current_a | int }}"),
        "start_charging_action": written(IS_ON, 1),
        "stop_charging_action": written(IS_ON, 0),
        "car_sensors": {"draw_sensor": "sensor.drive_draw"},
        **QUICK,
    },
}


class House(Played):
    """A house behind one breaker, and both chargers."""

    def __init__(self, home_assistant: HomeAssistantProcess) -> None:
        super().__init__(home_assistant)
        self.garage = ModbusCharger(1, full_a=FULL_A)
        self.drive = ModbusCharger(DRIVE_UNIT, full_a=FULL_A)
        self.house_a = QUIET_A

    @property
    def drawn_a(self) -> tuple[int, int]:
        """Return what the garage and the drive draw."""
        return self.garage.drawn_a, self.drive.drawn_a

    def is_safe(self) -> bool:
        """Return whether it is within the breaker."""
        return self.house_a + sum(self.drawn_a) <= BREAKER_A

    @override
    def report(self) -> None:
        self.home_assistant.set_state(
            METER,
            round((self.house_a + sum(self.drawn_a)) * VOLTAGE_V),
            unit_of_measurement="W",
            device_class="power",
            state_class="measurement",
        )


@pytest.fixture(scope="module")
def house(loopback: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One Home Assistant for the module, with the guide's YAML."""
    port = free_port()
    home_assistant = HomeAssistantProcess(tmp_path_factory.mktemp("home_assistant"))
    home_assistant.seed(
        configuration(port), integrations={"ev_lb": Path("custom_components/ev_lb")}
    )
    house = House(home_assistant)
    with ExitStack() as running:
        running.enter_context(running_line(house.garage, house.drive, port=port))
        running.callback(home_assistant.stop)
        home_assistant.start()
        home_assistant.wait_until_running()
        wait_until(lambda: house.state(NUMBER) == "6.0", ANSWER_S, "the registers")
        house.report()
        site = home_assistant.run_flow(
            "ev_lb",
            {**SITE, "user": SITE["user"] | {"service_current_a": BREAKER_A}},
        )
        home_assistant.go_on_with_subentry(site, GARAGE)
        home_assistant.add_subentry(site["result"]["entry_id"], "charger", DRIVE)
        yield house


@pytest.fixture
def charging(house: House) -> House:
    """Both cars charge at their full 16 A beside a quiet house."""
    house.garage.takes_writes = house.drive.takes_writes = True
    house.house_a = QUIET_A
    assert house.run_until(lambda: house.drawn_a == (FULL_A, FULL_A), RAISE_S)
    house.run(1)  # until nothing is in flight any more
    return house


def test_registers_are_set_and_read_back(charging: House) -> None:
    """What is written to the registers shows in the entities that are polled."""
    shown = {
        entity_id: charging.state(entity_id)
        for entity_id in (
            NUMBER,
            SWITCH,
            "sensor.garage_draw",
            "sensor.drive_draw",
            "sensor.garage_current_set",
            "sensor.drive_current_set",
        )
    }
    assert shown == {
        NUMBER: "16.0",
        SWITCH: "on",
        "sensor.garage_draw": "16",
        "sensor.drive_draw": "16",
        "sensor.garage_current_set": "16",
        "sensor.drive_current_set": "16",
    }


def test_overload_lowers_both_registers(charging: House) -> None:
    """Both give way within seconds."""
    charging.house_a = 22.0
    assert charging.run_until(charging.is_safe, ANSWER_S)
    charging.run(2)
    assert (charging.garage.limit_a, charging.drive.limit_a) == (9, 9)


def test_refused_write_is_found_out(charging: House) -> None:
    """Home Assistant only logs that a register was not written: the other charger makes up."""
    charging.garage.takes_writes = False
    charging.house_a = 22.0
    assert charging.run_until(charging.is_safe, RAISE_S)
    assert charging.garage.drawn_a == FULL_A
    charging.garage.takes_writes = True
    assert charging.run_until(lambda: charging.garage.drawn_a < FULL_A, TOLD_AGAIN_S)


def test_house_that_leaves_nothing_switches_both_off(charging: House) -> None:
    """No register gets a current below the minimum."""
    charging.house_a = 36.0
    assert charging.run_until(lambda: charging.drawn_a == (0, 0), ANSWER_S)
    assert (charging.garage.is_on, charging.drive.is_on) == (False, False)
    assert min(charging.garage.limit_a, charging.drive.limit_a) >= 6
