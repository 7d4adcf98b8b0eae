"""What the scenarios share."""

import logging
from collections.abc import Iterator

import pytest
from homeassistant.core import HomeAssistant


@pytest.fixture(autouse=True)
def _quick(hass: HomeAssistant) -> Iterator[None]:
    """Leave out what costs time: a log line per step of a script, and asyncio's own clock."""
    hass.loop.set_debug(False)
    levels = {"homeassistant": logging.WARNING, "homeassistant.loader": logging.ERROR}
    before = {name: logging.getLogger(name).level for name in levels}
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)
