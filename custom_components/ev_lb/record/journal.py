"""The last decisions that led to something, for the diagnostics."""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from homeassistant.util import dt as dt_util

from ..balancing.model import Decision, Inputs

KEPT_DECISIONS = 50


class Journal:
    """Keeps what led to a command or an event, the oldest first."""

    def __init__(self) -> None:
        """Begin empty: it does not survive a restart."""
        self._entries: deque[Mapping[str, Any]] = deque(maxlen=KEPT_DECISIONS)

    def keep(self, inputs: Inputs, decision: Decision) -> None:
        """Write a decision down, if it did anything."""
        if not decision.commands and not decision.events:
            return
        view = decision.view
        self._entries.append(
            {
                "at": dt_util.utcnow().isoformat(),
                "reading_a": inputs.reading.current_a if inputs.reading is not None else None,
                "is_meter_available": inputs.is_meter_available,
                "read_backs": {
                    charger_id: asdict(read_back)
                    for charger_id, read_back in inputs.read_backs.items()
                },
                "available_a": view.available_a,
                "house_load_a": view.house_load_a,
                "commands": [str(command) for command in decision.commands],
                "events": [str(event.type) for event in decision.events],
                "limited_by": {
                    charger_id: str(charger.limited_by)
                    for charger_id, charger in view.chargers.items()
                },
            }
        )

    def entries(self) -> list[Mapping[str, Any]]:
        """Return what was kept."""
        return list(self._entries)
