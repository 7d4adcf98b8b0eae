"""A site, chargers and what is known of them, with defaults: a test shows only what matters.

The usual house: one phase, a breaker of 32 A, half a minute of ramp-up time, and a charger
that follows within 10 s and is seen 2 s later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from custom_components.ev_lb.balancing.allocate.claim import Claim
from custom_components.ev_lb.balancing.balancer import decide
from custom_components.ev_lb.balancing.commanding import Allocation
from custom_components.ev_lb.balancing.estimate.house_load import HouseLoad
from custom_components.ev_lb.balancing.estimate.setpoints import Setpoint, Setpoints
from custom_components.ev_lb.balancing.estimate.wiring import Wiring
from custom_components.ev_lb.balancing.meter.availability import Meter
from custom_components.ev_lb.balancing.meter.timing import MeterTiming
from custom_components.ev_lb.balancing.model import (
    BalancerEvent,
    BalancerState,
    CarReading,
    CarStatus,
    Command,
    Decision,
    Delivered,
    Failed,
    Inputs,
    LimitedBy,
    MeterStatus,
    ReadBack,
    Reading,
    TemporaryLimit,
)
from custom_components.ev_lb.balancing.settings import (
    ChargerSettings,
    Load,
    Settings,
    SiteSettings,
    UnavailableBehavior,
)
from custom_components.ev_lb.balancing.state import ChargerState, State

LONG_AGO = -1000.0
"""Before anything that a test looks at."""

WINDOW_S = 12.0
"""Response time and meter delay of the usual charger and meter."""


def a_site(*, rated_a: float = 32, service_a: float | None = None, **others: Any) -> SiteSettings:
    """Return a site; `service_a` is the running number, the rating unless lowered."""
    return SiteSettings(
        **{
            "rated_current_a": rated_a,
            "service_current_a": rated_a if service_a is None else service_a,
            "ramp_up_time_s": 30.0,
            "unavailable_behavior": UnavailableBehavior.STOP,
        }
        | others
    )


def a_charger(
    charger_id: str = "a",
    *,
    max_a: int = 32,
    min_a: int = 6,
    rated_a: int | None = None,
    fallback_a: int = 6,
    **others: Any,
) -> ChargerSettings:
    """Return a charger's settings; `max_a` is the running number, the rating unless lowered."""
    return ChargerSettings(
        charger_id=charger_id,
        rated_current_a=max_a if rated_a is None else rated_a,
        max_charger_current_a=max_a,
        min_ev_current_a=min_a,
        fallback_current_a=fallback_a,
        **others,
    )


def settings(*chargers: ChargerSettings, **site: Any) -> Settings:
    """Return settings: the chargers (one if none is given), and a site's values by name."""
    return Settings(site=a_site(**site), chargers=chargers or (a_charger(),))


def a_wiring(
    *phases: int, used: tuple[int, ...] | None = None, phase_count: int = 0, **site: Any
) -> Wiring:
    """Return how a charger on these phases loads its site's limits."""
    charger = a_charger(phases=phases)
    count = phase_count or max(phases) + 1
    wiring = Wiring(used=used)
    wiring.on_layout(Settings(site=a_site(phase_count=count, **site), chargers=(charger,)), charger)
    return wiring


def a_claim(
    charger_id: str = "a",
    *,
    min_a: int = 6,
    max_a: int = 32,
    phases: Sequence[int] = (0,),
    **others: Any,
) -> Claim:
    """Return what a charger on these phases may be given."""
    loads = tuple(Load(index=phase) for phase in phases)
    return Claim(
        **{"charger_id": charger_id, "min_a": min_a, "max_a": max_a, "loads": loads} | others
    )


def phases_of(claim: Claim) -> tuple[int, ...]:
    """Return the places of the limits that a claim loads."""
    return tuple(load.index for load in claim.loads)


def crowd_of(wanted: Sequence[Claim], times: int = 1) -> tuple[Claim, ...]:
    """Return so many chargers of each claim, in turns, each with its own name."""
    return tuple(
        replace(claim, charger_id=f"{claim.charger_id}{index}{turn}")
        for turn in range(times)
        for index, claim in enumerate(wanted)
    )


def a_setpoint(current_a: int, *, sent_at: float = LONG_AGO, delivered: bool = True) -> Setpoint:
    """Return a command, delivered as soon as it was sent."""
    return Setpoint(
        current_a=current_a, sent_at=sent_at, delivered_at=sent_at if delivered else None
    )


def charging(current_a: int, of: ChargerSettings | None = None, **records: Any) -> ChargerState:
    """Return a charger that has had this current for long; 0 is stopped. Records by their names."""
    shown = BalancerState.ACTIVE if current_a else BalancerState.STOPPED
    return ChargerState(
        **{
            "settings": of or a_charger(),
            "setpoints": Setpoints(items=[a_setpoint(current_a)], current_a=current_a),
            "allocation": Allocation(
                target_a=current_a, limited_by=LimitedBy.HEADROOM, balancer_state=shown
            ),
        }
        | records
    )


def a_state(
    of: Settings,
    *,
    house_a: float | tuple[float, ...] = 0.0,
    read_at: float = 0.0,
    **chargers: int | ChargerState,
) -> State:
    """Return a state in which the meter has shown house and chargers, all steady, twice.

    The chargers by name: a number is the current one has had for long; the others are stopped.
    """
    known: dict[str, ChargerState] = {}
    for charger in of.chargers:
        given = chargers.get(charger.charger_id, 0)
        state = given if isinstance(given, ChargerState) else charging(given)
        state.settings, state.is_ours = charger, of.is_balanced(charger)
        state.wiring.on_layout(of, charger)
        state.order.on_layout(charger.phases)
        known[charger.charger_id] = state
    phases = len(of.limits)
    load_a = list(house_a) if isinstance(house_a, tuple) else [float(house_a)] * phases
    reading_a = list(load_a)
    for charger in known.values():
        for load in charger.loads:
            reading_a[load.index] += load.weight * charger.target_a
    return State(
        settings=of,
        circuits=[MeterTiming() for _ in of.sources[1:]],
        meter=Meter(
            status=MeterStatus.AVAILABLE,
            first_reading_due=0.0,
            reading=Reading(current_a=tuple(reading_a), at=read_at),
        ),
        house=HouseLoad(load_a=load_a, calm_a=list(load_a), highest_a=list(load_a)),
        chargers=known,
        balanced=[charger for charger in known.values() if charger.is_ours],
    )


@dataclass
class Run:
    """`decide` over time, with a shell that delivers each command at once unless told not to."""

    settings: Settings
    state: State = field(default_factory=State)
    now: float = 0.0
    is_delivering: bool = True
    sent: list[tuple[float, Command]] = field(default_factory=list)
    events: list[BalancerEvent] = field(default_factory=list)
    wake_at: float | None = None

    def decide(self, **inputs: Any) -> Decision:
        """Decide now on these inputs."""
        decision = decide(self.settings, self.state, Inputs(**inputs), self.now)
        self.sent += [(self.now, command) for command in decision.commands]
        self.events += decision.events
        self.state, self.wake_at = decision.state, decision.wake_at
        if decision.commands and self.is_delivering:
            self.deliver(*decision.commands, sent_at=self.now)
        return decision

    def deliver(self, *commands: Command, sent_at: float) -> Decision:
        """Tell the core now that these commands got through."""
        return self.decide(
            delivered=tuple(
                Delivered(charger_id=command.charger_id, sent_at=sent_at, at=self.now)
                for command in commands
            )
        )

    def fail(self, *commands: Command, sent_at: float) -> Decision:
        """Tell the core now that the calls of these commands failed."""
        return self.decide(
            failed=tuple(
                Failed(charger_id=command.charger_id, sent_at=sent_at, at=self.now)
                for command in commands
            )
        )

    def read(self, *current_a: float, at: float | None = None) -> Decision:
        """Decide now on a new reading, of now unless said otherwise."""
        reading = Reading(current_a=current_a, at=self.now if at is None else at)
        return self.decide(reading=reading)

    def see(
        self,
        charger_id: str = "a",
        current_a: float | None = None,
        status: CarStatus | None = None,
        *,
        at: float | None = None,
    ) -> Decision:
        """Decide now on what a charger's own sensors say."""
        said = CarReading(at=self.now if at is None else at, current_a=current_a, status=status)
        return self.decide(cars={charger_id: said})

    def show(
        self,
        current_a: float | None = None,
        *,
        is_paused: bool | None = False,
        is_by_hand: bool = False,
        charger_id: str = "a",
    ) -> Decision:
        """Decide now on what a charger's number and switch show."""
        said = ReadBack(
            at=self.now, current_a=current_a, is_paused=is_paused, is_by_hand=is_by_hand
        )
        return self.decide(read_backs={charger_id: said})

    def lose_meter(self) -> Decision:
        """Decide now that the meter's entity is unavailable."""
        return self.decide(is_meter_available=False)

    def change(self, **site: Any) -> Decision:
        """Let the user change values of the site."""
        self.settings = replace(self.settings, site=replace(self.settings.site, **site))
        return self.decide()

    def change_charger(self, charger_id: str, **values: Any) -> Decision:
        """Let the user change values of one charger."""
        self.settings = replace(
            self.settings,
            chargers=tuple(
                replace(charger, **values) if charger.charger_id == charger_id else charger
                for charger in self.settings.chargers
            ),
        )
        return self.decide()

    def limit(self, charger_id: str, current_a: int, duration_s: float) -> Decision:
        """Let the user call `ev_lb.set_limit`."""
        limit = TemporaryLimit(current_a=current_a, until=self.now + duration_s)
        return self.decide(limits={charger_id: limit})

    def sleep(self, seconds: float) -> list[tuple[float, Command]]:
        """Let time pass without a word from outside, and return what is sent meanwhile."""
        end, before = self.now + seconds, len(self.sent)
        while self.wake_at is not None and self.wake_at <= end:
            self.now = self.wake_at
            self.decide()
        self.now = end
        return self.sent[before:]

    def listen(
        self, seconds: int, *current_a: float, every_s: int = 1
    ) -> list[tuple[float, Command]]:
        """Let the meter say the same again and again, and return what is sent meanwhile."""
        before = len(self.sent)
        for _ in range(0, seconds, every_s):
            self.sleep(every_s)
            self.read(*current_a)
        return self.sent[before:]

    def __getitem__(self, charger_id: str) -> ChargerState:
        """Return what is known of a charger."""
        return self.state.chargers[charger_id]

    @property
    def targets(self) -> Mapping[str, int]:
        """What each charger is to have."""
        return {key: known.target_a for key, known in self.state.chargers.items()}
