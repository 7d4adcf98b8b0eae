"""What must survive a crash: the user's numbers and switches, and the core's memory.

Saved a second after a change. A number remembers what the dialog said when it was set: when
the dialog says something else later, the dialog wins.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .balancing.memory import ChargerMemory
from .const import DOMAIN

STORAGE_VERSION = 1
SAVE_DELAY_S = 1.0


class SiteStore:
    """The stored memory of one site; owners are the entry and its charger subentries."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Name the file after the entry."""
        self._store = Store[dict[str, Any]](hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}")
        self._numbers: dict[str, dict[str, dict[str, int]]] = {}
        self._switches: dict[str, bool] = {}
        self._memories: dict[str, ChargerMemory] = {}
        self._is_save_due = False
        self.is_lost = True
        """Whether there was no file: Home Assistant's own memory of the entities steps in."""

    async def async_load(self) -> None:
        """Read what an earlier run left."""
        data = await self._store.async_load()
        self.is_lost = data is None
        if data is None:
            return
        self._numbers, self._switches = data["numbers"], data["switches"]
        elapsed_s = max(dt_util.utcnow().timestamp() - data["saved_at"], 0.0)
        self._memories = {
            charger_id: aged(memory_from(stored), elapsed_s)
            for charger_id, stored in data["chargers"].items()
        }

    @property
    def memories(self) -> Mapping[str, ChargerMemory]:
        """What the core must know of the last run, by charger."""
        return self._memories

    def number(self, owner_id: str, key: str, configured: int) -> int:
        """Return the running value of a setting; the dialog's if that has changed since."""
        kept = self._numbers.get(owner_id, {}).get(key)
        if kept is None:
            return configured
        if kept["configured"] != configured:
            del self._numbers[owner_id][key]  # or it would come back with the dialog's old value
            return configured
        return kept["value"]

    def set_number(self, owner_id: str, key: str, value: int, configured: int) -> None:
        """Keep a running value, with what the dialog says now."""
        kept = {"value": value, "configured": configured}
        self._numbers.setdefault(owner_id, {})[key] = kept

    def is_enabled(self, owner_id: str) -> bool:
        """Return whether a switch is on; it is until switched off."""
        return self._switches.get(owner_id, True)

    def set_enabled(self, owner_id: str, *, is_enabled: bool) -> None:
        """Keep the position of a switch."""
        self._switches[owner_id] = is_enabled

    def forget_all_but(self, owner_ids: set[str]) -> None:
        """Drop what belongs to chargers that were removed."""
        for kept in (self._numbers, self._switches, self._memories):
            for owner_id in kept.keys() - owner_ids:
                del kept[owner_id]

    def save_soon(self, memories: Callable[[], Mapping[str, ChargerMemory]]) -> None:
        """Write the file in a second, whatever comes until then; `memories` is asked then."""
        if self._is_save_due:
            return  # the Store would put the write off each time it is asked

        def as_json() -> dict[str, Any]:
            self._is_save_due = False
            return self._as_json(memories())

        self._is_save_due = True
        self._store.async_delay_save(as_json, SAVE_DELAY_S)

    async def async_save(self, memories: Mapping[str, ChargerMemory]) -> None:
        """Write the file now."""
        self._is_save_due = False
        await self._store.async_save(self._as_json(memories))

    async def async_remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()

    def _as_json(self, memories: Mapping[str, ChargerMemory]) -> dict[str, Any]:
        return {
            "numbers": self._numbers,
            "switches": self._switches,
            "saved_at": dt_util.utcnow().timestamp(),
            "chargers": {key: asdict(memory) for key, memory in memories.items()},
        }


def memory_from(stored: dict[str, Any]) -> ChargerMemory:
    """Return the memory as it was before JSON made its tuples lists."""
    return ChargerMemory(**{**stored, "offered_a": tuple(stored["offered_a"])})


def aged(memory: ChargerMemory, elapsed_s: float) -> ChargerMemory:
    """Return the memory after the time Home Assistant was away.

    A limit ends by the clock; a hold does not: what happened meanwhile is unknown.
    """
    return replace(
        memory,
        limit_s=memory.limit_s - elapsed_s,
        since_overload_stop_s=memory.since_overload_stop_s + elapsed_s,
    )
