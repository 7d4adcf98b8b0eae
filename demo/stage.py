"""The demo, set up: its Home Assistant, and our integration configured as a user would."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .custom_components.demo_household import BUSY_SWITCH, RATED_CURRENT_A
from .custom_components.demo_household.household import RESPONSE_TIME_S, VOLTAGE_V
from .home_assistant import Answers, HomeAssistantProcess

HERE = Path(__file__).parent
ROOT = HERE.parent
DASHBOARD = "ev-charging"
SERVICE_CURRENT_A = 35

SITE: Answers = {
    "user": {
        "name": "Home",
        "phases": "1",
        "service_voltage_v": VOLTAGE_V,
        "service_current_a": SERVICE_CURRENT_A,
        "phase_ratings": {},
    },
    "meter": {
        "power_meter": "sensor.house_power",
        "unavailable_behavior": "stop",
        "ramp_up_time_s": 10,
        "meter_channels": {},
        "meter_details": {},
    },
}


def charger_answers(name: str) -> Answers:
    """Return what a user enters for a charger of the demo."""
    return {
        "user": {
            "name": name.capitalize(),
            "max_charger_current_a": RATED_CURRENT_A[name],
            "min_ev_current_a": 6,
            "priority": 50,
            "fallback_current_a": 6,
            "set_current_script": f"script.{name}_set_current",
            "stop_charging_script": f"script.{name}_stop",
            "start_charging_script": f"script.{name}_start",
            "car_sensors": {},
            "timing": {"response_time_s": RESPONSE_TIME_S, "command_interval_s": 0},
        }
    }


@contextmanager
def running_demo(config_dir: Path, preferred_port: int = 0) -> Iterator[HomeAssistantProcess]:
    """Start the demo in a folder of its own, set it up, and end it at last."""
    home_assistant = HomeAssistantProcess(config_dir, preferred_port=preferred_port)
    home_assistant.seed(
        (HERE / "configuration.yaml").read_text(encoding="utf-8"),
        integrations={
            "ev_lb": ROOT / "custom_components" / "ev_lb",
            "demo_household": HERE / "custom_components" / "demo_household",
        },
        files={
            "dashboard.yaml": (HERE / "dashboard.yaml").read_text(encoding="utf-8"),
            "automations.yaml": "[]\n",
            "scripts.yaml": "{}\n",
        },
        default_panel=DASHBOARD,
    )
    print(f"demo: starting Home Assistant in {config_dir} (about 10 s)", flush=True)
    try:
        home_assistant.start()
        home_assistant.wait_until_running()
        print("demo: setting up the site and its chargers through their dialogs", flush=True)
        first, second = (charger_answers(name) for name in RATED_CURRENT_A)
        site = home_assistant.run_flow("ev_lb", SITE)
        home_assistant.go_on_with_subentry(site, first)
        home_assistant.add_subentry(site["result"]["entry_id"], "charger", second)
        home_assistant.call_service("input_boolean.turn_on", entity_id=BUSY_SWITCH)
        # What Home Assistant has to say about its own missing parts is not the demo's.
        home_assistant.call_service("persistent_notification.dismiss_all")
        yield home_assistant
    finally:
        home_assistant.stop()
