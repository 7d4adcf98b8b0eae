"""A house over an evening: its meter, its chargers and their scripts in a running Home Assistant.

One step a second. The chargers are driven by real `script:` entities, as in a real house; what
they do comes from this plant alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, STATE_UNAVAILABLE
from homeassistant.core import Event, HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component

METER = "sensor.house_power"
VOLTAGE_V = 230.0
MIN_EV_CURRENT_A = 6


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

    error: str | None = None
    """Its calls raise this."""

    limit_a: float = 0.0
    is_on: bool = False
    drawn_a: float = 0.0
    calls: list[tuple[int, str, float]] = field(default_factory=list)
    _under_way: list[tuple[int, str, float]] = field(default_factory=list)
    _closes_at: int | None = None

    @property
    def charger_id(self) -> str:
        """The id of its subentry."""
        return f"ID_{self.name.upper()}"

    def command(self, second: int, action: str, current_a: float) -> None:
        """Take a call of its scripts."""
        self.calls.append((second, action, current_a))
        if self.error is not None:
            raise HomeAssistantError(self.error)
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
        **site: Any,
    ) -> None:
        """Describe the house; `async_set_up` brings it to life."""
        self.hass, self._freezer = hass, freezer
        self.chargers = chargers or (Charger("car"),)
        self.breaker_a, self.unit, self.period_s = breaker_a, unit, period_s
        self.is_on_change = is_on_change
        self.site = site
        self.house_a: float = 0.0
        self.meter: Callable[[float], str | None] = lambda current_a: self.in_unit(current_a)
        """What the meter says of a current; None: nothing."""

        self.second = 0
        self.total_a: list[float] = []
        self.events: list[Event] = []
        self.entry = MockConfigEntry(
            domain="ev_lb",
            title="Home",
            entry_id="ID_SITE",
            data=self._site_data(),
            subentries_data=[self.subentry(charger) for charger in self.chargers],
        )

    @property
    def charger(self) -> Charger:
        """The only charger, or the first."""
        return self.chargers[0]

    def _site_data(self) -> dict[str, Any]:
        return {
            "service_voltage_v": int(VOLTAGE_V),
            "service_current_a": self.breaker_a,
            "power_meter": METER,
            "unavailable_behavior": "stop",
            "ramp_up_time_s": 30,
        } | self.site

    def subentry(self, charger: Charger) -> Any:
        """Return the subentry of a charger."""
        return {
            "subentry_id": charger.charger_id,
            "subentry_type": "charger",
            "title": charger.name.title(),
            "unique_id": None,
            "data": {
                "max_charger_current_a": charger.max_a,
                "min_ev_current_a": MIN_EV_CURRENT_A,
                "priority": 50,
                "fallback_current_a": 6,
                "set_current_script": f"script.{charger.name}_set_current",
                "stop_charging_script": f"script.{charger.name}_stop_charging",
                "start_charging_script": f"script.{charger.name}_start_charging",
                "response_time_s": 10,
                "command_interval_s": 0,
            },
        }

    async def async_add_scripts(self, mode: str = "restart") -> None:
        """Create the users' scripts."""

        @callback
        def command(call: ServiceCall) -> None:
            charger = next(item for item in self.chargers if item.name == call.data["charger"])
            charger.command(self.second, call.data["action"], float(call.data["current_a"]))

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
            for action in ("set_current", "stop_charging", "start_charging")
        }
        assert await async_setup_component(self.hass, "script", {"script": scripts})

    async def async_set_up(self) -> None:
        """Bring the house to life, with its first reading."""
        await self.async_add_scripts()
        self.watch_events()
        self.report()
        self.entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()

    def watch_events(self) -> None:
        """Keep the integration's bus events."""

        @callback
        def keep(event: Event) -> None:
            if event.event_type.startswith("ev_lb_"):
                self.events.append(event)

        self.hass.bus.async_listen("*", keep)

    def event_types(self) -> list[str]:
        """Return the types of the events so far."""
        return [event.event_type.removeprefix("ev_lb_") for event in self.events]

    def in_unit(self, current_a: float) -> str:
        """Return what the meter says of a current, in its unit."""
        factor = {"W": VOLTAGE_V, "kW": VOLTAGE_V / 1000, "A": 1.0, "mA": 1000.0}[self.unit]
        return str(round(current_a * factor, 4))

    def report(self) -> None:
        """Let the meter say what flows now."""
        text = self.meter(self.house_a + sum(charger.drawn_a for charger in self.chargers))
        if text is not None:
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
        """Let everything runnable run."""
        await self.hass.async_block_till_done(wait_background_tasks=False)

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
