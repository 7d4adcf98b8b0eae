"""Runs the demo: a Home Assistant whose simulated household our integration balances.

python -m demo          until Ctrl-C, with a live line a second
python -m demo --check  for a good minute, then says whether every promise was kept
"""

import argparse
import signal
import sys
import time
from datetime import UTC, datetime

from .check import Amperes, ChargerRecord, Record, judge
from .custom_components.demo_household import RATED_CURRENT_A
from .home_assistant import (
    RESTART_EXIT_CODE,
    HomeAssistantError,
    HomeAssistantProcess,
)
from .stage import ROOT, SERVICE_CURRENT_A, running_demo

PORT = 8124
"""Where the demo is found, unless somebody else listens there."""

CHECK_S = 75
CHECK_LINE_S = 5
RECORDED_S = 2
"""Until the recorder has written what it saw."""

INVITATION = """\
demo: open {url} (no login from this machine)
demo: a kettle, an oven and a hob come and go: the cars give way at once, wait, and take back
demo: what is free. On the dashboard, add house load until a car must stop, lower a maximum,
demo: or switch the balancing of a charger off. Ctrl-C ends everything.
"""


def main() -> int:
    """Run the demo and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description="See the balancer at work.")
    parser.add_argument("--check", action="store_true", help="run it for 75 s and judge it")
    is_check = parser.parse_args().check
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    folder, preferred_port = ("demo-check", 0) if is_check else ("demo", PORT)
    try:
        with running_demo(ROOT / ".cache" / folder, preferred_port) as home_assistant:
            return check(home_assistant) if is_check else watch(home_assistant)
    except HomeAssistantError as error:
        print(f"demo: failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: ended", flush=True)
        return 1 if is_check else 0


def watch(home_assistant: HomeAssistantProcess) -> int:
    """Print what happens, once a second, until somebody ends it."""
    print(INVITATION.format(url=home_assistant.url), flush=True)
    while home_assistant.exit_code in (None, RESTART_EXIT_CODE):
        if home_assistant.exit_code == RESTART_EXIT_CODE:
            home_assistant.restart()
        try:
            print(live_line(home_assistant), flush=True)
        except HomeAssistantError:
            print("no answer: Home Assistant is restarting or very busy", flush=True)
        time.sleep(1)
    raise HomeAssistantError(f"Home Assistant ended by itself (see {home_assistant.log_path})")


def live_line(home_assistant: HomeAssistantProcess) -> str:
    """Return what flows now, in one line."""
    states = home_assistant.states()

    def said(entity_id: str) -> str:
        return states.get(entity_id, {}).get("state", "?")

    def amperes(entity_id: str) -> str:
        return said(entity_id).removesuffix(".0")

    chargers = (f"{name} {amperes(f'sensor.{name}_draw')} A" for name in RATED_CURRENT_A)
    return " | ".join(
        (
            f"house {said('sensor.house_load')} A",
            *chargers,
            f"total {said('sensor.supply_current')} of {SERVICE_CURRENT_A} A",
            said("sensor.house_activity").lower(),
        )
    )


def check(home_assistant: HomeAssistantProcess) -> int:
    """Watch the demo for a while and say whether every promise was kept."""
    began = datetime.now(UTC)
    print(f"demo: watching for {CHECK_S} s", flush=True)
    for _ in range(CHECK_S // CHECK_LINE_S):
        print(f"demo:   {live_line(home_assistant)}", flush=True)
        time.sleep(CHECK_LINE_S)
    until = datetime.now(UTC)
    time.sleep(RECORDED_S)
    findings = judge(recorded(home_assistant, began, until))
    for finding in findings:
        print(f"demo: {'kept  ' if finding.is_kept else 'BROKEN'} {finding.words}")
    is_kept = all(finding.is_kept for finding in findings)
    print(f"demo: {'passed' if is_kept else 'failed, see BROKEN above'}", flush=True)
    return 0 if is_kept else 1


def recorded(home_assistant: HomeAssistantProcess, began: datetime, until: datetime) -> Record:
    """Return what the recorder saw of the demo."""

    def states(entity_id: str) -> list[str]:
        return [row.state for row in home_assistant.history(entity_id, began, until)]

    def currents(entity_id: str) -> list[Amperes]:
        return [
            Amperes(at=row.at, current_a=float(row.state))
            for row in home_assistant.history(entity_id, began, until)
        ]

    return Record(
        until=until.timestamp(),
        breaker_a=SERVICE_CURRENT_A,
        total=currents("sensor.supply_current"),
        chargers=[
            ChargerRecord(
                drawn=currents(f"sensor.{name}_draw"),
                commanded=currents(f"sensor.{name}_current_set"),
                balancer_states=states(f"sensor.{name}_balancer_state"),
            )
            for name in RATED_CURRENT_A
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
