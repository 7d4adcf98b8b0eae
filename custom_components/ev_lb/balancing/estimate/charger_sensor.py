"""The charger's own sensors: what its car draws, and how far that can be believed.

A sensor may be later or earlier than the meter by some seconds, so not the last sample counts,
but the range of the last seconds'. Estimate and compliance use the same classification: a sensor
may follow, be behind (slow, or polled rarely), be stuck, or show more than the charger was told.
"""

from dataclasses import dataclass, field
from enum import Enum, auto
from math import inf

from ..meter.timing import LATEST_S
from ..model import CarReading, CarStatus
from .setpoints import Interval, Setpoints, hull, since_confirmed

APART_S = 3.0
"""How much later than its delay the meter may be, compared with the charger's sensor."""

SLOWEST_S = 90.0
"""How long a sensor may stay behind a command: the slowest poll, and the slowest car's start."""

CLOSE_A = 1.5
"""A car that draws its setpoint but for this takes all of it."""

NEWS_S = 30.0
"""What a sensor says so long after a command is no late word on the one before."""

KEPT_S = 160.0
"""How long ago a meter may have looked that is two and a half minutes late."""

NOTHING_A = 0.5
"""A draw below this is none: electronics and rounding."""

RISING_A, RISING_S = 0.5, 10.0
"""A draw that rose by so much in so many seconds is on its way."""


class Sense(Enum):
    """What a charger's draw sensor can be used for."""

    NONE = auto()
    """There is none, or it says nothing."""

    FOLLOWING = auto()
    """It shows what became of the newest command."""

    BEHIND = auto()
    """It may not show yet what became of the newest command, or of a car that has woken."""

    STUCK = auto()
    """The meter has shown what the sensor did not."""

    ABOVE = auto()
    """It shows more than the charger may have been told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a charger's sensors said at a moment."""

    at: float
    drawn_a: float | None
    """What the car draws; 0 where its status says that it does not charge. None: not known."""

    sensed_a: float | None = None
    """What its draw sensor says, whatever the status; None: there is none, or not known."""


@dataclass(slots=True, kw_only=True)
class ChargerSensor:
    """What a charger's own sensors have said lately."""

    samples: list[Sample] = field(default_factory=list[Sample])
    """Those that differ, oldest first; empty: there is no sensor."""

    heard_at: float | None = None
    """When the sensors said anything last, be it the same again."""

    status: CarStatus | None = None
    is_contradicted: bool = False
    """Whether the meter has shown a raise that the sensor did not: it counts for nothing."""

    def on_report(self, said: CarReading, now: float) -> None:
        """Take what the sensors say."""
        is_idle = said.status in (CarStatus.IDLE, CarStatus.ABSENT)
        drawn_a = 0.0 if is_idle else said.current_a
        sample = Sample(at=said.at, drawn_a=drawn_a, sensed_a=said.current_a)
        self.status, self.heard_at = said.status, said.at
        if self.samples and is_alike(self.samples[-1], sample):
            return
        if not self.samples and drawn_a is None:
            return
        self.is_contradicted = False
        later = [index for index, item in enumerate(self.samples) if item.at > now - KEPT_S]
        first = max(later[0] - 1, 0) if later else max(len(self.samples) - 1, 0)
        self.samples = [*self.samples[first:], sample]

    def on_contradicted(self) -> None:
        """Note that the meter has shown a raise of which the sensor saw nothing."""
        self.is_contradicted = True

    @property
    def drawn_a(self) -> float | None:
        """Return what the car draws by its sensors now; None: unknown."""
        if not self.samples or self.is_contradicted:
            return None
        return self.samples[-1].drawn_a

    @property
    def is_live_zero(self) -> bool:
        """Return whether its draw sensor and its status both show that nothing flows.

        A sensor alone may be stuck at 0, and a status says what the charger means to do.
        """
        is_idle = self.status in (CarStatus.IDLE, CarStatus.ABSENT)
        if not self.samples or self.is_contradicted or not is_idle:
            return False
        sensed_a = self.samples[-1].sensed_a
        return sensed_a is not None and sensed_a < NOTHING_A

    @property
    def is_charging(self) -> bool:
        """Return whether its sensors say that current flows."""
        return self.status is CarStatus.CHARGING or (self.drawn_a or 0.0) >= NOTHING_A

    @property
    def is_silent(self) -> bool:
        """Return whether its sensors say neither that current flows nor that none does."""
        return self.drawn_a is None and not self.is_charging

    def has_changed_since(self, moment: float) -> bool:
        """Return whether the sensors have said anything else since."""
        return bool(self.samples) and self.samples[-1].at > moment

    def given_up_a(self, since: float, target_a: float) -> float:
        """Return what the car gives up by a cut sent then, as far as the sensors tell.

        Told 13 A it may have drawn 7: the rest of a fall is another's. Infinite: they do not tell.
        """
        before = [item.drawn_a for item in self.samples if item.at <= since]
        after = [item.drawn_a for item in self.samples if item.at > since]
        known_a = [drawn_a for drawn_a in [*before[-1:], *after] if drawn_a is not None]
        is_told = bool(before and after) and len(known_a) == len(after) + 1
        if self.is_contradicted or not is_told:
            return inf
        return max(max(known_a) - min(known_a[-1], target_a), 0.0)

    def has_risen_since(self, moment: float) -> bool:
        """Return whether the sensors say more than they said at a moment."""
        before = [item.sensed_a for item in self.samples if item.at <= moment]
        latest_a = self.samples[-1].sensed_a if self.samples else None
        if latest_a is None or not before or before[-1] is None:
            return False
        return latest_a > before[-1]

    def is_rising(self, at: float) -> bool:
        """Return whether the draw has risen within the last seconds."""
        if len(self.samples) < 2:  # noqa: PLR2004
            return False
        before, latest = self.samples[-2], self.samples[-1]
        if before.drawn_a is None or latest.drawn_a is None or latest.at < at - RISING_S:
            return False
        return latest.drawn_a >= before.drawn_a + RISING_A

    def range_a(self, at: float, delay_s: float) -> Interval | None:
        """Return the range of what was measured in the last seconds; None: not known."""
        seen = list[float]()
        for item in reversed(self.samples):
            if item.at > at:
                continue
            if item.drawn_a is None:
                return None
            seen.append(item.drawn_a)
            if item.at <= at - delay_s - APART_S:
                break
        return hull(seen) if seen else None

    def kept_since(self, told_a: float) -> float | None:
        """Return since when status and sensor say that no more is drawn than told; None: no."""
        since, most_a = None, most_compliant_a(told_a)
        for item in reversed(self.samples):
            said_a = [each for each in (item.drawn_a, item.sensed_a) if each is not None]
            if not said_a or max(said_a) > most_a:
                break
            since = item.at
        return since

    def has_come_down_since(self, moment: float) -> bool:
        """Return whether the draw sensor has moved since, or no car is there any more.

        A status may say "paused" as soon as the charger has heard of the command, and a sensor
        that stands still may be stuck: neither proves that the current has gone.
        """
        if not self.samples:
            return False
        latest = self.samples[-1]
        has_moved = latest.sensed_a is not None and latest.at > moment
        return has_moved or self.status is CarStatus.ABSENT


def is_alike(one: Sample, other: Sample) -> bool:
    """Return whether two samples say the same."""
    return one.drawn_a == other.drawn_a and one.sensed_a == other.sensed_a


def most_compliant_a(told_a: float) -> float:
    """Return the most that a sensor may show of a charger that keeps to its command."""
    return 1.1 * told_a + 1.0


def classify(
    sensor: ChargerSensor,
    setpoints: Setpoints,
    *,
    unconfirmed_low_a: float | None,
    is_waking: bool,
    at: float,
    window_s: float,
    delay_s: float,
) -> tuple[Sense, Interval | None]:
    """Return what the sensor can be used for at a moment, and its range.

    `unconfirmed_low_a`: what the car drew before a raise that was not confirmed yet.
    `is_waking`: whether the meter has just risen by what this car may have begun to draw.
    """
    range_a = sensor.range_a(at, delay_s)
    items = setpoints.in_force(at, window_s)
    if range_a is None or not items:
        return Sense.NONE, None
    if sensor.is_contradicted or is_frozen(sensor, setpoints):
        return Sense.STUCK, range_a
    told_a = hull([item.current_a for item in since_confirmed(items)])
    if range_a.high_a > most_compliant_a(told_a.high_a):
        return Sense.ABOVE, range_a
    latest, newest = sensor.samples[-1], items[-1]
    if latest.drawn_a is None or (is_waking and latest.drawn_a < newest.current_a - CLOSE_A):
        return Sense.BEHIND, range_a
    if unconfirmed_low_a is not None and latest.drawn_a >= unconfirmed_low_a - CLOSE_A:
        since = newest.delivered_at if newest.delivered_at is not None else newest.sent_at
        # A raise that the sensor alone shows may be one that the meter has not come to yet.
        is_ahead = latest.drawn_a > unconfirmed_low_a + CLOSE_A
        is_over = since is None or at >= since + (LATEST_S if is_ahead else SLOWEST_S)
        return (Sense.FOLLOWING if is_over else Sense.BEHIND), range_a
    return (Sense.FOLLOWING if len(items) == 1 else Sense.BEHIND), range_a


def is_frozen(sensor: ChargerSensor, setpoints: Setpoints) -> bool:
    """Return whether the sensor shows more than a command that the meter has shown followed.

    One that came down to the command and rose again shows a charger that was told no more.
    """
    latest, newest = sensor.samples[-1], setpoints.newest
    if newest is None or not newest.is_confirmed or newest.delivered_at is None:
        return False
    if latest.drawn_a is None or newest.sent_at is None:
        return False
    most_a = most_compliant_a(newest.current_a)
    has_moved = latest.at > newest.delivered_at + SLOWEST_S or any(
        item.drawn_a is not None and item.drawn_a <= most_a
        for item in sensor.samples
        if item.at > newest.sent_at
    )
    return not has_moved and latest.drawn_a > most_a
