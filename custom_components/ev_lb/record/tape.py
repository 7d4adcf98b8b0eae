"""All that the core was told of late, and what it decided: enough to decide it again.

A decision costs a reference; what was remembered before it is told as JSON once in so many
decisions, for the core changes its state in place. The rest is told when somebody asks.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..balancing.model import Decision, Inputs
from ..balancing.settings import ChargerSettings, Settings
from ..balancing.state import State
from .codec import Told, encoded, names_of

PIECE = 250
"""So many decisions are told from one state: with 100 chargers it takes 10 ms to tell it."""

KEPT_PIECES = 3
"""The newest may just have begun: what is kept are 500 decisions or more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision, and what led to it."""

    at: float
    settings: Settings
    inputs: Inputs
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some decisions in a row, and what the core remembered before the first."""

    state: Told
    settings: Settings | None
    """Those of the decision before; None: there was none."""

    decided: list[Decided] = field(default_factory=list[Decided])


class Tape:
    """Keeps the last decisions, the oldest first; it does not survive a restart."""

    def __init__(self, state: State) -> None:
        """Begin with what a run begins with."""
        self._pieces = deque[Piece](maxlen=KEPT_PIECES)
        self._begin(state)

    def keep(self, decided: Decided) -> None:
        """Keep one more decision."""
        piece = self._pieces[-1].decided
        piece.append(decided)
        if len(piece) == PIECE:
            self._begin(decided.decision.state)

    def pieces(self) -> tuple[Piece, ...]:
        """Return what is kept now; more may be kept while it is told."""
        return tuple(
            Piece(state=piece.state, settings=piece.settings, decided=list(piece.decided))
            for piece in self._pieces
        )

    def _begin(self, state: State) -> None:
        self._pieces.append(Piece(state=state_told(state), settings=state.settings))


def state_told(state: State) -> Told:
    """Return what the core remembers, without the settings and chargers that are in it twice."""
    told = {
        name: encoded(getattr(state, name), without=(Settings, ChargerSettings))
        for name in names_of(State)
        if name not in ("settings", "balanced")
    }
    return told | {"balanced": [charger.charger_id for charger in state.balanced]}


def tape_told(pieces: tuple[Piece, ...], now: float, today: datetime) -> Told:
    """Return the pieces as JSON can say them; `today` is what a clock on the wall shows now."""
    decided = [each for piece in pieces for each in piece.decided]
    settings: dict[int, Settings] = {id(each.settings): each.settings for each in decided}
    if pieces[0].settings is not None:
        settings = {id(pieces[0].settings): pieces[0].settings} | settings
    places = {key: place for place, key in enumerate(settings)}
    return {
        "settings": encoded(settings.values()),
        "begins_with": None if pieces[0].settings is None else places[id(pieces[0].settings)],
        "state": pieces[0].state,
        "decisions": [
            {
                "time": (today - timedelta(seconds=now - each.at)).isoformat(),
                "at": each.at,
                "settings": places[id(each.settings)],
                "inputs": encoded(each.inputs),
                "decided": decision_told(each.decision),
            }
            for each in decided
        ],
    }


def decision_told(decision: Decision) -> Told:
    """Return a decision as JSON can say it."""
    return {
        "commands": [
            {"kind": type(command).__name__, **encoded(command)} for command in decision.commands
        ],
        "dropped": encoded(decision.dropped),
        "events": encoded(decision.events),
        "wake_at": encoded(decision.wake_at),
        "view": encoded(decision.view),
    }
