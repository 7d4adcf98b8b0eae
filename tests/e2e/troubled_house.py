"""A Home Assistant in which all goes wrong that a repair is about, each at a site of its own.

Its meters and chargers are templates and scripts, so a car draws what its script was told. A switch
breaks each of them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from demo.home_assistant import Answers, HomeAssistantProcess, wait_until

HERE = Path(__file__).parent
VOLTAGE_V = 230
FULL_A, HALF_A = 16, 8
HOUSE_W, OVERLOAD_W = 1000, 5000
"""Beside a car at its full current the second is too much for the breaker."""

BREAKER_A = 25
STARTED_S = 60.0
POWER = {"unit_of_measurement": "W", "device_class": "power"}
CURRENT = {"unit_of_measurement": "A", "device_class": "current"}

BALANCED = ("failing", "deaf", "frozen", "blind", "reversed", "turned")
"""The sites whose one car draws what its script was told."""

STEADY = ("contradicting", "controls", "total", "single")
"""The sites whose meters show the house alone."""

ENTITY_CHARGERS = ("unit", "zero", "option")
"""The chargers of `controls`, each with a number, and the last one with a select."""

STANDING = ("missing", "units", "slow", "stopping", "ignoring", "falling_back", "circuits")
"""The sites whose meters say only what a test has them say."""


def power_of(name: str) -> str:
    """Return the meter of a site."""
    return f"sensor.{name}_power"


def switch_of(name: str) -> str:
    """Return what breaks a site."""
    return f"input_boolean.{name}_broken"


def house_of(name: str) -> str:
    """Return what the house of a site draws, in watts."""
    return f"input_number.{name}_house"


def drawn_of(name: str) -> str:
    """Return what the car of a site draws, in amperes."""
    return f"input_number.{name}_drawn"


def shown(name: str) -> str:
    """Return the template of what the meter of a site shows."""
    house_w = f"(states('{house_of(name)}') | float + range(100) | random)"
    if name in STEADY:
        return f"{{{{ {house_w} }}}}"
    total_w = f"{house_w} + {VOLTAGE_V} * states('{drawn_of(name)}') | float"
    is_broken = f"is_state('{switch_of(name)}', 'on')"
    match name:
        case "frozen":
            return f"{{{{ this.state if {is_broken} else {total_w} }}}}"
        case "blind":
            return f"{{{{ {HOUSE_W} if {is_broken} else {total_w} }}}}"
        case "reversed":
            return f"{{{{ -({total_w}) }}}}"
        case _:
            return f"{{{{ {total_w} }}}}"


def sensor(name: str, state: str, attributes: Mapping[str, str]) -> dict[str, Any]:
    """Return a template sensor."""
    return {"name": name.replace("_", " "), "state": state, **attributes}


def script_of(name: str) -> dict[str, Any]:
    """Return the script that sets the current of a car."""
    drawn = {"entity_id": drawn_of(name)}
    is_broken = {"condition": "state", "entity_id": switch_of(name), "state": "on"}
    unless = {"failing": [{"if": is_broken, "then": [{"action": "my_wallbox.set_current"}]}]}
    unless["deaf"] = [{"if": is_broken, "then": [{"stop": "The charger does not listen"}]}]
    setting = {
        "action": "input_number.set_value",
        "target": drawn,
        "data": {"value": "{{ current_a }}"},
    }
    return {"mode": "restart", "sequence": [*unless.get(name, []), setting]}


def number(name: str) -> dict[str, Any]:
    """Return the number of a charger, which takes no 0 A any more when it is broken."""
    drawn = {"entity_id": drawn_of(name)}
    return {
        "name": f"{name} current",
        "state": f"{{{{ states('{drawn_of(name)}') }}}}",
        "unit_of_measurement": "A",
        "step": 1,
        "min": f"{{{{ 6 if is_state('{switch_of(name)}', 'on') else 0 }}}}",
        "max": 32,
        "set_value": {
            "action": "input_number.set_value",
            "target": drawn,
            "data": {"value": "{{ value }}"},
        },
    }


def configuration() -> str:
    """Return the YAML of the house: JSON is YAML, too."""
    sensors = [sensor(f"{name}_power", shown(name), POWER) for name in (*BALANCED, *STEADY)]
    sensors += [
        sensor(f"{name}_drawn", f"{{{{ states('{drawn_of(name)}') }}}}", CURRENT)
        for name in ("blind", "turned")
    ]
    is_exporting = f"is_state('{switch_of('contradicting')}', 'on')"
    sensors.append(
        sensor("contradicting_export", f"{{{{ 3000 if {is_exporting} else 0 }}}}", POWER)
    )
    beside_w = {"l1": "0", "l2": f"{VOLTAGE_V} * states('{drawn_of('turned')}') | float", "l3": "0"}
    sensors += [
        sensor(f"turned_power_{phase}", f"{{{{ 500 + range(100) | random + {watts} }}}}", POWER)
        for phase, watts in beside_w.items()
    ]
    sensors += [sensor(f"turned_drawn_{phase}", "0", CURRENT) for phase in ("l2", "l3")]
    numbers = [number(name) for name in ENTITY_CHARGERS]
    options = f"['Charge'] if is_state('{switch_of('option')}', 'on') else ['Charge', 'Pause']"
    select = {
        "name": "option mode",
        "state": "Charge",
        "options": f"{{{{ {options} }}}}",
        "select_option": [],
    }
    every_second = {"trigger": "time_pattern", "seconds": "/1"}
    names = (*BALANCED, *STEADY, *ENTITY_CHARGERS)
    parts = {
        "impatience": {},
        "input_boolean": {
            f"{name}_broken": {"initial": name in ("blind", "reversed", "turned")} for name in names
        },
        "input_number": {
            f"{name}_house": {"min": 0, "max": 10000, "initial": HOUSE_W} for name in names
        }
        | {f"{name}_drawn": {"min": 0, "max": 80, "initial": 0} for name in names},
        "template": [
            {"trigger": every_second, "sensor": sensors},
            {"number": numbers},
            {"select": [select]},
        ],
    }
    lines = [f"{domain}: {json.dumps(part)}" for domain, part in parts.items()]
    return "\n".join([*lines, "script: !include scripts.yaml", ""])


def scripts() -> dict[str, Any]:
    """Return the scripts of all chargers."""
    return {
        f"set_{name}": script_of(name) | ({"mode": "single"} if name == "single" else {})
        for name in (*BALANCED, *STEADY)
    }


def site(name: str, *, phases: int = 1, price: str | None = None, **meter: object) -> Answers:
    """Return what a user enters for a site; one that stands still is never silent for too long."""
    is_standing = name in STANDING
    answers = {
        "ramp_up_time_s": 5,
        "meter_channels": {},
        "meter_details": {"meter_timeout_s": 86400} if is_standing else {},
        **({"power_meter": power_of(name)} if "power_meter_l1" not in meter else {}),
        **meter,
    }
    kind = "meter_phases" if "power_meter_l1" in meter else "meter"
    return {
        "user": {
            "name": title_of(name),
            "phases": str(phases),
            "service_voltage_v": VOLTAGE_V,
            "service_current_a": BREAKER_A,
            "phase_ratings": {},
            "cost": {} if price is None else {"price_sensor": price},
        },
        "meter_kind": {"next_step_id": kind},
        kind: answers,
    }


def title_of(name: str) -> str:
    """Return what a site is called."""
    return name.replace("_", " ").capitalize()


def charger(name: str, script: str | None = None, **more: object) -> Answers:
    """Return what a user enters for a charger that a script controls."""
    return {
        "control_kind": {"next_step_id": "by_scripts"},
        "charger": {
            "name": f"{title_of(name)} wallbox",
            "max_charger_current_a": FULL_A,
            "set_current_script": f"script.set_{script or name}",
            "car_sensors": {},
            "timing": {"response_time_s": 1, "command_interval_s": 0},
            **more,
        },
    }


def entity_charger(name: str, **pause: object) -> Answers:
    """Return what a user enters for a charger that its entities control."""
    return {
        "control_kind": {"next_step_id": "by_entities"},
        "charger": {
            "name": f"{title_of(name)} wallbox",
            "max_charger_current_a": FULL_A,
            "current_number": f"number.{name}_current",
            "car_sensors": {},
            "timing": {"response_time_s": 1, "command_interval_s": 0},
            **pause,
        },
    }


PHASES = ("l1", "l2", "l3")
SITES: Sequence[tuple[Answers, Sequence[Answers]]] = (
    (site("failing"), [charger("failing")]),
    (site("deaf"), [charger("deaf")]),
    (site("frozen"), [charger("frozen")]),
    (site("blind"), [charger("blind", car_sensors={"draw_sensor": "sensor.blind_drawn"})]),
    (site("reversed"), [charger("reversed")]),
    (
        site(
            "turned",
            phases=3,
            **{f"power_meter_{each}": f"sensor.turned_power_{each}" for each in PHASES},
        ),
        [
            charger(
                "turned",
                wiring="l1_l2_l3",
                car_sensors={
                    "draw_sensor": "sensor.turned_drawn",
                    "draw_sensor_l2": "sensor.turned_drawn_l2",
                    "draw_sensor_l3": "sensor.turned_drawn_l3",
                },
            )
        ],
    ),
    (site("contradicting", meter_channels={"export_meter": "sensor.contradicting_export"}), []),
    (
        site("controls"),
        [
            entity_charger("unit", pause="zero"),
            entity_charger("zero", pause="zero"),
        ],
    ),
    (site("total", phases=3), [charger("total", wiring="l1")]),
    (site("single"), [charger("single")]),
    (site("missing", price="sensor.missing_price"), []),
    (
        site(
            "units",
            meter_details={"meter_timeout_s": 86400, "voltage_sensor": "sensor.units_voltage"},
        ),
        [],
    ),
    (site("slow"), []),
    (site("stopping"), []),
    (site("ignoring", unavailable_behavior="ignore"), []),
    (site("falling_back", unavailable_behavior="set_current"), []),
    (site("circuits", phases=3), []),
)


class TroubledHouse(HomeAssistantProcess):
    """The process, with what breaks and mends it."""

    def __init__(self, config_dir: Path) -> None:
        super().__init__(config_dir)
        self.entries: dict[str, str] = {}
        """The sites, by their titles."""

        self._parts: dict[tuple[str, str], str] = {}
        """What is on them, by its kind; beside a browser no WebSocket command can ask for it."""

    def set_up(self) -> None:
        """Enter all sites and chargers in their dialogs."""
        for name in STANDING:
            self.say(name, HOUSE_W)
        for each in ("l2", "l3"):
            self.set_state(f"sensor.circuit_{each}", HOUSE_W, **POWER)
        self.set_state("sensor.missing_price", 0.3, unit_of_measurement="EUR/kWh")
        self.set_state("sensor.units_voltage", VOLTAGE_V, unit_of_measurement="V")
        for site_answers, chargers in SITES:
            result = self.run_flow("ev_lb", site_answers)
            entry_id = result["result"]["entry_id"]
            self.entries[result["title"]] = entry_id
            for number, answers in enumerate(chargers):
                if number == 0:
                    self.go_on_with_subentry(result, answers)
                else:
                    self.add_subentry(entry_id, "charger", answers)
        circuit = {
            "circuit_meter": {
                f"power_meter_{each}": f"sensor.circuit_{each}" for each in ("l2", "l3")
            }
        }
        answers = {"name": "Garage", "wiring": "l2_l3", **circuit}
        self.add_subentry(self.entries[title_of("circuits")], "circuit", {"user": answers})
        self._add_charger_with_options(self.entries[title_of("controls")])
        for title, entry_id in self.entries.items():
            for part in self.command("config_entries/subentries/list", entry_id=entry_id):
                self._parts[title, part["subentry_type"]] = part["subentry_id"]

    def _add_charger_with_options(self, entry_id: str) -> None:
        """Answer a dialog that asks for the options once it knows of what."""
        answers = entity_charger("option", pause="select")
        form = self.begin_subentry(entry_id, "charger")
        while form["type"] != "create_entry" and form["step_id"] != "pause":
            form = self.submit_subentry(form, answers.get(form["step_id"], {}))
        select = {"pause_select": "select.option_mode"}
        form = self.submit_subentry(form, select)
        options = {"charging_option": "Charge", "paused_option": "Pause"}
        form = self.submit_subentry(form, {**select, **options})

    def change_site(self, name: str, answers: Answers) -> None:
        """Change the settings of a site."""
        self.change_entry("ev_lb", self.entries[title_of(name)], answers)

    def change_part(self, name: str, kind: str, answers: Answers) -> None:
        """Change the settings of the charger or the circuit of a site."""
        entry_id = self.entries[title_of(name)]
        self.change_subentry(entry_id, kind, self._parts[title_of(name), kind], answers)

    def say(self, name: str, watts: object) -> None:
        """Have a meter say something."""
        self.set_state(power_of(name), watts, **POWER)

    def break_(self, name: str) -> None:
        """Break a site."""
        self.call_service("input_boolean.turn_on", entity_id=switch_of(name))

    def mend(self, name: str) -> None:
        """Mend it."""
        self.call_service("input_boolean.turn_off", entity_id=switch_of(name))

    def change_mode(self, name: str, mode: str) -> None:
        """Change the mode of a script, as its editor does."""
        script = scripts()[f"set_{name}"] | {"mode": mode}
        self.request("POST", f"/api/config/script/config/set_{name}", script)

    def limit(self, name: str, current_a: int) -> None:
        """Lower what a charger may have, and its car draws."""
        maximum = f"number.{name}_wallbox_max_charger_current"
        self.call_service("number.set_value", entity_id=maximum, value=current_a)

    def load(self, name: str, watts: float) -> None:
        """Have a house draw so much."""
        self.call_service("input_number.set_value", entity_id=house_of(name), value=watts)

    def wait_until_charging(self, names: Sequence[str]) -> None:
        """Wait until cars draw all that they can."""

        def is_charging() -> bool:
            states = self.states()
            return all(float(states[drawn_of(name)]["state"]) == FULL_A for name in names)

        wait_until(is_charging, STARTED_S, f"the cars of {names} to charge")


@contextmanager
def troubled_house(config_dir: Path) -> Iterator[TroubledHouse]:
    """Run the house with all its sites; nothing is broken yet but what is so from the start."""
    house = TroubledHouse(config_dir)
    integrations = {
        "ev_lb": Path("custom_components/ev_lb"),
        "impatience": HERE / "custom_components" / "impatience",
    }
    house.seed(
        configuration(), integrations=integrations, files={"scripts.yaml": json.dumps(scripts())}
    )
    try:
        house.start()
        house.wait_until_running()
        house.set_up()
        yield house
    finally:
        house.stop()
