"""The words of a charger's status sensor that we do not know, and what the user says of them."""

from collections.abc import Iterable

import voluptuous as vol
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import SelectSelectorConfig

from ..const import CONF_STATUS_SENSOR
from ..inputs.charger_sensors import WORD_LISTS
from ..inputs.status_words import folded, unexplained
from .fields import Errors, Values
from .selectors import SelectSelector


def status_words_schema(words: Iterable[str]) -> vol.Schema:
    """Return a form that asks what a charger's words mean."""
    config = SelectSelectorConfig(options=[*words], multiple=True, custom_value=True)
    return vol.Schema({vol.Optional(key): SelectSelector(config) for key in WORD_LISTS.values()})


def words_to_explain(hass: HomeAssistant, values: Values) -> list[str]:
    """Return the words that the status sensor may say and we do not know, and those explained."""
    state = hass.states.get(values.get(CONF_STATUS_SENSOR, ""))
    unknown = unexplained(state.attributes, [state.state]) if state is not None else []
    explained = [word for key in WORD_LISTS.values() for word in values.get(key, ())]
    return list(dict.fromkeys([*unknown, *explained]))


def word_errors(values: Values) -> Errors:
    """Return what is wrong with the meanings of a charger's words: one cannot mean two things."""
    errors: Errors = {}
    seen = set[str]()
    for key in WORD_LISTS.values():
        these = {folded(word) for word in values[key]}
        if these & seen:
            errors[key] = "word_twice"
        seen |= these
    return errors
