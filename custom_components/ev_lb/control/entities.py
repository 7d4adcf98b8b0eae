"""Control by the charger's own entities: a number for its current, and what pauses it."""

from enum import StrEnum


class PauseKind(StrEnum):
    """How a charger is paused."""

    ZERO = "zero"
    """0 A goes to its number."""
    SWITCH = "switch"
    """On is charging."""
    INVERTED_SWITCH = "inverted_switch"
    """On is paused."""
    BUTTONS = "buttons"
    SELECT = "select"


class StartOrder(StrEnum):
    """What is done first when a charger starts."""

    START_FIRST = "start_first"
    SET_FIRST = "set_first"
