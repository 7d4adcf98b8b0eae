"""The sentences: what is said of a charger in each situation, and of the site's trouble."""

import re
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from custom_components.ev_lb.balancing.model import (
    CarStatus,
    ChargerView,
    LimitedBy,
    MeterFault,
    MeterStatus,
    TemporaryLimit,
)
from custom_components.ev_lb.balancing.settings import CircuitSettings, UnavailableBehavior
from custom_components.ev_lb.sentences import (
    SiteStatus,
    Texts,
    Timed,
    TimeForm,
    Trouble,
    sentence,
    site_status,
    troubles,
    wait,
    why,
)
from custom_components.ev_lb.snapshot import Snapshot

from .scenarios.house import House
from .site_snapshots import COMMON, ENGLISH, PACKAGE, of_site, shown


def said(*chargers: ChargerView, **site: Any) -> str:
    """Return why the first of these chargers has what it has."""
    return why(of_site(*chargers, **site), "a", ENGLISH)


# A charger


def test_sentence_says_what_a_charger_gets_and_why() -> None:
    """An owner needs no table to understand it."""
    assert sentence(of_site(shown()), "a", ENGLISH) == "8 A: The house leaves no more."


LIMIT = TemporaryLimit(current_a=8, until=600.0)


@pytest.mark.parametrize(
    ("charger", "text"),
    [
        (
            shown(LimitedBy.CHARGER_MAXIMUM, 16),
            "Its maximum: it may have no more than 16 A.",
        ),
        (shown(LimitedBy.LIMIT, limit=LIMIT), "Your temporary limit of 8 A."),
        (shown(LimitedBy.MANUAL_LIMIT), "Somebody has set it to 8 A at the charger."),
        (shown(LimitedBy.MANUAL_LIMIT, 0), "Somebody has stopped it at the charger."),
        (shown(LimitedBy.CHARGER_CEILING), "The charger itself takes no more than 8 A."),
        (shown(LimitedBy.CHARGER_CEILING, 0), "The charger itself takes nothing now."),
        (
            shown(LimitedBy.BELOW_MINIMUM, 0),
            "Stopped: it may have less than its minimum of 6 A.",
        ),
        (shown(LimitedBy.HEADROOM), "The house leaves no more."),
        (shown(LimitedBy.HEADROOM, 6), "The house leaves no more. This is its minimum."),
        (
            shown(LimitedBy.HEADROOM, 0),
            "Stopped: the house leaves less than its minimum of 6 A.",
        ),
        (shown(LimitedBy.RAMP_UP_HOLD), "Waits after a reduction."),
        (
            shown(LimitedBy.START_WAIT, 0),
            "Stopped by an overload: it waits before it starts again.",
        ),
        (
            shown(LimitedBy.UNCONFIRMED_RAISE),
            "Waits until its last increase shows at the meter.",
        ),
        (
            shown(LimitedBy.BACK_OFF),
            "Stays low for a while: its last increases did not last.",
        ),
        (shown(LimitedBy.COMMAND_INTERVAL), "Waits 0 s from one increase to the next."),
        (
            shown(LimitedBy.OTHER_CHARGER),
            "Waits until an earlier cut has surely taken effect.",
        ),
        (
            shown(LimitedBy.CONFIRMATION),
            "Waits for a second reading before it gets more.",
        ),
        (
            shown(LimitedBy.PROBE),
            "A little less for a moment, to test meter and charger.",
        ),
        (
            shown(LimitedBy.OVERLOAD),
            "Taken further down: the breaker is still over its limit.",
        ),
        (shown(LimitedBy.OVERLOAD, 0), "Stopped: the breaker is still over its limit."),
        (
            shown(LimitedBy.EXCEEDS_COMMAND, 6),
            "Kept at its minimum: it takes more than it is told at each start.",
        ),
        (
            shown(LimitedBy.UNRESPONSIVE),
            "Does not follow: it draws more than it was told.",
        ),
        (
            shown(LimitedBy.UNRESPONSIVE, 0),
            "Does not follow: it was told to stop, and draws on.",
        ),
        (
            shown(LimitedBy.SCRIPT_FAILING, 0, setpoint_a=16),
            "Cannot be reached: its last command failed, so it keeps 16 A.",
        ),
        (
            shown(LimitedBy.METER_UNAVAILABLE, 0),
            "Stopped: without the meter, what the house draws is not known.",
        ),
        (shown(LimitedBy.STALE_READING), "Waits for a fresh reading of the meter."),
        (
            shown(LimitedBy.WAITING_FOR_METER, 0),
            "Waits for the first reading of the meter.",
        ),
        (
            shown(LimitedBy.DISABLED),
            "Its balancing is off: it keeps what it was last told.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value.limited_by}-{value.target_a}",
)
def test_each_reason_has_its_words(charger: ChargerView, text: str) -> None:
    """Every reason is told in words, also where the charger is stopped by it."""
    assert said(charger) == text


def test_switch_of_the_site_is_told_as_such() -> None:
    """Nobody looks for the switch at the charger."""
    off = shown(LimitedBy.DISABLED)
    assert said(off, is_enabled=False) == "Balancing is off: it keeps what it was last told."


@pytest.mark.parametrize(
    ("behavior", "text"),
    [
        ("ignore", "Keeps what it had: without the meter, what the house draws is not known."),
        (
            "set_current",
            "Its fallback current: without the meter, what the house draws is not known.",
        ),
    ],
)
def test_charger_that_runs_without_a_meter_tells_why(behavior: str, text: str) -> None:
    """It is what the owner chose for that."""
    blind = shown(LimitedBy.METER_UNAVAILABLE)
    assert said(blind, unavailable_behavior=UnavailableBehavior(behavior)) == text


@pytest.mark.parametrize(
    ("charger", "text"),
    [
        (shown(LimitedBy.HEADROOM, limit_name="L2"), "L2 has no more."),
        (
            shown(LimitedBy.HEADROOM, 0, limit_name="L2"),
            "Stopped: L2 has less than its minimum of 6 A.",
        ),
        (
            shown(LimitedBy.SHARING, 6, limit_name="L2"),
            "L2 has no more: shared with Drive by priority (50 : 50). This is its minimum.",
        ),
        (
            shown(LimitedBy.SHARING, 0, limit_name="L2"),
            "Stopped: what is free on L2 goes to Drive.",
        ),
        (
            shown(LimitedBy.OVERLOAD, limit_name="L2"),
            "Taken further down: L2 is still over its limit.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value.limited_by}-{value.target_a}",
)
def test_phase_that_binds_is_named(charger: ChargerView, text: str) -> None:
    """Where there are several, an owner sees which one it is."""
    assert said(charger, shown(), phase_count=3) == text


@pytest.mark.parametrize(
    ("limit_name", "text"),
    [
        ("total", "The sum of all phases has no more."),
        ("c:L2", "Carport L2 has no more."),
    ],
)
def test_total_and_circuits_are_named_as_their_owner_knows_them(limit_name: str, text: str) -> None:
    """By the name in the dialog, not by an id."""
    circuit = CircuitSettings(circuit_id="c", rated_current_a=16, phases=(1,))
    charger = shown(limit_name=limit_name)
    assert said(charger, phase_count=3, total_a=40, circuits=(circuit,)) == text


def test_sharing_names_those_who_share() -> None:
    """Only who has something of the phase that binds."""
    sharing = shown(LimitedBy.SHARING, limit_name="L1")
    assert said(sharing, shown()) == "Shared with Drive by priority (50 : 50)."
    assert said(shown(LimitedBy.SHARING, 0, limit_name="L1"), shown()) == (
        "Stopped: what is free goes to Drive."
    )
    stuck = shown(LimitedBy.SCRIPT_FAILING, 0, setpoint_a=16)
    assert said(sharing, stuck) == "The rest beside Drive, which cannot be reduced now."
    on_one = shown(phases_used=(0,))
    on_l2 = shown(LimitedBy.SHARING, limit_name="L2")
    assert said(on_l2, on_one, phase_count=3) == "L2 has no more."
    assert said(sharing, shown(current_a=0)) == "The house leaves no more."


@pytest.mark.parametrize(
    ("charger", "text"),
    [
        (shown(LimitedBy.CHARGER_MAXIMUM, 16, car=CarStatus.ABSENT), "No car is plugged in."),
        (shown(LimitedBy.HEADROOM, 0, car=CarStatus.ABSENT), "No car is plugged in."),
        (
            shown(LimitedBy.HEADROOM, 6, car=CarStatus.IDLE),
            "The car takes nothing: it waits, or is full.",
        ),
        (shown(LimitedBy.HEADROOM, car=CarStatus.CHARGING), "The house leaves no more."),
        (
            shown(LimitedBy.DISABLED, car=CarStatus.ABSENT),
            "Its balancing is off: it keeps what it was last told.",
        ),
        (
            shown(LimitedBy.UNRESPONSIVE, car=CarStatus.IDLE),
            "Does not follow: it draws more than it was told.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value.limited_by}-{value.car}",
)
def test_car_that_takes_nothing_is_the_reason(charger: ChargerView, text: str) -> None:
    """Where no car is there, it does not matter what the house leaves; trouble still does."""
    assert said(charger) == text


# What a wait is for


@pytest.mark.parametrize(
    ("charger", "waiting"),
    [
        (shown(), None),
        (
            shown(until=12.0),
            Timed(
                text="Gets more in {time} at the earliest.",
                form=TimeForm.COUNTDOWN,
                at=12.0,
            ),
        ),
        (
            shown(LimitedBy.RAMP_UP_HOLD, until=12.0, unconstrained_a=20),
            Timed(
                text="Gets more in {time} at the earliest: about 20 A.",
                form=TimeForm.COUNTDOWN,
                at=12.0,
            ),
        ),
        (
            shown(LimitedBy.START_WAIT, 0, until=40.0, unconstrained_a=9),
            Timed(
                text="Starts in {time} at the earliest, with about 9 A.",
                form=TimeForm.COUNTDOWN,
                at=40.0,
            ),
        ),
        (
            shown(LimitedBy.HEADROOM, 0, until=40.0),
            Timed(text="Starts in {time} at the earliest.", form=TimeForm.COUNTDOWN, at=40.0),
        ),
        (
            shown(LimitedBy.SCRIPT_FAILING, until=60.0),
            Timed(text="Next try in {time}.", form=TimeForm.COUNTDOWN, at=60.0),
        ),
        (
            shown(LimitedBy.LIMIT, limit=LIMIT, until=600.0),
            Timed(text="Until {time}.", form=TimeForm.CLOCK, at=600.0),
        ),
        (shown(until=12.0, car=CarStatus.ABSENT), None),
    ],
    ids=lambda value: str(value.limited_by) if isinstance(value, ChargerView) else "",
)
def test_wait_says_when_it_may_end(charger: ChargerView, waiting: Timed | None) -> None:
    """The time itself is counted by who shows it."""
    assert wait(of_site(charger), "a", ENGLISH) == waiting


# The site


@pytest.mark.parametrize(
    ("status", "charger", "view", "site"),
    [
        (SiteStatus.BALANCING, shown(), {}, {}),
        (SiteStatus.OFF, shown(), {"over_since": (1.0,)}, {"is_enabled": False}),
        (SiteStatus.WAITING, shown(), {"meter_status": MeterStatus.AWAITED}, {}),
        (SiteStatus.NO_METER, shown(), {"meter_status": MeterStatus.UNAVAILABLE}, {}),
        (SiteStatus.OVER, shown(), {"over_since": (1.0,)}, {}),
        (SiteStatus.TROUBLE, shown(LimitedBy.SCRIPT_FAILING), {}, {}),
        (SiteStatus.TROUBLE, shown(LimitedBy.UNRESPONSIVE), {}, {}),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_status_of_a_site(
    status: SiteStatus, charger: ChargerView, view: dict[str, Any], site: dict[str, Any]
) -> None:
    """One word tells whether it works."""
    data = of_site(charger, view=view, **site)
    assert site_status(data) is status
    assert f"status_{status}" in COMMON


def test_status_of_a_site_that_is_only_observed() -> None:
    """It does not say that it balances; what is wrong goes first."""
    assert site_status(replace(of_site(shown()), is_observing=True)) is SiteStatus.OBSERVING
    over = of_site(shown(), view={"over_since": (1.0,)})
    assert site_status(replace(over, is_observing=True)) is SiteStatus.OVER
    assert "status_observing" in COMMON


def test_charger_that_is_not_observed_says_why() -> None:
    """Its switch is on, and it is left out all the same."""
    data = replace(of_site(shown(LimitedBy.DISABLED)), is_observing=True, unobserved=("a",))
    assert why(data, "a", ENGLISH) == "Not observed: no sensor tells what it draws."


def told(data: Snapshot, now: float = 100.0) -> list[Trouble]:
    """Return what the owner is told."""
    return list(troubles(data, ENGLISH, now))


def test_site_that_works_has_no_trouble() -> None:
    """An overload that is being answered is none."""
    assert told(of_site(shown(), view={"over_since": (95.0,)})) == []


OVER = "The breaker has been over its 25 A for {time}."


@pytest.mark.parametrize(
    ("charger", "title"),
    [
        (shown(current_a=0, drawn_a=21.2), "Garage draws 21 A though it was told to stop."),
        (
            shown(current_a=0),
            "Garage does not follow: it was told to stop, and draws on.",
        ),
        (shown(drawn_a=16.0), "Garage draws 16 A though it was told 8 A."),
        (
            shown(),
            "Garage does not follow: it takes more than the 8 A that it was told.",
        ),
    ],
    ids=["stopped", "stopped, unseen", "told", "told, unseen"],
)
def test_charger_that_does_not_follow_is_named(charger: ChargerView, title: str) -> None:
    """An owner sees at once which charger is to blame, what flows, and what to do now."""
    deaf = replace(charger, is_unresponsive=True)
    blamed = Trouble(
        key="unresponsive",
        title=title,
        text="It is told again and again. Check the charger.",
        charger_id="a",
    )
    assert told(of_site(deaf)) == [blamed]
    assert told(of_site(deaf, view={"over_since": (59.0,)})) == [
        Trouble(key="over", title=Timed(text=OVER, form=TimeForm.ELAPSED, at=59.0), text=""),
        replace(
            blamed,
            text="Stop it by hand now: at the charger, or with its own switch in the fuse box.",
        ),
    ]


@pytest.mark.parametrize(
    ("current_a", "text"),
    [
        (8, "The chargers on it are being cut."),
        (0, "Its chargers were told to stop. If it lasts, switch something off in the house."),
    ],
)
def test_overload_that_lasts_is_told(current_a: int, text: str) -> None:
    """With how long it has lasted, and what is left to do."""
    assert told(of_site(shown(current_a=current_a), view={"over_since": (89.0,)})) == [
        Trouble(key="over", title=Timed(text=OVER, form=TimeForm.ELAPSED, at=89.0), text=text)
    ]


FAULTS = {
    MeterFault.MISSING: "The meter shows nothing that can be used since {time}.",
    MeterFault.SILENT: "The meter has said nothing since {time}.",
    MeterFault.IMPLAUSIBLE: "The meter shows what no house can draw since {time}.",
    MeterFault.FROZEN: "The meter is frozen: it repeats one value since {time}.",
    MeterFault.BLIND: "The meter does not see the chargers since {time}.",
    MeterFault.REVERSED: "The meter counts the other way round since {time}.",
}


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_lost_meter_is_told_with_its_sensor_and_since_when(fault: MeterFault) -> None:
    """And what the chargers do meanwhile."""
    view = {"meter_status": MeterStatus.UNAVAILABLE, "meter_fault": fault, "meter_lost_at": 40.0}
    assert told(of_site(shown(LimitedBy.METER_UNAVAILABLE, 0), view=view)) == [
        Trouble(
            key="meter_lost",
            title=Timed(text=FAULTS[fault], form=TimeForm.CLOCK, at=40.0),
            text="sensor.p1_power · All chargers are stopped until it is back.",
        )
    ]


@pytest.mark.parametrize(
    ("behavior", "text"),
    [
        ("ignore", "The chargers keep what they had until it is back."),
        ("set_current", "The chargers have their fallback current until it is back."),
    ],
)
def test_lost_meter_tells_that_chargers_go_on(behavior: str, text: str) -> None:
    """A meter that never came has no moment at which it was lost."""
    view = {"meter_status": MeterStatus.UNAVAILABLE, "meter_fault": MeterFault.NEVER_CAME}
    data = of_site(
        shown(LimitedBy.METER_UNAVAILABLE),
        view=view,
        unavailable_behavior=UnavailableBehavior(behavior),
    )
    assert told(data) == [
        Trouble(
            key="meter_lost",
            title="The meter has said nothing since the start.",
            text=f"sensor.p1_power · {text}",
        )
    ]


def test_charger_that_cannot_be_told_is_told_with_the_error() -> None:
    """What the script says is where to look."""
    failing = of_site(shown(LimitedBy.SCRIPT_FAILING))
    assert told(failing) == [
        Trouble(
            key="script_failing",
            title="Garage cannot be reached: its last command failed.",
            text="cloud dead",
            charger_id="a",
        )
    ]


# The texts


class Noted(dict[str, str]):
    """Texts that note which of them were said."""

    def __init__(self) -> None:
        super().__init__(ENGLISH.by_path)
        self.said: set[str] = set()

    def __getitem__(self, path: str) -> str:
        """Note the text."""
        self.said.add(path.rpartition(".")[2])
        return super().__getitem__(path)


def test_no_sentence_is_left_over() -> None:
    """Every text about reasons, waits and limits is one that is said in some situation."""
    noted = Noted()
    spoken = Texts(noted)
    circuit = CircuitSettings(circuit_id="c", rated_current_a=16, phases=(1,))
    for reason, current_a, limit, car, other_a, until, behavior, count in product(
        LimitedBy,
        (0, 6, 8),
        (None, "L1", "total"),
        (None, CarStatus.ABSENT, CarStatus.IDLE),
        (0, 8),
        (None, 1.0),
        UnavailableBehavior,
        (1, 3),
    ):
        charger = shown(
            reason,
            current_a,
            limit=LIMIT,
            limit_name=limit if count > 1 or limit != "total" else None,
            car=car,
            until=until,
            unconstrained_a=None if other_a else 10,
        )
        for is_enabled in (True, False):
            data = of_site(
                charger,
                shown(LimitedBy.SCRIPT_FAILING if until else LimitedBy.HEADROOM, other_a),
                phase_count=count,
                total_a=40 if count > 1 else None,
                circuits=(circuit,) if count > 1 else (),
                unavailable_behavior=behavior,
                is_enabled=is_enabled,
            )
            sentence(data, "a", spoken)
            sentence(replace(data, unobserved=("a",)), "a", spoken)
            wait(data, "a", spoken)
    sayable = {key for key in COMMON if re.match("sentence|why_|wait_|limit_", key)}
    assert noted.said == sayable


def test_no_text_of_trouble_is_left_over() -> None:
    """Each of them is one of the code's, and each fault of a meter has its own."""
    code = (PACKAGE / "sentences.py").read_text("utf-8")
    of_meter = {f"trouble_meter_{fault}" for fault in MeterFault}
    of_meter |= {f"trouble_meter_then_{behavior}" for behavior in UnavailableBehavior}
    deaf = {"trouble_deaf_unseen", "trouble_deaf_stop_unseen"}
    keys = {key for key in COMMON if key.startswith("trouble_")}
    assert keys == of_meter | deaf | set(re.findall(r'"(trouble_[a-z_]+)"', code))


async def test_texts_stay_until_another_language_is_loaded(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The home's language was changed: its entities failed for a moment."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    before = Texts.of_the_home(hass)
    hass.config.language = "sv"
    assert Texts.of_the_home(hass) == before
