"""The adapter for a whole Home Assistant: what the dialogs store of its answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from benchmarks.bench_adapter import VARIANTS, Car, Scenario, setup, supports
from tests.conftest import charger_data, site_data

VOLTS = {"voltage_sensor": "sensor.house_l1_voltage"}


@dataclass
class FakeCar:
    """A car of one phase, or of several."""

    phases: Sequence[int] = (0,)


@dataclass
class FakeScenario:
    """Two cars in a house of one phase."""

    breaker_a: float = 32.0
    charger_max_a: float = 20.0
    cars: Sequence[Car] = (FakeCar(), FakeCar())
    phases: int = 1


@dataclass
class FakeRig:
    """What the benchmark gives, as far as the adapter asks for it."""

    hass: HomeAssistant
    scenario: Scenario = field(default_factory=FakeScenario)

    def script(self, charger: int, kind: str) -> str:
        """Return the script of a charger."""
        return f"script.ev{charger + 1}_{kind}"

    async def settle(self) -> None:
        """Let everything runnable run."""
        await self.hass.async_block_till_done()


@pytest.fixture
async def rig(hass: HomeAssistant, enable_custom_integrations: None) -> FakeRig:
    """Publish what the benchmark publishes."""
    hass.states.async_set("sensor.house_power", "500", {"unit_of_measurement": "W"})
    hass.states.async_set("sensor.house_l1_voltage", "236.1", {"unit_of_measurement": "V"})
    scripts = dict[str, object]()
    for ev in ("ev1", "ev2"):
        hass.states.async_set(f"sensor.{ev}_current", "0.0", {"unit_of_measurement": "A"})
        hass.states.async_set(f"sensor.{ev}_status", "Available")
        for kind in ("set_current", "start", "stop"):
            action = {"event": "script_called", "event_data": {"value": "{{ current_a }}"}}
            scripts[f"{ev}_{kind}"] = {"mode": "queued", "max": 100, "sequence": [action]}
    assert await async_setup_component(hass, "script", {"script": scripts})
    return FakeRig(hass)


def charger(ev: str, **sensors: str) -> dict[str, object]:
    """Return what is stored of a charger."""
    return charger_data(
        max_charger_current_a=20,
        set_current_script=f"script.{ev}_set_current",
        stop_charging_script=f"script.{ev}_stop",
        start_charging_script=f"script.{ev}_start",
        **sensors,
    )


PLAIN = [charger("ev1"), charger("ev2")]
SENSING = [
    charger(ev, draw_sensor=f"sensor.{ev}_current", status_sensor=f"sensor.{ev}_status")
    for ev in ("ev1", "ev2")
]


@pytest.mark.parametrize(
    ("variant", "site", "chargers"),
    [
        pytest.param("default", VOLTS, PLAIN, id="default"),
        pytest.param("nominal", {}, PLAIN, id="nominal"),
        pytest.param("sensors", VOLTS, SENSING, id="sensors"),
        pytest.param("quick", VOLTS | {"ramp_up_time_s": 10}, SENSING, id="quick"),
    ],
)
async def test_variant_stores_its_settings(
    hass: HomeAssistant,
    rig: FakeRig,
    variant: str,
    site: dict[str, object],
    chargers: list[dict[str, object]],
) -> None:
    """Each variant is what it says; all else is what the dialogs offer. It survives a reload."""
    assert variant in VARIANTS

    (entry,) = await setup(hass, rig, variant)

    assert dict(entry.data) == site_data(service_current_a=32, **site)
    assert [dict(subentry.data) for subentry in entry.subentries.values()] == chargers
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED


async def test_refused_answer_stops_the_benchmark(hass: HomeAssistant, rig: FakeRig) -> None:
    """A dialog that refuses an answer is an error, not an endless loop."""
    hass.states.async_remove("sensor.ev1_current")
    with pytest.raises(ValueError, match="draw_missing"):
        await setup(hass, rig, "sensors")


async def test_three_phases_are_set_up_by_their_currents(hass: HomeAssistant, rig: FakeRig) -> None:
    """Each phase has its sensor, and each charger the phases of its car."""
    for name in ("l1", "l2", "l3"):
        hass.states.async_set(f"sensor.house_{name}_current", "2.1", {"unit_of_measurement": "A"})
    cars = (FakeCar(phases=(1,)), FakeCar(phases=(0, 1, 2)))
    rig.scenario = FakeScenario(phases=3, cars=cars)

    (entry,) = await setup(hass, rig, "default")

    meters = [entry.data[f"power_meter_{name}"] for name in ("l1", "l2", "l3")]
    assert meters == [f"sensor.house_{name}_current" for name in ("l1", "l2", "l3")]
    assert [each.data["wiring"] for each in entry.subentries.values()] == ["l2", "l1_l2_l3"]
    assert entry.state is ConfigEntryState.LOADED


@pytest.mark.parametrize(("phases", "is_fitting"), [(1, True), (3, True), (4, False)])
def test_houses_of_up_to_three_phases_are_supported(phases: int, *, is_fitting: bool) -> None:
    """No site has more."""
    assert supports(FakeScenario(phases=phases)) is is_fitting
