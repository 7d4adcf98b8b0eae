"""What the user has set: the values in force at this decision."""

from dataclasses import dataclass, field
from enum import StrEnum

DEFAULT_METER_DELAY_S = 2.0
"""Latency assumed of a meter: how much older than its report the measured moment may be."""


class UnavailableBehavior(StrEnum):
    """What happens to the chargers while the meter is unavailable."""

    STOP = "stop"
    IGNORE = "ignore"
    SET_CURRENT = "set_current"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """One supply connection."""

    rated_current_a: float
    """The breaker's rating per phase, as in the dialog."""

    service_current_a: float
    """The limit in force per phase: the rating, or what the number lowered it to."""

    ramp_up_time_s: float
    """No increase within this time after a dynamic reduction."""

    unavailable_behavior: UnavailableBehavior
    meter_timeout_s: float | None = None
    """Silence after which the meter counts as unavailable; None: automatic; 0: never."""

    meter_delay_s: float | None = None
    """How much older than its report the measured moment may be; None: learned."""

    phase_count: int = 1
    is_enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerSettings:
    """One charger on the site."""

    charger_id: str
    rated_current_a: int
    """The charger's rating, as in the dialog."""

    max_charger_current_a: int
    """The maximum in force: the rating, or what the number lowered it to; 0 is stopped."""

    min_ev_current_a: int
    """The lowest current it can charge at (IEC 61851-1: 6 A); below it charging stops."""

    priority: int = 50
    """1 to 100: its weight when current is shared, and who is stopped last."""

    fallback_current_a: int = 0
    """Its current while the meter is unavailable, in `set_current` mode."""

    phases: tuple[int, ...] = (0,)
    """Which of the site's phases it loads, counted from 0."""

    response_time_s: float = 10.0
    """How long it takes to follow a command."""

    command_interval_s: float = 0.0
    """The least time between two increases."""

    is_enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the user has set, chargers in the order they were added."""

    site: SiteSettings
    chargers: tuple[ChargerSettings, ...] = ()
    meter_delay_s: float = DEFAULT_METER_DELAY_S
    """The meter delay in force: the user's, or the learned one."""

    given: Settings | None = field(default=None, compare=False, repr=False)
    """What these were before what is learned took the place of what is automatic."""

    balanced: tuple[ChargerSettings, ...] = field(init=False, compare=False)
    """The chargers that are ours to control; the others are house load."""

    def __post_init__(self) -> None:
        """Pick out the chargers that are ours: every rule asks for them."""
        ours = tuple(charger for charger in self.chargers if self.is_balanced(charger))
        object.__setattr__(self, "balanced", ours)

    def is_balanced(self, charger: ChargerSettings) -> bool:
        """Return whether the charger is ours to control: its switch and the site's are on."""
        return self.site.is_enabled and charger.is_enabled

    def window_s(self, charger: ChargerSettings) -> float:
        """Return how long after its delivery a command may not show in a reading yet."""
        return charger.response_time_s + self.meter_delay_s
