"""A house of MQTT: its meter and both chargers are picked as devices that a broker announces.

Nothing between the entities and the topics is played: Mosquitto and core's mqtt are real.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import override

import pytest

from demo.home_assistant import LOOPBACK, HomeAssistantProcess, Json, filled_in, wait_until

from .broker import NEEDS_MOSQUITTO, Broker
from .conftest import Played
from .mqtt_chargers import Meter, PlainCharger, SwitchedCharger, running

BREAKER_A = 40
FULL_A = 16
QUIET_A = 4.0
METER_TIMEOUT_S = 5
ANSWER_S = 10.0
"""A meter period, three response times of 1 s, and a busy machine."""

RAISE_S = 45.0
"""A hold of 5 s, its doubled waits after stops, and the windows of the commands before."""

RECONNECTED_S = 20.0
"""Home Assistant tries its broker again each 10 s; a command that failed waits for 4 s at most."""

METER_POWER = "sensor.house_meter_power"
GARAGE_NUMBER, GARAGE_SWITCH = (
    "number.garage_wallbox_current_limit",
    "switch.garage_wallbox_charging",
)
DRIVE_NUMBER = "number.drive_wallbox_charging_current_limit"
QUICK = {"timing": {"response_time_s": 1, "command_interval_s": 0}}

PROPOSED = {
    "max_charger_current_a": 16,
    "min_ev_current_a": 6,
    "priority": 50,
    "fallback_current_a": 6,
    "timing": {"response_time_s": 10, "command_interval_s": 0},
}
"""What the form holds of both."""

pytestmark = NEEDS_MOSQUITTO


class House(Played):
    """A house behind one breaker, the devices in it, and the broker between."""

    def __init__(self, home_assistant: HomeAssistantProcess, broker: Broker) -> None:
        super().__init__(home_assistant)
        self.broker = broker
        self.meter = Meter()
        self.garage = SwitchedCharger("Garage wallbox", full_a=FULL_A)
        self.drive = PlainCharger("Drive wallbox", full_a=FULL_A)
        self.house_a = QUIET_A
        self.mqtt = ""
        """The entry of core's mqtt."""

        self.proposed: dict[str, Json] = {}
        """What the dialog proposed, by the name of the charger."""

    @property
    def drawn_a(self) -> tuple[float, float]:
        """Return what the garage and the drive draw."""
        return self.garage.drawn_a, self.drive.drawn_a

    @property
    def total_a(self) -> float:
        """Return what flows through the breaker."""
        return self.house_a + sum(self.drawn_a)

    def is_safe(self) -> bool:
        """Return whether it is within the breaker."""
        return self.total_a <= BREAKER_A

    def set_maximum(self, current_a: int) -> None:
        """Lower the maximum of both chargers, or give it back: no hold follows."""
        self.home_assistant.call_service(
            "number.set_value",
            entity_id=[f"number.{name}_max_charger_current" for name in ("garage", "drive")],
            value=current_a,
        )

    def set_by_hand(self, number: str, current_a: float) -> None:
        """Set a number of a charger, as its user does on a dashboard."""
        self.home_assistant.call_service("number.set_value", entity_id=number, value=current_a)

    @override
    def report(self) -> None:
        self.garage.report()
        self.drive.report()
        self.meter.tell(self.total_a)

    def is_available(self) -> bool:
        """Return whether Home Assistant hears of all of them."""
        states = self.home_assistant.states()
        return all(
            states.get(entity_id, {}).get("state") not in (None, "unavailable", "unknown")
            for entity_id in (METER_POWER, GARAGE_NUMBER, GARAGE_SWITCH, DRIVE_NUMBER)
        )


@pytest.fixture(scope="module")
def house(loopback: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One Home Assistant for the module, set up by picking what the broker announces."""
    home_assistant = HomeAssistantProcess(tmp_path_factory.mktemp("home_assistant"))
    home_assistant.seed("", integrations={"ev_lb": Path("custom_components/ev_lb")})
    house = House(home_assistant, Broker(tmp_path_factory.mktemp("broker")))
    with ExitStack() as stack:
        stack.callback(home_assistant.stop)
        home_assistant.start()
        stack.callback(house.broker.kill)
        house.broker.start()
        house.report()
        devices = running(house.meter, house.garage, house.drive, port=house.broker.port)
        stack.enter_context(devices)
        home_assistant.wait_until_running()
        broker = {
            "broker": LOOPBACK,
            "port": house.broker.port,
            "other_settings": {"set_client_cert": False, "set_ca_cert": "off"},
        }
        house.mqtt = home_assistant.run_flow("mqtt", {"broker": broker})["result"]["entry_id"]
        wait_until(house.is_available, ANSWER_S, "what the broker announces")
        set_up_site(house)
        yield house


def set_up_site(house: House) -> None:
    """Pick the meter's device, then the devices of both chargers, and change only the timing."""
    home_assistant = house.home_assistant
    meter = {"meter_device": home_assistant.device_of(METER_POWER)}
    details = {"meter_timeout_s": METER_TIMEOUT_S}
    site = home_assistant.run_flow(
        "ev_lb",
        {
            "user": {"name": "Home", "phases": "1", "service_current_a": BREAKER_A},
            "meter_device": meter,
            "meter": {"ramp_up_time_s": 5, "meter_details": details},
        },
    )
    entry_id = site["result"]["entry_id"]
    garage = propose_charger(house, entry_id, GARAGE_NUMBER)
    home_assistant.submit_subentry(garage, {"name": "Garage", **QUICK})
    drive = propose_charger(house, entry_id, DRIVE_NUMBER)
    words = home_assistant.submit_subentry(drive, {"name": "Drive", **QUICK})
    home_assistant.submit_subentry(words, {"idle_words": ["connected"]})


def propose_charger(house: House, entry_id: str, number: str) -> Json:
    """Pick the device of a charger; return the form that is filled in from it."""
    device = {"charger_device": house.home_assistant.device_of(number)}
    dialog = house.home_assistant.begin_subentry(entry_id, "charger")
    form = house.home_assistant.submit_subentry(dialog, device)
    proposed = filled_in(form["data_schema"])
    house.proposed[proposed["name"]] = proposed
    return form


@pytest.fixture
def charging(house: House) -> House:
    """Both cars charge at their full 16 A beside a quiet house."""
    house.meter.is_silent = False
    house.house_a = QUIET_A
    house.set_maximum(FULL_A)
    assert house.run_until(lambda: house.drawn_a == (FULL_A, FULL_A), RAISE_S)
    house.run(1)  # until nothing is in flight any more
    return house


def test_dialog_fills_the_chargers_in(house: House) -> None:
    """Of each device the form has what controls it and what it measures, and its range."""
    assert house.proposed == {
        "Garage wallbox": {
            **PROPOSED,
            "name": "Garage wallbox",
            "current_number": GARAGE_NUMBER,
            "pause": "switch",
            "pause_switch": GARAGE_SWITCH,
            "start_order": "start_first",
            "car_sensors": {
                "draw_sensor": "sensor.garage_wallbox_current",
                "status_sensor": "sensor.garage_wallbox_status",
            },
        },
        "Drive wallbox": {
            **PROPOSED,
            "name": "Drive wallbox",
            "current_number": DRIVE_NUMBER,
            "pause": "zero",
            "car_sensors": {
                "draw_sensor": "sensor.drive_wallbox_charging_power",
                "status_sensor": "sensor.drive_wallbox_charger_state",
            },
        },
    }


def test_both_cars_charge(charging: House) -> None:
    """What was picked charges both cars, with nothing else to do."""
    shown = {
        entity_id: charging.state(entity_id)
        for entity_id in (
            GARAGE_SWITCH,
            GARAGE_NUMBER,
            DRIVE_NUMBER,
            "sensor.home_house_current",
            "sensor.garage_balancer_state",
            "sensor.drive_balancer_state",
        )
    }
    assert shown == {
        GARAGE_SWITCH: "on",
        GARAGE_NUMBER: "16",
        DRIVE_NUMBER: "16",
        "sensor.home_house_current": "4.0",
        "sensor.garage_balancer_state": "active",
        "sensor.drive_balancer_state": "active",
    }


def test_overload_lowers_both_numbers(charging: House) -> None:
    """An oven goes on: both numbers go down within seconds."""
    charging.house_a = 21.5
    assert charging.run_until(charging.is_safe, ANSWER_S)
    charging.run(2)
    assert charging.drawn_a == (9, 9)


def test_house_that_leaves_nothing_pauses_both(charging: House) -> None:
    """One is paused by its switch, the other by 0 A; no current below its range is ever sent."""
    charging.house_a = 36.0
    assert charging.run_until(lambda: charging.drawn_a == (0, 0), ANSWER_S)
    assert (charging.garage.is_allowed, charging.drive.limit_a) == (False, 0)


def test_charger_that_takes_less_is_not_fought(charging: House) -> None:
    """Its firmware caps what it is told: it is told once more, and then left at that."""
    charging.set_maximum(9)
    assert charging.run_until(lambda: charging.drawn_a == (9, 9), ANSWER_S)
    charging.run(1)
    charging.garage.most_a, charging.garage.told_a = 13, []
    charging.set_maximum(FULL_A)
    assert charging.run_until(
        lambda: charging.state("sensor.garage_limited_by") == "charger_ceiling", RAISE_S
    )
    charging.run(2)
    assert charging.drawn_a == (13, FULL_A)
    assert [told_a for told_a in charging.garage.told_a if told_a > 13] == [FULL_A, FULL_A]
    charging.garage.most_a = FULL_A
    charging.set_maximum(9)  # what it takes is tried anew after less was given
    assert charging.run_until(lambda: charging.drawn_a == (9, 9), ANSWER_S)


def test_current_that_is_set_by_hand_is_respected(charging: House) -> None:
    """Who turns the charger's own number down is followed, until they turn it up again."""
    charging.set_by_hand(GARAGE_NUMBER, 10)
    assert charging.run_until(
        lambda: charging.state("sensor.garage_limited_by") == "manual_limit", ANSWER_S
    )
    charging.run(2)
    assert charging.drawn_a == (10, FULL_A)
    charging.set_by_hand(GARAGE_NUMBER, FULL_A)
    charging.run(1)
    assert charging.run_until(lambda: charging.drawn_a == (FULL_A, FULL_A), ANSWER_S)
    assert charging.state("sensor.garage_limited_by") != "manual_limit"


def test_current_that_is_set_too_high_by_hand_is_taken_back(charging: House) -> None:
    """What was set in the balancer comes before the hand."""
    charging.set_maximum(9)
    assert charging.run_until(lambda: charging.drawn_a == (9, 9), ANSWER_S)
    charging.run(1)
    charging.garage.told_a = []
    charging.set_by_hand(GARAGE_NUMBER, FULL_A)
    assert charging.run_until(lambda: charging.garage.told_a == [FULL_A, 9], ANSWER_S)
    assert charging.drawn_a == (9, 9)


def test_broker_that_dies_in_mid_charge(charging: House) -> None:
    """No command counts as delivered; what is retained comes back, and then an overload ends."""
    charging.broker.kill()
    assert charging.run_until(lambda: not charging.is_available(), ANSWER_S)
    charging.house_a = 21.5
    charging.run(2)
    assert "delivered" not in {
        charging.state(f"sensor.{name}_last_command") for name in ("garage", "drive")
    }
    assert charging.drawn_a == (FULL_A, FULL_A)
    charging.broker.start()
    assert charging.run_until(charging.is_safe, RECONNECTED_S)


def test_retained_meter_that_says_nothing_more(charging: House) -> None:
    """A value that the broker has kept is no sign of life: the cars are stopped in time."""
    charging.meter.is_silent = True
    charging.home_assistant.call_service(
        "homeassistant.reload_config_entry", entry_id=charging.mqtt
    )
    assert charging.run_until(charging.is_available, ANSWER_S)
    assert charging.run_until(
        lambda: charging.state("binary_sensor.home_meter_status") == "off",
        METER_TIMEOUT_S + ANSWER_S,
    )
    assert charging.run_until(lambda: charging.drawn_a == (0, 0), ANSWER_S)
