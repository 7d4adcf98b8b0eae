"""A house over an evening: its meter, its chargers and their scripts in a running Home Assistant.

One step a second. The chargers are driven by real `script:` entities, as in a real house; what
they do comes from this plant alone.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence, Sized
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any, ClassVar

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry, ConfigSubentryDataWithId
from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    EVENT_HOMEASSISTANT_STARTED,
    STATE_UNAVAILABLE,
)
from homeassistant.core import CoreState, Event, HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

METER = "sensor.house_power"
STORE = "ev_lb.ID_SITE"
VOLTAGE_V = 230.0
MIN_EV_CURRENT_A = 6
SCRIPTS = ("set_current", "stop_charging", "start_charging")
PROMISE_S = 1 + 3 * 10
"""One meter period and three response times: the longest that cars hold the breaker over."""

TURNS = 25
"""Turns of the event loop in which everything that is due gets done: a command takes 9."""

IDLE_TURNS = 2
"""Turns in which nothing else was runnable, after which nothing will be."""

UNITS = {
    "W": VOLTAGE_V,
    "kW": VOLTAGE_V / 1e3,
    "MW": VOLTAGE_V / 1e6,
    "VA": VOLTAGE_V,
    "kVA": VOLTAGE_V / 1e3,
    "A": 1.0,
    "mA": 1e3,
}


@dataclass
class Charger:
    """A charger with its car: it follows late, and does not draw below 6 A."""

    name: str
    max_a: int = 32
    car_a: float = 32.0
    """What the car takes of what it is offered."""

    delay_s: int = 3
    contactor_s: int = 0
    is_deaf: bool = False
    """Its calls return, and nothing happens."""

    errors: Mapping[str, Exception] = field(default_factory=dict[str, Exception])
    """What the call of an action raises."""

    script_s: float = 0.0
    """How long a call takes; the charger is told at its end."""

    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What its dialog says beyond the defaults; None: left empty."""

    is_installed: bool = True
    """Whether the site has it from the beginning."""

    limit_a: float = 0.0
    is_on: bool = False
    drawn_a: float = 0.0
    calls: list[tuple[int, str, float]] = field(default_factory=list)
    """Every call of its scripts: when, which, and with what current."""

    _under_way: list[tuple[int, str, float]] = field(default_factory=list)
    _closes_at: int | None = None

    @property
    def charger_id(self) -> str:
        """The id of its subentry."""
        return f"ID_{self.name.upper()}"

    scripts: ClassVar[tuple[str, ...]] = SCRIPTS
    """What it is controlled by."""

    def control(self) -> dict[str, Any]:
        """Return what its dialog stores of what controls it."""
        scripts = {f"{script}_script": f"script.{self.name}_{script}" for script in self.scripts}
        return {"control": "scripts", **scripts}

    async def async_join(self, house: House) -> None:
        """Become a part of the house."""

    def vanish(self) -> None:
        """Be gone from Home Assistant, which has ended."""

    def appear(self) -> None:
        """Be in Home Assistant again, which has started."""

    @property
    def commands(self) -> list[tuple[str, float]]:
        """Return what it was told, whenever."""
        return [(action, current_a) for _, action, current_a in self.calls]

    def fail(self, *actions: str, error: Exception | None = None) -> None:
        """Let the calls of these actions fail, or of all."""
        error = error or HomeAssistantError("cloud dead")
        self.errors = dict.fromkeys(actions or SCRIPTS, error)

    def mend(self) -> None:
        """Let every call get through at once."""
        self.errors, self.script_s, self.is_deaf = {}, 0.0, False

    def plug_in(self, current_a: float) -> None:
        """Let it charge with a current that nobody commanded."""
        self.is_on, self.limit_a = True, current_a
        self.step(0)

    def take(self, second: int, action: str, current_a: float) -> None:
        """Take what a script sends."""
        if action in self.errors:
            raise self.errors[action]
        if not self.is_deaf:
            self._under_way.append((second + self.delay_s, action, current_a))

    def step(self, second: int) -> None:
        """Go on by a second."""
        for due, action, current_a in list(self._under_way):
            if due <= second:
                self._under_way.remove((due, action, current_a))
                match action:
                    case "set_current":
                        self.limit_a = current_a
                    case "start_charging":
                        self.is_on = True
                    case _:
                        self.is_on = False
        if not self.is_on or self.limit_a < MIN_EV_CURRENT_A or self.car_a <= 0:
            self._closes_at, self.drawn_a = None, 0.0
            return
        if self._closes_at is None:
            self._closes_at = second + self.contactor_s
        self.drawn_a = min(self.limit_a, self.car_a) if second >= self._closes_at else 0.0


class House:
    """The site under test."""

    def __init__(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        *chargers: Charger,
        breaker_a: int = 32,
        unit: str = "W",
        period_s: int = 1,
        is_on_change: bool = False,
        circuits: Sequence[ConfigSubentryDataWithId] = (),
        **site: Any,
    ) -> None:
        """Describe the house; `async_set_up` brings it to life."""
        self.hass, self._freezer = hass, freezer
        self.chargers: tuple[Charger, ...] = chargers or (Charger("car"),)
        self.breaker_a, self.unit, self.period_s = breaker_a, unit, period_s
        self.is_on_change = is_on_change
        self.site = site
        self.house_a: float = 0.0
        self.meter: Callable[[float], str | None] = self.in_unit
        """What the meter says of a current; None: nothing."""

        self.write_meter: Callable[[str], None] = self.write_state

        self.second = 0
        self.total_a: list[float] = []
        self.events: list[Event] = []
        self._is_dead = False
        self.entry = MockConfigEntry(
            domain="ev_lb",
            title="Home",
            entry_id="ID_SITE",
            minor_version=3,
            data=self._site_data(),
            subentries_data=[
                *circuits,
                *(self.subentry(charger) for charger in self.chargers if charger.is_installed),
            ],
        )

    @property
    def charger(self) -> Charger:
        """The only charger, or the first."""
        return self.chargers[0]

    def _site_data(self) -> dict[str, Any]:
        return {
            "phases": 1,
            "service_voltage_v": int(VOLTAGE_V),
            "service_current_a": self.breaker_a,
            "power_meter": METER,
            "unavailable_behavior": "stop",
            "ramp_up_time_s": 30,
        } | self.site

    def subentry(self, charger: Charger) -> ConfigSubentryDataWithId:
        """Return the subentry of a charger."""
        return {
            "subentry_id": charger.charger_id,
            "subentry_type": "charger",
            "title": charger.name.title(),
            "unique_id": None,
            "data": self.charger_data(charger),
        }

    def charger_data(self, charger: Charger) -> dict[str, Any]:
        """Return what the dialog of a charger stores."""
        data = {
            "max_charger_current_a": charger.max_a,
            "min_ev_current_a": MIN_EV_CURRENT_A,
            "priority": 50,
            "fallback_current_a": 6,
            "response_time_s": 10,
            "command_interval_s": 0,
        }
        data |= charger.control() | dict(charger.settings)
        return {key: value for key, value in data.items() if value is not None}

    async def async_tell(self, charger: Charger, action: str, current_a: float) -> None:
        """Tell a charger something, in the time that it takes."""
        charger.calls.append((self.second, action, current_a))
        if charger.script_s > 0:
            await asyncio.sleep(charger.script_s)
        if not self._is_dead:
            charger.take(self.second, action, current_a)

    async def async_add_scripts(self, mode: str = "restart") -> None:
        """Create the users' scripts, and the entities of chargers that have some."""

        async def command(call: ServiceCall) -> None:
            charger = next(item for item in self.chargers if item.name == call.data["charger"])
            await self.async_tell(charger, call.data["action"], float(call.data["current_a"]))

        self.hass.services.async_register("plant", "command", command)
        scripts = {
            f"{charger.name}_{action}": {
                "mode": mode,
                "sequence": [
                    {
                        "action": "plant.command",
                        "data": {
                            "charger": charger.name,
                            "action": action,
                            "current_a": "{{ current_a }}",
                        },
                    }
                ],
            }
            for charger in self.chargers
            for action in charger.scripts
        }
        assert await async_setup_component(self.hass, "script", {"script": scripts})
        for charger in self.chargers:
            await charger.async_join(self)

    async def async_set_up(self, house_a: float = 0.0, mode: str = "restart") -> None:
        """Bring the house to life, with its first reading."""
        self.house_a = house_a
        await self.async_add_scripts(mode)
        self.watch_events()
        self.report()
        await self.async_load()

    async def async_settle_in(self, house_a: float = 0.0, **set_up: Any) -> None:
        """Bring the house to life, and let its chargers reach what there is for them.

        What led there is forgotten: a test begins here.
        """
        await self.async_set_up(house_a, **set_up)
        await self.async_run(30)
        self.forget_past()

    async def async_load(self) -> None:
        """Load the site."""
        if self.hass.config_entries.async_get_entry(self.entry.entry_id) is None:
            self.entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.async_settle()

    def forget_past(self) -> None:
        """Forget the calls, the events and the currents so far."""
        self.events.clear()
        self.total_a.clear()
        for charger in self.chargers:
            charger.calls.clear()

    def watch_events(self) -> None:
        """Keep the integration's bus events."""

        @callback
        def keep(event: Event) -> None:
            if str(event.event_type).startswith("ev_lb_"):
                self.events.append(event)

        self.hass.bus.async_listen("*", keep)

    def event_types(self) -> list[str]:
        """Return the types of the events so far."""
        return [str(event.event_type).removeprefix("ev_lb_") for event in self.events]

    def in_unit(self, current_a: float) -> str:
        """Return what the meter says of a current, in its unit."""
        return str(round(current_a * UNITS[self.unit], 9))

    def report(self, house_a: float | None = None) -> None:
        """Let the meter say what flows now."""
        if house_a is not None:
            self.house_a = house_a
        text = self.meter(self.house_a + sum(charger.drawn_a for charger in self.chargers))
        if text is not None:
            self.write_meter(text)

    def write_state(self, text: str) -> None:
        """Write what the meter says, as its integration does."""
        self.hass.states.async_set(METER, text, {ATTR_UNIT_OF_MEASUREMENT: self.unit})

    def lose_meter(self) -> None:
        """Make the meter unavailable."""
        self.meter = lambda _current_a: STATE_UNAVAILABLE

    def freeze_meter(self) -> None:
        """Make the meter silent; its last value stands."""
        self.meter = lambda _current_a: None

    def mend_meter(self) -> None:
        """Make the meter work again."""
        self.meter = self.in_unit

    async def async_run(self, seconds: int, house_a: float | None = None) -> list[float]:
        """Let time pass; return the total current in each second."""
        if house_a is not None:
            self.house_a = house_a
        began = len(self.total_a)
        for _ in range(seconds):
            self.second += 1
            self._freezer.tick(timedelta(seconds=1))
            async_fire_time_changed(self.hass)
            await self.async_settle()
            for charger in self.chargers:
                charger.step(self.second)
            self.total_a.append(self.house_a + sum(item.drawn_a for item in self.chargers))
            if self.second % self.period_s == 0:
                self.report()
            await self.async_settle()
        return self.total_a[began:]

    async def async_settle(self) -> None:
        """Let everything runnable run, but do not wait for a script that takes its time."""
        # A loop does not say in public whether it is idle, and 25 turns for each second of an
        # evening took most of the suite's time.
        runnable: Sized = getattr(self.hass.loop, "_ready")  # noqa: B009
        idle = 0
        for _ in range(TURNS):
            await asyncio.sleep(0)
            idle = 0 if runnable else idle + 1
            if idle == IDLE_TURNS:
                return

    def over_s(self, totals: list[float] | None = None) -> int:
        """Return the longest stretch over the breaker, in seconds."""
        longest = stretch = 0
        for total in self.total_a if totals is None else totals:
            stretch = stretch + 1 if total > self.breaker_a + 0.05 else 0
            longest = max(longest, stretch)
        return longest

    def state(self, entity_id: str) -> str:
        """Return the state of an entity."""
        state = self.hass.states.get(entity_id)
        assert state is not None, entity_id
        return state.state

    async def async_set_number(self, entity_id: str, value: float) -> None:
        """Set a number as a user does."""
        data = {"entity_id": entity_id, "value": value}
        await self.hass.services.async_call("number", "set_value", data, blocking=True)
        await self.async_settle()

    async def async_switch(self, entity_id: str, *, is_on: bool) -> None:
        """Turn a switch as a user does."""
        service = "turn_on" if is_on else "turn_off"
        await self.hass.services.async_call(
            "switch", service, {"entity_id": entity_id}, blocking=True
        )
        await self.async_settle()

    async def async_reload(self) -> None:
        """Reload the site, as after a change of its settings."""
        assert await self.hass.config_entries.async_reload(self.entry.entry_id)
        await self.async_settle()

    async def async_change_charger(self, charger: Charger, **data: Any) -> None:
        """Change a charger in its dialog."""
        subentry = self.entry.subentries[charger.charger_id]
        self.hass.config_entries.async_update_subentry(
            self.entry, subentry, data={**subentry.data, **data}
        )
        await self.async_settle()

    async def async_change_site(self, **data: Any) -> None:
        """Change the site in its dialog."""
        self.hass.config_entries.async_update_entry(self.entry, data={**self.entry.data, **data})
        await self.async_settle()

    async def async_add_charger(self, charger: Charger) -> None:
        """Add a charger in the dialog."""
        subentry = ConfigSubentry(
            subentry_id=charger.charger_id,
            subentry_type="charger",
            title=charger.name.title(),
            unique_id=None,
            data=MappingProxyType(self.charger_data(charger)),
        )
        self.hass.config_entries.async_add_subentry(self.entry, subentry)
        await self.async_settle()

    async def async_remove_charger(self, charger: Charger) -> None:
        """Remove a charger."""
        self.hass.config_entries.async_remove_subentry(self.entry, charger.charger_id)
        await self.async_settle()

    async def async_set_limit(self, charger: Charger, current_a: float, duration_s: int) -> None:
        """Put a temporary limit on a charger."""
        data = {
            "device_id": self.device_id(charger),
            "current_a": current_a,
            "duration": {"seconds": duration_s},
        }
        await self.hass.services.async_call("ev_lb", "set_limit", data, blocking=True)
        await self.async_settle()

    async def async_clear_limit(self, charger: Charger) -> None:
        """End a charger's temporary limit."""
        data = {"device_id": self.device_id(charger)}
        await self.hass.services.async_call("ev_lb", "clear_limit", data, blocking=True)
        await self.async_settle()

    def device_id(self, charger: Charger | None = None) -> str:
        """Return the id of a charger's device, or the site's."""
        owner_id = charger.charger_id if charger is not None else self.entry.entry_id
        return dr.async_get_device_id_by_identifier(
            self.hass, ("ev_lb", owner_id), config_entry_id=self.entry.entry_id
        )

    async def async_kill(self, storage: dict[str, Any]) -> None:
        """End Home Assistant as a power cut does: only what was written by now is left.

        The chargers go on with what they were told.
        """
        written = deepcopy(storage.get(STORE))
        under_way = [list(charger.calls) for charger in self.chargers]
        deaf, self._is_dead = self._is_dead, True
        assert await self.hass.config_entries.async_unload(self.entry.entry_id)
        await self.async_settle()
        self._is_dead = deaf
        for charger, calls in zip(self.chargers, under_way, strict=True):
            charger.calls[:] = calls
        storage.pop(STORE, None)
        if written is not None:
            storage[STORE] = written
        self.hass.states.async_remove(METER)
        for charger in self.chargers:
            charger.vanish()
        self.hass.set_state(CoreState.not_running)
        await self.async_settle()

    async def async_boot(self, seconds: int = 20) -> None:
        """Start Home Assistant again; the meter's integration is there in between."""
        self.hass.set_state(CoreState.starting)
        for charger in self.chargers:
            charger.appear()
        await self.async_load()
        await self.async_run(seconds)
        await self.async_started()

    async def async_started(self) -> None:
        """Let Home Assistant say that it has started."""
        self.hass.set_state(CoreState.running)
        self.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
        await self.async_settle()
