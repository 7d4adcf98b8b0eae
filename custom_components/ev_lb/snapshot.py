"""What is shown of a site: its entities, its card and its sentences are made of it alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .balancing.model import View
from .balancing.settings import Settings
from .charger_energy import ChargerEnergy
from .const import DOMAIN
from .control.worker import Delivery
from .observe.tally import Observed


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What is shown after a decision."""

    settings: Settings
    view: View
    deliveries: Mapping[str, Delivery]
    service_voltage_v: float
    energies: Mapping[str, ChargerEnergy]
    """What each charger has given, where it measures that; they go on changing."""

    names: Mapping[str, str]
    """The names of the chargers by their ids."""

    circuits: Mapping[str, str]
    """The names of the circuits by their ids."""

    lost_sensors: tuple[str, ...]
    """Whose silence or nonsense has lost the meter; nothing: it is not lost."""

    is_observing: bool = False
    """Whether nothing is sent to the chargers."""

    unobserved: tuple[str, ...] = ()
    """The chargers that are not observed, because nobody knows what they draw."""

    observed: Observed | None = None
    """What observing has shown, which goes on changing; None: the site was never observed."""

    revision: int
    """Another one when anything may have changed that is not in each reading."""

    @property
    def phase_count(self) -> int:
        """How many phases the site has: the first of its limits."""
        return self.settings.site.phase_count


def shown_signal(entry_id: str) -> str:
    """Return the dispatcher signal that tells of another snapshot of a site, or of its end."""
    return f"{DOMAIN}_shown_{entry_id}"


def lasting(view: View) -> View:
    """Return the view without what each reading changes, and learned times as they are shown."""
    return replace(
        view,
        meter_lost_at=None,
        available_a=None,
        house_load_a=None,
        over_since=(),
        chargers={
            charger_id: replace(charger, until=None, unconstrained_a=None, drawn_a=None)
            for charger_id, charger in view.chargers.items()
        },
        meter_period_s=shown_s(view.meter_period_s),
        meter_delay_s=round(view.meter_delay_s, 1),
    )


def shown_s(time_s: float | None) -> float | None:
    """Return a learned time as far as it is shown: what changes less is not written."""
    return None if time_s is None else round(time_s, 1)
