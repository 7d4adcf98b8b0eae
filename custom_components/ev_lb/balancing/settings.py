"""What the user has set: the values in force at this decision."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

TOTAL = "total"
"""The name of the limit on all phases together."""


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

    follows_manual_limit: bool = True
    """Whether a current that a person set lower at the charger is a ceiling."""

    is_enabled: bool = True


class Metering(StrEnum):
    """How it is known what flows through a limit."""

    OWN = "own"
    """A meter says it."""

    SUM = "sum"
    """The phases' meters say it together."""

    DIVIDED = "divided"
    """A meter says all phases' total; what the chargers leave of it is divided evenly."""

    NONE = "none"
    """No meter does: only our chargers count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Something that bounds the currents of house and chargers together: an entry of a vector."""

    name: str
    rated_a: float
    """What flows through it at the most."""

    in_force_a: float
    """The rating, or what the user lowered it to."""

    metering: Metering = Metering.OWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How a charger loads a limit."""

    index: int
    """Which, by its place in `Settings.limits`."""

    weight: int = 1
    """How many amperes flow there for each of the charger's: a total counts every phase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the user has set, chargers in the order they were added."""

    site: SiteSettings
    chargers: tuple[ChargerSettings, ...] = ()
    limits: tuple[Limit, ...] = field(init=False, compare=False)
    """What bounds the currents: the phases of the main breaker, their total, the circuits."""

    sources: tuple[tuple[int, ...], ...] = field(init=False, compare=False)
    """The limits that each meter says: the main one's, then those of each circuit's."""

    def __post_init__(self) -> None:
        """Write the limits down: every rule asks for them."""
        site = self.site
        limits = [phase_limit(site, phase) for phase in range(site.phase_count)]
        if has_total(site):
            limits.append(total_limit(site, limits))
        sources = [
            tuple(place for place, each in enumerate(limits) if each.metering is Metering.OWN)
        ]
        for circuit in circuits_in_order(site):
            if circuit.is_metered:
                sources.append(tuple(len(limits) + place for place, _ in enumerate(circuit.phases)))
            limits += circuit_limits(circuit)
        object.__setattr__(self, "limits", tuple(limits))
        object.__setattr__(self, "sources", tuple(sources))

    def is_balanced(self, charger: ChargerSettings) -> bool:
        """Return whether the charger is ours to control: its switch and the site's are on."""
        return self.site.is_enabled and charger.is_enabled

    def loads_on(self, charger: ChargerSettings, phases: Sequence[int]) -> tuple[Load, ...]:
        """Return which limits a charger loads that uses these phases of its own."""
        site = self.site
        loads, first = [Load(index=phase) for phase in phases], site.phase_count
        if has_total(site):
            loads.append(Load(index=first, weight=len(phases)))
            first += 1
        for circuit in circuits_in_order(site):
            if circuit.circuit_id == charger.circuit_id:
                places = {phase: first + place for place, phase in enumerate(circuit.phases)}
                loads += [Load(index=places[phase]) for phase in phases if phase in places]
            first += len(circuit.phases)
        return tuple(loads)

    def witnesses_on(self, phases: Sequence[int]) -> tuple[Load, ...]:
        """Return which of the main meter's values show a charger that uses these phases."""
        if self.site.is_metered_in_total:
            return (Load(index=self.site.phase_count, weight=len(phases)),)
        return tuple(Load(index=phase) for phase in phases)


def has_total(site: SiteSettings) -> bool:
    """Return whether the phases' total is a limit of its own."""
    return site.is_metered_in_total or site.total_a is not None


def circuits_in_order(site: SiteSettings) -> Sequence[CircuitSettings]:
    """Return the circuits as their limits stand: those with a meter first, as it says them."""
    return sorted(site.circuits, key=lambda circuit: not circuit.is_metered)


def phase_limit(site: SiteSettings, phase: int) -> Limit:
    """Return a phase of the main breaker."""
    rated_a = site.phase_rated_a[phase] if site.phase_rated_a else site.rated_current_a
    return Limit(
        name=f"L{phase + 1}",
        rated_a=rated_a,
        in_force_a=min(site.service_current_a, rated_a),
        metering=Metering.DIVIDED if site.is_metered_in_total else Metering.OWN,
    )


def total_limit(site: SiteSettings, phases: Sequence[Limit]) -> Limit:
    """Return what all phases together may carry."""
    in_force_a = sum(limit.in_force_a for limit in phases)
    return Limit(
        name=TOTAL,
        rated_a=sum(limit.rated_a for limit in phases),
        in_force_a=in_force_a if site.total_a is None else min(site.total_a, in_force_a),
        metering=Metering.OWN if site.is_metered_in_total else Metering.SUM,
    )


def circuit_limits(circuit: CircuitSettings) -> Sequence[Limit]:
    """Return the phases of a sub-breaker."""
    return [
        Limit(
            name=f"{circuit.circuit_id}:L{phase + 1}",
            rated_a=circuit.rated_current_a,
            in_force_a=circuit.rated_current_a,
            metering=Metering.OWN if circuit.is_metered else Metering.NONE,
        )
        for phase in circuit.phases
    ]
