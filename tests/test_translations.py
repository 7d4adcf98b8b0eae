"""The texts: everything that users are shown has one, and none is left over."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service import async_get_all_descriptions
from homeassistant.util import slugify
from homeassistant.util.yaml import load_yaml_dict
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_lb.balancing.settings import UnavailableBehavior
from custom_components.ev_lb.const import (
    MAX_COMMAND_INTERVAL_S,
    MAX_METER_DELAY_S,
    MAX_METER_TIMEOUT_S,
    MAX_PHASES,
    MAX_RESPONSE_TIME_S,
    MAX_SERVICE_CURRENT_A,
    MAX_TOTAL_CURRENT_A,
)
from custom_components.ev_lb.control.entities import StartOrder
from custom_components.ev_lb.control.known_chargers import ChargerNote
from custom_components.ev_lb.control.protocol import ControlKind
from custom_components.ev_lb.flow.by_entities import PAUSE_KINDS
from custom_components.ev_lb.flow.wiring import charger_wirings, circuit_wirings

from .conftest import charger_subentry, entity_control, set_meter, site_data

PACKAGE = Path(__file__).parents[1] / "custom_components" / "ev_lb"
TEXTS: dict[str, Any] = json.loads((PACKAGE / "translations" / "en.json").read_text("utf-8"))
ICONS: dict[str, Any] = json.loads((PACKAGE / "icons.json").read_text("utf-8"))
SITE: dict[str, Any] = TEXTS["config"]
CHARGER: dict[str, Any] = TEXTS["config_subentries"]["charger"]
CIRCUIT: dict[str, Any] = TEXTS["config_subentries"]["circuit"]


def every_text(node: Mapping[str, Any] = TEXTS, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text with its path."""
    for key, value in node.items():
        if isinstance(value, str):
            yield f"{path}{key}", value
        else:
            yield from every_text(value, f"{path}{key}.")


def described(node: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each form and section that has fields."""
    for key, value in node.items():
        if isinstance(value, dict):
            if "data" in value:
                yield f"{path}{key}", value
            yield from described(value, f"{path}{key}.")


@pytest.fixture
async def entities(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, scripts: None
) -> list[er.RegistryEntry]:
    """Return all entities of a site with a charger, the disabled ones too.

    And of another with three phases, and a charger by entities with a draw sensor, which have
    some of their own.
    """
    set_meter(hass)
    sites = {
        "Home": (site_data(), charger_subentry()),
        "Barn": (
            site_data(phases=3, power_meter="sensor.barn", price_sensor="sensor.price"),
            charger_subentry("ID_B", "Byre", draw_sensor="sensor.draw", **entity_control()),
        ),
    }
    found: list[er.RegistryEntry] = []
    for title, (data, charger) in sites.items():
        entry = MockConfigEntry(
            domain="ev_lb", title=title, minor_version=3, data=data, subentries_data=[charger]
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        found += er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    return found


def by_key(entities: list[er.RegistryEntry]) -> dict[str, set[str]]:
    """Return the translation keys in use, by domain."""
    found: dict[str, set[str]] = {}
    for entity in entities:
        assert entity.translation_key is not None, entity.entity_id
        found.setdefault(entity.domain, set()).add(entity.translation_key)
    return found


def test_entities_have_texts_and_icons(entities: list[er.RegistryEntry]) -> None:
    """Every entity has a name and an icon of its own, and nothing is left over."""
    used = by_key(entities)
    assert {domain: set(keys) for domain, keys in TEXTS["entity"].items()} == used
    assert {domain: set(keys) for domain, keys in ICONS["entity"].items()} == used


def test_entity_names_end_their_ids(entities: list[er.RegistryEntry]) -> None:
    """The English name says what the entity id ends in: automations are written on it."""
    for entity in entities:
        text = TEXTS["entity"][entity.domain][entity.translation_key]
        ending = slugify(text["name"])
        names = ("home", "garage", "barn", "byre")
        assert entity.entity_id in [f"{entity.domain}.{name}_{ending}" for name in names]


def test_entity_names_fit_the_page_of_a_device() -> None:
    """A longer name is cut off where the state stands beside it."""
    names = [each["name"] for kind in TEXTS["entity"].values() for each in kind.values()]
    # The longer one is fixed by its entity id, which is asked for.
    assert [name for name in names if len(name) > 22] == ["Observed overloads avoided"]


def test_states_have_texts(entities: list[er.RegistryEntry]) -> None:
    """Every state of a sensor and every type of an event has a text, and none is left over."""
    checked = 0
    for entity in entities:
        text = TEXTS["entity"][entity.domain][entity.translation_key]
        can = entity.capabilities or {}
        if "options" in can:
            assert list(text["state"]) == list(can["options"]), entity.entity_id
        elif entity.domain == "binary_sensor":
            assert list(text["state"]) == [STATE_ON, STATE_OFF], entity.entity_id
        elif "event_types" in can:
            states = text["state_attributes"]["event_type"]["state"]
            assert list(states) == list(can["event_types"]), entity.entity_id
        else:
            assert set(text) - {"state_attributes"} == {"name"}, entity.entity_id
            continue
        checked += 1
    assert checked == 2 * 10


def test_icons_of_states_are_for_states_that_exist() -> None:
    """An icon for a state that nothing has would never be seen."""
    for domain, icons in ICONS["entity"].items():
        for key, icon in icons.items():
            known = TEXTS["entity"][domain][key].get("state", {"on": "", "off": ""})
            assert set(icon.get("state", {})) <= set(known), key


async def test_actions_have_texts_and_icons(hass: HomeAssistant, entities: None) -> None:
    """Every action and its fields are named as `services.yaml` lists them."""
    actions = load_yaml_dict(str(PACKAGE / "services.yaml"))
    assert set(hass.services.async_services_for_domain("ev_lb")) == set(actions)
    # Home Assistant drops a file that it cannot read, with no more than a warning.
    shown = (await async_get_all_descriptions(hass))["ev_lb"]
    texts = {name: set(action["fields"]) for name, action in TEXTS["services"].items()}
    assert {name: set(action["fields"]) for name, action in shown.items()} == texts
    assert set(ICONS["services"]) == set(actions)


@pytest.mark.parametrize(
    ("selector", "choices"),
    [
        ("unavailable_behavior", [*UnavailableBehavior]),
        ("phases", ["1", "2", "3"]),
        ("wiring", charger_wirings(MAX_PHASES)),
        ("control", [*ControlKind]),
        ("pause", [*PAUSE_KINDS]),
        ("start_order", [*StartOrder]),
    ],
)
def test_choices_have_texts(selector: str, choices: list[str]) -> None:
    """Each choice is explained in the dialog."""
    assert list(TEXTS["selector"][selector]["options"]) == choices


def test_notes_of_known_chargers_have_texts() -> None:
    """What is to be minded of a charger is said in its form, or refuses its device."""
    said = {*TEXTS["selector"]["charger_note"]["options"], *CHARGER["error"]}
    assert [note for note in ChargerNote if note not in said] == []


@pytest.mark.parametrize("phase_count", [2, 3])
def test_wirings_of_smaller_sites_and_circuits_have_texts(phase_count: int) -> None:
    """What a site with two legs, or a circuit, can choose is among the texts."""
    choices = {*charger_wirings(phase_count), *circuit_wirings(phase_count)}
    assert choices <= TEXTS["selector"]["wiring"]["options"].keys()


@pytest.mark.parametrize(
    ("form", "fields"), [pytest.param(value, path, id=path) for path, value in described(TEXTS)]
)
def test_every_field_is_explained(form: Mapping[str, Any], fields: str) -> None:
    """No field is left to guessing, and no explanation to a field that is gone."""
    assert set(form["data"]) == set(form["data_description"])


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(SITE["error"], id="site errors"),
        pytest.param(CHARGER["error"], id="charger errors"),
        pytest.param(CIRCUIT["error"], id="circuit errors"),
        pytest.param(SITE["step"]["meter_warnings"]["sections"], id="meter warnings"),
        pytest.param(TEXTS["selector"]["charger_note"]["options"], id="notes of chargers"),
        pytest.param(CHARGER["step"]["charger_warnings"]["sections"], id="charger warnings"),
        pytest.param(TEXTS["exceptions"], id="exceptions"),
        pytest.param(TEXTS["issues"], id="issues"),
    ],
)
def test_no_text_is_left_over(keys: Mapping[str, Any]) -> None:
    """Each key stands in the code; that each of the code's has a text, the dialogs' tests see."""
    code = "".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    assert [key for key in keys if f'"{key}"' not in code] == []


def test_keys_of_the_code_have_texts() -> None:
    """What is raised as an error or an issue has a text."""
    code = "".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    named = set(re.findall(r'translation_key="([a-z_]+)"', code))
    known = {*TEXTS["exceptions"], *TEXTS["issues"]}
    known |= {key for keys in TEXTS["entity"].values() for key in keys}
    assert named <= known


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        pytest.param(SITE["error"]["meter_timeout_range"], MAX_METER_TIMEOUT_S, id="timeout"),
        pytest.param(SITE["error"]["meter_delay_range"], MAX_METER_DELAY_S, id="delay"),
        pytest.param(
            SITE["error"]["phase_current_range"], MAX_SERVICE_CURRENT_A, id="phase current"
        ),
        pytest.param(SITE["error"]["total_current_range"], MAX_TOTAL_CURRENT_A, id="total current"),
        pytest.param(CHARGER["error"]["response_time_range"], MAX_RESPONSE_TIME_S, id="response"),
        pytest.param(
            CHARGER["error"]["command_interval_range"], MAX_COMMAND_INTERVAL_S, id="interval"
        ),
    ],
)
def test_errors_name_the_limits(text: str, limit: int) -> None:
    """A text that names a limit names the right one."""
    assert f" {limit} " in text


@pytest.mark.parametrize(
    ("path", "text"), [pytest.param(path, text, id=path) for path, text in every_text()]
)
def test_text_is_one_that_home_assistant_takes(path: str, text: str) -> None:
    """The rules of hassfest, which is not at hand here."""
    assert re.fullmatch(r"[a-z0-9_.-]+", path)
    assert text == text.strip() != ""
    assert not re.search(r"\[%|<|://|www\.|'\{\w+\}'", text)


# Other languages

LANGUAGES = ("da", "de", "es", "fr", "it", "nb", "nl", "sv")


def test_languages_are_those_that_are_complete() -> None:
    """No language is half there."""
    files = {path.stem for path in (PACKAGE / "translations").glob("*.json")}
    assert files == {"en", *LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_has_each_text_with_its_placeholders(language: str) -> None:
    """What is missing would stand there in English, what lacks a placeholder tells nothing."""
    file = PACKAGE / "translations" / f"{language}.json"
    translated = dict(every_text(json.loads(file.read_text("utf-8"))))
    english = dict(every_text())
    assert translated.keys() == english.keys()

    def marks(text: str) -> list[str]:
        return sorted(re.findall(r"\{[^}]*\}|`[^`]*`|https?://\S+", text))

    different = [path for path, text in english.items() if marks(translated[path]) != marks(text)]
    assert different == []
