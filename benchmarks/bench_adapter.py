"""The integration as a black box for a benchmark that runs a whole Home Assistant.

That benchmark loads this module by its path. The site and its chargers are set up through their
dialogs, as a user would: what is not answered here keeps the dialogs' defaults.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    SubentryFlowContext,
)
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.data_entry_flow import FlowContext, FlowManager, FlowResult, FlowResultType

NEEDS = {"total_w", "phase_a", "phase_v", "current", "status"}
"""What is published, for all variants; each picks its own from it."""

VARIANTS = ("default", "nominal", "sensors", "quick")
"""Power and volts of the meter, or the currents of three phases; the power alone; also the
chargers' own sensors; the same with a short ramp-up time."""

type Answers = Mapping[str, Mapping[str, object]]
"""What is filled in, by the step of a dialog."""

SENSING = ("sensors", "quick")
QUICK_RAMP_UP_TIME_S = 10
MOST_PHASES = 3
NO_WAY_BACK = {"go_back": False}


class Car(Protocol):
    """What we ask of a car."""

    phases: Sequence[int]


class Scenario(Protocol):
    """What we ask of a scenario."""

    breaker_a: float
    charger_max_a: float
    cars: Sequence[Car]

    @property
    def phases(self) -> int:
        """The phases of the house."""
        ...


class Rig(Protocol):
    """What we ask of the benchmark."""

    scenario: Scenario

    def script(self, charger: int, kind: str, /) -> str:
        """Return the script of a charger for set_current, start or stop."""
        ...

    async def settle(self) -> None:
        """Let everything runnable run."""
        ...


def supports(scenario: Scenario) -> bool:
    """Return whether the scenario fits: a site has one phase, two or three."""
    return 1 <= scenario.phases <= MOST_PHASES


async def setup(hass: HomeAssistant, rig: Rig, variant: str) -> list[ConfigEntry]:
    """Go through the site's dialog, and through one for each car's charger."""
    site = await hass.config_entries.flow.async_init("ev_lb", context={"source": SOURCE_USER})
    site = await async_answer(hass.config_entries.flow, site, site_answers(rig, variant))
    assert "result" in site
    assert "next_flow" in site
    entry, charger_flows = site["result"], hass.config_entries.subentries
    charger = await charger_flows.async_configure(site["next_flow"][1])
    for index in range(len(rig.scenario.cars)):
        if index:
            charger = await charger_flows.async_init(
                (entry.entry_id, "charger"), context=SubentryFlowContext(source=SOURCE_USER)
            )
        await async_answer(charger_flows, charger, charger_answers(rig, index, variant))
        await rig.settle()  # each charger reloads the site
    if entry.state is not ConfigEntryState.LOADED or hass.state is not CoreState.running:
        raise RuntimeError(f"the site is {entry.state}, Home Assistant is {hass.state}")
    return [entry]


async def async_answer[ContextT: FlowContext, HandlerT, ResultT: FlowResult[Any, Any]](
    flows: FlowManager[ContextT, ResultT, HandlerT],
    form: ResultT,
    answers: Answers,
) -> ResultT:
    """Submit one form after the other, and return what comes of it.

    A form that is refused, or that has no answer here, raises an error.
    """
    while form.get("type") in (FlowResultType.FORM, FlowResultType.MENU):
        if errors := form.get("errors"):
            raise ValueError(f"{form.get('step_id')} is refused: {errors}")
        form = await flows.async_configure(form["flow_id"], dict(answers[form.get("step_id", "")]))
    if form.get("type") is not FlowResultType.CREATE_ENTRY:
        raise ValueError(f"a dialog ended with {form.get('type')}: {form.get('reason')}")
    return form


def site_answers(rig: Rig, variant: str) -> Answers:
    """Return what is filled in for the site."""
    phases = rig.scenario.phases
    meter = dict[str, object]({"meter_channels": {}, "meter_details": {}})
    if phases > 1:
        for name in phase_names(range(phases)):
            meter[f"power_meter_{name}"] = f"sensor.house_{name}_current"
    else:
        meter["power_meter"] = "sensor.house_power"
        if variant != "nominal":
            meter["meter_details"] = {"voltage_sensor": "sensor.house_l1_voltage"}
    if variant == "quick":
        meter["ramp_up_time_s"] = QUICK_RAMP_UP_TIME_S
    return {
        "user": {
            "name": "House",
            "phases": str(phases),
            "service_current_a": rig.scenario.breaker_a,
            "phase_ratings": {},
        },
        "meter_device": {},
        "meter_kind": {"next_step_id": "meter_phases"},
        "meter": meter,
        "meter_phases": meter,
        "meter_warnings": NO_WAY_BACK,
    }


def phase_names(phases: Sequence[int]) -> list[str]:
    """Return what these phases are called."""
    return [f"l{phase + 1}" for phase in phases]


def wiring_answer(scenario: Scenario, index: int) -> dict[str, str]:
    """Return what is filled in for a charger's phases; a site of one phase is not asked."""
    if scenario.phases == 1:
        return {}
    return {"wiring": "_".join(phase_names(scenario.cars[index].phases))}


def charger_answers(rig: Rig, index: int, variant: str) -> Answers:
    """Return what is filled in for a charger."""
    ev, sensors = f"ev{index + 1}", dict[str, str]()
    if variant in SENSING:
        sensors = {"draw_sensor": f"sensor.{ev}_current", "status_sensor": f"sensor.{ev}_status"}
    charger = {
        **wiring_answer(rig.scenario, index),
        "name": f"Charger {index + 1}",
        "max_charger_current_a": rig.scenario.charger_max_a,
        "set_current_script": rig.script(index, "set_current"),
        "stop_charging_script": rig.script(index, "stop"),
        "start_charging_script": rig.script(index, "start"),
        "car_sensors": sensors,
        "timing": {},
    }
    return {
        "user": {},
        "control_kind": {"next_step_id": "by_scripts"},
        "charger": charger,
        "charger_warnings": NO_WAY_BACK,
    }
