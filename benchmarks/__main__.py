"""Simulates the balancing core in its houses, and prints how it did.

scripts/benchmark                          everything (minutes)
scripts/benchmark --quick                  a handful of scenarios
scripts/benchmark --only fault restart/    those whose name has one of the words
scripts/benchmark --set ramp_up_time_s=10  with another setting
"""

import argparse
import json
import sys
import time
from ast import literal_eval
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path

from .report import Row, table
from .scenarios import TUNING, VARIANTS, Overrides, Scenario, all_scenarios


def main() -> int:
    """Run what is asked for, and return the exit code."""
    args = arguments()
    overrides = {}
    for word in args.set:
        key, _, value = word.partition("=")
        overrides[key] = literal_eval(value)
    begin = time.perf_counter()
    chosen = [
        scenario
        for scenario in all_scenarios(TUNING)
        if (not args.quick or scenario.is_quick)
        and (not args.only or any(word in scenario.name for word in args.only))
    ]
    runs = [(scenario, variant) for scenario in chosen for variant in args.variants]
    run_one = partial(run, overrides=overrides)
    if args.jobs > 1:
        with ProcessPoolExecutor(args.jobs) as pool:
            rows = list(pool.map(run_one, runs))
    else:
        rows = [run_one(one) for one in runs]
    if args.each:
        print(
            table(
                [
                    Row(
                        scenario=row.scenario,
                        group=row.scenario,
                        variant=row.variant,
                        figures=row.figures,
                    )
                    for row in rows
                ]
            )
        )
    else:
        print(table(rows))
    hours = sum(row.figures.hours for row in rows)
    decisions = sum(row.figures.decisions for row in rows)
    spent = time.perf_counter() - begin
    print(f"\n{len(rows)} runs, {hours:.0f} simulated hours, {decisions} decisions, {spent:.1f} s")
    if args.out:
        args.out.write_text(json.dumps([as_json(row) for row in rows], indent=1))
    return 0


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(prog="scripts/benchmark")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD")
    parser.add_argument("--variants", nargs="+", default=VARIANTS, choices=VARIANTS)
    parser.add_argument("--each", action="store_true", help="a line for each scenario")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE")
    return parser.parse_args()


def run(one: tuple[Scenario, str], overrides: Overrides) -> Row:
    """Run one scenario in one variant."""
    scenario, variant = one
    figures = scenario.run(variant, overrides)
    return Row(scenario=scenario.name, group=scenario.group, variant=variant, figures=figures)


def as_json(row: Row) -> dict[str, object]:
    """Return a row for a file."""
    return {
        "scenario": row.scenario,
        "variant": row.variant,
        "energy_pct": row.figures.energy_pct,
        **asdict(row.figures),
    }


if __name__ == "__main__":
    sys.exit(main())
