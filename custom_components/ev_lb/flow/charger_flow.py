"""The dialog of a charger: its form, the words of its status sensor, and what is warned of."""

from typing import Any

from homeassistant.config_entries import SubentryFlowResult

from ..configuration import circuit_subentries
from ..const import CONF_PHASES, CONF_STATUS_SENSOR, SUBENTRY_TYPE_CHARGER
from ..inputs.charger_sensors import WORD_LISTS
from .charger import charger_errors, charger_schema, charger_warnings
from .fields import (
    CONF_GO_BACK,
    Errors,
    Values,
    Warnings,
    flat,
    nested,
    placeholders,
    warnings_schema,
)
from .status_words import status_words_schema, word_errors, words_to_explain
from .subentries import PartFlow


class ChargerFlow(PartFlow):
    """Add or change a charger of a site."""

    kind = SUBENTRY_TYPE_CHARGER

    def __init__(self) -> None:
        self._charger: dict[str, Any] = {}
        self._asked: list[str] = []
        self._warnings: Warnings = {}

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for everything about a charger."""
        errors: Errors = {}
        site = self._get_entry()
        if user_input is not None:
            before, self._charger = self._charger or self._known(), flat(user_input)
            self._charger |= kept_words(before, self._charger)
            errors = charger_errors(self.hass, self._charger, site, self._others())
            if not errors:
                self._asked = words_to_explain(self.hass, self._charger)
                return await (self.async_step_status_words() if self._asked else self._async_warn())
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                charger_schema(site.data[CONF_PHASES], circuit_subentries(site)),
                nested(self._charger or self._known()),
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
            self.hass, self._charger, self._get_entry(), self._others()
        )
        if self._warnings:
            return await self.async_step_charger_warnings()
        return self._save(self._charger)

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
        if user_input[CONF_GO_BACK]:
            return await self.async_step_user()
        return self._save(self._charger)


def kept_words(before: Values, after: Values) -> dict[str, Any]:
    """Return the words that were explained before, if the status sensor is the same."""
    if before.get(CONF_STATUS_SENSOR) != after.get(CONF_STATUS_SENSOR):
        return {}
    return {key: before[key] for key in WORD_LISTS.values() if key in before}
