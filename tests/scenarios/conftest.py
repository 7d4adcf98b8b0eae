"""What the scenarios share."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    """Leave out what costs time: a log line per step of a script."""
    levels = {"homeassistant": logging.WARNING, "homeassistant.loader": logging.ERROR}
    before = {name: logging.getLogger(name).level for name in levels}
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)
