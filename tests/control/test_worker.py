"""The worker of a charger: when it tries again, what it gives up, and how long it is waited for."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.ev_lb.balancing.model import (
    Command,
    SetCurrent,
    StartCharging,
    StopCharging,
)
from custom_components.ev_lb.control.protocol import Action, Call, CallFailedError, Unusable
from custom_components.ev_lb.control.worker import ChargerWorker, CommandStatus, Order

from ..scenarios.house import Charger, House


def seconds(charger: Charger) -> list[int]:
    """Return when each call came after the first."""
    return [second - charger.calls[0][0] for second, _, _ in charger.calls]


@pytest.mark.parametrize("response_time_s", [5, 10, 20])
async def test_a_cut_is_tried_again_without_end(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, response_time_s: int
) -> None:
    """Tries of a cut come after 1, 2 and 4 s, then once every response time."""
    car = Charger("car", settings={"response_time_s": response_time_s})
    house = House(hass, freezer, car)
    await house.async_set_up(2)
    await house.async_run(40)
    house.forget_past()
    house.charger.fail()
    await house.async_set_number("number.car_max_charger_current", 20)

    await house.async_run(8 + 5 * response_time_s)

    assert seconds(car) == [0, 1, 3, 7, *(7 + response_time_s * n for n in range(1, 6))]
    assert set(car.commands) == {("set_current", 20)}
    car.mend()
    await house.async_run(response_time_s)
    assert house.state("sensor.car_last_command") == "delivered"


async def test_a_start_is_tried_again_as_a_pair(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Each try of a start begins with the start, and ends with a stop if the current fails."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    await house.async_run(10, 30)
    house.charger.fail("set_current")
    house.forget_past()

    await house.async_run(35, 2)

    one_try = [("start_charging", 30), ("set_current", 30), ("stop_charging", 0)]
    assert house.charger.commands == one_try * 3
    assert seconds(house.charger)[::3] == [0, 1, 3]
    assert house.charger.is_on is False


async def test_a_stop_that_fails_too_is_tried_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """If neither the current nor the stop after it works, the pair is tried all the same."""
    house = House(hass, freezer)
    house.charger.fail("set_current", "stop_charging")
    await house.async_set_up(10)
    await house.async_run(1)
    pair = [("start_charging", 22), ("set_current", 22)]
    assert house.charger.commands == [*pair, ("stop_charging", 0)]
    house.charger.mend()
    await house.async_run(8)

    assert house.charger.commands[3:] == pair
    assert house.charger.drawn_a == 22


async def test_a_retry_is_not_counted_as_a_new_failure(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has one warning for a command that fails ten times."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.fail()
    await house.async_set_number("number.car_max_charger_current", 20)
    await house.async_run(60)
    house.charger.mend()
    await house.async_run(10)

    warnings = [
        record.getMessage()
        for record in caplog.records
        if record.name == "custom_components.ev_lb.control.worker"
    ]
    assert warnings == [
        "Car: set_current (script.car_set_current) failed, will be tried again: cloud dead"
    ]


async def test_an_unload_waits_ten_seconds_at_most(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A cut that cannot be delivered holds up an unload for 10 s, and is then given up."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.script_s = 1000
    await house.async_run(1, 12)

    unloading = asyncio.create_task(hass.config_entries.async_unload(house.entry.entry_id))
    await house.async_run(9)
    assert not unloading.done()
    await house.async_run(2)
    assert unloading.done()

    house.forget_past()
    await house.async_run(30)
    assert house.charger.commands == []


async def test_an_unload_does_not_wait_for_an_increase(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """An increase that waits for its next try is given up at once."""
    house = House(hass, freezer)
    await house.async_settle_in(12)
    house.charger.fail()
    await house.async_run(2, 2)
    assert house.charger.commands == [("set_current", 30)]
    house.forget_past()

    unloading = asyncio.create_task(hass.config_entries.async_unload(house.entry.entry_id))
    await house.async_settle()
    assert unloading.done()

    house.charger.mend()
    await house.async_run(40)
    assert house.charger.commands == []


async def test_an_unload_finishes_a_cut_that_waits_behind_another(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The newest cut is the one that gets through."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.script_s = 3
    await house.async_run(1, 12)
    await house.async_run(1, 20)
    assert house.charger.commands == [("set_current", 20)]

    unloading = asyncio.create_task(hass.config_entries.async_unload(house.entry.entry_id))
    await house.async_run(8)

    assert unloading.done()
    assert house.charger.commands == [("set_current", 20), ("set_current", 12)]


async def test_switching_off_lets_an_increase_that_runs_come_to_its_end(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A call that is half way is not torn up: the charger would be left in between."""
    house = House(hass, freezer)
    await house.async_settle_in(12)
    house.charger.script_s = 3
    await house.async_run(2, 2)
    await house.async_switch("switch.car_enabled", is_on=False)
    await house.async_run(5)

    assert house.state("sensor.car_last_command") == "delivered"
    assert house.state("sensor.car_current_set") == "30"


async def test_switching_off_drops_an_increase_behind_a_cut(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """An increase that waits for a slow cut to end is given up, the cut is not."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.script_s = 5
    await house.async_set_number("number.car_max_charger_current", 10)
    await house.async_run(1)
    await house.async_set_number("number.car_max_charger_current", 16)
    await house.async_switch("switch.car_enabled", is_on=False)
    await house.async_run(20)

    assert house.charger.commands == [("set_current", 10)]
    assert house.state("sensor.car_last_command") == "delivered"
    assert house.state("sensor.car_current_set") == "10"


async def test_an_increase_that_was_given_up_is_shown_as_none(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """No command waits any more after the charger was switched off."""
    house = House(hass, freezer)
    await house.async_settle_in(12)
    house.charger.fail()
    await house.async_run(2, 2)
    assert house.state("sensor.car_last_command") == "rejected"

    await house.async_switch("switch.car_enabled", is_on=False)

    assert house.state("sensor.car_last_command") == "none"


async def test_a_pair_that_was_begun_is_ended_after_the_unload(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A car that was started is told its current, though the unload waits no longer."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    await house.async_run(10, 30)
    house.forget_past()
    house.charger.script_s = 8
    house.charger.limit_a = 32
    await house.async_run(32, 10)
    assert house.charger.commands == [("start_charging", 22)]

    unloading = asyncio.create_task(hass.config_entries.async_unload(house.entry.entry_id))
    await house.async_run(11)
    assert unloading.done()
    await house.async_run(10)

    assert house.charger.commands == [("start_charging", 22), ("set_current", 22)]
    assert house.charger.drawn_a == 22


async def test_switching_off_ends_the_tries_of_an_increase_whose_call_runs(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A call that is half way comes to its end; if it fails it is not tried again."""
    house = House(hass, freezer)
    await house.async_settle_in(12)
    house.charger.script_s = 2
    house.charger.fail()
    await house.async_run(2, 2)
    await house.async_switch("switch.car_enabled", is_on=False)
    await house.async_run(4)
    house.charger.mend()
    await house.async_run(40)

    assert house.charger.commands == [("set_current", 30)]
    assert house.charger.drawn_a == 20


async def test_switching_off_ends_the_tries_of_a_first_start(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A start that never got through after a boot is given up with the switch."""
    house = House(hass, freezer)
    house.charger.fail()
    await house.async_set_up(10)
    await house.async_run(1)
    assert house.charger.commands == [("start_charging", 22)]
    await house.async_switch("switch.car_enabled", is_on=False)
    house.charger.mend()
    house.forget_past()
    await house.async_run(40)

    assert house.charger.commands == []


class FakeControl:
    """A way to a charger that takes its time, fails when it is to, and can be waited for."""

    def __init__(self) -> None:
        """Begin with a charger that answers at once."""
        self.begun: list[Command] = []
        self.begun_at: list[float] = []
        self.ended: list[Command] = []
        self.call_s = 0.0
        self.is_failing = False
        self.uses: frozenset[str] = frozenset()
        self.is_reachable = True
        self.unusable: Mapping[str, Unusable] = {}

    def await_until(self, moment: float) -> None:
        """Nothing is ever missing."""

    async def async_carry_out(self, command: Command) -> None:
        """Take a command."""
        self.begun.append(command)
        self.begun_at.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self.call_s)
        if self.is_failing:
            call = Call(action=Action.SET_CURRENT, entity_id="script.fake", current_a=0)
            raise CallFailedError(call, "dead")
        self.ended.append(command)


@dataclass
class Heard:
    """What a worker has said."""

    delivered: list[Order] = field(default_factory=list)
    tries: list[Order] = field(default_factory=list)
    failures: list[CallFailedError] = field(default_factory=list)


def a_worker(hass: HomeAssistant, control: FakeControl) -> tuple[ChargerWorker, Heard]:
    """Return a worker of a charger that answers within 10 s, and what it says."""
    heard = Heard()
    worker = ChargerWorker(
        hass,
        MockConfigEntry(),
        control,
        name="Car",
        response_time_s=10,
        on_delivered=heard.delivered.append,
        on_call_failed=heard.tries.append,
        on_failed=heard.failures.append,
        on_change=lambda: None,
    )
    return worker, heard


async def async_run(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: int) -> None:
    """Let everything that is due get done, and then time pass."""
    for second in range(seconds + 1):
        if second > 0:
            freezer.tick(1)
            async_fire_time_changed(hass)
        for _ in range(10):
            await asyncio.sleep(0)


CUT = SetCurrent(charger_id="car", current_a=10, is_reduction=True)
RAISE = SetCurrent(charger_id="car", current_a=16)


@pytest.mark.parametrize(
    ("command", "tries"),
    [
        pytest.param(CUT, [0, 1, 3, 7, 17, 27, 37], id="cut"),
        pytest.param(RAISE, [0, 1, 3, 7, 37], id="raise"),
        pytest.param(StopCharging(charger_id="car"), [0, 1, 3, 7, 17, 27, 37], id="stop"),
        pytest.param(StartCharging(charger_id="car", current_a=16), [0, 1, 3, 7, 37], id="start"),
        pytest.param(
            StartCharging(charger_id="car", current_a=6, is_reduction=True),
            [0, 1, 3, 7, 17, 27, 37],
            id="start that reduces",
        ),
    ],
)
async def test_each_failed_try_is_reported_and_the_failure_once(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, command: Command, tries: list[int]
) -> None:
    """Tries come after 1, 2 and 4 s, then of a reduction each response time, else each 30 s.

    The balancer hears of each, the user once of the command.
    """
    control = FakeControl()
    control.is_failing = True
    worker, heard = a_worker(hass, control)

    worker.send(command, 5.0)
    began = hass.loop.time()
    await async_run(hass, freezer, 40)

    assert control.begun == [command] * len(tries)
    assert [at - began for at in control.begun_at] == pytest.approx(tries)
    assert heard.tries == [Order(command=command, sent_at=5.0)] * len(tries)
    assert [failure.error for failure in heard.failures] == ["dead"]
    assert heard.delivered == []
    worker.drop_increases()
    control.is_failing = False
    await async_run(hass, freezer, 30)
    assert control.ended == ([command] if command.is_reduction else [])


@pytest.mark.parametrize(
    ("running", "ended"),
    [pytest.param(CUT, [CUT, RAISE], id="cut"), pytest.param(RAISE, [RAISE], id="raise")],
)
async def test_nothing_ends_a_reduction_that_is_under_way(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, running: Command, ended: list[Command]
) -> None:
    """A newer command waits for a cut, and takes the place of a raise."""
    control = FakeControl()
    control.call_s = 3
    worker, heard = a_worker(hass, control)
    worker.send(running, 0.0)
    await async_run(hass, freezer, 1)
    worker.send(RAISE, 1.0)
    await async_run(hass, freezer, 10)

    assert control.begun == [running, RAISE]
    assert control.ended == ended
    assert [order.sent_at for order in heard.delivered] == ([0.0, 1.0] if ended[1:] else [1.0])


async def test_a_command_is_carried_out_as_it_was_sent(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Whether a start that failed must be said again is not for the worker to decide."""
    control = FakeControl()
    control.is_failing = True
    worker, _ = a_worker(hass, control)
    start = StartCharging(charger_id="car", current_a=16)
    worker.send(start, 0.0)
    await async_run(hass, freezer, 0)
    control.is_failing = False
    worker.send(CUT, 1.0)
    await async_run(hass, freezer, 5)

    assert control.begun == [start, CUT]
    assert control.ended == [CUT]


async def test_what_is_dropped_is_not_tried_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """An increase whose call runs comes to its end; one that waits behind a cut never begins."""
    control = FakeControl()
    control.call_s = 3
    worker, _ = a_worker(hass, control)
    worker.send(CUT, 0.0)
    await async_run(hass, freezer, 1)
    worker.send(RAISE, 1.0)
    worker.drop_increases()
    await async_run(hass, freezer, 10)
    assert control.ended == [CUT]

    worker.send(RAISE, 12.0)
    await async_run(hass, freezer, 1)
    worker.drop_increases()
    await async_run(hass, freezer, 10)
    assert control.ended == [CUT, RAISE]


async def test_increase_that_waited_for_another_to_end_is_dropped(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """It was shown as waiting for good."""

    class Stubborn(FakeControl):
        async def async_carry_out(self, command: Command) -> None:
            self.begun.append(command)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                for _ in range(5):
                    await asyncio.sleep(0)
                raise

    control = Stubborn()
    worker, _ = a_worker(hass, control)
    worker.send(RAISE, 0.0)
    await async_run(hass, freezer, 1)
    worker.send(RAISE, 1.0)
    worker.drop_increases()
    await async_run(hass, freezer, 10)
    assert worker.delivery.status is CommandStatus.NONE
    assert control.begun == [RAISE]
