"""The tape: what was decided is decided again, in another process and after any evening."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.model import Decision, Inputs
from custom_components.ev_lb.record import tape as recording
from custom_components.ev_lb.record.replay import Difference, replay
from custom_components.ev_lb.record.tape import Decided, Tape, tape_told
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

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@dataclass(kw_only=True)
class Recorded(Plant):
    """A plant whose decisions are recorded; a restart ends the tape."""

    tape: Tape | None = field(default=None, init=False)

    def before_decision(self, inputs: Inputs, second: int) -> None:
        """Begin a tape with what a run begins with."""
        if self.tape is None:
            self.tape = Tape(self.state)

    def after_decision(self, inputs: Inputs, decision: Decision, second: int) -> None:
        """Keep what was decided."""
        assert self.tape is not None
        self.tape.keep(Decided(at=second, settings=self.settings, inputs=inputs, decision=decision))

    def told(self) -> dict[str, Any]:
        """Return the tape as it is read from a file."""
        assert self.tape is not None
        return from_file(self.tape, len(self.log))


def recorded(plant: Plant) -> Recorded:
    """Return a plant that records its decisions."""
    return Recorded(
        settings=plant.settings, house=plant.house, chargers=plant.chargers, meter=plant.meter
    )


def from_file(tape: Tape, now: float) -> dict[str, Any]:
    """Return a tape that was written to a file and read from it, as strictly as others do."""
    text = json.dumps(tape_told(tape.pieces(), now, NOON), allow_nan=False)
    return json.loads(text)


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
