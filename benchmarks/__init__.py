"""A simulated house, its meter, chargers and cars around the balancing core alone.

The core needs no Home Assistant, but the integration's own package imports it. Where that is not
loaded yet, an empty package stands in, so that a run starts at once.
"""

import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]


def stand_in(name: str) -> None:
    """Let a package's modules be found without the package's own code."""
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(ROOT.joinpath(*name.split(".")))]
        sys.modules[name] = package


stand_in("custom_components")
stand_in("custom_components.ev_lb")
