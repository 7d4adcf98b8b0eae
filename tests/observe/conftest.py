"""The core's tests start no Home Assistant."""

import pytest


@pytest.fixture(autouse=True)
def _our_integration() -> None:
    """Stand in for the shell tests' fixture of this name, which starts Home Assistant."""
