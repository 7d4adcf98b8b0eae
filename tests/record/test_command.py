"""`scripts/replay`: what it prints of a download, and what it returns."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from custom_components.ev_lb.record.__main__ import main
from tests.balancing.builders import a_charger, settings
from tests.balancing.plant import Charger, Meter, Plant, steps

from .recorded import recorded

ROOT = Path(__file__).parents[2]


@pytest.fixture
def download() -> dict[str, Any]:
    """Return what Home Assistant gives of an evening with an overload and two cars."""
    plant = Plant(
        settings=settings(a_charger("ID_A"), a_charger("ID_B"), rated_a=32),
        house=steps((0, 5.0), (60, 25.0), (120, 3.0)),
        chargers=[Charger(delay_s=3), Charger(delay_s=3)],
        meter=Meter(),
    )
    evening = recorded(plant)
    evening.run(200)
    chargers = [
        {"subentry_id": "ID_A", "title": "Garage"},
        {"subentry_id": "ID_B", "title": "Drive"},
    ]
    entry = {"subentries": chargers}
    return {"data": {"entry": entry, "line_voltage_v": 230.0, "tape": evening.told()}}


@pytest.fixture
def file(tmp_path: Path, download: dict[str, Any]) -> Path:
    """Return the file that it is saved to."""
    file = tmp_path / "download.json"
    file.write_text(json.dumps(download), "utf-8")
    return file


@pytest.mark.parametrize("seed", [1, 2])
def test_decisions_are_the_same_in_another_process(
    file: Path, download: dict[str, Any], seed: int
) -> None:
    """Nothing that a decision depends on is left out of the file, be it the order of a set."""
    ran = subprocess.run(
        [sys.executable, "-m", main.__module__.removesuffix(".__main__"), str(file)],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": str(seed)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    count = len(download["data"]["tape"]["decisions"])
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"All {count} decisions are what was recorded." in ran.stdout.splitlines()


def run(monkeypatch: pytest.MonkeyPatch, *words: str | Path) -> int:
    """Return what the command returns."""
    monkeypatch.setattr(sys, "argv", ["replay", *map(str, words)])
    return main()


def test_decisions_are_shown_side_by_side(
    file: Path,
    download: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each has its line, and what would have been with another breaker stands below."""
    assert run(monkeypatch, file, "--service-current", "20") == 0

    lines = capsys.readouterr().out.splitlines()
    count = len(download["data"]["tape"]["decisions"])
    assert lines[0].split() == ["time", "(UTC)", "reading", "recorded", "replayed"]
    first = "11:56:40.000  5.0  Garage 0 A confirmation; Drive 0 A confirmation  ="
    assert lines[1].split() == first.split()
    overload = (
        "11:57:40.000  52.0  Garage 7 A headroom; Drive 0 A sharing; "
        "SetCurrent Garage 7 A; StopCharging Drive 0 A; overload_stop  ="
    )
    assert overload.split() in [line.split() for line in lines]
    assert lines[count + 1] == f"All {count} decisions are what was recorded."
    assert lines[count + 2].endswith("minutes, of 20 A:")
    assert [line.split()[0] for line in lines[count + 4 :]] == [
        "energy_kwh",
        "over_breaker_as",
        "over_breaker_s",
        "commands_per_day",
        "starts_per_day",
        "hours_limited",
    ]


def test_first_decision_that_differs_is_shown(
    file: Path,
    download: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where the core decides otherwise now, both are told, field by field."""
    changed = download["data"]["tape"]["decisions"][70]
    changed["decided"]["view"]["chargers"]["ID_B"]["target_a"] = 31
    file.write_text(json.dumps(download), "utf-8")

    assert run(monkeypatch, file) == 1

    lines = capsys.readouterr().out.splitlines()
    assert "Drive 31 A" in lines[71]
    assert not lines[71].endswith("=")
    place = next(at for at, line in enumerate(lines) if line.startswith("The first that"))
    assert lines[place] == f"The first that differs, at {changed['time']}:"
    assert lines[place + 1].startswith("  view.chargers.ID_B.target_a: recorded 31, replayed ")


@pytest.mark.parametrize("told", [{}, {"data": {"entry": {}, "tape": {"decisions": [{}]}}}, []])
def test_other_file_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    told: object,
) -> None:
    """A file of something else, or of a version that told otherwise, is named."""
    other = tmp_path / "other.json"
    other.write_text(json.dumps(told), "utf-8")

    assert run(monkeypatch, other) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"{other}: no download that this version can read: ")
