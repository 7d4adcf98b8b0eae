"""What the core remembers: eight records for each charger and the site, each with one owner.

A record is changed by the file that it lives in, and by no other: a fact crosses to another rule
as a return value. The package's docstring has the table of events and records.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .allocate.ceiling import UserLimit
from .allocate.unused_share import UnusedShare
from .commanding import Allocation
from .estimate.charger_sensor import ChargerSensor
from .estimate.gain import Gain
from .estimate.house_load import HouseLoad
from .estimate.setpoints import Setpoints
from .estimate.wiring import Wiring
from .increases.back_off import BackOff
from .increases.hold import Hold
from .increases.overload import Deadband, Overloads
from .increases.start_budget import StartBudget
from .meter.availability import Meter
from .meter.timing import MeterTiming
from .settings import ChargerSettings, Limit, Load, Settings
from .supervise.charger_ceiling import ChargerCeiling
from .supervise.compliance import Compliance
from .supervise.escalation import Escalation
from .supervise.evidence import Evidence
from .supervise.failing import Failing
from .supervise.manual_limit import ManualLimit
from .supervise.phase_order import PhaseOrder
from .supervise.polarity import Polarity
from .supervise.probes import Probe, SiteProbe
from .supervise.read_back import ReadBackRecord
from .supervise.telling_again import TellingAgain


@dataclass(slots=True, kw_only=True)
class ChargerState:
    """What the core remembers of a charger."""

    settings: ChargerSettings
    is_ours: bool = True
    """Whether its switch and the site's are on; else it counts as house load."""

    setpoints: Setpoints = field(default_factory=Setpoints)
    wiring: Wiring = field(default_factory=Wiring)
    order: PhaseOrder = field(default_factory=PhaseOrder)
    polarity: Polarity = field(default_factory=Polarity)
    sensor: ChargerSensor = field(default_factory=ChargerSensor)
    evidence: Evidence = field(default_factory=Evidence)
    compliance: Compliance = field(default_factory=Compliance)
    read_back: ReadBackRecord = field(default_factory=ReadBackRecord)
    own_ceiling: ChargerCeiling = field(default_factory=ChargerCeiling)
    manual: ManualLimit = field(default_factory=ManualLimit)
    escalation: Escalation = field(default_factory=Escalation)
    failing: Failing = field(default_factory=Failing)
    telling: TellingAgain = field(default_factory=TellingAgain)
    probe: Probe = field(default_factory=Probe)
    limit: UserLimit = field(default_factory=UserLimit)
    unused: UnusedShare = field(default_factory=UnusedShare)
    hold: Hold = field(default_factory=Hold)
    budget: StartBudget = field(default_factory=StartBudget)
    back_off: BackOff = field(default_factory=BackOff)
    allocation: Allocation = field(default_factory=Allocation)

    @property
    def charger_id(self) -> str:
        """Return its id."""
        return self.settings.charger_id

    @property
    def phases(self) -> tuple[int, ...]:
        """Return which of the site's phases it is taken to load."""
        return self.wiring.phases

    @property
    def loads(self) -> tuple[Load, ...]:
        """Return which limits it loads, and how."""
        return self.wiring.loads

    @property
    def limits(self) -> frozenset[int]:
        """Return which limits it loads."""
        return self.wiring.limits

    @property
    def witnesses(self) -> tuple[Load, ...]:
        """Return what of the main meter shows what it does."""
        return self.wiring.witnesses

    def is_seen_with(self, other: ChargerState) -> bool:
        """Return whether the meter shows both of them in one value."""
        return not self.wiring.seen_at.isdisjoint(other.wiring.seen_at)

    @property
    def target_a(self) -> int:
        """Return the current wanted now; 0 is stopped."""
        return self.allocation.target_a


@dataclass(slots=True, kw_only=True)
class State:
    """What the core remembers."""

    settings: Settings | None = None
    """Those of the last decision; None: there was none yet."""

    meter: Meter = field(default_factory=Meter)
    timing: MeterTiming = field(default_factory=MeterTiming)
    circuits: list[MeterTiming] = field(default_factory=list[MeterTiming])
    """The same of each circuit's meter."""

    house: HouseLoad = field(default_factory=HouseLoad)
    gain: Gain = field(default_factory=Gain)
    deadband: Deadband = field(default_factory=Deadband)
    overloads: Overloads = field(default_factory=Overloads)
    probe: SiteProbe = field(default_factory=SiteProbe)
    chargers: dict[str, ChargerState] = field(default_factory=dict[str, ChargerState])
    balanced: list[ChargerState] = field(default_factory=list[ChargerState])
    """The chargers that are ours to control, in the order they were added."""

    @property
    def limits(self) -> tuple[Limit, ...]:
        """Return what bounds the currents; nothing before the first decision."""
        return () if self.settings is None else self.settings.limits

    @property
    def delay_s(self) -> float:
        """Return the meter delay in force: the user's, or the learned one."""
        return self.timing.delay_s(
            None if self.settings is None else self.settings.site.meter_delay_s
        )

    @property
    def slowest_s(self) -> float:
        """Return how late the meter may be at most, for all that has been seen of it."""
        return self.timing.slowest_s(
            None if self.settings is None else self.settings.site.meter_delay_s
        )

    @property
    def sources(self) -> tuple[tuple[int, ...], ...]:
        """Return the limits that each meter says; nothing before the first decision."""
        return () if self.settings is None else self.settings.sources

    @property
    def timings(self) -> Sequence[MeterTiming]:
        """Return how each meter reports, in the order of the settings' sources."""
        return (self.timing, *self.circuits)

    def window_s(self, charger: ChargerState) -> float:
        """Return how long after its delivery a command may not show in a reading yet."""
        return charger.settings.response_time_s + self.delay_s

    def slowest_window_s(self, charger: ChargerState) -> float:
        """Return the same for a meter as late as it was ever seen."""
        return charger.settings.response_time_s + self.slowest_s
