"""`scripts/benchmark`, as it is called."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.__main__ import overrides
from benchmarks.scenarios import HELD_OUT, TUNING, all_scenarios
from benchmarks.speed import measure, size_of

ROOT = Path(__file__).parents[2]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_quick_scenario_prints_a_table_and_writes_its_figures(tmp_path: Path) -> None:
    """The smallest of the quick ones: a line for it, one for its family and one for all."""
    out = tmp_path / "results.json"
    ended = run("--quick", "--only", "made-family", "--variants", "power", "--out", str(out))
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert [line.split(" | ")[0] for line in lines if "| power |" in line] == [
        "| made-family",
        "| made",
        "| **all**",
    ]
    figures = json.loads(out.read_text())[0]
    assert figures["scenario"] == "made-family/1-change"
    assert figures["energy_pct"] > 80


def test_needs_no_home_assistant() -> None:
    """The integration's own package is never run."""
    program = "import benchmarks.__main__, sys; print('homeassistant' in sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ended.stdout == "False\n"


def test_unknown_scenario_is_an_error() -> None:
    """A typing error must not look like a good result."""
    ended = run("--only", "nonesuch")
    assert ended.returncode == 1
    assert "no scenario" in ended.stderr


def test_unknown_setting_is_an_error() -> None:
    """Nor must a setting that nothing has."""
    ended = run("--quick", "--set", "ramp_up_time=10")
    assert ended.returncode == 1
    assert "ramp_up_time" in ended.stderr


def test_settings_are_overridden() -> None:
    """Each by its name, in the site or in the chargers."""
    scenario = all_scenarios(TUNING)[0]
    words = ["ramp_up_time_s=10", "response_time_s=5.5", "unavailable_behavior=ignore"]
    settings = scenario.settings(overrides(words))
    assert settings.site.ramp_up_time_s == 10
    assert settings.site.unavailable_behavior == "ignore"
    assert settings.chargers[0].response_time_s == 5.5


def test_names_are_unique() -> None:
    """A line of the results belongs to one run."""
    for choice in (TUNING, HELD_OUT, replace(TUNING, seeds=(7, 8, 9))):
        names = [scenario.name for scenario in all_scenarios(choice)]
        assert len(names) == len(set(names))


def test_held_out_houses_are_others() -> None:
    """No generated day of the judging was there for the tuning, nor any hour of the others."""
    assert not set(HELD_OUT.seeds) & set(TUNING.seeds)
    assert HELD_OUT.evening[1] <= TUNING.evening[0]
    assert HELD_OUT.hours[1] <= TUNING.hours[0]


@pytest.mark.parametrize(("chargers", "phases"), [(1, 1), (4, 3)])
def test_speed_is_measured(monkeypatch: pytest.MonkeyPatch, chargers: int, phases: int) -> None:
    """Decisions of a stream that makes the core send something."""
    monkeypatch.setattr("benchmarks.speed.STREAM_S", 120)
    speed = measure(chargers, phases)
    assert 1 < speed.decision_us < speed.slowest_us
    assert speed.commands > 0
    assert speed.state_bytes > 500


def test_size_counts_each_thing_once() -> None:
    """What is held twice is there once."""
    row = (1.5, 2.5)
    assert size_of((row, row)) == sys.getsizeof((row, row)) + size_of(row)
    assert size_of(row) == sys.getsizeof(row) + 2 * sys.getsizeof(1.5)
