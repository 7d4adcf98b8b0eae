"""What crosses the line between the balancing core and the shell.

Currents are in amperes, times in seconds on one monotonic clock, phases counted from 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from .state import State


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
    MANUAL_LIMIT = "manual_limit"
    CHARGER_CEILING = "charger_ceiling"
    BELOW_MINIMUM = "below_minimum"
    HEADROOM = "headroom"
    SHARING = "sharing"
    RAMP_UP_HOLD = "ramp_up_hold"
    START_WAIT = "start_wait"
    UNCONFIRMED_RAISE = "unconfirmed_raise"
    BACK_OFF = "back_off"
    COMMAND_INTERVAL = "command_interval"
    OTHER_CHARGER = "other_charger"
    CONFIRMATION = "confirmation"
    PROBE = "probe"
    OVERLOAD = "overload"
    EXCEEDS_COMMAND = "exceeds_command"
    UNRESPONSIVE = "unresponsive"
    SCRIPT_FAILING = "script_failing"
    METER_UNAVAILABLE = "meter_unavailable"
    STALE_READING = "stale_reading"
    WAITING_FOR_METER = "waiting_for_meter"
    DISABLED = "disabled"


class MeterStatus(StrEnum):
    """What the balancer thinks of the meter."""

    AWAITED = "awaited"
    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"


class MeterFault(StrEnum):
    """Why the meter counts as unavailable."""

    MISSING = "missing"
    """Its entity is gone, unavailable or not a number."""

    NEVER_CAME = "never_came"
    SILENT = "silent"
    IMPLAUSIBLE = "implausible"
    FROZEN = "frozen"
    """It repeats a value, and did not answer a probe."""

    BLIND = "blind"
    """It does not see chargers that draw."""

    REVERSED = "reversed"
    """It falls by what chargers draw: a clamp sits the wrong way, or its sign does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the meters said."""

    current_a: tuple[float, ...]
    """Import positive, the chargers included: per phase, or the one total of all phases (A, the
    sum); then per phase of each circuit that has a meter, in their order."""

    at: float
    """When the newest of it was said."""

    said_at: tuple[float, ...] = ()
    """When each was said; nothing: all of it together."""

    def moment_of(self, index: int) -> float:
        """Return when a value of it was said."""
        return self.said_at[index] if self.said_at else self.at


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
    """Measured: the most of its phases; None: no sensor, or nothing that could be used."""

    phase_current_a: tuple[float, ...] = ()
    """Each of its phases, in the order of its settings' phases; nothing: not measured so."""

    is_divided: bool = False
    """Whether all its phases were measured together, and what was measured divided by them."""

    status: CarStatus | None = None
    """None: no sensor, or a word that means none of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBack:
    """What a charger's number and pause entities say it was told: not what it draws."""

    at: float
    """When it was said."""

    current_a: float | None = None
    """None: its number says nothing that can be used, or only repeats what was written."""

    is_paused: bool | None = None
    """None: nothing says it."""

    is_by_hand: bool = False
    """Whether a person changed it in Home Assistant."""

    most_a: int | None = None
    """The most that its number can be set to; None: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryLimit:
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
class Failed:
    """A call of a command that failed; it will be tried again."""

    charger_id: str
    sent_at: float
    """The `now` of the decision that asked for it."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What has come since the last decision."""

    reading: Reading | None = None
    """A new one; None when the meter said nothing new."""

    lived_at: tuple[float, ...] = ()
    """When each of the meter's values was last known to live, in the order of a reading: its own
    word, or another of its device's sensors or the heartbeat where it reports only changes. It
    says nothing of what flows. Nothing: as the readings say."""

    is_meter_available: bool = True
    """False while its entity is missing, unavailable or not a number."""

    is_started: bool = True
    """Whether Home Assistant has started: before, nothing is missed that has not come."""

    cars: Mapping[str, CarReading] = field(default_factory=dict[str, CarReading])
    """What the chargers' own sensors say, by charger: those that said anything new."""

    read_backs: Mapping[str, ReadBack] = field(default_factory=dict[str, ReadBack])
    """What the chargers say they were told, by charger: those that said anything new."""

    delivered: tuple[Delivered, ...] = ()
    failed: tuple[Failed, ...] = ()
    limits: Mapping[str, TemporaryLimit | None] = field(
        default_factory=dict[str, TemporaryLimit | None]
    )
    """New temporary ceilings by charger; None ends the one in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCurrent:
    """Change the current of a charger that is charging."""

    charger_id: str
    current_a: int
    is_reduction: bool = field(default=False, compare=False)
    """Whether nothing may end it, and it is tried without end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCharging:
    """Start a charger, then set its current."""

    charger_id: str
    current_a: int
    is_reduction: bool = field(default=False, compare=False)
    """Whether nothing may end it, and it is tried without end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCharging:
    """Stop a charger."""

    charger_id: str
    current_a: ClassVar[int] = 0
    is_reduction: ClassVar[bool] = True


type Command = SetCurrent | StartCharging | StopCharging


class EventType(StrEnum):
    """What automations can listen for."""

    METER_UNAVAILABLE = "meter_unavailable"
    METER_RECOVERED = "meter_recovered"
    OVERLOAD_STOP = "overload_stop"
    FALLBACK_ACTIVATED = "fallback_activated"
    CHARGING_RESUMED = "charging_resumed"
    ACTION_FAILED = "action_failed"
    CHARGER_UNRESPONSIVE = "charger_unresponsive"
    CHARGER_RECOVERED = "charger_recovered"


SITE_EVENTS = (EventType.METER_UNAVAILABLE, EventType.METER_RECOVERED)
CHARGER_EVENTS = tuple(kind for kind in EventType if kind not in SITE_EVENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancerEvent:
    """Something an owner may want to be told."""

    type: EventType
    charger_id: str | None = None
    """None: the site's."""

    data: Mapping[str, float | str] = field(default_factory=dict[str, float | str])
    """The event's own fields, named as in the events guide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongOrder:
    """What shows that a charger's phases are not wired in the order that the user entered."""

    sensed: tuple[int, ...]
    """The site's phases on which its sensors have shown the car by that order,"""

    shown: tuple[int, ...]
    """and those on which the meter has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerView:
    """What is shown of a charger."""

    target_a: int
    setpoint_a: int
    """What it was last told with success."""

    balancer_state: BalancerState
    limited_by: LimitedBy
    """What is so now, where that is not what was decided: it does not follow, or cannot be told."""

    is_unresponsive: bool
    limit: TemporaryLimit | None
    limit_name: str | None = None
    """Which of the limits binds it most: a phase, the total, or a circuit's phase; None: none."""

    phases_used: tuple[int, ...] | None = None
    """The site's phases that its car is seen to use; None: not known."""

    manual_limit_a: int | None = None
    """What a person has set lower at the charger; below the minimum: a pause. None: nothing."""

    charger_ceiling_a: int | None = None
    """The most that the charger was seen to take of what it was told; None: all of it."""

    has_car_left: bool = True
    """Whether the car has left, or may have where no status tells: it was stopped for long."""

    wrong_order: WrongOrder | None = None
    """Why the order of its phases is not believed; None: it is."""

    until: float | None = None
    """When what limits it may end by itself, at the earliest; None: nobody knows."""

    unconstrained_a: int | None = None
    """What it would have now if it had not to wait; None: it waits for nothing."""

    drawn_a: float | None = None
    """What its car draws by the charger's own sensors; None: not known."""

    car: CarStatus | None = None
    """What the charger says of its car; None: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is shown of the site: compared with `==`, it says whether anything changed."""

    meter_status: MeterStatus = MeterStatus.AWAITED
    meter_fault: MeterFault | None = None
    meter_lost: tuple[int, ...] = ()
    """By which of its values it is lost, by their places in what meters say; none: all of it."""

    meter_lost_at: float | None = None
    """Since when the meter says nothing that can be used; None: it is not lost."""

    available_a: tuple[float, ...] | None = None
    """Per phase, service current minus reading; None: nothing was read."""

    house_load_a: tuple[float, ...] | None = None
    over_since: tuple[float | None, ...] = ()
    """Since when each limit has been over what it carries; None: it is not."""

    meter_period_s: float | None = None
    meter_delay_s: float = 0.0
    chargers: Mapping[str, ChargerView] = field(default_factory=dict[str, ChargerView])


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do now."""

    state: State
    view: View
    commands: tuple[Command, ...] = ()
    dropped: frozenset[str] = frozenset()
    """Chargers whose increase is given up where it has not got through: nothing follows it."""

    events: tuple[BalancerEvent, ...] = ()
    wake_at: float | None = None
    """When to ask again though nothing has happened; always later than now."""
