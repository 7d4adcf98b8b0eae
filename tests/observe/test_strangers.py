"""Where observing begins or ends, the chargers are ones that we never commanded."""

import pytest

from custom_components.ev_lb.balancing.memory import ChargerMemory, Memory, MeterMemory, recall
from custom_components.ev_lb.balancing.model import WrongOrder
from custom_components.ev_lb.observe.strangers import of_strangers
from tests.balancing.builders import settings

WRONG = WrongOrder(sensed=(0,), shown=(1,))
KNOWN = ChargerMemory(
    is_known=True,
    told_a=(16, 10),
    current_a=10,
    target_a=10,
    held_until=20.0,
    limit_a=8,
    limited_until=500.0,
    starts_left=1.0,
    is_stopped=True,
    is_start_told=True,
    is_unresponsive=True,
    exceeded_starts=2,
    manual_limit_a=9,
    phases_used=(0,),
    wired=(0,),
    is_order_shown=True,
    wrong_order=WRONG,
)


@pytest.mark.parametrize("was_observed", [False, True])
def test_what_was_commanded_is_not_known_any_more(*, was_observed: bool) -> None:
    """What the user wants and what the real charger has shown stay; what it was told does not."""
    memory = Memory(chargers={"a": KNOWN}, meter=MeterMemory(period_s=10.0, answers_s=(0.0, 1.0)))
    after = of_strangers(memory, was_observed=was_observed)
    assert after.chargers["a"] == ChargerMemory(
        is_known=False,
        told_a=(),
        current_a=0,
        target_a=0,
        held_until=20.0,
        limit_a=8,
        limited_until=500.0,
        exceeded_starts=2,
        phases_used=None if was_observed else (0,),
        wired=(0,),
        wrong_order=WRONG,
    )
    assert after.meter == MeterMemory(period_s=10.0, answers_s=() if was_observed else (0.0, 1.0))


def test_run_begins_with_a_charger_that_may_draw_anything() -> None:
    """Its first command is sent whatever it is, and its temporary limit holds."""
    memory = of_strangers(Memory(chargers={"a": KNOWN}), was_observed=True)
    charger = recall(settings(), memory, 0.0).chargers["a"]
    assert charger.setpoints.is_unknown
    assert charger.limit.in_force is not None
    assert not charger.compliance.is_unresponsive
