"""What the simulated shell copies of the real one, since it cannot import Home Assistant."""

import pytest

from benchmarks import chargers, shell, worker
from custom_components.ev_lb import store
from custom_components.ev_lb.control import calls
from custom_components.ev_lb.control import worker as real_worker


@pytest.mark.parametrize(
    ("copied", "real"),
    [
        pytest.param(worker.FIRST_RETRIES_S, real_worker.FIRST_RETRIES_S, id="first retries"),
        pytest.param(
            worker.RETRY_INCREASE_S, real_worker.RETRY_INCREASE_S, id="retry of an increase"
        ),
        pytest.param(chargers.CALL_TIMEOUT_S, calls.CALL_TIMEOUT_S, id="timeout of a call"),
        pytest.param(shell.SAVE_DELAY_S, store.SAVE_DELAY_S, id="delay of a save"),
    ],
)
def test_times_are_those_of_the_shell(copied: object, real: object) -> None:
    """What is measured in simulated houses is what real ones do."""
    assert copied == real
