"""Decides a diagnostics download again: `python -m custom_components.ev_lb.record FILE`."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from ..what_if.simulation import House, Simulation
from ..what_if.site import Site, with_service_current
from .codec import Told
from .replay import Replayed, replay

WIDTH = 60
"""Of a column; what is longer goes on beside it."""


def main() -> int:
    """Print what was decided and what is decided now; return whether that differs."""
    parser = argparse.ArgumentParser(prog="replay", description=__doc__)
    parser.add_argument("file", type=Path, help="what Download diagnostics has given")
    parser.add_argument(
        "--service-current", type=float, metavar="A", help="simulate another breaker"
    )
    args = parser.parse_args()
    try:
        data = json.loads(args.file.read_text("utf-8"))["data"]
        again = list(replay(data["tape"]))
        names = {each["subentry_id"]: each["title"] for each in data["entry"]["subentries"]}
        voltage_v = float(data["line_voltage_v"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        sys.stderr.write(f"{args.file}: no download that this version can read: {error!r}\n")
        return 2
    lines = [*side_by_side(again, names), *what_if(again, args.service_current, voltage_v)]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return int(any(each.differences for each in again))


def side_by_side(again: Sequence[Replayed], names: Mapping[str, str]) -> Iterator[str]:
    """Yield each decision as recorded and as replayed, and the first that differs."""
    yield f"{'time (UTC)':13} {'reading':20} {'recorded':{WIDTH}} replayed"
    for each in again:
        reading = each.inputs.reading
        said = "" if reading is None else " ".join(f"{value:.1f}" for value in reading.current_a)
        was, now = (in_words(told, names) for told in (each.recorded, each.replayed))
        shown = "=" if not each.differences else now
        time = datetime.fromisoformat(each.time).strftime("%H:%M:%S.%f")[:-3]
        yield f"{time:13} {said:20} {was:{WIDTH}} {shown}"
    first = next((each for each in again if each.differences), None)
    if first is None:
        yield f"All {len(again)} decisions are what was recorded."
        return
    yield f"The first that differs, at {first.time}:"
    for each in first.differences:
        yield f"  {each.where}: recorded {each.recorded!r}, replayed {each.replayed!r}"


def in_words(told: Told, names: Mapping[str, str]) -> str:
    """Return in a line what was decided."""
    chargers = [
        f"{key} {charger['target_a']} A {charger['limited_by']}"
        for key, charger in told["view"]["chargers"].items()
    ]
    commands = [
        f"{each['kind']} {each['charger_id']} {each.get('current_a', 0)} A"
        for each in told["commands"]
    ]
    events = [each["type"] for each in told["events"]]
    words = "; ".join([*chargers, *commands, *events])
    for charger_id, name in names.items():
        words = words.replace(charger_id, name)
    return words


def what_if(
    again: Sequence[Replayed], service_current_a: float | None, voltage_v: float
) -> Iterator[str]:
    """Yield what would have been with cars that take all, in what the core took for the house."""
    if not again:
        return
    settings = with_service_current(again[-1].settings, service_current_a)
    site = Site(settings, {charger.charger_id: charger.phases for charger in settings.chargers})
    simulation = Simulation(site, period_s=again[-1].decision.view.meter_period_s)
    for each in again:
        house_a, is_lost = each.decision.view.house_load_a, not each.inputs.is_meter_available
        if is_lost or (each.inputs.reading is not None and house_a is not None):
            said_a = None if is_lost or house_a is None else site.said_a(house_a)
            simulation.hear(House(at=each.at, current_a=said_a))
    simulation.run_until(again[-1].at)
    if not simulation.seconds:
        return
    minutes, limit_a = simulation.seconds / 60, settings.site.service_current_a
    yield f"Had cars taken all they could get, for these {minutes:.1f} minutes, of {limit_a:g} A:"
    balanced, unbalanced = (
        tally.told(simulation.seconds, voltage_v)
        for tally in (simulation.balanced, simulation.unbalanced)
    )
    yield f"  {'':20} {'with the balancer':>18} {'without it':>12}"
    for key, value in balanced.items():
        yield f"  {key:20} {value:18} {unbalanced[key]:12}"


if __name__ == "__main__":
    sys.exit(main())
