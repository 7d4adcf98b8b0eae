"""The tape: what was decided is decided again, in another process and after any evening."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.record import tape as recording
from custom_components.ev_lb.record.replay import Difference, replay
from custom_components.ev_lb.record.tape import Decided, Tape
from tests.balancing.evenings import evenings, three_phase_evenings
from tests.balancing.plant import Plant, Sensor
from tests.balancing.strategies import Journey
from tests.balancing.wide import (
    CUT_OFF,
    FAILING,
    SENSED,
    Household,
    at_most_one,
    busy_houses,
    households,
    several,
)
from tests.explore import examples

from .recorded import from_file, recorded


def differences(told: dict[str, Any]) -> list[Difference]:
    """Return all in which the replay differs from what was recorded."""
    return [each for again in replay(told) for each in again.differences]


@pytest.fixture(autouse=True)
def _short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tape begin with a state of the middle of the evening, too."""
    monkeypatch.setattr(recording, "PIECE", 40)


faulty_households = households(
    busy_houses(600), several(at_most_one(SENSED, FAILING, CUT_OFF), most=3)
).map(Household.plant)


@given(
    plant=st.one_of(
        evenings(sensors=st.sampled_from((None, Sensor()))).map(lambda drawn: drawn[0]),
        three_phase_evenings().map(lambda drawn: drawn[0]),
        faulty_households,
    ),
    seconds=st.integers(10, 700),
)
@examples(40)
def test_any_evening_is_decided_again_as_it_was(plant: Plant, seconds: int) -> None:
    """A bug report is a test case: the file alone gives the same decisions."""
    evening = recorded(plant)
    evening.run(seconds)
    assert differences(evening.told()) == []


@given(journey=st.builds(Journey, st.data()))
@examples(100)
def test_whatever_was_told_is_decided_again_as_it_was(journey: Journey) -> None:
    """Numbers, switches, limits, chargers that come and go, and readings that no meter can mean."""
    tape: Tape | None = None
    state: object = None
    for step in journey:
        if tape is None or step.after is not state:  # the first step, or a restart
            tape, state = Tape(step.before), step.after
        tape.keep(
            Decided(at=step.now, settings=step.settings, inputs=step.inputs, decision=step.decision)
        )
        assert differences(from_file(tape, step.now)) == []
