"""Simulates the balancing core in its houses, and prints how it did.

scripts/benchmark                             everything (minutes)
scripts/benchmark --quick                     a handful of scenarios
scripts/benchmark --only restart fault-meter  those whose name has one of the words
scripts/benchmark --set ramp_up_time_s=10     with another setting of the site or the chargers
scripts/benchmark --seeds 7..12               in houses generated from other seeds
scripts/benchmark --held-out                  with what nothing was tuned on
scripts/benchmark --speed                     how fast the core decides
"""

import argparse
import json
import os
import sys
import time
from ast import literal_eval
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from .machine import machine
from .report import Row, report
from .scenario import VARIANTS, Overrides, Scenario, setting_names
from .scenarios import HELD_OUT, TUNING, all_scenarios
from .speed import speed_report

DEFAULT_SEEDS = "1..2"


def main() -> int:
    """Run what is asked for, and return the exit code."""
    args = arguments()
    settings = overrides(args.set)
    begin = time.perf_counter()
    print(f"{machine()}\n", flush=True)
    if args.speed:
        print(speed_report())
        return 0
    runs = [
        (scenario, variant)
        for scenario in chosen(args)
        for variant in scenario.variants
        if variant in args.variants
    ]
    if args.list:
        print("\n".join(f"{scenario.name} {variant}" for scenario, variant in runs))
        return 0
    if not runs:
        print("benchmark: no scenario has such a name; --list shows them", file=sys.stderr)
        return 1
    rows = carry_out(runs, settings, args.jobs)
    print(report(rows, is_brief=args.brief, is_each=args.each))
    hours = sum(row.figures.hours for row in rows)
    decisions = sum(row.figures.decisions for row in rows)
    spent_s = time.perf_counter() - begin
    print(
        f"\n{len(rows)} runs, {hours:.0f} simulated hours, {decisions} decisions, {spent_s:.0f} s"
    )
    if args.out:
        args.out.write_text(json.dumps([row.as_json() for row in rows], indent=1) + "\n")
    return 0


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(
        prog="scripts/benchmark",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="a handful of scenarios")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="by name")
    parser.add_argument("--variants", nargs="+", default=VARIANTS, choices=VARIANTS)
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="a setting")
    parser.add_argument("--seeds", metavar="N..M", help=f"of generated days ({DEFAULT_SEEDS})")
    parser.add_argument("--held-out", action="store_true", help="what nothing was tuned on")
    parser.add_argument("--each", action="store_true", help="a line for each scenario")
    parser.add_argument("--brief", action="store_true", help="the total alone")
    parser.add_argument("--list", action="store_true", help="the names alone")
    parser.add_argument("--out", type=Path, help="the figures of each run, as JSON")
    parser.add_argument("--jobs", type=int, default=os.process_cpu_count() or 1)
    parser.add_argument("--speed", action="store_true", help="how fast the core decides")
    return parser.parse_args()


def chosen(args: argparse.Namespace) -> list[Scenario]:
    """Return the scenarios that were asked for."""
    choice = HELD_OUT if args.held_out else TUNING
    if args.seeds:
        first, _, last = args.seeds.partition("..")
        choice = replace(choice, seeds=range(int(first), int(last or first) + 1))
    return [
        scenario
        for scenario in all_scenarios(choice)
        if (scenario.is_quick or not args.quick)
        and (not args.only or any(word in scenario.name for word in args.only))
    ]


def overrides(words: list[str]) -> Overrides:
    """Return settings from `key=value`; a value that is no Python literal is a word."""
    found: Overrides = {}
    known = setting_names()
    for word in words:
        key, _, value = word.partition("=")
        if key not in known:
            sys.exit(f"benchmark: {key} is no setting; these are: {', '.join(sorted(known))}")
        try:
            found[key] = literal_eval(value)
        except ValueError, SyntaxError:
            found[key] = value
    return found


def carry_out(runs: list[tuple[Scenario, str]], settings: Overrides, jobs: int) -> list[Row]:
    """Run scenarios in their variants, and return them in order."""
    run_one = partial(run, settings=settings)
    if jobs == 1 or len(runs) == 1:
        return [run_one(one) for one in runs]
    # Forked: every run sees the same code, whoever edits it meanwhile.
    with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
        return list(pool.map(run_one, runs))


def run(one: tuple[Scenario, str], settings: Overrides) -> Row:
    """Run one scenario in one variant."""
    scenario, variant = one
    return Row(scenario=scenario.name, variant=variant, figures=scenario.run(variant, settings))


if __name__ == "__main__":
    sys.exit(main())
