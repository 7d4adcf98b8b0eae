"""A plant whose decisions are recorded, and the tape as it comes from a file."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from custom_components.ev_lb.balancing.model import Decision, Inputs
from custom_components.ev_lb.record.tape import Decided, Tape, tape_told
from tests.balancing.plant import Plant

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
