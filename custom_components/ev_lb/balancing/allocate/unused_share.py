"""A car that takes less than its share leaves the rest to others.

After half a minute well below its setpoint it is capped a little above what it draws, while
another charger wants more, but never below its minimum; a charger without a car gives up
everything. The cap is lifted when the car draws nearly all of its setpoint, and whenever its
status changes. Nobody's increase is held for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from ..estimate.charger_sensor import CLOSE_A
from ..model import CarStatus
from ..supervise.evidence import is_anothers, needed_a
from .claim import Claim

if TYPE_CHECKING:
    from ..state import ChargerState, State

PLAY_A = 1.0
"""A draw that wiggles by less moves no cap."""

WAIT_S = 30.0
"""How long a car must have drawn less: longer than a contactor and most ramps."""

LEAST_A, LEAST_SHARE = 2.0, 0.1
"""A car leaves something when it draws less than its setpoint by both of these."""

SPARE_A = 2
"""How far above its draw a car is capped: enough to see that it takes more."""


@dataclass(slots=True, kw_only=True)
class UnusedShare:
    """What a car leaves of its share."""

    since: float | None = None
    """Since when it has drawn well below its setpoint."""

    draw_a: float | None = None
    """What it draws, where that has lasted for long enough; None: it leaves nothing."""

    status: CarStatus | None = None

    def on_draw(
        self, draw_a: float | None, target_a: int, status: CarStatus | None, now: float
    ) -> None:
        """Follow what the car draws of its setpoint; None: nobody knows."""
        if status is not self.status:
            self.since = self.draw_a = None
        self.status = status
        if status is CarStatus.ABSENT:
            self.since, self.draw_a = now if self.since is None else self.since, 0.0
        elif draw_a is None or target_a == 0:
            self.since = self.draw_a = None
        elif self.draw_a is not None:
            # A share that was cut down to what the car draws is no sign that it would take more.
            if draw_a >= max(target_a - CLOSE_A, self.draw_a + PLAY_A / 2):
                self.since = self.draw_a = None
            elif abs(self.draw_a - draw_a) >= PLAY_A:
                self.draw_a = draw_a
        elif draw_a > target_a - max(LEAST_A, LEAST_SHARE * target_a):
            self.since = None
        elif self.since is None:
            self.since = now
        elif now >= self.since + WAIT_S:
            self.draw_a = draw_a


def follow_draws(state: State, now: float) -> None:
    """Follow what each car leaves; a lone charger keeps its full share."""
    if len(state.balanced) > 1:
        for charger in state.balanced:
            charger.unused.on_draw(
                known_draw_a(state, charger), charger.target_a, charger.sensor.status, now
            )


def known_draw_a(state: State, charger: ChargerState) -> float | None:
    """Return what the car is known to draw: by its sensor, or nothing that the meter ever saw.

    Not before a probe has asked; one that is too near its minimum for that keeps its share.
    """
    raise_, reading = charger.evidence.raise_, state.meter.reading
    if charger.sensor.drawn_a is not None:
        return charger.sensor.drawn_a
    if raise_ is None or raise_.low_a > 0 or charger.telling.times == 0 or reading is None:
        return None
    is_asked = raise_.since <= charger.probe.asked_at and charger.probe.ceiling_a is None
    if not is_asked and not is_leaving(charger):
        return None
    risen_a = raise_.base.risen_a(reading, charger.wiring)
    is_seen = risen_a >= needed_a(raise_, charger.target_a)
    is_seen = is_seen and not is_anothers(state, charger, risen_a)
    return None if is_seen and not is_leaving(charger) else 0.0


def without_unused(
    claims: Sequence[Claim], shares: Mapping[str, int], state: State
) -> Sequence[Claim]:
    """Return the claims, those of cars that leave something capped."""
    leaving = {charger.charger_id for charger in state.balanced if is_leaving(charger)}
    if not leaving:
        return claims
    is_wanted = any(
        shares[claim.charger_id] < claim.max_a and claim.charger_id not in leaving
        for claim in claims
    )
    return tuple(
        capped(claim, state.chargers[claim.charger_id], is_wanted=is_wanted)
        if claim.charger_id in leaving
        else claim
        for claim in claims
    )


def is_leaving(charger: ChargerState) -> bool:
    """Return whether the car has left something for long enough."""
    return charger.unused.draw_a is not None


def capped(claim: Claim, charger: ChargerState, *, is_wanted: bool) -> Claim:
    """Return the claim of a car that leaves something, no higher than what it will take.

    What nobody else wants it keeps, so that it is not told something new at each turn.
    """
    cap_a = 0
    if charger.sensor.status is not CarStatus.ABSENT:
        cap_a = max(claim.min_a, ceil(charger.unused.draw_a or 0) + SPARE_A)
    return claim.at_most(min(claim.max_a, cap_a if is_wanted else max(cap_a, claim.current_a)))


def moments(state: State) -> Iterator[float]:
    """Yield when cars will have left something for long enough."""
    for charger in state.balanced:
        if charger.unused.since is not None and charger.unused.draw_a is None:
            yield charger.unused.since + WAIT_S
