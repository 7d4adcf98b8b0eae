"""The tape: what was decided is decided again, in another process and after any evening."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.record import tape as recording
from custom_components.ev_lb.record.replay import Difference, replay
from custom_components.ev_lb.record.tape import Decided, Tape
from tests.balancing.evenings import evenings, one_car, three_phase_evenings
from tests.balancing.plant import Plant, Sensor, steady
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

from .recorded import NOON, from_file, recorded


def differences(told: dict[str, Any]) -> list[Difference]:
    """Return all in which the replay differs from what was recorded."""
    return [each for again in replay(told) for each in again.differences]


@pytest.fixture(params=[3, 40], ids="pieces of {}".format)
def _short_pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tape begin with a state of the middle of the evening, too."""
    monkeypatch.setattr(recording, "PIECE", request.param)


faulty_households = households(
    busy_houses(600), several(at_most_one(SENSED, FAILING, CUT_OFF), most=3)
).map(Household.plant)


@pytest.mark.usefixtures("_short_pieces")
@given(
    plant=st.one_of(
        evenings(sensors=st.sampled_from((None, Sensor()))).map(lambda drawn: drawn[0]),
        three_phase_evenings().map(lambda drawn: drawn[0]),
        faulty_households,
    ),
    seconds=st.integers(10, 700),
)
@examples(25)
def test_any_evening_is_decided_again_as_it_was(plant: Plant, seconds: int) -> None:
    """A bug report is a test case: the file alone gives the same decisions."""
    evening = recorded(plant)
    evening.run(seconds)
    assert differences(evening.told()) == []


@pytest.mark.usefixtures("_short_pieces")
@given(journey=st.builds(Journey, st.data()))
@examples(60)
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


def test_tape_keeps_the_last_decisions_alone() -> None:
    """Five hundred and some, however long the evening: the newest are all there."""
    evening = recorded(one_car(steady(5.0)))
    evening.run(1234)
    told = evening.told()
    assert [each["at"] for each in told["decisions"]] == list(range(500, 1234))
    assert told["decisions"][-1]["time"] == (NOON - timedelta(seconds=1)).isoformat()
    assert differences(told) == []


def test_settings_that_a_file_does_not_have_are_the_defaults() -> None:
    """A file of an earlier version can be replayed; what is new there was not set."""
    evening = recorded(one_car(steady(5.0)))
    evening.run(30)
    told = evening.told()
    for of in told["settings"]:
        for charger in of["chargers"]:
            del charger["max_starts_per_hour"], charger["follows_manual_limit"]
            charger["is_of_a_later_version"] = True
    assert differences(told) == []
