"""The card in a real browser: each situation is told, in every theme and width, to everybody.

With CARD_PICTURES=<folder> in the environment a picture of each is taken, to be looked at.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from custom_components.ev_lb.balancing.model import (
    CarStatus,
    ChargerView,
    LimitedBy,
    MeterFault,
    MeterStatus,
    TemporaryLimit,
)
from custom_components.ev_lb.balancing.settings import CircuitSettings
from custom_components.ev_lb.snapshot import Snapshot

from ..site_snapshots import of_site, shown
from .browser import NEEDS_CHROMIUM
from .card_page import CardPage, opened_card

pytestmark = NEEDS_CHROMIUM

NOW = 100.0
"""The moment of the snapshots; it is 18:42:30 then."""


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What is so, and what the card is to tell of it."""

    data: Snapshot
    status: str
    bars: tuple[str, ...]
    chargers: tuple[str, ...]
    marks: tuple[str, ...] = ("limit",)
    """How each bar is marked: as one that binds, is over, or is none of the main breaker's."""

    troubles: tuple[str, ...] = ()
    observing: tuple[str, ...] = ()
    """What is said in large letters, where the site is only observed."""


def on_three_phases(*chargers: ChargerView, **view: Any) -> Snapshot:
    """Return a site with three phases on which nothing is over."""
    return of_site(*chargers, phase_count=3, view={"over_since": (None,) * 3, **view})


def with_priorities(data: Snapshot, *priorities: int) -> Snapshot:
    """Return the same site with other priorities of its chargers."""
    chargers = tuple(
        replace(charger, priority=priority)
        for charger, priority in zip(data.settings.chargers, priorities, strict=True)
    )
    return replace(data, settings=replace(data.settings, chargers=chargers))


LATER = 100.0 + 3 * 3600 + 1050
EVENING = TemporaryLimit(current_a=8, until=LATER)

SITUATIONS = {
    "free": Situation(
        data=of_site(
            shown(LimitedBy.CHARGER_MAXIMUM, 16, drawn_a=15.8),
            view={"available_a": (4.2,), "house_load_a": (5.0,)},
        ),
        status="Home 25 A Balancing",
        bars=("20.8 of 25 A: House 5.0 A, Garage 15.8 A, Free 4.2 A",),
        chargers=("Garage 16 A of 16 Its maximum: it may have no more than 16 A. draws 15.8 A",),
    ),
    "shared": Situation(
        data=of_site(
            shown(LimitedBy.SHARING, 10, limit_name="L1"),
            shown(LimitedBy.SHARING, 10, limit_name="L1"),
            view={"available_a": (0.4,), "house_load_a": (4.6,)},
        ),
        status="Home 25 A Balancing",
        bars=("24.6 of 25 A: House 4.6 A, Garage 10.0 A, Drive 10.0 A, Free 0.4 A",),
        marks=("binds",),
        chargers=(
            "Garage 10 A of 16 Shared with Drive by priority (50 : 50).",
            "Drive 10 A of 16 Shared with Garage by priority (50 : 50).",
        ),
    ),
    "held": Situation(
        data=of_site(
            shown(LimitedBy.RAMP_UP_HOLD, 8, until=112.0, unconstrained_a=12, drawn_a=7.8),
            shown(
                LimitedBy.LIMIT, 6, setpoint_a=8, limit=replace(EVENING, current_a=6), until=LATER
            ),
            view={"available_a": (2.4,), "house_load_a": (6.8,)},
        ),
        status="Home 25 A Balancing",
        bars=("22.6 of 25 A: House 6.8 A, Garage 7.8 A, Drive 8.0 A, Free 2.4 A",),
        chargers=(
            "Garage 8 A of 16 Waits after a reduction. Gets more in 12 s at the earliest: about"
            " 12 A. draws 7.8 A",
            "Drive 8 A → 6 A Your temporary limit of 6 A. Until 22:00.",
        ),
    ),
    "one phase binds": Situation(
        data=with_priorities(
            on_three_phases(
                shown(LimitedBy.SHARING, 14, limit_name="L2", drawn_a=13.9),
                shown(LimitedBy.SHARING, 6, limit_name="L2", drawn_a=6.0, phases_used=(1,)),
                available_a=(6.0, 0.1, 8.7),
                house_load_a=(5.1, 5.0, 2.4),
            ),
            *(80, 20),
        ),
        status="Home 3 \u00d7 25 A Balancing",
        bars=(
            "L1 19.0 of 25 A: House 5.1 A, Garage 13.9 A, Free 6.0 A",
            "L2 24.9 of 25 A: House 5.0 A, Garage 13.9 A, Drive 6.0 A, Free 0.1 A",
            "L3 16.3 of 25 A: House 2.4 A, Garage 13.9 A, Free 8.7 A",
        ),
        marks=("limit", "binds", "limit"),
        chargers=(
            "Garage 14 A of 16 L2 has no more: shared with Drive by priority (80 : 20)."
            " draws 13.9 A",
            "Drive 6 A of 16 L2 has no more: shared with Garage by priority (20 : 80)."
            " This is its minimum. draws 6.0 A",
        ),
    ),
    "meter lost": Situation(
        data=on_three_phases(
            shown(LimitedBy.METER_UNAVAILABLE, 0),
            meter_status=MeterStatus.UNAVAILABLE,
            meter_fault=MeterFault.SILENT,
            meter_lost_at=NOW - 690,
            available_a=(6.0, 0.1, 8.7),
        ),
        status="Home 3 \u00d7 25 A Meter lost",
        troubles=(
            "The meter has said nothing since 18:31. "
            "sensor.p1_power · All chargers are stopped until it is back.",
        ),
        bars=("L1 not known", "L2 not known", "L3 not known"),
        marks=("limit", "limit", "limit"),
        chargers=("Garage 0 A Stopped: without the meter, what the house draws is not known.",),
    ),
    "charger deaf": Situation(
        data=of_site(
            shown(LimitedBy.UNRESPONSIVE, 0, drawn_a=21.2, is_unresponsive=True),
            shown(LimitedBy.OVERLOAD, 0),
            view={"available_a": (-14.7,), "house_load_a": (18.5,), "over_since": (59.0,)},
        ),
        status="Home 25 A Overload",
        troubles=(
            "The breaker has been over its 25 A for 41 s.",
            "Garage draws 21 A though it was told to stop. Stop it by hand now: at the charger, or"
            " with its own switch in the fuse box.",
        ),
        bars=("39.7 of 25 A · 41 s: House 18.5 A, Garage 21.2 A, Free 0.0 A",),
        marks=("over",),
        chargers=(
            "Garage 21 A → 0 A Does not follow: it was told to stop, and draws on.",
            "Drive 0 A Stopped: the breaker is still over its limit.",
        ),
    ),
    "script failing": Situation(
        data=of_site(
            shown(LimitedBy.SCRIPT_FAILING, 0, setpoint_a=16, until=160.0),
            shown(LimitedBy.SHARING, 7, limit_name="L1"),
            view={"available_a": (0.0,), "house_load_a": (2.0,)},
        ),
        status="Home 25 A Trouble",
        troubles=("Garage cannot be reached: its last command failed. cloud dead",),
        bars=("25.0 of 25 A: House 2.0 A, Garage 16.0 A, Drive 7.0 A, Free 0.0 A",),
        marks=("binds",),
        chargers=(
            "Garage 16 A → 0 A Cannot be reached: its last command failed, so it keeps 16 A."
            " Next try in 60 s.",
            "Drive 7 A of 16 The rest beside Garage, which cannot be reduced now.",
        ),
    ),
    "no car, and a limit": Situation(
        data=of_site(
            shown(LimitedBy.HEADROOM, 0, car=CarStatus.ABSENT, drawn_a=0.0),
            shown(LimitedBy.LIMIT, 8, limit=EVENING, until=LATER, drawn_a=7.9),
            view={"available_a": (12.9,), "house_load_a": (4.2,)},
        ),
        status="Home 25 A Balancing",
        bars=("12.1 of 25 A: House 4.2 A, Drive 7.9 A, Free 12.9 A",),
        chargers=(
            "Garage 0 A No car is plugged in.",
            "Drive 8 A of 16 Your temporary limit of 8 A. Until 22:00. draws 7.9 A",
        ),
    ),
    "a circuit": Situation(
        data=of_site(
            shown(LimitedBy.HEADROOM, 12, limit_name="c:L2", drawn_a=11.5),
            phase_count=2,
            total_a=40,
            circuits=(CircuitSettings(circuit_id="c", rated_current_a=16, phases=(1,)),),
            view={
                "over_since": (None,) * 4,
                "available_a": (5.0, 4.1, 1.1, 0.2),
                "house_load_a": (8.5, 9.4, 15.9, 15.8),
            },
        ),
        status="Home 2 \u00d7 25 A Balancing",
        bars=(
            "L1 20.0 of 25 A: House 8.5 A, Garage 11.5 A, Free 5.0 A",
            "L2 20.9 of 25 A: House 9.4 A, Garage 11.5 A, Free 4.1 A",
            "Sum 38.9 of 40 A: House 15.9 A, Garage 23.0 A, Free 1.1 A",
            "Carport L2 15.8 of 16 A: House 15.8 A, Free 0.2 A",
        ),
        marks=("limit", "limit", "more", "binds"),
        chargers=("Garage 12 A of 16 Carport L2 has no more. draws 11.5 A",),
    ),
    "off": Situation(
        data=of_site(
            shown(LimitedBy.DISABLED, 10),
            is_enabled=False,
            view={"available_a": (11.0,), "house_load_a": (14.0,)},
        ),
        status="Home 25 A Off",
        bars=("14.0 of 25 A: House 14.0 A, Free 11.0 A",),
        chargers=("Garage 10 A of 16 Balancing is off: it keeps what it was last told.",),
    ),
    "observed": Situation(
        data=replace(
            of_site(
                shown(LimitedBy.HEADROOM, 11, drawn_a=11.0),
                shown(LimitedBy.DISABLED, 0),
                view={"available_a": (0.0,), "house_load_a": (14.0,)},
            ),
            is_observing=True,
            unobserved=("b",),
        ),
        status="Home 25 A Observing",
        bars=("25.0 of 25 A: House 14.0 A, Garage 11.0 A, Free 0.0 A",),
        chargers=(
            "Garage 11 A \u2013 not sent The house leaves no more. draws 11.0 A",
            "Drive \u2013 Not observed: no sensor tells what it draws.",
        ),
        observing=(
            "Only observing: nothing is sent to the chargers "
            "Not observed, as no sensor tells their current: Drive",
        ),
    ),
}


@pytest.fixture
def card() -> Iterator[CardPage]:
    """Open a page for the card."""
    with opened_card() as page:
        yield page


def words(texts: list[str]) -> tuple[str, ...]:
    """Return texts as one reads them."""
    return tuple(" ".join(text.split()) for text in texts)


def seen(card: CardPage) -> dict[str, Any]:
    """Return what the card tells."""
    card.page.wait_for_function(
        "document.querySelector('ev-lb-card').shadowRoot.querySelector('.head')"
    )
    bars = card.card.locator(".limit").all()
    return {
        "status": words([card.card.locator(".head").inner_text()])[0],
        "troubles": words(card.card.locator(".banner p").all_inner_texts()),
        "observing": words(card.card.locator(".observing:visible").all_inner_texts()),
        "bars": words([each.get_attribute("aria-label") or "" for each in bars]),
        "marks": tuple((each.get_attribute("class") or "").split()[-1] for each in bars),
        "hatched": card.card.locator("s:visible").count(),
        "chargers": words(card.card.locator(".open").all_inner_texts()),
    }


def pictured(card: CardPage, name: str) -> None:
    """Take a picture, where pictures are wanted."""
    if (folder := os.environ.get("CARD_PICTURES")) is not None:
        card.picture(Path(folder) / f"{name.replace(' ', '-').replace(',', '')}.png")


def fits(card: CardPage) -> list[str]:
    """Return what is cut off, or lies outside the card or over something else that is read."""
    return card.page.evaluate("""() => {
      const card = document.querySelector("ev-lb-card");
      const root = card.shadowRoot, outside = card.getBoundingClientRect(), found = [];
      const visible = (node) => node.getClientRects().length && node.textContent.trim();
      const told = [...root.querySelectorAll(
        ".head > *, .observing > *, .banner b, .banner span, .label, .figure, .bar, .name, " +
        ".amps, .draws, .why > :first-child, .switch, .dots, " +
        ".acts button, .acts input, .acts select")];
      for (const node of told.filter((each) => each.getClientRects().length)) {
        const box = node.getBoundingClientRect();
        if (box.left < outside.left || box.right > outside.right) found.push(node.className);
        if (node.matches(".name") && node.scrollWidth > node.clientWidth) found.push("cut off");
      }
      const texts = told.filter((node) => visible(node) || node.matches(".switch, .dots"));
      texts.forEach((one, index) => texts.slice(index + 1).forEach((other) => {
        if (one.contains(other) || other.contains(one)) return;
        const a = one.getBoundingClientRect(), b = other.getBoundingClientRect();
        const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (x > 1 && y > 4) found.push(`${one.className} over ${other.className}`);
      }));
      return found;
    }""")


def test_card_is_known_to_the_registry_that_comes_after_it(card: CardPage) -> None:
    """One page in seven showed an error instead of the dashboard: ours came before it."""
    assert card.page.evaluate("window.isRegistered")


def test_each_situation_is_told(card: CardPage) -> None:
    """A stranger sees why each car gets what it gets, and which charger is to blame."""
    card.start()
    told: dict[str, dict[str, Any]] = {}
    for name, situation in SITUATIONS.items():
        card.tell(situation.data, NOW)
        told[name] = seen(card)
        pictured(card, name)
    assert told == {
        name: {
            "status": situation.status,
            "troubles": situation.troubles,
            "observing": situation.observing,
            "bars": situation.bars,
            "marks": situation.marks,
            "hatched": situation.marks.count("over"),
            "chargers": situation.chargers,
        }
        for name, situation in SITUATIONS.items()
    }


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_card_fits_in_every_width_and_theme(card: CardPage, direction: str) -> None:
    """Nothing is cut off or covered, on a telephone as on a wall, from either side."""
    card.locale(language="ar" if direction == "rtl" else "en")
    card.start()
    for width in (320, 430, 1200):
        card.look(width=width, is_dark=direction == "rtl")
        for name in ("one phase binds", "held", "charger deaf", "a circuit", "no car, and a limit"):
            card.tell(SITUATIONS[name].data, NOW)
            expect(card.card).to_have_attribute("dir", direction)
            assert fits(card) == [], (name, width)
            pictured(card, f"{name} {width} {direction}")
        card.card.locator(".dots").last.click()
        assert fits(card) == [], width
        pictured(card, f"opened {width} {direction}")


# What goes on by itself


def test_seconds_are_counted_between_two_messages(card: CardPage) -> None:
    """A wait counts down and an overload up, also where the meter says nothing new."""
    card.show(SITUATIONS["held"].data, NOW)
    garage = card.card.locator(".open").first
    expect(garage).to_contain_text("Gets more in 12 s at the earliest")
    card.pass_time(5)
    expect(garage).to_contain_text("Gets more in 7 s at the earliest")
    card.pass_time(8)
    expect(garage).not_to_contain_text("Raises")

    card.tell(SITUATIONS["charger deaf"].data, NOW)
    card.pass_time(9)
    expect(card.card.locator(".figure")).to_have_text("39.7 of 25 A · 50 s")


def test_trouble_is_read_out_once(card: CardPage) -> None:
    """A screen reader says it when it comes, not again each second."""
    card.show(SITUATIONS["charger deaf"].data, NOW)
    alert = card.card.get_by_role("alert")
    expect(alert).to_have_text(
        "The breaker has been over its 25 A for 41 s. Garage draws 21 A though it was told to"
        " stop. Stop it by hand now: at the charger, or with its own switch in the fuse box."
    )
    card.pass_time(5)
    expect(alert).to_contain_text("for 41 s")
    expect(card.card.locator(".banner")).to_contain_text("for 46 s")
    card.tell(SITUATIONS["free"].data, NOW)
    expect(alert).to_be_empty()
    expect(card.card.locator(".banner")).to_be_hidden()


# What can be done


def test_charger_is_paused_limited_and_let_go(card: CardPage) -> None:
    """Each with the action that automations use, for a time that ends by itself."""
    card.show(SITUATIONS["shared"].data, NOW)
    expect(card.card.get_by_role("button", name="Pause 1 h")).to_have_count(0)
    card.card.get_by_role("button", name="Pause or limit Drive").click()
    card.card.get_by_role("button", name="Pause 1 h").click()
    card.card.get_by_role("button", name="Pause until tomorrow").click()
    card.card.get_by_role("spinbutton", name="Limit in amperes").fill("8")
    card.card.get_by_role("combobox", name="How long").select_option("2\u00a0h")
    card.card.get_by_role("button", name="Limit", exact=True).click()
    midnight_s = 5 * 3600 + 17 * 60 + 30
    assert card.calls() == [
        ["ev_lb", "set_limit", {"device_id": "device_drive", **limit}]
        for limit in (
            {"current_a": 0, "duration": {"seconds": 3600}},
            {"current_a": 0, "duration": {"seconds": midnight_s}},
            {"current_a": 8, "duration": {"seconds": 7200}},
        )
    ]
    card.tell(SITUATIONS["no car, and a limit"].data, NOW)
    card.card.get_by_role("button", name="End limit").click()
    assert card.calls()[3:] == [["ev_lb", "clear_limit", {"device_id": "device_drive"}]]


def test_keyboard_reaches_everything_in_order(card: CardPage) -> None:
    """The row opens its details, the switch switches, without a mouse."""
    card.show(SITUATIONS["free"].data, NOW)
    switch = card.card.get_by_role("switch", name="Balance Garage")
    expect(switch).to_be_checked()
    for _ in range(2):
        card.page.keyboard.press("Tab")
    card.page.keyboard.press("Enter")
    assert card.page.evaluate("opened") == ["sensor.garage_limited_by"]
    card.page.keyboard.press("Tab")
    expect(switch).to_be_focused()
    card.page.keyboard.press("Space")
    assert card.calls() == [["switch", "toggle", {"entity_id": "switch.garage_enabled"}]]
    card.page.keyboard.press("Tab")
    card.page.keyboard.press("Enter")
    card.page.keyboard.press("Tab")
    expect(card.card.get_by_role("button", name="Pause 1 h")).to_be_focused()
    card.tell(SITUATIONS["shared"].data, NOW)


def test_focus_stays_while_the_numbers_change(card: CardPage) -> None:
    """Who is typing a limit is not disturbed by the next reading."""
    card.show(SITUATIONS["free"].data, NOW)
    card.card.get_by_role("button", name="Pause or limit Garage").click()
    amperes = card.card.get_by_label("Limit in amperes")
    amperes.fill("9")
    busier = {"available_a": (1.0,), "house_load_a": (8.2,)}
    card.tell(of_site(shown(LimitedBy.HEADROOM, 15, drawn_a=15.8), view=busier), NOW)
    expect(card.card.locator(".figure")).to_have_text("24.0 of 25 A")
    expect(amperes).to_have_value("9")
    expect(amperes).to_be_focused()


# In the user's own way


@pytest.mark.parametrize(
    ("locale", "figure", "until"),
    [
        ({"language": "en"}, "12.1 of 25 A", "Until 22:00."),
        ({"language": "de"}, "12,1 of 25 A", "Until 22:00."),
        ({"language": "de", "number_format": "comma_decimal"}, "12.1 of 25 A", "Until 22:00."),
        ({"language": "en", "time_format": "12"}, "12.1 of 25 A", "Until 10:00 PM."),
    ],
    ids=["English", "German", "a number format of one's own", "twelve hours"],
)
def test_numbers_and_times_follow_the_profile(
    card: CardPage, locale: dict[str, str], figure: str, until: str
) -> None:
    """As everywhere else in the frontend, and the texts are asked for in its language."""
    card.locale(**locale)
    card.show(SITUATIONS["no car, and a limit"].data, NOW)
    expect(card.card.locator(".figure")).to_have_text(figure)
    expect(card.card.locator(".open").last).to_contain_text(until)
    told = {"type": "ev_lb/subscribe", "language": locale["language"]}
    assert card.page.evaluate("subscribed") == told


def test_reduced_motion_is_respected(card: CardPage) -> None:
    """Who gets dizzy sees the bars jump, others see them move."""
    card.show(SITUATIONS["free"].data, NOW)
    style = "getComputedStyle(card.shadowRoot.querySelector('.flow i')).transitionDuration"
    assert card.page.evaluate(style) == "0s"
    card.page.emulate_media(reduced_motion="no-preference")
    assert card.page.evaluate(style) == "0.4s"


# Its life on a dashboard


def test_subscription_is_closed_with_the_card(card: CardPage) -> None:
    """Nothing is computed for a page that nobody looks at; coming back begins anew."""
    card.show(SITUATIONS["free"].data, NOW)
    card.page.evaluate("card.remove()")
    card.page.wait_for_function("window.isClosed")
    card.page.evaluate("window.subscribed = undefined; document.body.append(card)")
    card.page.wait_for_function("window.subscribed !== undefined")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (
            "not_found",
            "There is no site yet. Add one in the settings, under Devices and services.",
        ),
        ("unauthorized", "You may not see this site."),
        ("unknown_command", "This site is not loaded now."),
    ],
)
def test_refusal_is_told_in_words(card: CardPage, code: str, text: str) -> None:
    """And asked again: after a start the integration may be later than the dashboard."""
    card.page.evaluate("code => { window.refusal = code; }", code)
    card.start()
    expect(card.card.locator(".message")).to_have_text(text)
    card.page.evaluate("window.refusal = undefined")
    card.pass_time(11)
    card.tell(SITUATIONS["free"].data, NOW)
    expect(card.card.locator(".figure")).to_have_text("20.8 of 25 A")
    card.tell_raw({"is_loaded": False})
    expect(card.card.locator(".message")).to_have_text("This site is not loaded now.")


def test_site_without_chargers_says_so(card: CardPage) -> None:
    """The first thing that is seen after a set-up that was not finished."""
    view = {"available_a": (20.0,), "house_load_a": (5.0,)}
    card.show(replace(of_site(view=view), names={}), NOW)
    expect(card.card.locator(".message")).to_have_text(
        "No charger has been added to this site yet."
    )


def test_card_is_offered_and_set_up_by_a_form(card: CardPage) -> None:
    """In the card picker with a preview, beside our own entities, without a line of YAML."""
    offered = card.page.evaluate("""() => {
      const entities = {
        "sensor.home_free": { platform: "ev_lb", translation_key: "available_current",
          device_id: "site" },
        "sensor.other": { platform: "mqtt", device_id: "other" },
      };
      const [entry] = window.customCards, form = card.constructor.getConfigForm();
      const suggest = (id) => entry.getEntitySuggestion({ entities }, id)?.config;
      return {
        type: entry.type, preview: entry.preview,
        stub: card.constructor.getStubConfig({ entities }),
        ours: suggest("sensor.home_free"), others: suggest("sensor.other") ?? null,
        fields: form.schema.map((field) => form.computeLabel(field, hass.localize)),
      };
    }""")
    assert offered == {
        "type": "ev-lb-card",
        "preview": True,
        "stub": {"device_id": "site"},
        "ours": {"type": "custom:ev-lb-card", "device_id": "site"},
        "others": None,
        "fields": ["Site, or one of its chargers", "Title"],
    }


def test_title_and_site_are_the_ones_of_the_form(card: CardPage) -> None:
    """And a configuration that cannot be meant is refused."""
    card.start(title="My garage", device_id="device_home")
    card.tell(SITUATIONS["free"].data, NOW)
    expect(card.card.locator(".head button")).to_have_text("My garage")
    assert card.page.evaluate("subscribed")["device_id"] == "device_home"
    refused = card.page.evaluate("""() => {
      try { card.setConfig({ device_id: 7 }); } catch (error) { return error.message; }
    }""")
    assert refused == "device_id: text"
