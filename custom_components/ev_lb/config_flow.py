"""The dialogs: a site and its meter, then its chargers one by one.

Adding and changing show the same forms. What is accepted with a warning passes through one
more step. The dialogs of the site's parts are in `flow/`.
"""

from typing import TYPE_CHECKING, Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    FlowType,
    SubentryFlowContext,
)
from homeassistant.const import CONF_NAME
from homeassistant.core import callback

from .configuration import charger_subentries, circuit_subentries
from .const import (
    CONF_OBSERVE_ONLY,
    CONF_PHASES,
    DOMAIN,
    ENTRY_MINOR_VERSION,
    ENTRY_VERSION,
    SUBENTRY_TYPE_CHARGER,
    SUBENTRY_TYPE_CIRCUIT,
)
from .flow.charger_flow import ChargerFlow
from .flow.circuit_flow import CircuitFlow
from .flow.fields import (
    CONF_GO_BACK,
    Errors,
    Values,
    Warnings,
    flat,
    nested,
    placeholders,
    warnings_schema,
)
from .flow.meter import ALL_TOGETHER, Phases, meter_errors, meter_schema, meter_warnings
from .flow.meter_questions import meter_questions
from .flow.prefill import (
    CONF_DEVICE,
    DEVICE_SCHEMA,
    filled_in,
    phases_recognised,
    recognised,
)
from .flow.site import (
    NEW_SITE_SCHEMA,
    SITE_SCHEMA,
    observing,
    site_errors,
    site_suggestions,
    without_other_phases,
)
from .flow.subentries import reload_unless_followed
from .flow.wiring import circuits_warning, wiring_warning
from .inputs.meter_device import Recognised


class EvLbFlow(ConfigFlow, domain=DOMAIN):
    """Add or change a site."""

    VERSION, MINOR_VERSION = ENTRY_VERSION, ENTRY_MINOR_VERSION

    def __init__(self) -> None:
        self._site: dict[str, Any] = {}
        self._meter: dict[str, Any] = {}
        self._device_id: str | None = None
        self._device: Recognised | None = None
        self._phases: Phases = ALL_TOGETHER
        self._warnings: Warnings = {}

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the flow of each kind of subentry."""
        return {SUBENTRY_TYPE_CHARGER: ChargerFlow, SUBENTRY_TYPE_CIRCUIT: CircuitFlow}

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the name and the breaker."""
        errors: Errors = {}
        schema = NEW_SITE_SCHEMA if self._entry is None else SITE_SCHEMA
        if user_input is not None:
            self._site = flat(user_input, schema, self._site or self._known())
            errors = site_errors(self.hass, self._site, self._other_sites())
            if not errors:
                return await self.async_step_meter_device()
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                schema,
                nested(site_suggestions(self._site or self._known())),
            ),
            errors=errors,
            last_step=False,
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change a site: the same forms, filled in."""
        return await self.async_step_user(user_input)

    async def async_step_meter_device(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the meter's device, from which the form of the meter is filled in."""
        if user_input is None:
            return self.async_show_form(
                step_id="meter_device",
                data_schema=self.add_suggested_values_to_schema(
                    DEVICE_SCHEMA, {CONF_DEVICE: self._device_id}
                ),
                last_step=False,
            )
        device_id = user_input.get(CONF_DEVICE)
        device = recognised(self.hass, device_id)
        if (device_id, device) != (self._device_id, self._device):
            self._meter = {}
        self._device_id, self._device = device_id, device
        if self._device is not None and self._device.disabled:
            return await self.async_step_meter_disabled()
        return await self.async_step_meter_as_it_is()

    async def async_step_meter_disabled(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Name what the device has and Home Assistant hides: enable it, or go on without."""
        disabled = self._device.disabled if self._device is not None else ()
        return self.async_show_menu(
            step_id="meter_disabled",
            menu_options=["meter_device", "meter_as_it_is"],
            description_placeholders={"entities": ", ".join(disabled)},
        )

    async def async_step_meter_as_it_is(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Go on to the form that fits the device, or ask which one where there is none."""
        count = self._site[CONF_PHASES]
        found = phases_recognised(self._device, count) if self._device is not None else None
        if found == ALL_TOGETHER or count == 1:
            return await self.async_step_meter()
        if found is None:
            return await self.async_step_meter_kind()
        return await self.async_step_meter_phases()

    async def async_step_meter_kind(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether the meter has a sensor for each phase, or one for all."""
        return self.async_show_menu(step_id="meter_kind", menu_options=["meter_phases", "meter"])

    async def async_step_meter(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a meter with one sensor for all, and what happens without it."""
        return await self._async_ask_meter("meter", ALL_TOGETHER, user_input)

    async def async_step_meter_phases(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a meter with sensors for each phase, and what happens without it."""
        phases = tuple(range(self._site[CONF_PHASES]))
        return await self._async_ask_meter("meter_phases", phases, user_input)

    async def _async_ask_meter(
        self, step_id: str, phases: Phases, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        errors: Errors = {}
        if phases != self._phases:
            self._phases, self._meter = phases, {}
        if user_input is not None:
            shown = self._meter or self._suggested_meter(phases)
            self._meter = flat(user_input, meter_schema(phases), shown)
            errors = meter_errors(self.hass, self._meter, phases, self._other_sites())
            if not errors:
                self._warnings = self._warnings_of(self._site | self._meter)
                return await self.async_step_meter_warnings() if self._warnings else self._finish()
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                meter_schema(phases), nested(self._meter or self._suggested_meter(phases))
            ),
            errors=errors,
            last_step=self._entry is not None,
        )

    def _warnings_of(self, values: Values) -> Warnings:
        """Return what is said of a site before it is stored."""
        entry = self._entry
        chargers = [] if entry is None else charger_subentries(entry)
        warnings = meter_questions(self.hass, values, self._phases)
        warnings |= meter_warnings(self.hass, values, self._phases, chargers)
        if entry is not None:
            circuits = circuit_subentries(entry)
            warnings |= wiring_warning(entry.data, values, [*chargers, *circuits])
            warnings |= circuits_warning(entry.data, values, circuits)
        return warnings

    def _suggested_meter(self, phases: Phases) -> dict[str, Any]:
        """Return what the form is filled in with: what is stored, and what the device has."""
        if self._device is None or phases_recognised(self._device, len(phases)) != phases:
            return self._known()
        return filled_in(self._known(), self._device, phases)

    async def async_step_meter_warnings(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say what is unusual about the meter; submitting accepts it.

        The way back leads to the first form: the phases and the device can be what is wrong.
        """
        if user_input is None:
            return self.async_show_form(
                step_id="meter_warnings",
                data_schema=warnings_schema(self._warnings),
                description_placeholders=placeholders(self._warnings),
            )
        return await self.async_step_user() if user_input[CONF_GO_BACK] else self._finish()

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Go straight on to the first charger."""
        if TYPE_CHECKING:
            assert "result" in result
        charger_flow = await self.hass.config_entries.subentries.async_init(
            (result["result"].entry_id, SUBENTRY_TYPE_CHARGER),
            context=SubentryFlowContext(source=SOURCE_USER),
        )
        result["next_flow"] = (FlowType.CONFIG_SUBENTRIES_FLOW, charger_flow["flow_id"])
        return result

    def _finish(self) -> ConfigFlowResult:
        data = without_other_phases(self._site) | self._meter
        title = data.pop(CONF_NAME).strip()
        entry = self._entry
        data.pop(CONF_OBSERVE_ONLY, None)
        data |= observing(self._site if entry is None else entry.data)
        if entry is None:
            return self.async_create_entry(title=title, data=data)
        result = self.async_update_and_abort(entry, title=title, data=data)
        reload_unless_followed(self.hass, entry)
        return result

    @property
    def _entry(self) -> ConfigEntry | None:
        """The site that is being changed; None for a new one."""
        return self._get_reconfigure_entry() if self.source == SOURCE_RECONFIGURE else None

    def _known(self) -> dict[str, Any]:
        entry = self._entry
        return {} if entry is None else {CONF_NAME: entry.title, **entry.data}

    def _other_sites(self) -> list[ConfigEntry]:
        entries = self.hass.config_entries.async_entries(DOMAIN)
        return [entry for entry in entries if entry is not self._entry]
