"""Repair issues: what only the user can fix."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from homeassistant.components.repairs import RepairsFlow
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .balancing.model import BalancerEvent, EventType, MeterFault, View
from .balancing.settings import Settings, UnavailableBehavior
from .configuration import circuit_subentries, has_lost_meter, phase_names
from .const import CONF_PHASES, DOMAIN
from .control.protocol import CallFailedError, Control, Misfit
from .control.scripts import drops_calls
from .inputs.meter import Meter
from .inputs.state_reports import age_s
from .repair_dialog import ENTRY_ID, OWNER_ID, SettingsRepair

LOST_S = 300.0
"""A meter that is gone for less has been restarted, or its network has."""

FAILING_S = 60.0
"""A command that has failed for less may just be tried again."""

SLOWEST_PERIOD_S = 30.5
"""A meter that reports more rarely is too slow for a breaker; one each 30 s wavers a little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What is wrong with a site, by its id: the same issue again is no other."""

    key: str
    about: str
    """What tells it from others of its key."""

    placeholders: Mapping[str, str]
    severity: ir.IssueSeverity = ir.IssueSeverity.WARNING
    owner_id: str | None = None
    """Whose settings fix it: the entry's id, or a subentry's; None: no settings do."""

    @property
    def issue_id(self) -> str:
        """The id in the issue registry."""
        return f"{self.key}_{self.about}"


LOST_KEYS: Mapping[UnavailableBehavior, str] = {
    UnavailableBehavior.STOP: "meter_lost_stop",
    UnavailableBehavior.IGNORE: "meter_lost_ignore",
    UnavailableBehavior.SET_CURRENT: "meter_lost_set_current",
}
MISFIT_KEYS: Mapping[Misfit, str] = {
    Misfit.UNIT: "control_unusable_unit",
    Misfit.OPTION: "control_unusable_option",
    Misfit.ZERO: "control_unusable_zero",
}
FOUND_OUT_KEYS: Mapping[str, str] = {
    MeterFault.FROZEN: "meter_frozen",
    MeterFault.BLIND: "meter_blind",
    MeterFault.REVERSED: "meter_reversed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A meter that is lost."""

    entity_id: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """Commands of a charger that fail."""

    entity_id: str
    error: str
    since: datetime


class Troubles:
    """What has gone wrong and lasts: an owner is told when it does not end by itself."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Begin without any."""
        self._hass, self._entry = hass, entry
        self._lost: Lost | None = None
        self._failing: dict[str, Failing] = {}

    def on_event(self, event: BalancerEvent) -> None:
        """Follow whether the meter is lost."""
        if event.type is EventType.METER_RECOVERED:
            self._lost = None
        elif event.type is EventType.METER_UNAVAILABLE:
            self._lost = Lost(
                entity_id=str(event.data["entity_id"]),
                reason=str(event.data["reason"]),
                since=dt_util.utcnow(),
            )

    def on_failed(self, charger_id: str, failure: CallFailedError) -> None:
        """Note why a charger's command fails, and since when."""
        before = self._failing.get(charger_id)
        self._failing[charger_id] = Failing(
            entity_id=failure.entity_id,
            error=failure.error,
            since=dt_util.utcnow() if before is None else before.since,
        )

    def on_delivered(self, charger_id: str) -> None:
        """Note that commands come through again."""
        self._failing.pop(charger_id, None)

    def issues(self, settings: Settings) -> Iterable[Issue]:
        """Yield what has lasted for long enough."""
        lost = self._lost
        if lost is not None and lost.reason in FOUND_OUT_KEYS:
            yield self._meter_issue(FOUND_OUT_KEYS[lost.reason], lost)
        elif lost is not None and age_s(lost.since) >= LOST_S:
            yield self._meter_issue(LOST_KEYS[settings.site.unavailable_behavior], lost)
        ours = {each.charger_id for each in settings.chargers if settings.is_balanced(each)}
        for charger_id, failing in self._failing.items():
            charger = self._entry.subentries.get(charger_id)
            is_told = charger_id in ours  # one that is switched off is told nothing more
            if charger is not None and is_told and age_s(failing.since) >= FAILING_S:
                yield Issue(
                    key="control_failing",
                    about=charger_id,
                    placeholders={
                        "charger": charger.title,
                        "entity_id": failing.entity_id,
                        "error": failing.error,
                        "since": clock_time(failing.since),
                    },
                    severity=ir.IssueSeverity.ERROR,
                )

    def _meter_issue(self, key: str, lost: Lost) -> Issue:
        return Issue(
            key=key,
            about=self._entry.entry_id,
            placeholders={
                "site": self._entry.title,
                "entity_id": lost.entity_id,
                "since": clock_time(lost.since),
            },
            severity=ir.IssueSeverity.ERROR,
            owner_id=self._entry.entry_id if lost.reason == MeterFault.REVERSED else None,
        )


def clock_time(moment: datetime) -> str:
    """Return a moment as the clock on the wall shows it."""
    return f"{dt_util.as_local(moment):%H:%M}"


class SiteIssues:
    """The issues of a site that come and go by themselves."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Begin without any."""
        self._hass, self._entry = hass, entry
        self._raised: dict[str, Issue] = {}

    @callback
    def update(
        self,
        settings: Settings,
        view: View,
        meter: Meter,
        controls: Mapping[str, Control],
        troubles: Troubles,
        period_s: float | None,
    ) -> None:
        """Raise what is wrong now, and withdraw what was."""
        found = [
            *slow_meter(self._entry, period_s),
            *wrong_units(self._entry, meter),
            *contradictions(self._entry, meter),
            *hidden_phases(self._entry, settings),
            *wrong_orders(self._entry, settings, view),
            *lost_circuit_meters(self._entry),
            *useless_controls(self._entry, controls),
            *single_scripts(self._hass, self._entry, controls),
            *unresponsive_chargers(self._entry, view),
            *troubles.issues(settings),
        ]
        self._show({issue.issue_id: issue for issue in found})

    @callback
    def withdraw(self) -> None:
        """Withdraw all: the site is unloaded."""
        self._show({})

    def _show(self, found: dict[str, Issue]) -> None:
        if found == self._raised:
            return
        for issue_id in self._raised.keys() - found.keys():
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        for issue_id, issue in found.items():
            if issue != self._raised.get(issue_id):
                async_raise(self._hass, self._entry, issue)
        self._raised = found


def slow_meter(entry: ConfigEntry, period_s: float | None) -> Iterable[Issue]:
    """Yield the issue of a meter that reports too rarely to protect a breaker."""
    if period_s is not None and period_s > SLOWEST_PERIOD_S:
        # In whole seconds: a period that wavers is no other issue.
        placeholders = {"site": entry.title, "period_s": str(round(period_s))}
        yield Issue(key="meter_slow", about=entry.entry_id, placeholders=placeholders)


def wrong_units(entry: ConfigEntry, meter: Meter) -> Iterable[Issue]:
    """Yield the issues of sensors of the meter whose unit cannot be used any more.

    Without its power a phase is lost; without the others the site goes on, and knows less.
    """
    for entity_id, is_power in meter.unusable_units.items():
        yield Issue(
            key="meter_unit" if is_power else "optional_unit",
            about=f"{entry.entry_id}_{entity_id}",
            placeholders={"site": entry.title, "entity_id": entity_id},
            severity=ir.IssueSeverity.ERROR if is_power else ir.IssueSeverity.WARNING,
            owner_id=metered_by(entry, entity_id),
        )


def metered_by(entry: ConfigEntry, entity_id: str) -> str:
    """Return whose meter a sensor belongs to: a circuit's, or else the site's."""
    circuits = (each for each in circuit_subentries(entry) if entity_id in each.data.values())
    return next((circuit.subentry_id for circuit in circuits), entry.entry_id)


def contradictions(entry: ConfigEntry, meter: Meter) -> Iterable[Issue]:
    """Yield the issues of pairs whose halves are both well above zero."""
    for sensors in meter.contradictions():
        yield Issue(
            key="meter_contradiction",
            about=f"{entry.entry_id}_{sensors.power}",
            placeholders={
                "site": entry.title,
                "power_meter": sensors.power,
                "export_meter": sensors.export or "",
            },
            owner_id=metered_by(entry, sensors.power),
        )


def hidden_phases(entry: ConfigEntry, settings: Settings) -> Iterable[Issue]:
    """Yield the issues of chargers on fewer phases than a total is divided by."""
    if not settings.site.is_metered_in_total:
        return
    for charger in settings.chargers:
        subentry = entry.subentries.get(charger.charger_id)
        if len(charger.phases) < settings.site.phase_count and subentry is not None:
            yield Issue(
                key="total_meter",
                about=charger.charger_id,
                placeholders={"site": entry.title, "charger": subentry.title},
                owner_id=entry.entry_id,
            )


def wrong_orders(entry: ConfigEntry, settings: Settings, view: View) -> Iterable[Issue]:
    """Yield the issues of chargers whose phases are not wired in the order that was entered."""
    for charger in settings.chargers:
        shown = view.chargers.get(charger.charger_id)
        subentry = entry.subentries.get(charger.charger_id)
        if shown is not None and shown.wrong_order is not None and subentry is not None:
            placeholders = {
                "site": entry.title,
                "charger": subentry.title,
                "wiring": phase_names(charger.phases),
                "sensed": phase_names(shown.wrong_order.sensed),
                "shown": phase_names(shown.wrong_order.shown),
            }
            yield Issue(
                key="wiring_order",
                about=charger.charger_id,
                placeholders=placeholders,
                owner_id=charger.charger_id,
            )


def lost_circuit_meters(entry: ConfigEntry) -> Iterable[Issue]:
    """Yield the issues of circuits whose sensors do not fit the phases that the site has now."""
    for circuit in circuit_subentries(entry):
        if has_lost_meter(circuit.data, entry.data[CONF_PHASES]):
            placeholders = {"site": entry.title, "circuit": circuit.title}
            yield Issue(
                key="circuit_meter_lost",
                about=circuit.subentry_id,
                placeholders=placeholders,
                severity=ir.IssueSeverity.ERROR,
                owner_id=circuit.subentry_id,
            )


def useless_controls(entry: ConfigEntry, controls: Mapping[str, Control]) -> Iterable[Issue]:
    """Yield the issues of entities that are to control a charger and cannot."""
    for charger_id, control in controls.items():
        charger = entry.subentries.get(charger_id)
        if charger is None:
            continue
        for entity_id, why in control.unusable.items():
            yield Issue(
                key=MISFIT_KEYS[why.misfit],
                about=f"{charger_id}_{entity_id}",
                placeholders={
                    "charger": charger.title,
                    "entity_id": entity_id,
                    "detail": why.detail,
                },
                severity=ir.IssueSeverity.ERROR,
                owner_id=charger_id,
            )


def single_scripts(
    hass: HomeAssistant, entry: ConfigEntry, controls: Mapping[str, Control]
) -> Iterable[Issue]:
    """Yield the issues of scripts whose calls Home Assistant drops while they still run."""
    for charger_id, control in controls.items():
        charger = entry.subentries.get(charger_id)
        for entity_id in control.uses if charger is not None else ():
            if charger is not None and drops_calls(hass, entity_id):
                yield Issue(
                    key="script_single",
                    about=f"{charger_id}_{entity_id}",
                    placeholders={"charger": charger.title, "entity_id": entity_id},
                )


def unresponsive_chargers(entry: ConfigEntry, view: View) -> Iterable[Issue]:
    """Yield the issues of chargers that do not follow."""
    for charger_id, shown in view.chargers.items():
        charger = entry.subentries.get(charger_id)
        if charger is not None and shown.is_unresponsive:
            yield Issue(
                key="charger_unresponsive",
                about=charger_id,
                placeholders={"charger": charger.title},
                severity=ir.IssueSeverity.ERROR,
            )


@callback
def async_report_source(
    hass: HomeAssistant,
    entry: ConfigEntry,
    entity_id: str,
    *,
    is_missing: bool,
    is_needed: bool,
    owner_id: str,
) -> None:
    """Raise or withdraw the issue of an entity that is gone: the site needs it, or goes on.

    `owner_id`: the entry's id, or the subentry's that uses it.
    """
    issue = Issue(
        key="source_missing" if is_needed else "optional_source_missing",
        about=f"{entry.entry_id}_{entity_id}",
        placeholders={"entity_id": entity_id, "site": entry.title},
        severity=ir.IssueSeverity.ERROR if is_needed else ir.IssueSeverity.WARNING,
        owner_id=owner_id,
    )
    if is_missing:
        async_raise(hass, entry, issue)
    else:
        ir.async_delete_issue(hass, DOMAIN, issue.issue_id)


@callback
def async_raise(hass: HomeAssistant, entry: ConfigEntry, issue: Issue) -> None:
    """Show an issue; one that settings can fix opens them."""
    owner: dict[str, str | int | float | None] | None = None
    if issue.owner_id is not None:
        owner = {ENTRY_ID: entry.entry_id, OWNER_ID: issue.owner_id}
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue.issue_id,
        data=owner,
        is_fixable=owner is not None,
        severity=issue.severity,
        translation_key=issue.key,
        translation_placeholders=dict(issue.placeholders),
    )


async def async_create_fix_flow(
    _hass: HomeAssistant, _issue_id: str, _data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the dialog that fixes an issue: Home Assistant asks this of the platform."""
    return SettingsRepair()
