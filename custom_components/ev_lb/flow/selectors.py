"""Home Assistant's selectors, each by what configures it.

Where Home Assistant registers them, a type checker loses which selector each one is.
"""

from typing import Any, cast

from homeassistant.helpers import selector
from homeassistant.helpers.selector import (
    ActionSelectorConfig,
    BooleanSelectorConfig,
    DeviceSelectorConfig,
    EntitySelectorConfig,
    NumberSelectorConfig,
    Selector,
    SelectSelectorConfig,
    TextSelectorConfig,
)

_registered = cast(Any, selector)

ActionSelector: type[Selector[ActionSelectorConfig]] = _registered.ActionSelector
BooleanSelector: type[Selector[BooleanSelectorConfig]] = _registered.BooleanSelector
DeviceSelector: type[Selector[DeviceSelectorConfig]] = _registered.DeviceSelector
EntitySelector: type[Selector[EntitySelectorConfig]] = _registered.EntitySelector
NumberSelector: type[Selector[NumberSelectorConfig]] = _registered.NumberSelector
SelectSelector: type[Selector[SelectSelectorConfig]] = _registered.SelectSelector
TextSelector: type[Selector[TextSelectorConfig]] = _registered.TextSelector
