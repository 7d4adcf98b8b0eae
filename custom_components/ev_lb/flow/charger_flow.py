"""The dialog of a charger: its form, what pauses it, its status words, what is warned of."""

from typing import Any, override

import voluptuous as vol
from homeassistant.config_entries import SubentryFlowResult

from ..const import CONF_CONTROL, CONF_CURRENT_NUMBER, CONF_STATUS_SENSOR
from ..inputs.charger_sensors import WORD_LISTS
from .by_actions import async_action_faults
from .by_entities import numbers_taken
from .charger import charger_errors, charger_schema, charger_warnings
from .charger_device_flow import ChargerDeviceFlow
from .charger_prefill import async_notes, explains_status
from .control import (
    CONTROL,
    async_control_errors,
    control_fields,
    control_warnings,
    without_other_ways,
)
from .fields import (
    CONF_GO_BACK,
    Errors,
    Values,
    Warnings,
    flat,
    names_of,
    nested,
    placeholders,
    warnings_schema,
)
from .pause import is_pause_known, lacks_pause, pause_errors, pause_fields
from .status_words import status_words_schema, word_errors, words_to_explain


class ChargerFlow(ChargerDeviceFlow):
    """Add or change a charger of a site."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: list[str] = []
        self._warnings: Warnings = {}

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Change a charger: the same form, filled in with what is stored."""
        self._charger = self._known()
        return await self.async_step_charger()

    @override
    async def async_step_charger(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for everything about a charger; another way to it brings other fields."""
        errors: Errors = {}
        if user_input is not None:
            before = self._charger
            self._charger = self._entered(user_input)
            if self._charger[CONF_CONTROL] == before[CONF_CONTROL]:
                errors = await self._async_errors()
                if not errors:
                    return await self._async_ask_pause()
        faults = await async_action_faults(self.hass, self._charger)
        return self.async_show_form(
            step_id="charger",
            data_schema=self.add_suggested_values_to_schema(
                self._charger_schema(), nested(self._charger)
            ),
            description_placeholders={
                "notes": await async_notes(self.hass, self._device, self._charger),
                "action_faults": "; ".join(faults.values()),
            },
            errors=errors,
        )

    def _charger_schema(self) -> vol.Schema:
        """Return the form; the way to a charger that is there already can be changed."""
        control = {**control_fields(self.hass, self._charger)}
        if self._subentry is not None:
            way = vol.Required(CONF_CONTROL, default=self._charger[CONF_CONTROL])
            control = {way: CONTROL, **control}
        return charger_schema(self._get_entry(), control)

    def _entered(self, user_input: dict[str, Any]) -> dict[str, Any]:
        """Return what the form sent, with what it did not ask for as it was."""
        schema = self._charger_schema()
        asked = names_of(schema)
        kept = {key: value for key, value in self._charger.items() if key not in asked}
        entered = kept | flat(user_input, schema, self._charger)
        if self._charger.get(CONF_STATUS_SENSOR) != entered.get(CONF_STATUS_SENSOR):
            for key in WORD_LISTS.values():
                entered.pop(key, None)
        return entered

    async def _async_errors(self) -> Errors:
        subentry = self._subentry
        taken = numbers_taken(self.hass, None if subentry is None else subentry.subentry_id)
        errors = charger_errors(self.hass, self._charger, self._get_entry(), self._others())
        return errors | await async_control_errors(self.hass, self._charger, taken)

    async def _async_ask_pause(self) -> SubentryFlowResult:
        if lacks_pause(self._charger):
            return await self.async_step_pause()
        return await self._async_ask_words()

    async def async_step_pause(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the entities that pause the charger, and then for the options of a select."""
        errors: Errors = {}
        if user_input is not None:
            self._charger |= user_input
            errors = pause_errors(self.hass, self._charger)
            if not errors and is_pause_known(self._charger):
                return await self._async_ask_words()
        return self.async_show_form(
            step_id="pause",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(pause_fields(self.hass, self._charger)), self._charger
            ),
            errors=errors,
        )

    async def _async_ask_words(self) -> SubentryFlowResult:
        is_known = explains_status(self._device, self._charger)
        self._asked = [] if is_known else words_to_explain(self.hass, self._charger)
        return await (self.async_step_status_words() if self._asked else self._async_warn())

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
        filled_in: Values = self._device.values if self._device is not None else {}
        accepted = {values.get(CONF_CURRENT_NUMBER) for values in (self._known(), filled_in)}
        self._warnings = charger_warnings(
            self.hass, self._charger, self._get_entry(), self._others()
        ) | control_warnings(self.hass, self._charger, accepted)
        if self._warnings:
            return await self.async_step_charger_warnings()
        return self._store()

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
        if not user_input[CONF_GO_BACK]:
            return self._store()
        return await (
            self.async_step_user() if self._subentry is None else self.async_step_charger()
        )

    def _store(self) -> SubentryFlowResult:
        """Store the charger without what belongs to other ways to it."""
        return self._save(without_other_ways(self._charger))
