"""Chargers that do what they are told, each as late as its response time says."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from ..balancing.model import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a charger will give from a moment on."""

    at: float
    charger_id: str
    given_a: int


class ObedientChargers:
    """What each charger lets its car take, by what it was told."""

    def __init__(self) -> None:
        """Begin with chargers that nobody has told anything."""
        self._given_a: dict[str, int] = {}
        self._moves: list[Move] = []

    @property
    def next_at(self) -> float:
        """When the next one follows; infinite: none is on its way."""
        return min((move.at for move in self._moves), default=inf)

    def given_a(self, charger_id: str) -> int | None:
        """Return what a charger gives; None: it has not followed anything yet."""
        return self._given_a.get(charger_id)

    def tell(self, command: Command, at: float) -> None:
        """Let a charger follow a command at a moment."""
        move = Move(at=at, charger_id=command.charger_id, given_a=command.current_a)
        self._moves.append(move)

    def follow(self, now: float) -> None:
        """Let the chargers do what they were told a while ago."""
        for move in [each for each in self._moves if each.at <= now]:
            self._moves.remove(move)
            self._given_a[move.charger_id] = move.given_a

    def forget_all_but(self, charger_ids: Iterable[str]) -> None:
        """Forget what others were told: nobody controls them any more."""
        kept = frozenset(charger_ids)
        self._moves = [move for move in self._moves if move.charger_id in kept]
        self._given_a = {key: given for key, given in self._given_a.items() if key in kept}
