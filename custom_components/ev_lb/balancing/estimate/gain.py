"""What an ampere of ours shows at the meter: more than one where the volts are higher than set.

A supply at 245 V that is counted with 230 V shows 1.065 A for each ampere of a car. A raise that
forgets that overshoots by it, and costs a cut and a hold. It is learned upwards alone: shares
become smaller by it, never larger.
"""

from dataclasses import dataclass, field

LEARNED_FROM_A = 6
"""Of a smaller change the house hides too much."""

NEEDED, KEPT = 4, 6
"""So many changes must agree; the least of the last ones counts, for a house adds to most."""

MOST = 1.1
"""EN 50160 allows a supply 10 % above its nominal voltage."""


@dataclass(slots=True, kw_only=True)
class Gain:
    """What the meter shows of an ampere that a charger was told."""

    ratios: list[float] = field(default_factory=list[float])
    shown_at: float | None = None
    """When the last of them was: what the house adds to one reading shows in all changes there."""

    value: float = 1.0

    def on_shown(self, shown_a: float, told_a: float, at: float) -> None:
        """Learn from a change that the meter has shown in the reading of a moment."""
        if told_a < LEARNED_FROM_A:
            return
        ratio = shown_a / told_a
        if at == self.shown_at:
            ratio = min(self.ratios.pop(), ratio)
        self.ratios, self.shown_at = [*self.ratios[1 - KEPT :], ratio], at
        if len(self.ratios) >= NEEDED:
            self.value = min(max(1.0, min(self.ratios)), MOST)
