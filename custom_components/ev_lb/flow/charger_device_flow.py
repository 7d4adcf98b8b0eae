"""How the dialog of a new charger begins: with its device, or else with the way to it."""

from abc import abstractmethod
from typing import Any

from homeassistant.config_entries import SubentryFlowResult

from ..const import CONF_CONTROL, CONF_PHASES, SUBENTRY_TYPE_CHARGER
from ..control.charger_device import RecognisedCharger
from ..control.protocol import ControlKind
from .charger_prefill import CONF_DEVICE, DEVICE_SCHEMA, device_error, filled_in, recognised
from .fields import Errors, at
from .subentries import PartFlow


class ChargerDeviceFlow(PartFlow):
    """Ask what is necessary before the form of a charger can be filled in."""

    kind = SUBENTRY_TYPE_CHARGER

    def __init__(self) -> None:
        self._charger: dict[str, Any] = {}
        """What the forms hold."""

        self._device_id: str | None = None
        self._device: RecognisedCharger | None = None

    @abstractmethod
    async def async_step_charger(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Go on to the form."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the charger's device, from which the form of the charger is filled in."""
        errors: Errors = {}
        if user_input is not None:
            device_id = user_input.get(CONF_DEVICE)
            found = recognised(self.hass, device_id, self._get_entry().data[CONF_PHASES])
            errors = at(CONF_DEVICE, device_error(self.hass, device_id, found))
            if not errors:
                self._fill_in(device_id, found)
                if self._device is not None and self._device.disabled:
                    return await self.async_step_charger_disabled()
                return await self.async_step_charger_as_it_is()
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                DEVICE_SCHEMA, user_input or {CONF_DEVICE: self._device_id}
            ),
            errors=errors,
            last_step=False,
        )

    def _fill_in(self, device_id: str | None, found: RecognisedCharger | None) -> None:
        """Take what is recognised of a device; what was entered stays while it is the same."""
        entered = self._charger if device_id == self._device_id else {}
        if not entered or found != self._device:
            entered = filled_in(self.hass, device_id, found, self._others()) | entered
        self._device_id, self._device, self._charger = device_id, found, entered

    async def async_step_charger_disabled(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Name what the device has and Home Assistant hides: enable it, or go on without."""
        disabled = self._device.disabled if self._device is not None else ()
        return self.async_show_menu(
            step_id="charger_disabled",
            menu_options=["user", "charger_as_it_is"],
            description_placeholders={"entities": ", ".join(disabled)},
        )

    async def async_step_charger_as_it_is(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Go on to the form, or ask for the way to the charger where the device has none."""
        if self._device is not None and CONF_CONTROL in self._device.values:
            return await self.async_step_charger()
        return await self.async_step_control_kind()

    async def async_step_control_kind(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the way to the charger."""
        return self.async_show_menu(
            step_id="control_kind", menu_options=["by_entities", "by_actions", "by_scripts"]
        )

    async def async_step_by_entities(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Control it by its entities."""
        return await self._async_control_by(ControlKind.ENTITIES)

    async def async_step_by_actions(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Control it by actions."""
        return await self._async_control_by(ControlKind.ACTIONS)

    async def async_step_by_scripts(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Control it by scripts."""
        return await self._async_control_by(ControlKind.SCRIPTS)

    async def _async_control_by(self, kind: ControlKind) -> SubentryFlowResult:
        self._charger[CONF_CONTROL] = kind.value
        return await self.async_step_charger()
