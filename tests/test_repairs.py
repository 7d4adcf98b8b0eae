"""Repair issues: raised with their texts, and withdrawn."""

import random
from collections.abc import Iterable
from typing import Any, override

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.repairs.const import FlowType
from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .conftest import async_add_scripts, charger_subentry, set_meter, site_data
from .scenarios.house import METER, STORE, Charger, House
from .scenarios.phases import PhaseHouse, Written, signed_power


async def async_texts(hass: HomeAssistant, issue: ir.IssueEntry) -> str:
    """Return the title and description of an issue as its user reads them."""
    texts = await async_get_translations(hass, "en", "issues", {"ev_lb"})
    key = f"component.ev_lb.issues.{issue.translation_key}"
    placeholders = issue.translation_placeholders or {}
    described = "fix_flow.step.confirm.description" if issue.is_fixable else "description"
    return "\n".join(texts[f"{key}.{part}"].format(**placeholders) for part in ("title", described))


async def test_a_charger_that_does_not_follow_is_reported(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """The report names the charger, cannot be clicked away, and is gone after a restart."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.is_deaf = True
    await house.async_run(60, 12)

    issue = issue_registry.async_get_issue("ev_lb", "charger_unresponsive_ID_CAR")
    assert issue is not None
    assert (issue.severity, issue.is_fixable, issue.is_persistent) == (
        ir.IssueSeverity.ERROR,
        False,
        False,
    )
    assert "Car" in await async_texts(hass, issue)


async def test_a_report_is_withdrawn_with_the_site(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """What a site reported is withdrawn when it is unloaded."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.is_deaf = True
    await house.async_run(60, 12)
    assert issue_registry.async_get_issue("ev_lb", "charger_unresponsive_ID_CAR") is not None

    assert await hass.config_entries.async_unload("ID_SITE")

    assert issue_registry.async_get_issue("ev_lb", "charger_unresponsive_ID_CAR") is None


async def test_a_charger_that_did_not_follow_before_a_restart_is_reported_again(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    issue_registry: ir.IssueRegistry,
    hass_storage: dict[str, Any],
) -> None:
    """A report does not survive a restart; what it was about does."""
    house = House(hass, freezer, Charger("a"), Charger("b"))
    await house.async_settle_in(2)
    await house.async_kill(hass_storage)
    hass_storage[STORE]["data"]["memory"]["chargers"]["ID_B"]["is_unresponsive"] = True
    house.freeze_meter()
    await house.async_load()

    assert [issue_id for _, issue_id in issue_registry.issues] == ["charger_unresponsive_ID_B"]


async def test_a_missing_source_is_reported(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """The report names the entity and the site that needs it."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    hass.states.async_remove(METER)
    await house.async_settle()

    issue = issue_registry.async_get_issue("ev_lb", f"source_missing_ID_SITE_{METER}")
    assert issue is not None
    assert (issue.severity, issue.is_fixable) == (ir.IssueSeverity.ERROR, True)
    texts = await async_texts(hass, issue)
    assert METER in texts
    assert "Home" in texts
    assert "needs" in texts


async def test_a_missing_optional_source_is_a_warning(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """Who can do without a sensor is told so; a minute after a start as well as at once."""
    optional = {"draw_sensor": "sensor.draw", "status_sensor": "sensor.status"}
    house = House(
        hass,
        freezer,
        Charger("car", settings=optional),
        voltage_sensor="sensor.volts",
        price_sensor="sensor.price",
    )
    hass.states.async_set("sensor.draw", "0", {"unit_of_measurement": "A"})
    await house.async_settle_in(2)
    hass.states.async_remove("sensor.draw")
    await house.async_run(40)

    for entity_id in ("sensor.draw", "sensor.status", "sensor.volts", "sensor.price"):
        issue_id = f"optional_source_missing_ID_SITE_{entity_id}"
        issue = issue_registry.async_get_issue("ev_lb", issue_id)
        assert issue is not None
        assert (issue.severity, issue.is_fixable) == (ir.IssueSeverity.WARNING, True)
        texts = await async_texts(hass, issue)
        assert entity_id in texts
        assert "Home" in texts
        assert "needs" not in texts


# The meter


def raised(issue_registry: ir.IssueRegistry) -> list[str]:
    """Return the ids of our issues."""
    return sorted(issue_id for domain, issue_id in issue_registry.issues if domain == "ev_lb")


async def test_a_slow_meter_is_reported(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """Above 30 s an overload stands too long; the report goes when the meter is quicker."""
    house = House(hass, freezer, period_s=60)
    await house.async_set_up(10)
    await house.async_run(5 * 60)
    assert raised(issue_registry) == ["meter_slow_ID_SITE"]
    issue = issue_registry.async_get_issue("ev_lb", "meter_slow_ID_SITE")
    assert issue is not None
    assert (issue.severity, issue.is_fixable) == (ir.IssueSeverity.WARNING, False)
    texts = await async_texts(hass, issue)
    assert "Home" in texts
    assert "60 seconds" in texts

    house.period_s = 10
    await house.async_run(60)
    assert raised(issue_registry) == []


async def test_a_meter_that_reports_each_30_s_is_not_reported(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """30 s is what many meters have, and the limit."""
    house = House(hass, freezer, period_s=30)
    await house.async_set_up(10)
    await house.async_run(8 * 30)
    assert house.state("sensor.home_meter_period") == "30.0"
    assert raised(issue_registry) == []


async def test_a_unit_that_became_unusable_is_reported(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """A meter that turned into a counter of energy is named, until it has its unit again."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    hass.states.async_set(METER, "7", {"unit_of_measurement": "kWh"})
    await house.async_settle()
    assert raised(issue_registry) == [f"meter_unit_ID_SITE_{METER}"]
    issue = issue_registry.async_get_issue("ev_lb", f"meter_unit_ID_SITE_{METER}")
    assert issue is not None
    assert issue.severity is ir.IssueSeverity.ERROR
    assert METER in await async_texts(hass, issue)

    await house.async_run(1)
    assert raised(issue_registry) == []


@pytest.mark.parametrize("key", ["export_meter", "current_meter", "voltage_sensor"])
async def test_a_unit_of_another_sensor_that_became_unusable_is_reported(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    issue_registry: ir.IssueRegistry,
    key: str,
) -> None:
    """What is fed in, or the volts, would be missed in silence; the site goes on without."""
    unit, wrong = ("V", "Hz") if key == "voltage_sensor" else ("A", "kWh")
    site: dict[str, Any] = {key: "sensor.more"}
    house = House(hass, freezer, **site)
    hass.states.async_set("sensor.more", "0", {"unit_of_measurement": unit})
    await house.async_settle_in(10)
    assert raised(issue_registry) == []
    hass.states.async_set("sensor.more", "0", {"unit_of_measurement": wrong})
    await house.async_run(1)
    assert raised(issue_registry) == ["optional_unit_ID_SITE_sensor.more"]
    issue = issue_registry.async_get_issue("ev_lb", "optional_unit_ID_SITE_sensor.more")
    assert issue is not None
    assert issue.severity is ir.IssueSeverity.WARNING
    assert "sensor.more" in await async_texts(hass, issue)
    assert house.charger.drawn_a == 22

    hass.states.async_set("sensor.more", "0", {"unit_of_measurement": unit})
    await house.async_run(1)
    assert raised(issue_registry) == []


async def test_a_pair_that_contradicts_itself_is_reported(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """Import and export at once is a fault after a minute, and none when it is over."""
    house = House(hass, freezer, export_meter="sensor.panels")
    hass.states.async_set("sensor.panels", "3000", {"unit_of_measurement": "W"})
    await house.async_settle_in(10)
    for _ in range(70):
        hass.states.async_set("sensor.panels", "3000", {"unit_of_measurement": "W"})
        await house.async_run(1)
    about = f"{house.entry.entry_id}_{METER}"
    issue = issue_registry.async_get_issue("ev_lb", f"meter_contradiction_{about}")
    assert issue is not None
    texts = await async_texts(hass, issue)
    assert METER in texts
    assert "sensor.panels" in texts

    hass.states.async_set("sensor.panels", "0", {"unit_of_measurement": "W"})
    await house.async_run(2)
    assert raised(issue_registry) == []


async def test_a_charger_on_a_phase_that_nobody_measures_is_reported(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """A total does not show the phase of a one-phase charger; one on all phases is no worry."""
    house = House(hass, freezer, Charger("a", settings={"wiring": "l1"}), Charger("b"), phases=3)
    await house.async_set_up(10)
    await house.async_run(2)
    assert raised(issue_registry) == ["total_meter_ID_A"]
    issue = issue_registry.async_get_issue("ev_lb", "total_meter_ID_A")
    assert issue is not None
    texts = await async_texts(hass, issue)
    assert "A loads a phase" in texts
    assert "Home" in texts

    assert await hass.config_entries.async_unload("ID_SITE")
    assert raised(issue_registry) == []


# Trouble that lasts


@pytest.mark.parametrize(
    ("behavior", "meanwhile"),
    [("stop", "are stopped"), ("ignore", "keep the current"), ("set_current", "fallback currents")],
)
async def test_a_meter_that_is_lost_for_long_is_reported(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    issue_registry: ir.IssueRegistry,
    behavior: str,
    meanwhile: str,
) -> None:
    """After five minutes, though nothing else happens: which sensor, since when, and what now."""
    house = House(hass, freezer, unavailable_behavior=behavior)
    await house.async_settle_in(10)
    house.lose_meter()
    await house.async_run(280)
    assert raised(issue_registry) == []
    await house.async_run(30)
    assert raised(issue_registry) == [f"meter_lost_{behavior}_ID_SITE"]
    issue = issue_registry.async_get_issue("ev_lb", f"meter_lost_{behavior}_ID_SITE")
    assert issue is not None
    assert (issue.severity, issue.is_fixable) == (ir.IssueSeverity.ERROR, False)
    texts = await async_texts(hass, issue)
    assert METER in texts
    assert meanwhile in texts

    house.mend_meter()
    await house.async_run(5)
    assert raised(issue_registry) == []


async def test_commands_that_fail_for_a_minute_are_reported(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """With the script and its error; the report goes with the first command that comes through."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    error = HomeAssistantError("no route to the charger")
    house.charger.fail("set_current", "stop_charging", error=error)
    await house.async_run(50, 20)
    assert raised(issue_registry) == []
    await house.async_run(40, 20)
    assert "control_failing_ID_CAR" in raised(issue_registry)
    issue = issue_registry.async_get_issue("ev_lb", "control_failing_ID_CAR")
    assert issue is not None
    texts = await async_texts(hass, issue)
    assert "script.car_" in texts
    assert "no route to the charger" in texts

    await house.async_switch("switch.car_enabled", is_on=False)
    await house.async_run(2, 20)
    assert "control_failing_ID_CAR" not in raised(issue_registry)
    await house.async_switch("switch.car_enabled", is_on=True)
    house.charger.mend()
    await house.async_run(60, 20)
    assert "control_failing_ID_CAR" not in raised(issue_registry)


async def test_a_script_that_drops_calls_is_reported(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """The mode may have been changed long after the dialog warned of it."""
    house = House(hass, freezer)
    await house.async_set_up(10, mode="single")
    await house.async_run(5)
    assert raised(issue_registry) == [
        "script_single_ID_CAR_script.car_set_current",
        "script_single_ID_CAR_script.car_start_charging",
        "script_single_ID_CAR_script.car_stop_charging",
    ]


async def test_a_meter_that_stands_still_is_reported(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """It repeats itself and was found out: the report says so at once."""
    house = House(hass, freezer, Charger("car", max_a=16), breaker_a=25, period_s=10)
    noise = random.Random(1)
    house.meter = lambda current_a: house.in_unit(current_a + noise.uniform(-0.2, 0.2))
    await house.async_set_up(6)
    await house.async_run(700)
    stuck = house.in_unit(22.13)
    house.meter = lambda _current_a: stuck
    await house.async_run(900)
    assert "meter_frozen_ID_SITE" in raised(issue_registry)
    house.meter = house.in_unit
    await house.async_run(20)
    assert raised(issue_registry) == []


# The order of a charger's phases


class TurnedHouse(PhaseHouse):
    """A house whose charger has a one-phase car, on L2 though it shows it on L1."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        """Give the charger a sensor for each of its phases."""
        keys = ("draw_sensor", "draw_sensor_l2", "draw_sensor_l3")
        sensors = {key: f"sensor.{key}" for key in keys}
        car = Charger("car", settings={"wiring": "l1_l2_l3", **sensors})
        super().__init__(hass, freezer, car, form=self.shown)

    def shown(self, phase_a: list[float]) -> Iterable[Written]:
        """Show the phases of the meter, then those of the charger."""
        yield from signed_power(phase_a)
        yield "sensor.draw_sensor", self.charger.drawn_a, "A"
        for key in ("draw_sensor_l2", "draw_sensor_l3"):
            yield f"sensor.{key}", 0.0, "A"

    @override
    def loaded(self, charger: Charger) -> list[int]:
        """Return where the car really is."""
        return [1]


async def test_a_wrong_order_of_phases_is_reported(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """What was seen is said, and where the car really is; the right order ends it."""
    house = TurnedHouse(hass, freezer)
    await house.async_settle_in(4)
    await house.async_run(30)
    assert raised(issue_registry) == ["wiring_order_ID_CAR"]
    issue = issue_registry.async_get_issue("ev_lb", "wiring_order_ID_CAR")
    assert issue is not None
    assert (issue.severity, issue.is_fixable) == (ir.IssueSeverity.WARNING, True)
    assert issue.translation_placeholders == {
        "site": "Home",
        "charger": "Car",
        "wiring": "L1, L2, L3",
        "sensed": "L1",
        "shown": "L2",
    }
    assert "The phases of Car" in await async_texts(hass, issue)

    assert await hass.config_entries.async_reload("ID_SITE")
    await house.async_run(5)
    assert raised(issue_registry) == ["wiring_order_ID_CAR"]

    subentry = house.entry.subentries["ID_CAR"]
    hass.config_entries.async_update_subentry(
        house.entry, subentry, data={**subentry.data, "wiring": "l2_l3_l1"}
    )
    await house.async_run(30)
    assert raised(issue_registry) == []


# The settings that mend it


async def async_fix(hass: HomeAssistant, issue_id: str) -> dict[str, Any]:
    """Open an issue, go on from what it says, and return what that leads to."""
    assert await async_setup_component(hass, "repairs", {})
    manager = hass.data["repairs"]["flow_manager"]
    form = await manager.async_init("ev_lb", context={"issue_id": issue_id})
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "confirm")
    assert form["description_placeholders"]["site"] == "Home"
    result: dict[str, Any] = await manager.async_configure(form["flow_id"], {})
    assert result["type"] is FlowResultType.ABORT
    return result


async def test_missing_meter_opens_the_settings_of_the_site(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """And the issue stays until another meter is picked there."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    hass.states.async_remove(METER)
    await house.async_settle()

    result = await async_fix(hass, f"source_missing_ID_SITE_{METER}")
    kind, flow_id = result["next_flow"]
    assert (result["reason"], kind) == ("opened", FlowType.CONFIG_FLOW)
    (opened,) = hass.config_entries.flow.async_progress_by_handler("ev_lb")
    context: dict[str, Any] = dict(opened.get("context", {}))
    assert opened["flow_id"] == flow_id
    assert (context["source"], context["entry_id"]) == (SOURCE_RECONFIGURE, "ID_SITE")
    assert raised(issue_registry) == [f"source_missing_ID_SITE_{METER}"]


async def test_missing_sensor_opens_the_settings_of_its_charger(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Not of the site, nor of another charger."""
    second = Charger("second", settings={"draw_sensor": "sensor.draw"})
    house = House(hass, freezer, Charger("first"), second)
    hass.states.async_set("sensor.draw", "0", {"unit_of_measurement": "A"})
    await house.async_settle_in(2)
    hass.states.async_remove("sensor.draw")
    await house.async_settle()

    result = await async_fix(hass, "optional_source_missing_ID_SITE_sensor.draw")
    kind, flow_id = result["next_flow"]
    assert (result["reason"], kind) == ("opened", FlowType.CONFIG_SUBENTRIES_FLOW)
    opened = hass.config_entries.subentries.async_get(flow_id)
    context: dict[str, Any] = dict(opened.get("context", {}))
    assert opened["handler"] == ("ID_SITE", "charger")
    assert context["subentry_id"] == "ID_SECOND"


async def test_charger_that_is_gone_has_no_settings_to_open(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """Whoever has the issue open while its charger is removed is told so."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    ir.async_create_issue(
        hass,
        "ev_lb",
        "wiring_order_ID_OTHER",
        data={"entry_id": "ID_SITE", "owner_id": "ID_OTHER"},
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key="wiring_order",
        translation_placeholders={"site": "Home"},
    )
    assert (await async_fix(hass, "wiring_order_ID_OTHER"))["reason"] == "gone"


async def test_one_sites_end_leaves_the_others_issue(
    hass: HomeAssistant, issue_registry: ir.IssueRegistry
) -> None:
    """Two sites share a script whose mode drops calls."""
    await async_add_scripts(hass, stop_charging="single")
    hass.states.async_set("sensor.other_power", "0", {"unit_of_measurement": "W"})
    set_meter(hass)
    for number, meter in enumerate((METER, "sensor.other_power")):
        entry = MockConfigEntry(
            domain="ev_lb",
            title=f"Home {number}",
            entry_id=f"ID_{number}",
            minor_version=3,
            data=site_data(power_meter=meter),
            subentries_data=[charger_subentry(f"C{number}", f"C{number}")],
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    stop = "script_single_C{}_script.stop_charging"
    assert {stop.format(0), stop.format(1)} <= set(raised(issue_registry))

    await hass.config_entries.async_unload("ID_0")
    await hass.async_block_till_done()
    assert stop.format(0) not in raised(issue_registry)
    assert stop.format(1) in raised(issue_registry)
