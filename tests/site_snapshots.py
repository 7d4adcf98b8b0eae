"""What is shown of a site at a moment, with defaults: a test shows only what matters."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from custom_components.ev_lb.balancing.model import (
    BalancerState,
    ChargerView,
    LimitedBy,
    MeterStatus,
    View,
)
from custom_components.ev_lb.balancing.settings import Settings
from custom_components.ev_lb.control.worker import Delivery
from custom_components.ev_lb.sentences import Texts
from custom_components.ev_lb.snapshot import Snapshot

from .balancing.builders import a_charger, a_site

PACKAGE = Path(__file__).parents[1] / "custom_components" / "ev_lb"
COMMON: dict[str, str] = json.loads((PACKAGE / "translations" / "en.json").read_text())["common"]
ENGLISH = Texts({f"component.ev_lb.common.{key}": text for key, text in COMMON.items()})

GARAGE, DRIVE = a_charger("a", max_a=16), a_charger("b", max_a=16)


def shown(
    limited_by: LimitedBy = LimitedBy.HEADROOM, current_a: int = 8, **more: Any
) -> ChargerView:
    """Return what is shown of a charger that was told what it is to have."""
    values: dict[str, Any] = {
        "target_a": current_a,
        "setpoint_a": current_a,
        "balancer_state": BalancerState.ACTIVE if current_a else BalancerState.STOPPED,
        "limited_by": limited_by,
        "is_unresponsive": False,
        "limit": None,
    }
    return ChargerView(**(values | more))


def of_site(*chargers: ChargerView, view: Mapping[str, Any] | None = None, **site: Any) -> Snapshot:
    """Return a site whose chargers are so; `view`: what else is shown of it."""
    known = (GARAGE, DRIVE)[: len(chargers)]
    if site.get("phase_count", 1) > 1:
        phases = tuple(range(site["phase_count"]))
        known = tuple(replace(charger, phases=phases) for charger in known)
    return Snapshot(
        settings=Settings(site=a_site(rated_a=25, **site), chargers=known),
        view=View(
            chargers=dict(zip("ab", chargers, strict=False)),
            **({"meter_status": MeterStatus.AVAILABLE, "over_since": (None,)} | dict(view or {})),
        ),
        deliveries={"a": Delivery(error="cloud dead"), "b": Delivery()},
        service_voltage_v=230,
        energies={},
        names={"a": "Garage", "b": "Drive"},
        circuits={"c": "Carport"},
        lost_sensors=("sensor.p1_power",),
        revision=0,
    )
