"""The examples of the property tests: the same everywhere, fresh ones for who looks for more."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .explore import main

A_ROUND = "0.02"
"""Minutes: the time is up before the second round begins."""

WITHOUT_HOME_ASSISTANT = ("-p", "no:homeassistant")

PROPERTY = """
from hypothesis import given
from hypothesis import strategies as st

@given(house_a=st.integers(0, 1000), charger=st.just("a"))
def test_house_is_small(house_a, charger):
    assert house_a < {least}
"""

MACHINE = """
from hypothesis.stateful import RuleBasedStateMachine, rule

class Counting(RuleBasedStateMachine):
    count = 0

    @rule()
    def add(self):
        self.count += 1
        assert self.count < {least}

TestCounting = Counting.TestCase
"""


@pytest.mark.parametrize(
    ("source", "least", "exit_code", "found"),
    [
        pytest.param(
            PROPERTY,
            7,
            1,
            (
                "test_house_is_small, seed ",
                ": @example(house_a=7, charger='a')",
                "because of AssertionError: assert 7 < 7",
            ),
            id="an example",
        ),
        pytest.param(
            MACHINE,
            3,
            1,
            ("TestCounting::runTest, seed ", "state = Counting() state.add() state.add()"),
            id="steps",
        ),
        pytest.param(PROPERTY, 1001, 0, (), id="clean"),
    ],
)
def test_counterexamples_are_printed_to_be_pasted(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    least: int,
    exit_code: int,
    found: tuple[str, ...],
) -> None:
    """Each on one line with its test and seed; the exit code says whether there was one."""
    path = tmp_path / "test_properties.py"
    path.write_text(source.format(least=least), "utf-8")
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert main([A_ROUND, *WITHOUT_HOME_ASSISTANT, str(path)]) == exit_code
    printed = capsys.readouterr().out
    assert [text for text in found if text not in printed] == []
    # A quick machine begins a second round within the time.
    assert f", {printed.count('counterexample of ')} counterexamples" in printed


def test_nothing_tried_is_not_clean(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that could not even begin is no success."""
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    path = tmp_path / "no_such_test.py"
    assert main([A_ROUND, *WITHOUT_HOME_ASSISTANT, "--noconftest", str(path)]) == 2
    assert "no_such_test.py" in capsys.readouterr().out


def seen_examples() -> list[int]:
    """Return what hypothesis thinks of."""
    seen = list[int]()

    @given(number=st.integers())
    @settings(max_examples=200)
    def see(number: int) -> None:
        seen.append(number)

    see()
    return seen


def test_everyday_examples_are_the_same_whatever_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test sees the same alone and within the suite, on a laptop and in CI."""
    monkeypatch.delenv("CI", raising=False)
    before = seen_examples()
    monkeypatch.setenv("CI", "true")
    path = tmp_path / "constants.py"
    path.write_text(f"CONSTANTS = {list(range(123_456, 124_456))}", "utf-8")
    spec = spec_from_file_location("constants", path)
    assert spec is not None
    monkeypatch.setitem(sys.modules, "constants", module_from_spec(spec))
    assert seen_examples() == before
