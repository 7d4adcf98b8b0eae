"""The core balances simulated chargers in a house that was.

Each charger follows as late as its settings allow, and its car takes all that it is given. The
meter says what has come of it when the house's did, and again after each of its periods.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from ..balancing.balancer import decide
from ..balancing.memory import Memory, recall
from ..balancing.model import Command, Delivered, Inputs, Reading, StartCharging
from ..balancing.settings import ChargerSettings
from .obedient import ObedientChargers
from .site import Site, Tally

UNKNOWN_PERIOD_S = 10.0
"""How often a meter says the same again whose period is not known."""

CALL_S = 1.0
"""From a command until its call has returned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the house draws from a moment on, without the cars."""

    at: float
    current_a: tuple[float, ...] | None
    """In the order of a reading; None: the meter is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A command that is on its way: at a moment its call returns."""

    at: float
    sent_at: float
    command: Command


class Simulation:
    """One site over some time, with the balancer and without it; the first house begins it."""

    def __init__(self, site: Site, *, period_s: float | None) -> None:
        """Put the cars there; without the balancer they always draw the most they can."""
        self._site, self._settings = site, site.settings
        self.period_s = period_s or UNKNOWN_PERIOD_S
        self._state = recall(site.settings, Memory(), 0.0)
        self._most_a = {each.charger_id: most_a(each) for each in site.settings.chargers}
        self._chargers, self._calls = ObedientChargers(), deque[Sent]()
        self._house_a: list[float] | None = None
        self._is_meter_lost = self._is_limited = False
        self._report_at = self._wake_at = inf
        self._counted_at = 0.0
        self.began_at: float | None = None
        """When the first house was heard; None: not yet."""

        self.lost_s = 0.0
        """How long the meter was lost."""

        self.balanced, self.unbalanced = Tally(site=site), Tally(site=site)

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return 0.0 if self.began_at is None else self._counted_at - self.began_at

    def hear(self, house: House) -> None:
        """Go on until the house changes; what it drew stands while its meter is lost."""
        self.run_until(house.at)
        if house.current_a is not None:
            if self.began_at is None:
                self.began_at = self._counted_at = house.at
            self._house_a = self._site.house_a(house.current_a)
        if self.began_at is not None:
            self._is_meter_lost = house.current_a is None
            self._report_at = house.at

    def run_until(self, end: float) -> None:
        """Go on until a moment."""
        while (at := self._next_at()) < end:
            self._count(at)
            self._chargers.follow(at)
            self._decide(at)
        self._count(end)

    def _next_at(self) -> float:
        """Return when anything happens next."""
        call_at = self._calls[0].at if self._calls else inf
        return min(self._report_at, self._wake_at, call_at, self._chargers.next_at)

    @property
    def _drawn_a(self) -> Mapping[str, int]:
        """What each car draws: all that it is given."""
        return {key: self._chargers.given_a(key) or 0 for key in self._most_a}

    def _count(self, now: float) -> None:
        """Count what has flowed since it was counted last."""
        seconds, self._counted_at = now - self._counted_at, now
        if self._house_a is None or seconds <= 0:
            return
        self.balanced.count(self._house_a, self._drawn_a, seconds)
        self.unbalanced.count(self._house_a, self._most_a, seconds)
        self.balanced.limited_s += seconds * self._is_limited
        self.lost_s += seconds * self._is_meter_lost

    def _decide(self, now: float) -> None:
        """Let the core decide on what has come by now."""
        reading, returned = None, list[Delivered]()
        if self._report_at <= now and self._house_a is not None:
            self._report_at = now + self.period_s
            flowing_a = self._site.with_cars_a(self._house_a, self._drawn_a)
            if not self._is_meter_lost:
                reading = Reading(current_a=self._site.said_a(flowing_a), at=now)
        while self._calls and self._calls[0].at <= now:
            each = self._calls.popleft()
            returned.append(
                Delivered(charger_id=each.command.charger_id, sent_at=each.sent_at, at=now)
            )
        inputs = Inputs(
            reading=reading,
            is_meter_available=not self._is_meter_lost,
            delivered=tuple(returned),
        )
        decision = decide(self._settings, self._state, inputs, now)
        self._wake_at = inf if decision.wake_at is None else decision.wake_at
        shown = decision.view.chargers
        self._is_limited = any(shown[key].target_a < most for key, most in self._most_a.items())
        for command in decision.commands:
            self._send(command, now)

    def _send(self, command: Command, now: float) -> None:
        self.balanced.commands += 1
        self.balanced.starts += isinstance(command, StartCharging)
        response_s = next(
            each.response_time_s
            for each in self._settings.chargers
            if each.charger_id == command.charger_id
        )
        self._calls.append(Sent(at=now + CALL_S, sent_at=now, command=command))
        self._chargers.tell(command, now + max(response_s, CALL_S))


def most_a(charger: ChargerSettings) -> int:
    """Return the most that a charger may give; below the car's minimum it is stopped."""
    current_a = min(charger.max_charger_current_a, charger.rated_current_a)
    return current_a if current_a >= charger.min_ev_current_a else 0
