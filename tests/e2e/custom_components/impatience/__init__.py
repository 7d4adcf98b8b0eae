"""Makes the balancer of this Home Assistant wait for less long before it tells of trouble.

Some repairs are raised after minutes. A test that waited for them would not be run; so what is
only a wait is made shorter here, in the process of the test, and nothing else: what is seen, judged
and said stays as it is. That the waits are as long as they should be is what unit tests say.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType

from homeassistant.core import HomeAssistant
from homeassistant.helpers.typing import ConfigType

DOMAIN = "impatience"
BALANCER = "custom_components.ev_lb"
WAITS: Mapping[str, Mapping[str, float]] = {
    "repairs": {"LOST_S": 3.0, "FAILING_S": 3.0},
    "inputs.metered_phase": {"CONTRADICTION_S": 3.0},
    "balancing.meter.timing": {"NEEDED_GAPS": 1, "PROBATION_S": 5.0},
    "balancing.meter.availability": {"STUCK_S": 6.0},
    "balancing.supervise.escalation": {"REPEAT_S": 3.0},
    "balancing.supervise.evidence": {"UNDER_WAY_S": 3.0},
    "balancing.supervise.probes": {"BLIND_S": 10.0},
}
"""How long it waits, by module and constant."""


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Shorten the waits before the first site is set up."""
    await hass.async_add_executor_job(shorten_waits)
    return True


def shorten_waits() -> None:
    """Put the shorter waits wherever the balancer has the longer ones."""
    modules = list(balancer_modules())
    for name, waits in WAITS.items():
        home = import_module(f"{BALANCER}.{name}")
        for constant, shorter in waits.items():
            longer = getattr(home, constant)
            for module in modules:
                if getattr(module, constant, None) is longer:
                    setattr(module, constant, shorter)


def balancer_modules() -> Iterator[ModuleType]:
    """Yield all that can have imported a constant."""
    package = import_module(BALANCER)
    yield package
    for found in walk_packages(package.__path__, f"{BALANCER}."):
        if not found.name.endswith("__main__"):
            yield import_module(found.name)
