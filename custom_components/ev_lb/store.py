"""What must survive a crash: the user's numbers and switches, and the core's memory.

Saved a second after a change. A number remembers what the dialog said when it was set: when
the dialog says something else later, the dialog wins.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .balancing.memory import Memory, MeterMemory, aged, known_of
from .charger_energy import ChargerEnergy
from .const import DOMAIN
from .observe.strangers import of_strangers
from .observe.tally import Observed

STORAGE_VERSION = 1
SAVE_DELAY_S = 1.0


class SiteStore:
    """The stored memory of one site; owners are the entry and its charger subentries."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Name the file after the entry."""
        self._store = Store[dict[str, Any]](hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}")
        self._numbers: dict[str, dict[str, dict[str, int]]] = {}
        self._switches: dict[str, bool] = {}
        self._manual_limits: dict[str, bool] = {}
        self._meter_id: str | None = None
        self.energies: dict[str, ChargerEnergy] = {}
        """What each charger has given, by its own sensors."""

        self.observed: Observed | None = None
        """What observing has shown; None: the site was never observed."""

        self._observe_only: bool | None = None
        """None: nobody has switched it since the site was set up."""

        self._is_memory_observed = False
        """Whether the memory is of shadows, which no charger has followed."""

        self._is_save_due = False
        self.memory = Memory()
        """What the core must know of the last run, its moments counted from now."""

        self.is_lost = True
        """Whether there was no file: Home Assistant's own memory of the entities steps in."""

    async def async_load(self) -> None:
        """Read what an earlier run left."""
        data = await self._store.async_load()
        self.is_lost = data is None
        if data is None:
            return
        self._numbers, self._switches = data["numbers"], data["switches"]
        self._manual_limits = data.get("manual_limits", {})
        elapsed_s = max(dt_util.utcnow().timestamp() - data["saved_at"], 0.0)
        self._meter_id = data.get("meter_id")
        self.energies = {
            charger_id: ChargerEnergy(**known_of(ChargerEnergy, kept))
            for charger_id, kept in data.get("energies", {}).items()
        }
        if (observed := data.get("observed")) is not None:
            self.observed = Observed(**known_of(Observed, observed))
        self._observe_only = data.get("observe_only")
        self._is_memory_observed = data.get("is_memory_observed", False)
        # A file of before the core had a memory of its own: its numbers and switches are kept.
        self.memory = aged(Memory.from_json(data.get("memory", {})), elapsed_s)

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

    def follows_manual_limit(self, charger_id: str) -> bool:
        """Return whether a limit that was set at the charger is followed; it is until ignored."""
        return self._manual_limits.get(charger_id, True)

    def set_follows_manual_limit(self, charger_id: str, *, is_followed: bool) -> None:
        """Keep whether a limit that was set at the charger is followed."""
        self._manual_limits[charger_id] = is_followed

    def is_observing(self, *, configured: bool) -> bool:
        """Return whether the site is only observed; as it was set up until somebody switches."""
        return configured if self._observe_only is None else self._observe_only

    def set_observing(self, *, is_observing: bool) -> None:
        """Keep whether the site is only observed."""
        self._observe_only = is_observing

    def forget_all_but(self, owner_ids: set[str]) -> None:
        """Drop what belongs to chargers that were removed."""
        for kept in (self._numbers, self._switches, self._manual_limits, self.energies):
            for owner_id in kept.keys() - owner_ids:
                del kept[owner_id]
        known = self.memory.chargers
        chargers = {key: known[key] for key in known.keys() & owner_ids}
        self.memory = replace(self.memory, chargers=chargers)

    def forget_other_meter(self, meter_id: str) -> None:
        """Drop what was learned of another meter: this one may report in another way."""
        if self._meter_id != meter_id:
            self._meter_id = meter_id
            self.memory = replace(self.memory, meter=MeterMemory())

    def rename_meter(self, meter_id: str) -> None:
        """Go on with what was learned of a meter whose sensors have other names now."""
        self._meter_id = meter_id

    def forget_other_world(self, *, is_observing: bool) -> None:
        """Drop what was learned of shadows where chargers are told again, and the other way."""
        was_observed, self._is_memory_observed = self._is_memory_observed, is_observing
        if was_observed is not is_observing:
            self.memory = of_strangers(self.memory, was_observed=was_observed)

    def save_soon(self, memory: Callable[[], Memory]) -> None:
        """Write the file in a second, whatever comes until then; `memory` is asked then.

        It is to count its moments from the time that it is asked.
        """
        if self._is_save_due:
            return  # the Store would put the write off each time it is asked

        def as_json() -> dict[str, Any]:
            self._is_save_due = False
            return self._as_json(memory())

        self._is_save_due = True
        self._store.async_delay_save(as_json, SAVE_DELAY_S)

    async def async_save(self, memory: Memory) -> None:
        """Write the file now."""
        self._is_save_due = False
        await self._store.async_save(self._as_json(memory))

    async def async_remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()

    def _as_json(self, memory: Memory) -> dict[str, Any]:
        return {
            "numbers": self._numbers,
            "switches": self._switches,
            "manual_limits": self._manual_limits,
            "saved_at": dt_util.utcnow().timestamp(),
            "meter_id": self._meter_id,
            "energies": {key: energy.to_json() for key, energy in self.energies.items()},
            "observed": None if self.observed is None else self.observed.to_json(),
            "observe_only": self._observe_only,
            "is_memory_observed": self._is_memory_observed,
            "memory": memory.to_json(),
        }
