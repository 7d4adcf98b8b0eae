"""A house owner finds what is wrong among the repairs, in a real browser, and fixes it there.

Every kind of repair is raised by its own cause, read, opened, and gone when its cause is.

With CARD_PICTURES=<folder> in the environment pictures are taken, to be looked at.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import pytest
import pytest_socket
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from .browser import LOADED_MS, NEEDS_CHROMIUM, opened_page
from .troubled_house import (
    HALF_A,
    HOUSE_W,
    OVERLOAD_W,
    POWER,
    VOLTAGE_V,
    TroubledHouse,
    troubled_house,
)

TEXTS = Path("custom_components/ev_lb/translations/en.json")
REPAIRS = "/config/repairs"
ANSWER_MS = 20_000
MORE_LOOKS = 2
"""So often a repair that was not there is looked for once more."""

CLOCK = re.compile(r"\b\d\d:\d\d\b")

VARIED_S = 10.0
"""By then a meter is known to vary, and to show a car."""

SEEN_S = 12.0
"""By then a busy machine, too, has seen at the meters that the cars draw."""

SLOW_S = 31.0
"""A meter that says something so rarely is too slow."""

QUICK_REPORTS, QUICK_S = 4, 0.6
"""So many reports, so close together, and it is not; closer ones would be one."""

pytestmark = NEEDS_CHROMIUM

type Deed = Callable[[TroubledHouse], None]
"""What is done to the house."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """A kind of repair, at the site where it happens."""

    key: str
    title: str
    seen: tuple[str, ...]
    """What was seen, as its text says it; a time of the day is HH:MM there,"""

    meanwhile: str
    """what happens meanwhile,"""

    to_do: str
    """and what to do."""

    opens: tuple[str, str] | None = None
    """The page of the settings that it opens, and the name of whom they are."""

    cause: Deed
    after_s: float = 0.0
    """When it can be caused."""

    cure: Deed


def nothing(_: TroubledHouse) -> None:
    """Leave it: the house was built so."""


def breaks(name: str, watts: float = HOUSE_W) -> Deed:
    """Break a site whose house draws so much."""

    def cause(house: TroubledHouse) -> None:
        house.break_(name)
        house.load(name, watts)

    return cause


def mends(name: str) -> Deed:
    """Mend a site."""
    return lambda house: house.mend(name)


def says(name: str, state: object) -> Deed:
    """Have a meter say something."""
    return lambda house: house.say(name, state)


def shows(entity_id: str, state: object, **attributes: object) -> Deed:
    """Have an entity show something."""
    return lambda house: house.set_state(entity_id, state, **attributes)


def removes(entity_id: str) -> Deed:
    """Take an entity away."""
    return lambda house: house.request("DELETE", f"/api/states/{entity_id}")


def hurries(house: TroubledHouse) -> None:
    """Have the slow meter report several times in a row."""
    for more_w in range(QUICK_REPORTS):
        house.say("slow", HOUSE_W + more_w)
        sleep(QUICK_S)


def sees_again(house: TroubledHouse) -> None:
    """Have the meter that was blind show the house as it is."""
    house.mend("blind")
    house.load("blind", HOUSE_W / 2)


UNIT_NUMBER = {"min": 0, "max": 32, "step": 1}
REPAIRED = (
    Repair(
        key="total_meter",
        title="Total wallbox loads a phase that nobody measures",
        seen=("The meter of Total shows the total of all phases",),
        meanwhile="that phase can be over its breaker",
        to_do="Pick one sensor per phase",
        opens=("Site", "Total"),
        cause=nothing,
        cure=lambda house: house.change_part(
            "total", "charger", {"charger": {"wiring": "l1_l2_l3"}}
        ),
    ),
    Repair(
        key="script_single",
        title="The script script.set_single drops calls",
        seen=("script.set_single controls Single wallbox and has the mode single",),
        meanwhile="the charger follows late",
        to_do="choose Change mode in its menu",
        cause=nothing,
        cure=lambda house: house.change_mode("single", "restart"),
    ),
    Repair(
        key="source_missing",
        title="sensor.missing_power is missing",
        seen=("The site Missing needs sensor.missing_power",),
        meanwhile="the meter counts as unavailable meanwhile",
        to_do="Bring it back",
        opens=("Site", "Missing"),
        cause=removes("sensor.missing_power"),
        cure=says("missing", HOUSE_W),
    ),
    Repair(
        key="optional_source_missing",
        title="sensor.missing_price is missing",
        seen=("The site Missing uses sensor.missing_price",),
        meanwhile="it knows less of the volts, of what is fed in, of the car or of the costs",
        to_do="Bring it back",
        opens=("Site", "Missing"),
        cause=removes("sensor.missing_price"),
        cure=shows("sensor.missing_price", 0.3, unit_of_measurement="EUR/kWh"),
    ),
    Repair(
        key="control_unusable_zero",
        title="Zero wallbox cannot be controlled by number.zero_current",
        seen=("number.zero_current cannot be set to 0 A", "its range begins at 6 A"),
        meanwhile="Commands of Zero wallbox that need it fail",
        to_do="pick another entity",
        opens=("Charger", "Zero wallbox"),
        cause=breaks("zero"),
        cure=mends("zero"),
    ),
    Repair(
        key="control_unusable_option",
        title="Option wallbox cannot be controlled by select.option_mode",
        seen=("select.option_mode has no option Pause",),
        meanwhile="Commands of Option wallbox that need it fail",
        to_do="pick another entity",
        opens=("Charger", "Option wallbox"),
        cause=breaks("option"),
        cure=mends("option"),
    ),
    Repair(
        key="control_unusable_unit",
        title="Unit wallbox cannot be controlled by number.unit_current",
        seen=("number.unit_current has a unit that is neither A nor mA",),
        meanwhile="Commands of Unit wallbox that need it fail",
        to_do="pick another entity",
        opens=("Charger", "Unit wallbox"),
        cause=shows("number.unit_current", 16, unit_of_measurement="%", **UNIT_NUMBER),
        cure=shows("number.unit_current", 16, unit_of_measurement="A", **UNIT_NUMBER),
    ),
    Repair(
        key="optional_unit",
        title="The unit of sensor.units_voltage cannot be used",
        seen=("The site Units uses sensor.units_voltage, whose unit has changed",),
        meanwhile="It goes on without",
        to_do="Change the unit back",
        opens=("Site", "Units"),
        cause=shows("sensor.units_voltage", 50, unit_of_measurement="Hz"),
        cure=shows("sensor.units_voltage", VOLTAGE_V, unit_of_measurement="V"),
    ),
    Repair(
        key="meter_unit",
        title="The unit of sensor.units_power cannot be used",
        seen=("The site Units needs sensor.units_power to show W", "Its unit has changed"),
        meanwhile="the meter counts as unavailable",
        to_do="Change the unit back",
        opens=("Site", "Units"),
        cause=shows("sensor.units_power", 20, unit_of_measurement="°C"),
        cure=says("units", HOUSE_W),
    ),
    Repair(
        key="circuit_meter_lost",
        title="The circuit Garage has no meter any more",
        seen=("The site Circuits has other phases than when the sensors of Garage were picked",),
        meanwhile="as if nothing else were there",
        to_do="pick its phases and their sensors",
        opens=("Circuit", "Garage"),
        cause=lambda house: house.change_site("circuits", {"user": {"phases": "1"}}),
        cure=lambda house: house.change_part(
            "circuits", "circuit", {"user": {"circuit_meter": {"power_meter": "sensor.circuit_l2"}}}
        ),
    ),
    Repair(
        key="meter_lost_stop",
        title="The meter of Stopping is lost",
        seen=("lost since HH:MM", "sensor.stopping_power is unavailable"),
        meanwhile="All chargers are stopped meanwhile",
        to_do="Look whether the meter, its integration and its network work",
        cause=says("stopping", "unavailable"),
        cure=says("stopping", HOUSE_W),
    ),
    Repair(
        key="meter_lost_ignore",
        title="The meter of Ignoring is lost",
        seen=("lost since HH:MM", "sensor.ignoring_power is unavailable"),
        meanwhile="The chargers keep the current that they had",
        to_do="Look whether the meter, its integration and its network work",
        cause=says("ignoring", "unavailable"),
        cure=says("ignoring", HOUSE_W),
    ),
    Repair(
        key="meter_lost_set_current",
        title="The meter of Falling back is lost",
        seen=("lost since HH:MM", "sensor.falling_back_power is unavailable"),
        meanwhile="The chargers have their fallback currents meanwhile",
        to_do="Look whether the meter, its integration and its network work",
        cause=says("falling_back", "unavailable"),
        cure=says("falling_back", HOUSE_W),
    ),
    Repair(
        key="meter_contradiction",
        title="sensor.contradicting_power and sensor.contradicting_export contradict each other",
        seen=("At the site Contradicting", "drawn from the grid", "fed in"),
        meanwhile="What is fed in counts as nothing meanwhile",
        to_do="the solar panels produce that was picked as the export sensor",
        opens=("Site", "Contradicting"),
        cause=breaks("contradicting"),
        cure=mends("contradicting"),
    ),
    Repair(
        key="control_failing",
        title="Commands to Failing wallbox fail",
        seen=(
            "Since HH:MM",
            "script.set_failing failed last, with this error: Action my_wallbox.set_current",
        ),
        meanwhile="It is told to reduce again and again",
        to_do="Try script.set_failing by hand in Developer tools",
        cause=breaks("failing", OVERLOAD_W),
        cure=mends("failing"),
    ),
    Repair(
        key="meter_reversed",
        title="The meter of Reversed counts the other way round",
        seen=("sensor.reversed_power fell when a car began to charge", "since HH:MM"),
        meanwhile="the chargers do what was chosen for a lost meter",
        to_do="Turn the clamp round, exchange the sensors, or turn on",
        opens=("Site", "Reversed"),
        cause=nothing,
        cure=lambda house: house.change_site(
            "reversed", {"meter": {"meter_channels": {"reversed": True}}}
        ),
    ),
    Repair(
        key="meter_blind",
        title="The meter of Blind does not see the chargers",
        seen=("sensor.blind_power has not risen", "since HH:MM"),
        meanwhile="the chargers do what was chosen for a lost meter",
        to_do="pick the right ones in the settings",
        cause=nothing,
        cure=sees_again,
    ),
    Repair(
        key="charger_unresponsive",
        title="Deaf wallbox does not follow",
        seen=("The charger Deaf wallbox draws more than it was told",),
        meanwhile="Meanwhile it is told again and again",
        to_do="stop charging by hand",
        cause=breaks("deaf", OVERLOAD_W),
        cure=mends("deaf"),
    ),
    Repair(
        key="wiring_order",
        title="The phases of Turned wallbox seem to be wired in another order",
        seen=("its L1, L2, L3 are on L1, L2, L3", "the car on L1", "the meter showed it on L2"),
        meanwhile="The meter is believed",
        to_do="pick the wiring",
        opens=("Charger", "Turned wallbox"),
        cause=lambda house: house.limit("turned", HALF_A),
        after_s=VARIED_S,
        cure=lambda house: house.change_part(
            "turned", "charger", {"charger": {"wiring": "l2_l3_l1"}}
        ),
    ),
    Repair(
        key="meter_frozen",
        title="The meter of Frozen seems to stand still",
        seen=("sensor.frozen_power has said the same again and again", "since HH:MM"),
        meanwhile="the chargers do what was chosen for a lost meter",
        to_do="Restart the meter or its integration",
        cause=breaks("frozen"),
        after_s=VARIED_S,
        cure=mends("frozen"),
    ),
    Repair(
        key="meter_slow",
        title="The power meter of Slow is slow",
        seen=("The meter of Slow reports about every", "seconds"),
        meanwhile="An overload may stand for so long",
        to_do="Let the meter report more often",
        cause=says("slow", HOUSE_W + 1),
        after_s=SLOW_S,
        cure=hurries,
    ),
)
KEYS = [repair.key for repair in REPAIRED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a repair showed when it was clicked."""

    text: str
    settings: tuple[str, str] | None
    """The page that its settings began with, and the name on it; None: it has no settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the repairs in the browser, by their kinds; what failed is not in it."""

    opened: Mapping[str, Opened]
    gone: frozenset[str]


@pytest.fixture(scope="module")
def house(loopback: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TroubledHouse]:
    """Run a house in which everything goes wrong as soon as its cars charge."""
    with troubled_house(tmp_path_factory.mktemp("house")) as house:
        house.wait_until_charging(("failing", "deaf", "frozen", "turned"))
        sleep(SEEN_S)
        yield house


@pytest.fixture(scope="module")
def outcome(house: TroubledHouse) -> Outcome:
    """Begin all causes, open all repairs, and end all causes: together, for each takes its time."""
    pytest_socket.enable_socket()  # a test before may have forbidden it again
    began = monotonic()
    for repair in REPAIRED:
        if not repair.after_s:
            repair.cause(house)
    opened = dict[str, Opened]()
    with repairs_page(house) as page:
        due = [repair for repair in REPAIRED if repair.after_s]
        for repair in REPAIRED:
            for later in [each for each in due if monotonic() >= began + each.after_s]:
                later.cause(house)
                due.remove(later)
            if repair in due:
                sleep(began + repair.after_s - monotonic())
                repair.cause(house)
                due.remove(repair)
            look_if_there(page, house, repair, opened)
        for repair in REPAIRED * MORE_LOOKS:
            if repair.key not in opened:
                look_if_there(page, house, repair, opened)
        for repair in REPAIRED:
            repair.cure(house)
        gone = frozenset(repair.key for repair in REPAIRED if is_gone(page, repair))
        picture(page, "gone")
    return Outcome(opened=opened, gone=gone)


@contextmanager
def repairs_page(house: TroubledHouse) -> Iterator[Page]:
    """Look at the repairs."""
    with opened_page(house.url + REPAIRS) as page:
        page.set_default_timeout(LOADED_MS)
        page.wait_for_selector("ha-config-repairs-dashboard", timeout=LOADED_MS)
        page.set_default_timeout(ANSWER_MS)
        yield page


def listed(page: Page, title: str) -> Locator:
    """Return a repair in the list."""
    return page.locator("ha-config-repairs").get_by_text(title, exact=True)


def look_if_there(
    page: Page, house: TroubledHouse, repair: Repair, opened: dict[str, Opened]
) -> None:
    """Note what a repair shows; a busy machine may be late with it, and with the page."""
    try:
        opened[repair.key] = look_at(page, repair)
    except AssertionError, PlaywrightTimeoutError:
        picture(page, f"{repair.key}-missed")
        page.goto(house.url + REPAIRS)


def look_at(page: Page, repair: Repair) -> Opened:
    """Open a repair, and the settings that it leads to, and close them again."""
    listed(page, repair.title).click()
    kind = "dialog-repairs-issue" if repair.opens is None else "dialog-data-entry-flow"
    dialog = page.locator(kind)
    said = dialog.locator("ha-markdown-element").first
    expect(said).not_to_be_empty()
    text = CLOCK.sub("HH:MM", said.inner_text())
    picture(page, repair.key)
    settings: tuple[str, str] | None = None
    if repair.opens is not None:
        dialog.get_by_role("button", name="Submit", exact=True).click()
        expect(dialog.get_by_text(repair.opens[0], exact=True).first).to_be_visible()
        name = dialog.locator("input").first
        expect(name).not_to_have_value("")
        settings = (repair.opens[0], name.input_value())
        picture(page, f"{repair.key}-opened")
    dialog.get_by_role("button", name="Close", exact=True).click()
    expect(dialog.locator("ha-dialog")).to_have_count(0)
    return Opened(text=text, settings=settings)


def is_gone(page: Page, repair: Repair) -> bool:
    """Return whether a repair leaves the list by itself."""
    try:
        expect(listed(page, repair.title)).to_have_count(0, timeout=ANSWER_MS)
    except AssertionError:
        return False
    return True


def picture(page: Page, name: str) -> None:
    """Take a picture where pictures are wanted."""
    if folder := os.environ.get("CARD_PICTURES"):
        page.screenshot(path=Path(folder) / f"repairs-{name}.png")


def test_every_kind_of_repair_is_raised_here() -> None:
    """A kind that is new, or was forgotten, needs a row."""
    assert sorted(KEYS) == sorted(json.loads(TEXTS.read_text(encoding="utf-8"))["issues"])


@pytest.mark.parametrize("repair", REPAIRED, ids=KEYS)
def test_repair_says_what_is_wrong(outcome: Outcome, repair: Repair) -> None:
    """What was seen, what happens meanwhile, and what to do."""
    text = outcome.opened[repair.key].text
    for words in (*repair.seen, repair.meanwhile, repair.to_do):
        assert words in text


@pytest.mark.parametrize(
    "repair", [each for each in REPAIRED if each.opens], ids=lambda each: each.key
)
def test_repair_opens_the_settings_that_fix_it(outcome: Outcome, repair: Repair) -> None:
    """Those of the site, the charger or the circuit that it is about."""
    assert outcome.opened[repair.key].settings == repair.opens


@pytest.mark.parametrize("key", KEYS)
def test_repair_goes_by_itself(outcome: Outcome, key: str) -> None:
    """What is mended needs nobody to say so."""
    assert key in outcome.gone


OWN, OTHER = "sensor.own_power", "sensor.other_power"


def test_sensor_that_is_gone_is_replaced_from_its_repair(house: TroubledHouse) -> None:
    """The settings that it opens name another sensor, and it is gone."""
    for meter in (OWN, OTHER):
        house.set_state(meter, HOUSE_W, friendly_name=meter, **POWER)
    user = {"name": "Home", "phases": "1"}
    house.run_flow("ev_lb", {"user": user, "meter": {"power_meter": OWN}})
    house.request("DELETE", f"/api/states/{OWN}")
    with repairs_page(house) as page:
        issue = listed(page, f"{OWN} is missing")
        issue.click()
        dialog = page.locator("dialog-data-entry-flow")
        expect(dialog).to_contain_text("The next step opens the settings.")
        dialog.get_by_role("button", name="Submit", exact=True).click()
        go_on(dialog, "The meter's device")
        go_on(dialog, "Power meter")
        dialog.locator("ha-entity-picker").first.click()
        page.get_by_placeholder("Search").last.fill(OTHER)
        page.get_by_text(OTHER, exact=True).first.click()
        picture(page, "picked")
        dialog.get_by_role("button", name="Submit", exact=True).click()
        expect(issue).to_have_count(0, timeout=ANSWER_MS)


def go_on(dialog: Locator, title: str) -> None:
    """Submit a page of the dialog, and wait for the next one."""
    dialog.get_by_role("button", name="Next", exact=True).click()
    expect(dialog.get_by_text(title, exact=True).first).to_be_visible(timeout=ANSWER_MS)
