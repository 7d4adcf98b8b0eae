"""The dialogs: a site and its meter, then its chargers one by one.

Adding and changing show the same forms. What is accepted with a warning passes through one
more step.
"""

from typing import TYPE_CHECKING, Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentry,
    ConfigSubentryFlow,
    FlowType,
    SubentryFlowContext,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant, callback

from .configuration import charger_subentries
from .const import CONF_STATUS_SENSOR, DOMAIN, SUBENTRY_TYPE_CHARGER
from .flow.charger import CHARGER_SCHEMA, charger_errors, charger_warnings
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
from .flow.meter import METER_SCHEMA, meter_errors, meter_warnings
from .flow.site import SITE_SCHEMA, site_errors
from .flow.status_words import status_words_schema, word_errors, words_to_explain
from .inputs.charger_sensors import WORD_LISTS


class EvLbFlow(ConfigFlow, domain=DOMAIN):
    """Add or change a site."""

    VERSION, MINOR_VERSION = 1, 1

    def __init__(self) -> None:
        self._site: dict[str, Any] = {}
        self._meter: dict[str, Any] = {}
        self._warnings: Warnings = {}

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the flow of each kind of subentry."""
        return {SUBENTRY_TYPE_CHARGER: ChargerFlow}

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the name and the breaker."""
        errors: Errors = {}
        if user_input is not None:
            self._site = flat(user_input)
            errors = site_errors(self._site, self._other_sites())
            if not errors:
                return await self.async_step_meter()
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                SITE_SCHEMA, nested(self._known() | self._site)
            ),
            errors=errors,
            last_step=False,
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change a site: the same forms, filled in."""
        return await self.async_step_user(user_input)

    async def async_step_meter(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the meter and what happens without it."""
        errors: Errors = {}
        if user_input is not None:
            self._meter = flat(user_input)
            errors = meter_errors(self.hass, self._meter, self._other_sites())
            if not errors:
                entry = self._entry
                chargers = [] if entry is None else charger_subentries(entry)
                self._warnings = meter_warnings(self.hass, self._site | self._meter, chargers)
                return await self.async_step_meter_warnings() if self._warnings else self._finish()
        return self.async_show_form(
            step_id="meter",
            data_schema=self.add_suggested_values_to_schema(
                METER_SCHEMA, nested(self._meter or self._known())
            ),
            errors=errors,
            last_step=self._entry is not None,
        )

    async def async_step_meter_warnings(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say what is unusual about the meter; submitting accepts it."""
        if user_input is None:
            return self.async_show_form(
                step_id="meter_warnings",
                data_schema=warnings_schema(self._warnings),
                description_placeholders=placeholders(self._warnings),
            )
        return await self.async_step_meter() if user_input[CONF_GO_BACK] else self._finish()

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
        data = self._site | self._meter
        title = data.pop(CONF_NAME).strip()
        entry = self._entry
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


class ChargerFlow(ConfigSubentryFlow):
    """Add or change a charger of a site."""

    def __init__(self) -> None:
        self._charger: dict[str, Any] = {}
        self._asked: list[str] = []
        self._warnings: Warnings = {}

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for everything about a charger."""
        errors: Errors = {}
        if user_input is not None:
            before, self._charger = self._charger or self._known(), flat(user_input)
            self._charger |= kept_words(before, self._charger)
            errors = charger_errors(
                self.hass, self._charger, self._get_entry(), self._other_chargers()
            )
            if not errors:
                self._asked = words_to_explain(self.hass, self._charger)
                return await (self.async_step_status_words() if self._asked else self._async_warn())
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                CHARGER_SCHEMA, nested(self._charger or self._known())
            ),
            errors=errors,
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Change a charger: the same form, filled in."""
        return await self.async_step_user(user_input)

    async def async_step_status_words(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what the words of the status sensor mean that we do not know."""
        errors: Errors = {}
        if user_input is not None:
            for key in WORD_LISTS.values():
                self._charger[key] = user_input.get(key, [])
            errors = word_errors(self._charger)
            if not errors:
                return await self._async_warn()
        return self.async_show_form(
            step_id="status_words",
            data_schema=self.add_suggested_values_to_schema(
                status_words_schema(self._asked), self._charger
            ),
            description_placeholders={
                "status_sensor": self._charger[CONF_STATUS_SENSOR],
                "words": ", ".join(self._asked),
            },
            errors=errors,
        )

    async def _async_warn(self) -> SubentryFlowResult:
        self._warnings = charger_warnings(
            self.hass, self._charger, self._get_entry(), self._other_chargers()
        )
        return await self.async_step_charger_warnings() if self._warnings else self._finish()

    async def async_step_charger_warnings(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Say what is unusual about the charger; submitting accepts it."""
        if user_input is None:
            return self.async_show_form(
                step_id="charger_warnings",
                data_schema=warnings_schema(self._warnings),
                description_placeholders=placeholders(self._warnings),
            )
        return await self.async_step_user() if user_input[CONF_GO_BACK] else self._finish()

    def _finish(self) -> SubentryFlowResult:
        data = {key: value for key, value in self._charger.items() if value != []}
        title = data.pop(CONF_NAME).strip()
        entry, subentry = self._get_entry(), self._subentry
        if subentry is None:
            return self.async_create_entry(title=title, data=data)
        result = self.async_update_and_abort(entry, subentry, title=title, data=data)
        reload_unless_followed(self.hass, entry)
        return result

    @property
    def _subentry(self) -> ConfigSubentry | None:
        """The charger that is being changed; None for a new one."""
        return self._get_reconfigure_subentry() if self.source == SOURCE_RECONFIGURE else None

    def _known(self) -> dict[str, Any]:
        subentry = self._subentry
        return {} if subentry is None else {CONF_NAME: subentry.title, **subentry.data}

    def _other_chargers(self) -> list[ConfigSubentry]:
        chargers = charger_subentries(self._get_entry())
        return [charger for charger in chargers if charger is not self._subentry]


def kept_words(before: Values, after: Values) -> dict[str, Any]:
    """Return the words that were explained before, if the status sensor is the same."""
    if before.get(CONF_STATUS_SENSOR) != after.get(CONF_STATUS_SENSOR):
        return {}
    return {key: before[key] for key in WORD_LISTS.values() if key in before}


def reload_unless_followed(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Load an entry that failed to load: nothing else sees that it was changed."""
    if not entry.update_listeners:
        hass.config_entries.async_schedule_reload(entry.entry_id)
