"""An observed site: the core sees what would be, and each shadow follows it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.balancer import decide
from custom_components.ev_lb.balancing.memory import Memory, recall
from custom_components.ev_lb.balancing.model import (
    CarReading,
    CarStatus,
    ChargerView,
    Decision,
    Delivered,
    Inputs,
    LimitedBy,
    ReadBack,
    Reading,
    SetCurrent,
    View,
)
from custom_components.ev_lb.balancing.settings import Settings
from custom_components.ev_lb.balancing.state import State
from custom_components.ev_lb.observe.observer import Observer
from custom_components.ev_lb.observe.tally import Observed
from tests.balancing.builders import a_charger, settings
from tests.explore import examples

SITE = settings(a_charger(max_a=16), rated_a=25)
PROMISE_S = 1 + 3 * 10

type Load = Callable[[int], float]


@dataclass(kw_only=True)
class Site:
    """A house whose cars nobody controls, observed second by second."""

    house: Load
    cars: dict[str, Load]
    settings: Settings = SITE
    is_on_change: bool = False
    period_s: int = 1
    has_sensor: bool = True
    status: CarStatus | None = None
    number_a: float | None = None
    is_meter_lost: Callable[[int], bool] = lambda _second: False

    observed: Observed = field(default_factory=Observed)
    view: View = field(default_factory=View)
    seen: list[Inputs] = field(default_factory=list[Inputs])
    shadow_a: list[float] = field(default_factory=list[float])
    """What the meter would have said, in each second."""

    real_a: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    """What the meter has said, with each reading that the core was given."""

    was_unresponsive: bool = False
    targets: dict[str, list[int]] = field(default_factory=dict[str, list[int]])

    def run(self, seconds: int) -> Site:
        """Go on from the beginning."""
        state = recall(self.settings, Memory(), 0.0)
        observer = Observer(dict.fromkeys(self.cars, self.has_sensor), self.observed)
        said_a, read_a, would_a = None, 0.0, 0.0
        for second in range(1, seconds + 1):
            total_a = self.house(second) + sum(car(second) for car in self.cars.values())
            is_lost = self.is_meter_lost(second)
            is_due = total_a != said_a if self.is_on_change else second % self.period_s == 0
            said_a = None if is_lost else total_a
            read_a = total_a if is_due else read_a
            inputs = self._inputs(second, total_a if is_due and not is_lost else None)
            inputs = replace(inputs, is_meter_available=not is_lost)
            at, delivered = float(second), tuple[Delivered, ...]()
            while True:
                given_ = observer.seen(self.settings, replace(inputs, delivered=delivered), at)
                decision = decide(self.settings, state, given_, at)
                delivered = observer.follow(self.settings, decision, at)
                self.seen.append(given_)
                if given_.reading is not None:
                    would_a = given_.reading.current_a[0]
                    self.real_a.append((read_a, would_a))
                if not delivered:
                    break
                inputs, at = Inputs(is_meter_available=not is_lost), at + 0.001
            self.view = decision.view
            self.shadow_a.append(would_a)
            for charger_id, shown in self.view.chargers.items():
                self.targets.setdefault(charger_id, []).append(shown.target_a)
                self.was_unresponsive |= shown.is_unresponsive
        return self

    def _inputs(self, second: int, total_a: float | None) -> Inputs:
        at = float(second)
        current_a = (lambda car: car(second)) if self.has_sensor else (lambda _car: None)
        has_news = self.has_sensor or self.status is not None
        return Inputs(
            reading=None if total_a is None else Reading(current_a=(total_a,), at=at),
            cars={
                key: CarReading(at=at, current_a=current_a(car), status=self.status)
                for key, car in self.cars.items()
            }
            if has_news
            else {},
            read_backs={key: ReadBack(at=at, current_a=self.number_a) for key in self.cars}
            if self.number_a is not None and second == 1
            else {},
        )

    def shown(self, charger_id: str = "a") -> ChargerView:
        """Return what is shown of a charger at the end."""
        return self.view.chargers[charger_id]


def steady(current_a: float) -> Load:
    """Return a load that never changes."""
    return lambda _second: current_a


def oven(second: int) -> float:
    """Return the draw of a house with an oven that is on for five minutes."""
    return 14.0 if 100 <= second < 400 else 5.0


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({}, id="each second"),
        pytest.param({"period_s": 10}, id="each 10 s"),
        pytest.param({"is_on_change": True}, id="on change"),
        pytest.param({"status": CarStatus.CHARGING}, id="with a status"),
        pytest.param({"has_sensor": False, "number_a": 16.0}, id="by its number"),
    ],
)
def test_overload_is_answered_in_the_shadow_alone(how: dict[str, Any]) -> None:
    """The real car stays at 16 A; the core sees its own cut, is content, and it is counted."""
    site = Site(house=oven, cars={"a": steady(16)}, **how).run(360)
    assert (site.shown().target_a, site.shown().setpoint_a) == (11, 11)
    assert site.shown().limited_by is LimitedBy.HEADROOM
    assert not site.was_unresponsive
    assert max(site.shadow_a[PROMISE_S + 100 :]) <= 25
    assert site.observed.overloads_avoided == 1
    assert site.observed.seconds_over == pytest.approx(250, abs=15)


def test_stop_and_start_again_are_seen_too() -> None:
    """A house that leaves less than the minimum stops the shadow, and starts it afterwards."""

    def house(second: int) -> float:
        return 21.0 if 100 <= second < 400 else 5.0

    site = Site(house=house, cars={"a": steady(16)}).run(600)
    assert (site.targets["a"][200], site.targets["a"][-1]) == (0, 16)
    assert not site.was_unresponsive
    assert site.observed.overloads_avoided == 1


def test_car_that_takes_less_is_no_more_in_the_shadow() -> None:
    """The house is the same with it and without; nothing was over."""
    site = Site(house=steady(5), cars={"a": steady(9)}).run(300)
    assert site.shadow_a[-1] == 5 + 9
    assert site.observed == Observed()


def test_charger_without_a_shadow_changes_nothing() -> None:
    """What is not known to be drawn is not taken off the reading."""
    observer = Observer({}, Observed())
    reading = Reading(current_a=(20.0,), at=1.0)
    car = CarReading(at=1.0, current_a=9.0)
    inputs = Inputs(reading=reading, cars={"a": car}, read_backs={"a": ReadBack(at=1.0)})
    assert observer.seen(SITE, inputs, 1.0) == Inputs(reading=reading, cars={"a": car})


def test_sensor_that_is_lost_claims_nothing() -> None:
    """The reading stands as it is while nobody knows what the car draws."""
    site = Site(house=oven, cars={"a": steady(16)}, has_sensor=False).run(360)
    assert site.shadow_a[-1] == 14 + 16
    assert site.observed == Observed()


def test_lost_meter_is_lost_in_the_shadow() -> None:
    """The unavailable behavior is shown; nothing is counted, and a recovery is seen."""
    site = Site(house=steady(14), cars={"a": steady(16)}, is_meter_lost=lambda at: at > 60)
    site.run(120)
    assert site.shown().limited_by is LimitedBy.METER_UNAVAILABLE
    assert site.seen[-1].reading is None
    assert site.observed.seconds_over <= 60

    site = Site(house=steady(14), cars={"a": steady(16)}, is_meter_lost=lambda at: 60 < at < 120)
    assert site.run(300).shown().target_a == 11


def test_charger_that_is_switched_off_is_as_the_real_one() -> None:
    """Nobody would command it: it counts as house load."""
    charger = replace(SITE.chargers[0], is_enabled=False)
    of = replace(SITE, chargers=(charger,))
    site = Site(house=oven, cars={"a": steady(16)}, settings=of).run(300)
    assert site.shadow_a[-1] == 14 + 16
    assert site.observed == Observed()


def test_reading_that_only_the_shadow_changes_is_said_when_it_would_be() -> None:
    """A meter that reports changes would have reported the cut: 10 s to follow, 1 s to say it."""
    site = Site(house=steady(14), cars={"a": steady(16)}, is_on_change=True).run(40)
    said = [(each.reading.at, each.reading.current_a) for each in site.seen if each.reading]
    assert said[0] == (1.0, (30.0,))
    assert said[1][1][0] < 25
    assert 11 <= said[1][0] <= 13


def test_each_phase_is_moved_by_what_the_car_loads() -> None:
    """L1 and L2 have the car, L3 has not; behind them the reading is the house's."""
    of = settings(a_charger(phases=(0, 1, 2), max_a=16), phase_count=3)
    observer = Observer({"a": True}, Observed())
    state = recall(of, Memory(), 0.0)
    car = CarReading(at=1.0, current_a=16.0, phase_current_a=(16.0, 16.0, 0.0))

    def reading(at: float) -> Inputs:
        return Inputs(
            reading=Reading(current_a=(20.0, 18.0, 3.0), at=at), cars={"a": replace(car, at=at)}
        )

    decision = decide(of, state, observer.seen(of, reading(1.0), 1.0), 1.0)
    observer.follow(of, decision, 1.0)
    given_a = decision.commands[0].current_a
    seen = observer.seen(of, reading(20.0), 20.0)
    assert seen.reading == Reading(current_a=(4.0 + given_a, 2.0 + given_a, 3.0), at=20.0)
    assert seen.cars["a"].phase_current_a == (given_a, given_a, 0.0)


REAL = CarReading(at=1.0, current_a=16.0)
TWO = settings(a_charger(max_a=16), phase_count=2)


def said(observer: Observer, of: Settings, at: float, *current_a: float) -> Reading | None:
    """Return what the core is told; without currents the meter says nothing."""
    reading = Reading(current_a=current_a, at=at) if current_a else None
    return observer.seen(of, Inputs(reading=reading, cars={"a": replace(REAL, at=at)}), at).reading


def told(observer: Observer, of: Settings, current_a: int, at: float = 1.0) -> None:
    """Let the core have told the charger something."""
    command = SetCurrent(charger_id="a", current_a=current_a)
    observer.follow(of, Decision(state=State(), view=View(), commands=(command,)), at)


def test_shadow_follows_no_command_from_before_it_was_switched_off() -> None:
    """Switched on again it is as the real one until it is told something."""
    observer = Observer({"a": True}, Observed())
    off = replace(SITE, chargers=(replace(SITE.chargers[0], is_enabled=False),))
    told(observer, SITE, 6)
    assert said(observer, SITE, 20.0, 20.0) == Reading(current_a=(10.0,), at=20.0)
    assert said(observer, off, 21.0, 20.0) == Reading(current_a=(20.0,), at=21.0)
    assert said(observer, SITE, 22.0, 20.0) == Reading(current_a=(20.0,), at=22.0)


def test_meter_delay_of_the_dialog_is_waited_for() -> None:
    """The meter would show the cut as late as the user has said."""
    of = settings(a_charger(max_a=16), rated_a=25, meter_delay_s=20.0)
    observer = Observer({"a": True}, Observed())
    told(observer, of, 6)
    assert said(observer, of, 30.0, 20.0) == Reading(current_a=(20.0,), at=30.0)
    assert said(observer, of, 31.0, 20.0) == Reading(current_a=(10.0,), at=31.0)


def test_what_only_the_shadow_changes_has_the_time_of_what_changes() -> None:
    """Of the phase that would say nothing new nobody has heard meanwhile."""
    observer = Observer({"a": True}, Observed())
    told(observer, TWO, 6)
    assert said(observer, TWO, 2.0, 20.0, 5.0) == Reading(current_a=(20.0, 5.0), at=2.0)
    assert said(observer, TWO, 11.0) is None
    again = Reading(current_a=(10.0, 5.0), at=12.0, said_at=(12.0, 2.0))
    assert said(observer, TWO, 12.0) == again
    assert said(observer, TWO, 13.0) is None


@st.composite
def evenings(draw: st.DrawFn) -> Site:
    """Return a site that is observed: a house and up to two cars that do as they like."""

    def steps(most: float) -> Load:
        levels = draw(st.lists(st.floats(0, most), min_size=1, max_size=5))
        length_s = draw(st.sampled_from((20, 60, 90)))
        return lambda second: levels[min(second // length_s, len(levels) - 1)]

    chargers = tuple(
        a_charger(charger_id, max_a=16, response_time_s=draw(st.sampled_from((3.0, 10.0))))
        for charger_id in "ab"[: draw(st.integers(1, 2))]
    )
    return Site(
        settings=settings(*chargers, rated_a=25),
        house=steps(20),
        cars={charger.charger_id: steps(16) for charger in chargers},
        is_on_change=draw(st.booleans()),
        period_s=draw(st.sampled_from((1, 5, 10))),
    )


@examples(60)
@given(evenings())
def test_shadows_never_draw_more_than_the_real_cars_and_accuse_nobody(site: Site) -> None:
    """Whatever cars do that nobody commands, each shadow obeys, and it claims no more than time."""
    site.run(300)
    assert not site.was_unresponsive
    assert site.observed.seconds_over <= 300
    assert site.real_a
    assert all(would_a <= real_a + 1e-6 for real_a, would_a in site.real_a)
    assert all(not each.read_backs for each in site.seen)
