"""The guides: examples work as they are pasted, links lead somewhere, nothing is left out."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.logbook import CONFIG_SCHEMA as LOGBOOK_SCHEMA
from homeassistant.components.logger import CONFIG_SCHEMA as LOGGER_SCHEMA
from homeassistant.components.rest_command import CONFIG_SCHEMA as REST_COMMAND_SCHEMA
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity import EntityDescription
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict, parse_yaml
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_mock_service,
)

from custom_components.ev_lb import (
    binary_sensor,
    const,
    diagnostics,
    event,
    number,
    sensor,
    services,
    switch,
)
from custom_components.ev_lb.balancing.model import BalancerState, EventType, LimitedBy
from custom_components.ev_lb.balancing.settings import UnavailableBehavior
from custom_components.ev_lb.control.worker import CommandStatus

from .conftest import charger_subentry, set_meter, site_data

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "custom_components" / "ev_lb"
CORE = PACKAGE / "balancing"
GUIDES = ROOT / "docs" / "documentation"
PAGES = sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))
INSTALLATION = (GUIDES / "installation-and-setup.md").read_text("utf-8")
HOW_IT_WORKS = (GUIDES / "how-it-works.md").read_text("utf-8")
EVENTS = (GUIDES / "event-notifications-guide.md").read_text("utf-8")
LOGGING = (GUIDES / "logging-guide.md").read_text("utf-8")

TEXTS: dict[str, Any] = json.loads((PACKAGE / "translations" / "en.json").read_text())
COMMON: dict[str, str] = TEXTS["common"]

SETTINGS = [getattr(const, name) for name in vars(const) if name.startswith("CONF_")]
ENTITIES: list[tuple[str, str, EntityDescription]] = [
    (owner, platform, description)
    for platform, site, charger in (
        (
            "sensor",
            (*sensor.SITE_SENSORS, sensor.HOUSE_CURRENT, *sensor.PHASE_SENSORS),
            (
                *sensor.CHARGER_SENSORS,
                sensor.LIMIT,
                sensor.PHASES_USED,
                *sensor.ENERGY_SENSORS,
                sensor.SESSION_COST,
            ),
        ),
        (
            "binary_sensor",
            binary_sensor.SITE_BINARY_SENSORS,
            binary_sensor.CHARGER_BINARY_SENSORS,
        ),
        ("number", number.SITE_NUMBERS, number.CHARGER_NUMBERS),
        (
            "switch",
            (switch.ENABLED, switch.OBSERVE_ONLY),
            (switch.ENABLED, switch.FOLLOW_MANUAL_LIMIT),
        ),
        ("event", (event.SITE_EVENT,), (event.CHARGER_EVENT,)),
    )
    for owner, descriptions in (("site", site), ("charger", charger))
    for description in descriptions
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block of code in a guide."""

    page: Path
    heading: str
    line: int
    language: str
    text: str

    @property
    def where(self) -> str:
        """Where it stands, for the name of a test."""
        return f"{self.page.name}:{self.line}"

    @property
    def content(self) -> dict[str, Any]:
        """What the YAML says, read as Home Assistant reads it."""
        content = parse_yaml(self.text)
        assert isinstance(content, dict)
        return content


def blocks_of(page: Path) -> Iterator[Block]:
    """Yield the blocks of code of a page."""
    heading, language, began, lines = "", None, 0, list[str]()
    for number_, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        if language is not None and line == "```":
            text = "\n".join(lines)
            yield Block(page=page, heading=heading, line=began, language=language, text=text)
            language = None
        elif language is not None:
            lines.append(line)
        elif line.startswith("```"):
            language, began, lines = line.removeprefix("```"), number_, []
        elif line.startswith("#"):
            heading = line.lstrip("# ")
    assert language is None, f"{page.name}:{began} is never closed"


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
YAML = [block for block in BLOCKS if block.language == "yaml"]
SCRIPTS = [block for block in YAML if "script" in block.content]
AUTOMATIONS = [block for block in YAML if "triggers" in block.content]
STEPS = [block for block in YAML if {"action", "if"} & block.content.keys()]
CONFIGURATIONS = {
    "logbook": LOGBOOK_SCHEMA,
    "logger": LOGGER_SCHEMA,
    "rest_command": REST_COMMAND_SCHEMA,
}


def where(block: Block) -> str:
    """Name a test after the block that it is about."""
    return block.where


async def async_add_scripts(hass: HomeAssistant, scripts: Mapping[str, Any]) -> None:
    """Set up scripts, as Home Assistant does with those of a user."""
    assert await async_setup_component(hass, "script", {"script": scripts})
    for name in scripts:
        state = hass.states.get(f"script.{name}")
        assert state is not None
        assert state.state == "off", name


# The YAML


@pytest.mark.parametrize("block", YAML, ids=where)
def test_every_yaml_example_is_of_a_kind_that_is_tried(block: Block) -> None:
    """No example is pasted into nothing: each is a script, an automation, an action or settings."""
    in_a_real_one = {"modbus"}  # by tests/e2e/test_modbus.py
    kinds = {"script", "triggers", "action", "if", *CONFIGURATIONS, *in_a_real_one}
    assert kinds & block.content.keys()


@pytest.mark.parametrize("block", SCRIPTS, ids=where)
async def test_every_script_example_is_accepted(hass: HomeAssistant, block: Block) -> None:
    """Home Assistant takes each script as it stands, with the mode and fields that we ask for."""
    scripts = block.content["script"]
    await async_add_scripts(hass, scripts)
    for name, script in scripts.items():
        state = hass.states.get(f"script.{name}")
        assert state is not None
        assert state.attributes["mode"] == "restart"
        assert "fields" in script
        assert script["alias"].lower().replace(", ", "_").replace(" ", "_") == name


@pytest.mark.parametrize("block", AUTOMATIONS, ids=where)
async def test_every_automation_example_is_accepted(hass: HomeAssistant, block: Block) -> None:
    """Home Assistant takes each automation as it stands."""
    assert await async_setup_component(hass, "event", {})
    assert await async_setup_component(hass, "automation", {"automation": [block.content]})
    (automation,) = hass.states.async_all("automation")
    assert automation.state == "on"
    target = {"entity_id": automation.entity_id}  # so that no timer of it is left
    await hass.services.async_call("automation", "turn_off", target, blocking=True)


@pytest.mark.parametrize("block", STEPS, ids=where)
async def test_every_action_example_is_accepted(hass: HomeAssistant, block: Block) -> None:
    """Home Assistant takes each action as it stands."""
    await async_add_scripts(hass, {"example": {"sequence": [block.content]}})


@pytest.mark.usefixtures("hass")
@pytest.mark.parametrize("block", YAML, ids=where)
async def test_every_configuration_example_is_accepted(block: Block) -> None:
    """What goes into configuration.yaml is valid there."""
    for name, schema in CONFIGURATIONS.items():
        if name in block.content:
            schema({name: block.content[name]})


# What the guide says of Home Assistant


@pytest.mark.parametrize(
    "step",
    [
        pytest.param({"stop": "refused", "error": True}, id="stop"),
        pytest.param({"condition": "template", "value_template": "{{ false }}"}, id="condition"),
        pytest.param(
            {"wait_template": "{{ false }}", "timeout": 0, "continue_on_timeout": False}, id="wait"
        ),
        pytest.param(
            {"action": "switch.turn_on", "target": {"entity_id": "switch.gone"}},
            id="missing entity",
        ),
    ],
)
async def test_home_assistant_hides_what_the_guide_says_it_hides(
    hass: HomeAssistant, step: dict[str, Any]
) -> None:
    """The guide's table of silent failures is true of this Home Assistant."""
    assert await async_setup_component(hass, "switch", {})
    await async_add_scripts(hass, {"example": {"sequence": [step]}})
    await hass.services.async_call("script", "example", blocking=True)


@pytest.mark.parametrize(
    "step",
    [
        pytest.param({"action": "charger.gone"}, id="missing action"),
        pytest.param({"variables": {"failed": "{{ states('sensor.gone') | int }}"}}, id="template"),
    ],
)
async def test_home_assistant_reports_what_the_guide_says_it_reports(
    hass: HomeAssistant, step: dict[str, Any]
) -> None:
    """The guide's way to let a script fail does fail."""
    await async_add_scripts(hass, {"example": {"sequence": [step]}})
    with pytest.raises(HomeAssistantError):
        await hass.services.async_call("script", "example", blocking=True)


# The automations, tried


def event_automations() -> list[tuple[str, Block]]:
    """Return each event with each automation that is made for it."""
    return [
        (trigger["event_type"], block)
        for block in AUTOMATIONS
        for trigger in block.content["triggers"]
        if trigger["trigger"] == "event"
    ]


FURTHER_FIELDS: dict[EventType, dict[str, Any]] = {
    EventType.METER_UNAVAILABLE: {
        "entity_id": "sensor.house_power",
        "reason": "missing",
        "state": "unavailable",
    },
    EventType.METER_RECOVERED: {"entity_id": "sensor.house_power"},
    EventType.OVERLOAD_STOP: {
        "previous_current_a": 8,
        "available_current_a": -4.2,
        "headroom_a": 3.8,
    },
    EventType.FALLBACK_ACTIVATED: {"fallback_current_a": 6},
    EventType.CHARGING_RESUMED: {"current_a": 10},
    EventType.ACTION_FAILED: {
        "action": "set_current",
        "entity_id": "script.garage_set_current",
        "error": "cloud dead",
    },
}


@pytest.mark.parametrize(("event_type", "block"), event_automations())
async def test_every_automation_tells_something_whole(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, event_type: str, block: Block
) -> None:
    """A pasted automation shows or withdraws a message, and no field of the event is missing."""
    shown = async_mock_service(hass, "persistent_notification", "create")
    withdrawn = async_mock_service(hass, "persistent_notification", "dismiss")
    assert await async_setup_component(hass, "automation", {"automation": [block.content]})
    further = FURTHER_FIELDS.get(EventType(event_type.removeprefix("ev_lb_")), {})
    hass.bus.async_fire(
        event_type,
        {
            "entry_id": "ID_SITE",
            "site": "Home",
            "device_id": "ID_DEVICE",
            "charger_id": "ID_GARAGE",
            "charger": "Garage",
            **further,
        },
    )
    await hass.async_block_till_done()
    assert len(shown) + len(withdrawn) == 1
    assert all(call.data["message"].strip() for call in shown)
    assert "Template variable" not in caplog.text


async def test_an_overload_shows_the_pasted_automations_message(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, scripts: None
) -> None:
    """The event of a real overload has the fields that the guide's automation uses."""
    block = next(block for name, block in event_automations() if name == "ev_lb_overload_stop")
    assert await async_setup_component(hass, "automation", {"automation": [block.content]})
    heard = async_capture_events(hass, "ev_lb_overload_stop")
    set_meter(hass, "1150")
    entry = MockConfigEntry(
        domain="ev_lb",
        title="Home",
        entry_id="ID_SITE",
        data=site_data(),
        subentries_data=[charger_subentry()],
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup("ID_SITE")
    await hass.async_block_till_done(wait_background_tasks=True)
    freezer.tick(1)
    set_meter(hass, "1150")  # a start needs two readings
    await hass.async_block_till_done(wait_background_tasks=True)
    shown = async_mock_service(hass, "persistent_notification", "create")
    set_meter(hass, "9200")
    await hass.async_block_till_done(wait_background_tasks=True)
    await hass.async_block_till_done()  # the decision was the last of that; now the automation
    assert [call.data["title"] for call in shown] == ["Garage"]
    assert [set(event.data) for event in heard] == [
        {"entry_id", "site", "device_id", "charger_id", "charger"}
        | FURTHER_FIELDS[EventType.OVERLOAD_STOP].keys()
    ]


# The links


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """Links to files, pictures and headings of the project exist."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?://", target):
            continue
        name, _, anchor = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        assert linked.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(linked), f"{page.name}: {target}"


def test_readme_links_every_document() -> None:
    """From the README every guide is one click away."""
    readme = (ROOT / "README.md").read_text("utf-8")
    for page in (*GUIDES.rglob("*.md"), *ROOT.glob("[A-Z]*.md")):
        if page.name != "README.md":
            assert f"]({page.relative_to(ROOT)})" in readme, page.name


def test_every_badge_shows_a_workflow_that_exists() -> None:
    """A badge names a file in .github/workflows."""
    readme = (ROOT / "README.md").read_text("utf-8")
    workflows = re.findall(r"actions/workflows/([\w.-]+)/badge\.svg", readme)
    assert workflows
    for workflow in workflows:
        assert (ROOT / ".github" / "workflows" / workflow).exists(), workflow


# What must be said


@pytest.mark.parametrize("key", SETTINGS)
def test_every_setting_has_its_row(key: str) -> None:
    """Each setting stands in the table of settings, with its default."""
    (row,) = re.findall(rf"^\|[^|]*\| `{key}` \|([^|]*)\|", INSTALLATION, re.MULTILINE)
    default = getattr(const, f"DEFAULT_{key.upper()}", None)
    assert default is None or row.strip() == str(default)


@pytest.mark.parametrize("key", SETTINGS)
def test_every_setting_belongs_to_a_rule(key: str) -> None:
    """Each setting is named by a rule of how it works."""
    rules = re.findall(r"\*Code\* .*?\*Setting\*\s+(.*?)\n\n", HOW_IT_WORKS, re.DOTALL)
    assert any(f"`{key}`" in setting for setting in rules)


@pytest.mark.parametrize(
    ("owner", "platform", "description"),
    ENTITIES,
    ids=[f"{platform}-{owner}-{description.key}" for owner, platform, description in ENTITIES],
)
def test_every_entity_has_its_row(
    owner: str, platform: str, description: EntityDescription
) -> None:
    """Each entity stands in the tables of entities, by its id."""
    row = rf"^\| [^|]*`{platform}\.<{owner}>_{description.key}`[^|]* \|"
    assert re.search(row, INSTALLATION, re.MULTILINE)


def test_use_cases_name_entities_that_exist() -> None:
    """Who enters what the cases say finds each entity that they name."""
    text = (GUIDES / "use-cases.md").read_text("utf-8")
    named = re.findall(r"\b([a-z_]+)\.(home|garage|drive)_([a-z0-9_]+)", text)
    known = {
        (platform, owner, description.key)
        for kind, platform, description in ENTITIES
        for owner in (("home",) if kind == "site" else ("garage", "drive"))
    }
    assert named
    assert set(named) <= known


@pytest.mark.parametrize(
    "word", [*BalancerState, *LimitedBy, *CommandStatus, *UnavailableBehavior], ids=str
)
def test_every_state_is_explained(word: str) -> None:
    """Each state that an entity can show is explained."""
    assert f"`{word}`" in INSTALLATION


def warnings_of(texts: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of all that a page of warnings may say."""
    for key, value in texts.items():
        if key.endswith("_warnings"):
            yield from (each["name"] for each in value["sections"].values())
        elif isinstance(value, Mapping):
            yield from warnings_of(cast("Mapping[str, Any]", value))


@pytest.mark.parametrize("name", sorted(set(warnings_of(TEXTS))))
def test_every_warning_is_explained(name: str) -> None:
    """Who reads it in a dialog finds what it means."""
    assert f"| {name} |" in INSTALLATION


@pytest.mark.parametrize("key", [key for key in COMMON if re.match("why_|wait_", key)])
def test_every_sentence_is_found(key: str) -> None:
    """Who searches the guide for what the card says finds it, with numbers as they may be."""
    example = {
        "current": 8,
        "set": 16,
        "maximum": 16,
        "minimum": 6,
        "temporary": 8,
        "interval": 60,
        "limit": "L2",
        "others": "Drive",
        "priorities": "50 : 50",
        "more": 20,
        "time": "22:00" if key == "wait_limit" else "12 s",
    }
    text = COMMON[key].format(**example)
    assert f"“{text}”" in " ".join(INSTALLATION.split())


@pytest.mark.parametrize("event_type", EventType, ids=str)
def test_every_event_is_described(event_type: EventType) -> None:
    """Each event has its row with its fields, and an automation that listens to it."""
    (row,) = re.findall(rf"^\| `ev_lb_{event_type}` \|(.*)$", EVENTS, re.MULTILINE)
    for name in FURTHER_FIELDS.get(event_type, {}):
        assert f"`{name}`" in row
    assert f"ev_lb_{event_type}" in [name for name, _ in event_automations()]


def test_every_action_and_field_is_described() -> None:
    """Each action has its heading, and each of its fields is named below it."""
    for action, description in load_yaml_dict(str(PACKAGE / "services.yaml")).items():
        section = re.search(rf"### `ev_lb\.{action}`\n(.*?)\n##", INSTALLATION, re.DOTALL)
        assert section is not None, action
        for name in description["fields"]:
            assert name in section.group(1), name


def test_durations_of_a_limit_are_as_described() -> None:
    """The guide names the shortest and the longest limit."""
    assert (services.MIN_DURATION_S, services.MAX_DURATION_S) == (1, 24 * 3600)
    assert "From 1 s to 24 h" in INSTALLATION


@pytest.mark.parametrize(
    "name",
    [str(path.relative_to(CORE)) for path in sorted(CORE.rglob("[a-z]*.py"))],
)
def test_every_rule_file_is_named(name: str) -> None:
    """Each file of the core is found from how it works."""
    assert f"`{name}`" in HOW_IT_WORKS or f"`balancing/{name}`" in HOW_IT_WORKS


def test_every_rule_names_files_that_exist() -> None:
    """The code and the tests that a rule names are there."""
    rules = re.findall(
        r"\*Code\*\s+(.*?),\s+\*Test\*\s+(.*?),\s+\*Setting\*", HOW_IT_WORKS, re.DOTALL
    )
    assert rules
    for code, tests in rules:
        for name in re.findall(r"`([^`]+)`", code):
            assert (PACKAGE / name).exists(), name
        for name in re.findall(r"`([^`]+)`", tests):
            assert (ROOT / name).exists(), name


def test_every_rule_says_where_it_is() -> None:
    """Each rule ends with its code, its test and its setting."""
    rules = HOW_IT_WORKS.split("\n## The rules\n")[1].split("\n## ")[0].split("\n### ")[1:]
    for rule in rules:
        assert re.search(r"\*Code\*\s.*\*Test\*\s.*\*Setting\*\s", rule, re.DOTALL), rule[:40]


async def test_diagnostics_are_as_described(hass: HomeAssistant, scripts: None) -> None:
    """The guide names every part of the diagnostics."""
    set_meter(hass)
    entry = MockConfigEntry(domain="ev_lb", title="Home", entry_id="ID_SITE", data=site_data())
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup("ID_SITE")
    for part in await diagnostics.async_get_config_entry_diagnostics(hass, entry):
        assert f"| `{part}` |" in LOGGING
