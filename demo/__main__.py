"""Runs the demo: a Home Assistant whose simulated household our integration balances.

python -m demo             a house with three phases, until Ctrl-C, with a live line a second
python -m demo --phases 1  a house with one phase
python -m demo --check     both at once for a good minute, then says whether every promise was kept
"""

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from .check import Amperes, ChargerRecord, Record, judge
from .custom_components.demo_household.homes import HOMES
from .custom_components.demo_household.household import Home
from .home_assistant import (
    RESTART_EXIT_CODE,
    HomeAssistantError,
    HomeAssistantProcess,
)
from .stage import DEFAULT_PHASES, ROOT, set_up, starting_household

PORT = 8124
"""Where the demo is found, unless somebody else listens there."""

CHECK_S = 75
CHECK_LINE_S = 5
RECORDED_S = 2
"""Until the recorder has written what it saw."""

INVITATIONS = {
    1: """\
demo: a kettle, an oven and a hob come and go: the cars give way at once, wait, and take back
demo: what is free. On the dashboard, add house load until a car must stop, lower a maximum,
demo: or switch the balancing of a charger off. Ctrl-C ends everything.
""",
    3: """\
demo: three phases of 25 A. The garage's car draws from all of them, the one on the drive from L1
demo: alone: a water heater on L3 takes from the garage, and what that leaves on L1 is the drive's.
demo: On the dashboard, add house load to a phase, lower a maximum, or switch the balancing of a
demo: charger off. Ctrl-C ends everything. A house with one phase: scripts/demo --phases 1
""",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A house that is being shown."""

    home: Home
    home_assistant: HomeAssistantProcess

    @property
    def phase_names(self) -> Sequence[str]:
        """Return what the phases are called."""
        return [f"L{phase + 1}" for phase in self.home.phases]

    def sensor_of(self, name: str, phase: str) -> str:
        """Return the sensor of a phase, which says its name where there are several."""
        return f"sensor.{name}" + (f"_{phase.lower()}" if len(self.home.phases) > 1 else "")


def main() -> int:
    """Run the demo and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description="See the balancer at work.")
    parser.add_argument("--phases", type=int, choices=sorted(HOMES), help="of the house (3)")
    parser.add_argument("--check", action="store_true", help="run it for 75 s and judge it")
    options = parser.parse_args()
    is_check = options.check
    default = sorted(HOMES, reverse=True) if is_check else [DEFAULT_PHASES]
    shown = default if options.phases is None else [options.phases]
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    try:
        with ExitStack() as stack:
            demos = [start(stack, phases, is_check=is_check) for phases in shown]
            for demo in demos:
                set_up(demo.home_assistant, len(demo.home.phases))
            return check(demos) if is_check else watch(demos[0])
    except HomeAssistantError as error:
        print(f"demo: failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: ended", flush=True)
        return 1 if is_check else 0


def start(stack: ExitStack, phases: int, *, is_check: bool) -> Demo:
    """Start a demo, which ends with the stack."""
    folder = ROOT / ".cache" / (f"demo-check-{phases}" if is_check else f"demo-{phases}")
    household = starting_household(folder, phases, 0 if is_check else PORT)
    return Demo(home=HOMES[phases], home_assistant=stack.enter_context(household))


def watch(demo: Demo) -> int:
    """Print what happens, once a second, until somebody ends it."""
    home_assistant = demo.home_assistant
    print(f"demo: open {home_assistant.url} (no login from this machine)")
    print(INVITATIONS[len(demo.home.phases)], flush=True)
    while home_assistant.exit_code in (None, RESTART_EXIT_CODE):
        if home_assistant.exit_code == RESTART_EXIT_CODE:
            home_assistant.restart()
        try:
            print(live_line(demo), flush=True)
        except HomeAssistantError:
            print("no answer: Home Assistant is restarting or very busy", flush=True)
        time.sleep(1)
    raise HomeAssistantError(f"Home Assistant ended by itself (see {home_assistant.log_path})")


def live_line(demo: Demo) -> str:
    """Return what flows now, in one line."""
    states = demo.home_assistant.states()

    def said(entity_id: str) -> str:
        return states.get(entity_id, {}).get("state", "?")

    def of_phases(name: str) -> str:
        return " ".join(said(demo.sensor_of(name, phase)) for phase in demo.phase_names)

    chargers = (
        f"{name} {said(f'sensor.{name}_draw').removesuffix('.0')} A" for name in demo.home.wallboxes
    )
    return " | ".join(
        (
            f"house {of_phases('house_load')} A",
            *chargers,
            f"total {of_phases('supply_current')} of {demo.home.breaker_a} A",
            said("sensor.house_activity"),
        )
    )


def check(demos: Sequence[Demo]) -> int:
    """Watch the demos for a while and say whether every promise was kept."""
    began = datetime.now(UTC)
    print(f"demo: watching for {CHECK_S} s", flush=True)
    for _ in range(CHECK_S // CHECK_LINE_S):
        for demo in demos:
            print(f"demo:   {live_line(demo)}", flush=True)
        time.sleep(CHECK_LINE_S)
    until = datetime.now(UTC)
    time.sleep(RECORDED_S)
    judged = [is_judged_kept(demo, began, until) for demo in demos]
    is_kept = all(judged)
    print(f"demo: {'passed' if is_kept else 'failed, see BROKEN above'}", flush=True)
    return 0 if is_kept else 1


def is_judged_kept(demo: Demo, began: datetime, until: datetime) -> bool:
    """Print what a demo has shown, and return whether every promise was kept."""
    print(f"demo: the house with {len(demo.home.phases)} phase(s):")
    findings = judge(recorded(demo, began, until))
    for finding in findings:
        print(f"demo: {'kept  ' if finding.is_kept else 'BROKEN'} {finding.words}")
    return all(finding.is_kept for finding in findings)


def recorded(demo: Demo, began: datetime, until: datetime) -> Record:
    """Return what the recorder saw of a demo."""

    def states(entity_id: str) -> list[str]:
        rows = demo.home_assistant.history(entity_id, began, until)
        return [row.state for row in rows]

    def currents(entity_id: str) -> list[Amperes]:
        rows = demo.home_assistant.history(entity_id, began, until)
        return [Amperes(at=row.at, current_a=float(row.state)) for row in rows]

    return Record(
        until=until.timestamp(),
        breaker_a=demo.home.breaker_a,
        totals={
            phase: currents(demo.sensor_of("supply_current", phase)) for phase in demo.phase_names
        },
        chargers=[
            ChargerRecord(
                drawn=currents(f"sensor.{name}_draw"),
                commanded=currents(f"sensor.{name}_current_set"),
                balancer_states=states(f"sensor.{name}_balancer_state"),
                phases=[demo.phase_names[phase] for phase in wallbox.car_phases],
                phases_seen=next(reversed(states(f"sensor.{name}_phases_used")), None),
            )
            for name, wallbox in demo.home.wallboxes.items()
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
