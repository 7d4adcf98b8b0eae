"""What the user has set: the values in force at this decision."""

from dataclasses import dataclass, field
from enum import StrEnum


class UnavailableBehavior(StrEnum):
    """What happens to the chargers while the meter is unavailable."""

    STOP = "stop"
    IGNORE = "ignore"
    SET_CURRENT = "set_current"


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitSettings:
    """A sub-breaker behind the main one: a garage, with one charger or several on it."""

    circuit_id: str
    rated_current_a: float
    """Its breaker's rating per phase."""

    phases: tuple[int, ...] = (0,)
    """Which of the site's phases it has."""

    is_metered: bool = False
    """Whether a meter of its own says what flows there; else only its chargers count."""


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
    phase_rated_a: tuple[float, ...] = ()
    """Each phase's rating, where they differ; nothing: all have the site's."""

    is_metered_in_total: bool = False
    """Whether the meter says one total of all phases: it is divided evenly among them."""

    total_a: float | None = None
    """What all phases together may carry, beside each of them; None: no such limit."""

    circuits: tuple[CircuitSettings, ...] = ()
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
    """Which of the site's phases it loads, in the order of its own L1, L2, L3."""

    circuit_id: str | None = None
    """The sub-breaker that it is behind; None: none."""

    response_time_s: float = 10.0
    """How long it takes until the charger follows a command; what the meter adds is learned."""

    command_interval_s: float = 0.0
    """The least time between two increases."""

    max_starts_per_hour: int = 4
    """How fast its start budget fills again."""

    is_enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Something that bounds the currents of house and chargers together: an entry of a vector."""

    name: str
    rated_a: float
    in_force_a: float
    """The rating, or what the user lowered it to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the user has set, chargers in the order they were added."""

    site: SiteSettings
    chargers: tuple[ChargerSettings, ...] = ()
    limits: tuple[Limit, ...] = field(init=False, compare=False)
    """What bounds the currents: the phases of the main breaker."""

    def __post_init__(self) -> None:
        """Write the limits down: every rule asks for them."""
        limits = tuple(
            Limit(
                name=f"L{phase + 1}",
                rated_a=self.site.rated_current_a,
                in_force_a=self.site.service_current_a,
            )
            for phase in range(self.site.phase_count)
        )
        object.__setattr__(self, "limits", limits)

    def is_balanced(self, charger: ChargerSettings) -> bool:
        """Return whether the charger is ours to control: its switch and the site's are on."""
        return self.site.is_enabled and charger.is_enabled
