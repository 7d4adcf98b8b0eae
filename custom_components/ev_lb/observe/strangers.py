"""What stays known of a site where observing begins or ends.

Shadows obey at once, and the meter shows it in no time: what was learned of them is not known of
the chargers. Who was told by others meanwhile is a charger that we never commanded.
"""

from dataclasses import replace

from ..balancing.memory import ChargerMemory, Memory


def of_strangers(memory: Memory, *, was_observed: bool) -> Memory:
    """Return what stays known: the user's limits, the holds, and what the real ones have shown."""
    return Memory(
        chargers={
            charger_id: stranger(known, was_observed=was_observed)
            for charger_id, known in memory.chargers.items()
        },
        meter=replace(memory.meter, answers_s=()) if was_observed else memory.meter,
    )


def stranger(known: ChargerMemory, *, was_observed: bool) -> ChargerMemory:
    """Return what stays known of a charger.

    Which phases its car uses was seen at the real one before; the shadow loads those it is given.
    """
    return ChargerMemory(
        is_known=False,
        told_a=(),
        current_a=0,
        target_a=0,
        held_until=known.held_until,
        limit_a=known.limit_a,
        limited_until=known.limited_until,
        exceeded_starts=known.exceeded_starts,
        minimum_until=known.minimum_until,
        phases_used=None if was_observed else known.phases_used,
        wired=known.wired,
        wrong_order=known.wrong_order,
        not_given_since=None if was_observed else known.not_given_since,
    )
