"""What crosses the line between the balancing core and the shell.

Currents are in amperes, times in seconds on one monotonic clock, phases counted from 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from .intervals import Offer
from .settings import DEFAULT_METER_DELAY_S, Settings


class BalancerState(StrEnum):
    """What the balancer does with a charger."""

    STOPPED = "stopped"
    ACTIVE = "active"
    ADJUSTING = "adjusting"
    RAMP_UP_HOLD = "ramp_up_hold"
    DISABLED = "disabled"


class LimitedBy(StrEnum):
    """Why a charger's target is what it is."""

    CHARGER_MAXIMUM = "charger_maximum"
    LIMIT = "limit"
    BELOW_MINIMUM = "below_minimum"
    HEADROOM = "headroom"
    SHARING = "sharing"
    RAMP_UP_HOLD = "ramp_up_hold"
    START_WAIT = "start_wait"
    UNSHOWN_DRAW = "unshown_draw"
    LAST_AMPERE = "last_ampere"
    COMMAND_INTERVAL = "command_interval"
    OTHER_CHARGER = "other_charger"
    CONFIRMATION = "confirmation"
    PROBE = "probe"
    DISOBEDIENCE = "disobedience"
    METER_UNAVAILABLE = "meter_unavailable"
    STALE_READING = "stale_reading"
    WAITING_FOR_METER = "waiting_for_meter"
    DISABLED = "disabled"


class MeterStatus(StrEnum):
    """What the balancer thinks of the meter."""

    AWAITED = "awaited"
    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the meter said."""

    current_a: tuple[float, ...]
    """Per phase, import positive, the chargers included."""

    at: float
    """When it was said."""


class CarStatus(StrEnum):
    """What a charger says of its car."""

    CHARGING = "charging"
    IDLE = "idle"
    """A car is there, and nothing flows: it waits, has paused or is full."""

    ABSENT = "absent"
    """No car is plugged in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarReading:
    """What a charger's own sensors say."""

    at: float
    current_a: float | None = None
    """Measured, per phase that it loads; None: no sensor, or nothing that could be used."""

    status: CarStatus | None = None
    """None: no sensor, or a word that means none of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterTiming:
    """What is learned of how the meter reports."""

    period_s: float | None = None
    """The usual time between two reports; None: not known yet."""

    gaps_s: tuple[float, ...] = ()
    """The last times between two reports."""

    heard_since: float | None = None
    is_recalled: bool = False
    """Heard since the last run: the first report of this one does not begin anew."""

    irregular_at: float | None = None
    """When the last gap ended that was much longer than usual."""

    answers_s: tuple[float, ...] = ()
    """How long after a car's own sensor the meter showed the last falls."""

    delay_s: float = DEFAULT_METER_DELAY_S
    """Most of these were no longer, and never less than is assumed of every meter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A temporary ceiling (`ev_lb.set_limit`)."""

    current_a: int
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A command that got through: its call returned without an error."""

    charger_id: str
    sent_at: float
    """The `now` of the decision that asked for it."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What has come since the last decision."""

    reading: Reading | None = None
    """A new one; None when the meter said nothing new."""

    is_meter_available: bool = True
    """False while its entity is missing, unavailable or not a number."""

    is_started: bool = True
    """Whether Home Assistant has started: before, nothing is missed that has not come."""

    cars: Mapping[str, CarReading] = field(default_factory=dict[str, CarReading])
    """What the chargers' own sensors say, by charger: those that said anything new."""

    delivered: tuple[Delivered, ...] = ()
    limits: Mapping[str, Limit | None] = field(default_factory=dict[str, Limit | None])
    """New temporary ceilings by charger; None ends the one in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCurrent:
    """Change the current of a charger that is charging."""

    charger_id: str
    current_a: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCharging:
    """Start a charger, then set its current."""

    charger_id: str
    current_a: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCharging:
    """Stop a charger."""

    charger_id: str
    current_a: ClassVar[int] = 0


type Command = SetCurrent | StartCharging | StopCharging


class NewsType(StrEnum):
    """What automations can listen for."""

    METER_UNAVAILABLE = "meter_unavailable"
    METER_RECOVERED = "meter_recovered"
    OVERLOAD_STOP = "overload_stop"
    FALLBACK_ACTIVATED = "fallback_activated"
    CHARGING_RESUMED = "charging_resumed"
    ACTION_FAILED = "action_failed"
    CHARGER_UNRESPONSIVE = "charger_unresponsive"
    CHARGER_RECOVERED = "charger_recovered"


SITE_NEWS = (NewsType.METER_UNAVAILABLE, NewsType.METER_RECOVERED)
CHARGER_NEWS = tuple(kind for kind in NewsType if kind not in SITE_NEWS)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something an owner may want to be told."""

    type: NewsType
    charger_id: str | None = None
    """None: the site's."""

    data: Mapping[str, float | str] = field(default_factory=dict[str, float | str])
    """The event's own fields, named as in the events guide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What a car was measured to draw from a moment on."""

    at: float
    current_a: float | None
    """What it draws; 0 where its status says that it does not charge. None: not known."""

    sensed_a: float | None = None
    """What its own draw sensor says, whatever the status; None: there is none, or not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """A car's draw that has fallen by its own sensor, and that the meter has yet to show."""

    at: float
    by_a: float
    reading_a: tuple[float, ...]
    """The reading it must fall from."""

    is_late: bool = False
    """Whether a reading has come since that did not show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unshown:
    """A raise that the meter has not shown yet."""

    low_a: int
    """What the car was counted as drawing before it."""

    reading_a: tuple[float, ...] | None
    """The reading it must rise from; None: the next one."""

    since: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWait:
    """How long the minimum must be free before a start after overload stops."""

    stops: int = 0
    """Overload stops, each within half an hour of the one before."""

    last_stop_at: float = 0.0
    free_since: float | None = None
    """Since when the minimum has been free without a break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a car leaves of its offer."""

    since: float | None = None
    """Since when it has drawn well below it."""

    draw_a: float | None = None
    """What it draws, where that has lasted for long enough; None: it leaves nothing."""


NOTHING_LEFT = Left()


@dataclass(frozen=True, slots=True, kw_only=True)
class LastAmpere:
    """How long an increase of a single ampere must wait."""

    taken_back: int = 0
    """How often in a row it had to be taken back at once."""

    free_since: float | None = None
    """Since when there has been room for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A small cut by which the meter is asked something."""

    ceiling_a: int | None = None
    """What the charger is cut to meanwhile; None: nothing is asked now."""

    asked_at: float = float("-inf")
    wait_s: float = 0.0
    """How long to wait before the next question."""


class WatchStep(StrEnum):
    """How far a charger that does not follow a reduction has been taken."""

    CUT = "cut"
    MINIMUM = "minimum"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A reduction whose effect the meter must show."""

    step: WatchStep
    sent_at: float
    cut_a: int
    """By how much the charger was told to go down."""

    highest_a: tuple[float, ...]
    """The highest readings since it was decided, per phase: what the meter must fall from.

    Empty: nothing was read yet in this run, which has the watch from the last one.
    """

    has_drawn: bool
    """Whether the meter had shown the charger's draw before."""

    repeats: int = 0
    """How often the last command was sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerState:
    """What the core remembers of a charger."""

    target_a: int = 0
    """The current wanted now; 0 is stopped."""

    commanded_a: int = 0
    """What it was last told with success."""

    offers: tuple[Offer, ...] = ()
    """Every command that may be in force, oldest first."""

    resume_a: int | None = None
    """The next command is sent whatever it is, and is at most this; None: no such command due."""

    balancer_state: BalancerState = BalancerState.STOPPED
    limited_by: LimitedBy = LimitedBy.WAITING_FOR_METER
    hold_until: float | None = None
    raised_at: float | None = None
    unshown: Unshown | None = None
    fall: Fall | None = None
    left: Left = NOTHING_LEFT
    last_ampere: LastAmpere = LastAmpere()
    probe: Probe = Probe()
    start_wait: StartWait = StartWait()
    is_stopped_by_loss: bool = False
    """Stopped by an overload or a lost meter, so its next start is news."""

    limit: Limit | None = None
    status: CarStatus | None = None
    measurements: tuple[Measurement, ...] = ()
    """What the car's sensor has shown lately, oldest first; empty: there is none."""

    watch: Watch | None = None
    is_unresponsive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the core remembers."""

    meter_status: MeterStatus = MeterStatus.AWAITED
    first_reading_due: float | None = None
    """A meter that is still silent then counts as unavailable; None: not started yet."""

    reading: Reading | None = None
    """The last good one."""

    is_reading_absurd: bool = False
    """Whether what came last was a number that no meter can mean."""

    background_a: tuple[float, ...] | None = None
    """What the house draws without the chargers, per phase."""

    background_before_a: tuple[float, ...] | None = None
    """The same, one reading earlier."""

    flicker_until: Mapping[int, float] = field(default_factory=dict[int, float])
    """Until when what a phase is over by may pass for a flicker."""

    meter_timing: MeterTiming = MeterTiming()
    settings: Settings | None = None
    """The settings of the last decision; None: there was none yet."""

    chargers: Mapping[str, ChargerState] = field(default_factory=dict[str, ChargerState])


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do now."""

    state: State
    commands: tuple[Command, ...] = ()
    news: tuple[News, ...] = ()
    wake_at: float | None = None
    """When to ask again though nothing has happened; always later than now."""
