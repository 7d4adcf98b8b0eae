"""What hypothesis may think of: sites, chargers, claims, and whatever may come in."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from math import inf, nan

from hypothesis import strategies as st

from custom_components.ev_lb.balancing.allocate.ceiling import UserLimit
from custom_components.ev_lb.balancing.allocate.claim import Claim
from custom_components.ev_lb.balancing.balancer import decide
from custom_components.ev_lb.balancing.commanding import Allocation
from custom_components.ev_lb.balancing.estimate.charger_sensor import ChargerSensor, Sample
from custom_components.ev_lb.balancing.estimate.house_load import HouseLoad
from custom_components.ev_lb.balancing.estimate.setpoints import Setpoint, Setpoints
from custom_components.ev_lb.balancing.increases.back_off import BackOff
from custom_components.ev_lb.balancing.increases.hold import Hold
from custom_components.ev_lb.balancing.increases.start_budget import StartBudget
from custom_components.ev_lb.balancing.memory import recall, remember, shifted
from custom_components.ev_lb.balancing.meter.availability import Meter, Standing
from custom_components.ev_lb.balancing.meter.timing import MeterTiming
from custom_components.ev_lb.balancing.model import (
    CarReading,
    CarStatus,
    Decision,
    Delivered,
    Inputs,
    MeterStatus,
    ReadBack,
    Reading,
    TemporaryLimit,
)
from custom_components.ev_lb.balancing.settings import (
    ChargerSettings,
    Settings,
    SiteSettings,
    UnavailableBehavior,
)
from custom_components.ev_lb.balancing.state import ChargerState, State
from custom_components.ev_lb.balancing.supervise.charger_ceiling import ChargerCeiling
from custom_components.ev_lb.balancing.supervise.compliance import Compliance
from custom_components.ev_lb.balancing.supervise.escalation import Escalation
from custom_components.ev_lb.balancing.supervise.evidence import Cut, Evidence, Raise
from custom_components.ev_lb.balancing.supervise.failing import Failing
from custom_components.ev_lb.balancing.supervise.manual_limit import ManualLimit
from custom_components.ev_lb.balancing.supervise.probes import Probe, SiteProbe
from custom_components.ev_lb.balancing.supervise.read_back import Difference, ReadBackRecord
from custom_components.ev_lb.balancing.supervise.telling_again import TellingAgain
from tests.balancing.builders import a_claim, a_wiring

IDS = "abc"
IMPLAUSIBLE_A = (nan, inf, -inf, 1e12, -1e12)

rooms = st.floats(-10, 120, allow_nan=False)


def mostly[T](usual: T, *odd: T) -> st.SearchStrategy[T]:
    """Return the usual value most of the time."""
    return st.sampled_from((usual,) * 20 + odd)


def phase_sets(count: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Return the phases that a charger may load."""
    loaded = st.sets(st.integers(0, count - 1), min_size=1)
    return loaded.map(lambda phases: tuple(sorted(phases)))


@st.composite
def claims(draw: st.DrawFn, phases: int = 1) -> tuple[Claim, ...]:
    """Return claims of up to five chargers, odd ones among them."""
    return tuple(
        a_claim(
            charger_id,
            min_a=draw(st.integers(1, 20)),
            max_a=draw(st.integers(0, 40)),
            weight=draw(st.one_of(st.just(50), st.integers(1, 100))),
            phases=draw(phase_sets(phases)),
            current_a=draw(st.one_of(st.just(0), st.integers(0, 40))),
        )
        for charger_id in "abcde"[: draw(st.integers(1, 5))]
    )


@st.composite
def sites(draw: st.DrawFn, phase_count: int = 1) -> SiteSettings:
    """Return a site: a usual one, or one that no one would have."""
    rated_a = draw(mostly(32, 0, 6, 25, 63))
    return SiteSettings(
        rated_current_a=rated_a,
        service_current_a=draw(mostly(rated_a, 0, rated_a // 2)),
        ramp_up_time_s=draw(mostly(30.0, 0.0, 1.0, 2000.0)),
        unavailable_behavior=draw(st.sampled_from(UnavailableBehavior)),
        meter_timeout_s=draw(mostly(None, 0.0, 20.0)),
        meter_delay_s=draw(mostly(None, 2.0, 0.0)),
        phase_count=phase_count,
        is_enabled=draw(mostly(True, False)),
    )


@st.composite
def chargers(draw: st.DrawFn, charger_id: str, phase_count: int = 1) -> ChargerSettings:
    """Return a charger: a usual one, or with settings that no one should make."""
    rated_a = draw(mostly(32, 0, 5, 10, 16))
    return ChargerSettings(
        charger_id=charger_id,
        rated_current_a=rated_a,
        max_charger_current_a=draw(mostly(rated_a, 0, rated_a // 2)),
        min_ev_current_a=draw(mostly(6, 1, 13, 32)),
        priority=draw(mostly(50, 1, 100)),
        fallback_current_a=draw(st.sampled_from((0, 5, 6, 16, 80))),
        phases=draw(phase_sets(phase_count)),
        response_time_s=draw(mostly(10.0, 0.0, 3.0)),
        command_interval_s=draw(mostly(0.0, 60.0)),
        is_enabled=draw(mostly(True, False)),
    )


@st.composite
def all_settings(draw: st.DrawFn) -> Settings:
    """Return the settings of a site with up to three chargers."""
    phase_count = draw(mostly(1, 2, 3))
    return Settings(
        site=draw(sites(phase_count)),
        chargers=tuple(
            draw(chargers(charger_id, phase_count))
            for charger_id in IDS[: draw(st.sampled_from((2, 3, 2, 3, 1, 0)))]
        ),
    )


@st.composite
def commands_told(draw: st.DrawFn, charger: ChargerSettings, now: float) -> Setpoints:
    """Return the commands of a charger that may be in force: some delivered, some on their way."""
    highest_a = max(charger.max_charger_current_a, charger.min_ev_current_a)
    runs_a = st.integers(charger.min_ev_current_a, highest_a)
    currents_a = [
        draw(st.one_of(st.just(0), runs_a)) for _ in range(draw(st.sampled_from((1, 1, 2, 3))))
    ]
    items = [Setpoint(current_a=currents_a[0], sent_at=now - 500, delivered_at=now - 499)]
    for index, current_a in enumerate(currents_a[1:]):
        sent_at = now - draw(st.floats(1, 30)) / (index + 1)
        items.append(
            Setpoint(
                current_a=current_a,
                sent_at=sent_at,
                delivered_at=draw(mostly(sent_at, None)),
                is_confirmed=draw(st.booleans()),
            )
        )
    current_a = next(item.current_a for item in reversed(items) if item.delivered_at is not None)
    return Setpoints(items=items, current_a=current_a)


@st.composite
def believed(
    draw: st.DrawFn, charger: ChargerSettings, setpoints: Setpoints, reading: Reading, now: float
) -> ChargerState:
    """Return a charger of which anything may be believed: deaf, failing, seen, unseen, asked."""
    target_a = setpoints.items[-1].current_a
    ago = st.floats(-120, 0).map(lambda seconds: now + seconds)
    later = st.floats(-5, 2000).map(lambda seconds: now + seconds)
    draws_a = st.sampled_from((None, 0.0, 6.0, 20.0, float(target_a), 0.95 * target_a))
    raise_ = Raise(low_a=draw(st.sampled_from((0, target_a // 2))), sent_at=draw(ago))
    wiring = a_wiring(*charger.phases, phase_count=len(reading.current_a))
    raise_.on_reading(reading, wiring)
    cut = Cut(
        cut_a=draw(st.integers(1, 32)),
        sent_at=draw(ago),
        has_drawn=draw(st.booleans()),
        highest_a=draw(st.sampled_from((None, list(reading.current_a)))),
    )
    samples = [
        Sample(at=at, drawn_a=draw(draws_a), sensed_a=draw(draws_a))
        for at in sorted(draw(st.lists(ago, max_size=3)))
    ]
    return ChargerState(
        settings=charger,
        setpoints=setpoints,
        allocation=Allocation(target_a=target_a, is_start_told=draw(st.booleans())),
        evidence=Evidence(
            raise_=draw(st.sampled_from((None, raise_))),
            cut=draw(st.sampled_from((None, cut))),
            sighting=draw(st.sampled_from((None, deepcopy(raise_)))),
            raised_at=draw(st.sampled_from((None, raise_.sent_at))),
            least_a=draw(mostly(None, 3.0)),
        ),
        sensor=ChargerSensor(
            samples=samples,
            heard_at=samples[-1].at if samples else None,
            status=draw(st.sampled_from((None, *CarStatus))),
            is_contradicted=draw(st.booleans()),
        ),
        compliance=Compliance(
            is_unresponsive=draw(st.booleans()),
            repeats=draw(st.integers(0, 9)),
            exceeded_starts=draw(st.integers(0, 3)),
            minimum_until=draw(st.one_of(st.none(), later)),
        ),
        escalation=Escalation(is_spared=draw(st.booleans())),
        failing=Failing(
            wait_s=60.0, until=draw(st.one_of(st.none(), later)), most_a=draw(st.integers(0, 32))
        ),
        read_back=ReadBackRecord(
            said=draw(
                mostly(None, ReadBack(at=now - 1, current_a=draw(st.sampled_from((0, 8, 99)))))
            ),
            difference=draw(st.sampled_from(Difference)),
        ),
        own_ceiling=ChargerCeiling(
            known_a=draw(mostly(None, 8)), is_in_force=draw(st.booleans()), due_at=draw(later)
        ),
        manual=ManualLimit(current_a=draw(mostly(None, 0, 8)), is_let_go=draw(st.booleans())),
        telling=TellingAgain(times=draw(st.integers(0, 3))),
        probe=Probe(
            ceiling_a=draw(mostly(None, target_a)), asked_at=draw(ago), wait_s=draw(later) - now + 5
        ),
        hold=Hold(until=draw(st.one_of(st.none(), later))),
        budget=StartBudget(left=draw(st.floats(0, 6)), is_stopped=draw(st.booleans())),
        back_off=BackOff(taken_back=draw(st.integers(0, 9)), until=draw(later)),
    )


@st.composite
def known_chargers(draw: st.DrawFn, charger: ChargerSettings, now: float) -> ChargerState:
    """Return what may be known of a charger: it charges or not, and waits for this or that."""
    setpoints = draw(commands_told(charger, now))
    target_a, later = setpoints.items[-1].current_a, now + draw(st.floats(-5, 60))
    raise_ = Raise(low_a=target_a // 2, sent_at=now - draw(st.floats(0, 100)))
    limit = TemporaryLimit(current_a=draw(st.integers(0, 40)), until=later)
    is_stopped = target_a == 0 and draw(st.booleans())
    return ChargerState(
        settings=charger,
        setpoints=setpoints,
        allocation=Allocation(target_a=target_a, is_start_told=is_stopped),
        evidence=Evidence(
            raise_=draw(st.sampled_from((None, raise_))),
            raised_at=draw(mostly(None, later - 60)),
        ),
        hold=Hold(until=draw(st.sampled_from((None, later)))),
        budget=StartBudget(left=draw(st.floats(0, 6)), is_stopped=is_stopped),
        limit=UserLimit(in_force=draw(mostly(None, limit))),
    )


@st.composite
def states(draw: st.DrawFn, of: Settings, now: float) -> State:
    """Return what may be known of a site: nothing yet, or a house with its chargers."""
    if not draw(mostly(True, False)):
        return State()
    load_a = [
        draw(st.sampled_from((0.0, 4.0, 12.0, 20.0, 26.0, -30.0)))
        for _ in range(of.site.phase_count)
    ]
    reading = Reading(current_a=tuple(load_a), at=now - 1)
    known = {
        charger.charger_id: draw(known_chargers(charger, now))
        for charger in of.chargers
        if draw(mostly(True, False))
    }
    for charger in known.values():
        charger.is_ours = of.is_balanced(charger.settings)
        charger.wiring.on_layout(of, charger.settings)
        charger.order.on_layout(charger.settings.phases)
    return State(
        settings=of,
        meter=Meter(status=MeterStatus.AVAILABLE, first_reading_due=0.0, reading=reading),
        house=HouseLoad(load_a=load_a, calm_a=list(load_a), highest_a=list(load_a)),
        chargers=known,
        balanced=[charger for charger in known.values() if charger.is_ours],
    )


@st.composite
def standings(draw: st.DrawFn, now: float) -> Standing:
    """Return for how long one value of a meter may have been the same."""
    return Standing(
        since=now - draw(st.floats(0, 1000)),
        said_at=now,
        reports=draw(st.integers(0, 20)),
        changes=draw(st.integers(0, 9)),
        longest_s=draw(st.floats(0, 1000)),
    )


@st.composite
def believing_states(draw: st.DrawFn, of: Settings, reading: Reading) -> State:
    """Return a site whose meter has just said this, and of which anything may be believed."""
    now = reading.at
    known = {
        charger.charger_id: draw(believed(charger, draw(commands_told(charger, now)), reading, now))
        for charger in of.chargers
    }
    load_a = list(reading.current_a)
    for charger in known.values():
        charger.wiring.on_layout(of, charger.settings)
        charger.order.on_layout(charger.settings.phases)
        for phase in charger.phases:
            load_a[phase] -= draw(st.sampled_from((charger.target_a, charger.target_a, 0, 40)))
    house = HouseLoad(
        load_a=load_a,
        calm_a=draw(st.sampled_from((None, list(load_a)))),
        highest_a=draw(st.sampled_from((None, list(reading.current_a)))),
    )
    return State(
        settings=of,
        meter=Meter(
            status=MeterStatus.AVAILABLE,
            first_reading_due=0.0,
            reading=reading,
            standing={index: draw(standings(now)) for index, _ in enumerate(of.limits)},
        ),
        timing=MeterTiming(
            period_s=draw(st.sampled_from((None, 1.0, 10.0, 60.0))),
            heard_since=draw(st.sampled_from((None, -1e6))),
            answers_s=[draw(st.sampled_from((0.0, 20.0, 70.0, 120.0)))],
        ),
        house=house,
        probe=SiteProbe(
            asked_id=draw(mostly(None, of.chargers[0].charger_id)),
            asked_at=now - draw(st.floats(0, 1000)),
            asked=frozenset(draw(st.sets(st.integers(0, len(of.limits) - 1)))),
            due_at={0: now + draw(st.floats(-1000, 1000))},
        ),
        chargers=known,
        balanced=list(known.values()),
    )


@dataclass(frozen=True, kw_only=True)
class Step:
    """One decision, and what it was made from."""

    settings: Settings
    before: State
    inputs: Inputs
    now: float
    decision: Decision

    @property
    def after(self) -> State:
        """The state that came of it."""
        return self.decision.state

    def ours(self) -> list[ChargerSettings]:
        """Return the chargers that are ours to control."""
        return [charger for charger in self.settings.chargers if self.settings.is_balanced(charger)]

    def was_ours(self, charger: ChargerSettings) -> bool:
        """Return whether the charger was ours before, and had its first command."""
        earlier = self.before.settings
        known = self.before.chargers.get(charger.charger_id)
        return (
            earlier is not None
            and known is not None
            and known.setpoints.resume_a is None
            and any(
                charger.charger_id == other.charger_id and earlier.is_balanced(other)
                for other in earlier.chargers
            )
        )


@dataclass
class Journey:
    """A site to which whatever happens that can happen, one thing after the other."""

    data: st.DataObject
    now: float = 1000.0
    settings: Settings = field(init=False)
    state: State = field(init=False)
    wake_at: float | None = None
    under_way: list[Delivered] = field(default_factory=list)
    """Commands whose calls have not returned yet; some never do."""

    def __iter__(self) -> Iterator[Step]:
        """Yield decision after decision."""
        self.settings = self.draw(all_settings())
        self.state = self.draw(states(self.settings, self.now))
        for _ in range(self.draw(st.integers(1, 12))):
            inputs = self._inputs()
            before, now = deepcopy(self.state), self.now
            decision = decide(self.settings, self.state, inputs, now)
            yield Step(
                settings=self.settings, before=before, inputs=inputs, now=now, decision=decision
            )
            self.state, self.wake_at = decision.state, decision.wake_at
            self.under_way += [
                Delivered(charger_id=command.charger_id, sent_at=now, at=now)
                for command in decision.commands
            ]

    def draw[T](self, strategy: st.SearchStrategy[T]) -> T:
        """Return what hypothesis thinks of next."""
        return self.data.draw(strategy)

    def _inputs(self) -> Inputs:
        """Let time pass and something happen, and return what the core is told of it."""
        self.now += self.draw(st.sampled_from((0.1, 1.0, 5.0, 13.0, 40.0, 100.0, 290.0)))
        rare = ("nothing", "loss", "implausible", "old", "limit", "site", "charger", "restart")
        usual = ("house",) * 12 + ("wake", "cars", "numbers") * 4
        match self.draw(st.sampled_from(usual + rare)):
            case "house":
                return Inputs(reading=self._house(), delivered=self._deliveries())
            case "old":
                age_s = self.draw(st.floats(0, 2000))
                return Inputs(reading=replace(self._house(), at=self.now - age_s))
            case "implausible":
                strange_a = st.one_of(st.sampled_from(IMPLAUSIBLE_A), st.floats())
                count = self.draw(mostly(self.settings.site.phase_count, 0, 4))
                current_a = tuple(self.draw(strange_a) for _ in range(count))
                return Inputs(reading=Reading(current_a=current_a, at=self.now))
            case "cars":
                return Inputs(cars=self._cars(), delivered=self._deliveries())
            case "numbers":
                return Inputs(read_backs=self._read_backs(), delivered=self._deliveries())
            case "wake":
                self.now = max(self.now, self.wake_at or 0.0)
                return Inputs(delivered=self._deliveries())
            case "loss":
                return Inputs(is_meter_available=False, delivered=self._deliveries())
            case "limit":
                until = self.now + self.draw(st.floats(-5, 500))
                limit = TemporaryLimit(current_a=self.draw(st.integers(0, 40)), until=until)
                charger_id = self.draw(st.sampled_from((*IDS, "no such charger")))
                return Inputs(limits={charger_id: self.draw(mostly(limit, None))})
            case "site":
                site = self.draw(sites(self.settings.site.phase_count))
                self.settings = replace(self.settings, site=site)
            case "charger":
                self._change_chargers()
            case "restart":
                memory = shifted(remember(self.settings, self.state), -self.now)
                self.now += 5.0
                self.state = recall(self.settings, memory, self.now)
                self.under_way.clear()
                return Inputs(is_started=self.draw(st.booleans()))
            case _:
                pass
        return Inputs()

    def _house(self) -> Reading:
        """Let the meter show a house, with cars that take what they are to have or less."""
        current_a = [
            self.draw(st.sampled_from((0.0, 8.0, 12.0, 20.0, 26.0, 45.0, -30.0)))
            for _ in range(self.settings.site.phase_count)
        ]
        for charger in self.settings.chargers:
            known = self.state.chargers.get(charger.charger_id)
            share = self.draw(mostly(1.0, 0.0, 0.7))
            for phase in charger.phases if known is not None else ():
                current_a[phase] += share * known.target_a if known is not None else 0.0
        return Reading(current_a=tuple(current_a), at=self.now)

    def _cars(self) -> dict[str, CarReading]:
        """Let the chargers' own sensors say what is so, what was so, or nonsense."""
        said: dict[str, CarReading] = {}
        for charger_id in self.draw(st.sets(st.sampled_from((*IDS, "no such charger")))):
            known = self.state.chargers.get(charger_id)
            items = known.setpoints.items if known is not None else ()
            currents_a = [None, 0.0, 99.0, *(0.97 * item.current_a for item in items)]
            said[charger_id] = CarReading(
                at=self.now - self.draw(mostly(0.0, 5.0, 300.0)),
                current_a=self.draw(st.sampled_from(currents_a)),
                status=self.draw(st.sampled_from((None, None, CarStatus.CHARGING, *CarStatus))),
            )
        return said

    def _read_backs(self) -> dict[str, ReadBack]:
        """Let the chargers' own numbers say what is so, what was so, or nonsense."""
        said: dict[str, ReadBack] = {}
        for charger_id in self.draw(st.sets(st.sampled_from((*IDS, "no such charger")))):
            known = self.state.chargers.get(charger_id)
            items = known.setpoints.items if known is not None else ()
            said[charger_id] = ReadBack(
                at=self.now - self.draw(mostly(0.0, 5.0, 300.0)),
                current_a=self.draw(
                    st.sampled_from((None, 0.0, 8.0, 99.0, *(item.current_a for item in items)))
                ),
                is_paused=self.draw(st.sampled_from((None, False, False, True))),
                is_by_hand=self.draw(st.booleans()),
            )
        return said

    def _deliveries(self) -> tuple[Delivered, ...]:
        """Return some of what is under way, in any order, and things that never were."""
        some = [item for item in self.under_way if self.draw(mostly(True, False))]
        self.under_way = [item for item in self.under_way if item not in some]
        never = [
            Delivered(charger_id="no such charger", sent_at=1.0, at=self.now),
            Delivered(charger_id="a", sent_at=-12345.0, at=self.now),
        ]
        some += self.draw(mostly([], never))
        return tuple(replace(item, at=self.now) for item in self.draw(st.permutations(some)))

    def _change_chargers(self) -> None:
        """Let the user change a charger, add one or remove one."""
        kept = {charger.charger_id: charger for charger in self.settings.chargers}
        charger_id = self.draw(st.sampled_from(IDS))
        if charger_id in kept and self.draw(mostly(False, True)):
            del kept[charger_id]
        else:
            kept[charger_id] = self.draw(chargers(charger_id, self.settings.site.phase_count))
        self.settings = replace(self.settings, chargers=tuple(kept.values()))
