"""The demo, set up: its Home Assistant, and our integration configured as a user would."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .custom_components.demo_household import BUSY_SWITCH
from .custom_components.demo_household.homes import HOMES
from .custom_components.demo_household.household import RESPONSE_TIME_S
from .home_assistant import Answers, HomeAssistantProcess

HERE = Path(__file__).parent
ROOT = HERE.parent
DASHBOARD = "ev-charging"
DEFAULT_PHASES = 3

FOLDERS = {1: "one_phase", 3: "three_phases"}
"""Where the files of a house are, by its phases."""

NOMINAL_V = 230
RAMP_UP_TIME_S = 10
MINIMUM_A = 6


def meter_of(phases: int) -> str:
    """Return a sensor of the meter's device."""
    return "sensor.house_meter_power" + ("_l1" if phases > 1 else "")


def site_answers(phases: int, meter_device: str) -> Answers:
    """Return what a user enters for the site; the page of the meter comes filled in."""
    return {
        "user": {
            "name": "Home",
            "phases": str(phases),
            "service_voltage_v": NOMINAL_V,
            "service_current_a": HOMES[phases].breaker_a,
            "phase_ratings": {},
        },
        "meter_device": {"meter_device": meter_device},
        "meter_phases" if phases > 1 else "meter": {"ramp_up_time_s": RAMP_UP_TIME_S},
    }


def charger_answers(name: str, phases: int) -> Answers:
    """Return what a user enters for a charger of the demo."""
    sensor = f"sensor.{name}_wallbox_current_l"
    measured = {"draw_sensor": 1, "draw_sensor_l2": 2, "draw_sensor_l3": 3} if phases > 1 else {}
    return {
        "control_kind": {"next_step_id": "by_scripts"},
        "charger": {
            "name": name.capitalize(),
            **({"wiring": "l1_l2_l3"} if phases > 1 else {}),
            "max_charger_current_a": HOMES[phases].wallboxes[name].rated_current_a,
            "min_ev_current_a": MINIMUM_A,
            "priority": 50,
            "fallback_current_a": MINIMUM_A,
            "set_current_script": f"script.{name}_set_current",
            "stop_charging_script": f"script.{name}_stop",
            "start_charging_script": f"script.{name}_start",
            "car_sensors": {key: f"{sensor}{number}" for key, number in measured.items()},
            "timing": {"response_time_s": RESPONSE_TIME_S, "command_interval_s": 0},
        },
    }


@contextmanager
def starting_household(
    config_dir: Path,
    phases: int = DEFAULT_PHASES,
    preferred_port: int = 0,
    beside: Mapping[str, Path] | None = None,
) -> Iterator[HomeAssistantProcess]:
    """Start the demo's Home Assistant in a folder of its own, without waiting; end it at last.

    `beside`: further integrations, by their folders.
    """
    home_assistant = HomeAssistantProcess(config_dir, preferred_port=preferred_port)
    folder = HERE / FOLDERS[phases]
    files = {path.name: path for path in folder.glob("*.yaml")}
    home_assistant.seed(
        (HERE / "configuration.yaml").read_text(encoding="utf-8"),
        integrations={
            "ev_lb": ROOT / "custom_components" / "ev_lb",
            "demo_household": HERE / "custom_components" / "demo_household",
            **(beside or {}),
        },
        files={
            **{name: path.read_text(encoding="utf-8") for name, path in files.items()},
            "household.yaml": f"phases: {phases}\n",
            "automations.yaml": "[]\n",
            "scripts.yaml": "{}\n",
        },
        default_panel=DASHBOARD,
    )
    print(f"demo: starting Home Assistant in {config_dir} (about 10 s)", flush=True)
    try:
        home_assistant.start()
        yield home_assistant
    finally:
        home_assistant.stop()


@contextmanager
def running_household(
    config_dir: Path, beside: Mapping[str, Path] | None = None
) -> Iterator[HomeAssistantProcess]:
    """Run the demo's Home Assistant without a site: that is for the visitor to set up."""
    with starting_household(config_dir, beside=beside) as home_assistant:
        wait_until_ready(home_assistant)
        yield home_assistant


@contextmanager
def running_demo(
    config_dir: Path, phases: int = DEFAULT_PHASES, preferred_port: int = 0
) -> Iterator[HomeAssistantProcess]:
    """Start the demo, set it up, and end it at last."""
    with starting_household(config_dir, phases, preferred_port) as home_assistant:
        set_up(home_assistant, phases)
        yield home_assistant


def set_up(home_assistant: HomeAssistantProcess, phases: int) -> None:
    """Answer the dialogs: the site by its meter's device, and its chargers."""
    wait_until_ready(home_assistant)
    print("demo: setting up the site and its chargers through their dialogs", flush=True)
    device_id = home_assistant.device_of(meter_of(phases))
    first, second = (charger_answers(name, phases) for name in HOMES[phases].wallboxes)
    site = home_assistant.run_flow("ev_lb", site_answers(phases, device_id))
    home_assistant.go_on_with_subentry(site, first)
    home_assistant.add_subentry(site["result"]["entry_id"], "charger", second)
    home_assistant.call_service("input_boolean.turn_on", entity_id=BUSY_SWITCH)


def wait_until_ready(home_assistant: HomeAssistantProcess) -> None:
    """Wait until it runs and says nothing."""
    home_assistant.wait_until_running()
    # What Home Assistant has to say about its own missing parts is not the demo's.
    home_assistant.call_service("persistent_notification.dismiss_all")
