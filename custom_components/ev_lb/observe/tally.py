"""What observing has shown: overloads that would have ended, and how long they have stood.

Counted is what the meters say themselves, in each value of a reading: a phase, the total, or a
phase of a circuit. An overload counts as avoided when it outlasts the promise, cars take part in
it, and it would have ended by then.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from ..balancing.increases.overload import deadband_a
from ..balancing.settings import Limit, Settings

TAKES_PART_A = 1.0
"""Less of the cars is no part in an overload: a charger's own electronics draw some tenths."""

RESPONSES = 3
"""The promise: an overload is answered within a period of the meter and three response times."""

UNKNOWN_PERIOD_S = 1.0
"""The period that is promised with where the meter has none: it says at once what changes."""


@dataclass(slots=True, kw_only=True)
class Observed:
    """The totals since the site was observed for the first time."""

    overloads_avoided: int = 0
    seconds_over: float = 0.0
    """How long the site was over a limit that it would not have been over."""

    def to_json(self) -> dict[str, float]:
        """Return what must survive a restart."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What flows through what is measured, in the order of a reading."""

    real_a: tuple[float, ...]
    shadow_a: tuple[float, ...]
    """What would flow."""

    cars_a: tuple[float, ...]
    """What the real cars draw of it."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """Follows the overloads of a site, and of its shadow."""

    observed: Observed
    _began_at: dict[int, float] = field(default_factory=dict[int, float])
    """Since when each value is over with cars in it, and has not outlasted the promise."""

    _judged: set[int] = field(default_factory=set[int])
    _over: frozenset[int] = frozenset()
    _shadow_over: frozenset[int] = frozenset()
    _at: float | None = None

    def on_time(self, settings: Settings, period_s: float | None, now: float) -> bool:
        """Count what has stood since the last time; return whether an overload was avoided."""
        if self._at is not None and self._over and not self._shadow_over:
            self.observed.seconds_over += now - self._at
        self._at = now
        lasting_s = promise_s(settings, period_s)
        lasted = {index for index, at in self._began_at.items() if now >= at + lasting_s}
        for index in lasted:
            del self._began_at[index]
        self._judged |= lasted
        avoided = len(lasted - self._shadow_over)
        self.observed.overloads_avoided += avoided
        return avoided > 0

    def on_flow(self, settings: Settings, flow: Flow | None, now: float) -> None:
        """Take what flows from now on; None: nobody knows, so nothing goes on."""
        over, self._shadow_over = frozenset[int](), frozenset[int]()
        if flow is not None:
            limits = [settings.limits[index] for source in settings.sources for index in source]
            over = over_places(limits, flow.real_a)
            self._shadow_over = over_places(limits, flow.shadow_a)
            over = frozenset(index for index in over if flow.cars_a[index] >= TAKES_PART_A)
        self._over = over
        self._judged &= over
        self._began_at = {
            index: self._began_at.get(index, now) for index in over if index not in self._judged
        }

    def due_at(self, settings: Settings, period_s: float | None) -> float | None:
        """Return when an overload will have outlasted the promise; None: there is none."""
        began_at = min(self._began_at.values(), default=None)
        return None if began_at is None else began_at + promise_s(settings, period_s)


def promise_s(settings: Settings, period_s: float | None) -> float:
    """Return how long cars may hold a breaker over its rating."""
    slowest_s = max((each.response_time_s for each in settings.chargers), default=0.0)
    return (period_s or UNKNOWN_PERIOD_S) + RESPONSES * slowest_s


def over_places(limits: Sequence[Limit], current_a: Sequence[float]) -> frozenset[int]:
    """Return which values of a reading are over by more than a meter's own error."""
    pairs = zip(limits, current_a, strict=True)
    return frozenset(
        index
        for index, (limit, each_a) in enumerate(pairs)
        if each_a > limit.in_force_a + deadband_a(limit)
    )
