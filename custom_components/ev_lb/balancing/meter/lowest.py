"""What a rise of the meter is measured from: the lowest readings of the last minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..model import Reading

if TYPE_CHECKING:
    from ..estimate.wiring import Wiring
    from ..settings import Load

STRETCH_S = 90.0
"""Longer than the slowest car's start; older readings say nothing of a rise of now."""


@dataclass(slots=True, kw_only=True)
class Lowest:
    """The lowest readings of this stretch and of the one before, per limit."""

    now_a: list[float] | None = None
    before_a: list[float] | None = None
    since: float = 0.0

    def on_reading(self, reading: Reading) -> None:
        """Take a reading; a stretch that is over becomes the one before."""
        current_a = list(reading.current_a)
        if self.now_a is None:
            self.now_a, self.since = current_a, reading.at
        elif reading.at >= self.since + STRETCH_S:
            self.before_a, self.now_a, self.since = self.now_a, current_a, reading.at
        else:
            self.now_a = list(map(min, self.now_a, current_a, strict=True))

    def rises_a(self, reading: Reading, loads: Sequence[Load]) -> list[float]:
        """Return how far each of these has risen, in amperes of the charger that loads them."""
        now_a, before_a, current_a = self.now_a, self.before_a, reading.current_a
        if now_a is None:
            return [0.0] * len(loads)
        before_a = now_a if before_a is None else before_a
        return [
            (current_a[load.index] - min(now_a[load.index], before_a[load.index])) / load.weight
            for load in loads
        ]

    def risen_a(self, reading: Reading, wiring: Wiring) -> float:
        """Return how far the meter has risen where it shows a charger."""
        return wiring.common_a(self.rises_a(reading, wiring.witnesses))

    def above_a(self, other: Lowest, loads: Sequence[Load]) -> float:
        """Return how far it lies above another one on all of these, in a charger's amperes."""
        lowest_a, others_a = self._lowest_a, other._lowest_a
        if lowest_a is None or others_a is None:
            return 0.0
        return min((lowest_a[load.index] - others_a[load.index]) / load.weight for load in loads)

    def on_cut_shown(self, loads: Sequence[Load], cut_a: float) -> None:
        """Take a cut off that has shown: what another car has taken meanwhile is a rise."""
        for lowest_a in (self.now_a, self.before_a):
            if lowest_a is not None:
                for load in loads:
                    lowest_a[load.index] -= load.weight * cut_a

    @property
    def _lowest_a(self) -> list[float] | None:
        if self.now_a is None or self.before_a is None:
            return self.now_a
        return list(map(min, self.now_a, self.before_a, strict=True))

    def on_explained(self, reading: Reading, loads: Sequence[Load], risen_a: float) -> None:
        """Take off the rise what is explained of it, by a charger's amperes."""
        for lowest_a in (self.now_a, self.before_a):
            if lowest_a is not None:
                for load in loads:
                    index = load.index
                    higher_a = min(
                        reading.current_a[index], lowest_a[index] + load.weight * risen_a
                    )
                    lowest_a[index] = max(lowest_a[index], higher_a)
