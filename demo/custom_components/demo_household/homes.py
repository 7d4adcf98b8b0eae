"""The houses that the demo can show, by the number of their phases."""

from dataclasses import replace

from .household import Activity, Home, Wallbox

QUIET = Activity(name="Quiet", duration_s=8)
HOT_OVEN = Activity(name="Oven is hot", duration_s=3, current_a=(0.1,))
OVEN = Activity(name="Oven", duration_s=6, current_a=(10.8,))

ONE_PHASE = Home(
    voltages_v=(230,),
    breaker_a=35,
    always_on_a=(3.6,),
    routine=(
        QUIET,
        Activity(name="Kettle", duration_s=7, current_a=(9.0,)),
        replace(QUIET, duration_s=15),
        OVEN,
        HOT_OVEN,
        OVEN,
        Activity(name="Oven, microwave", duration_s=7, current_a=(17.7,)),
        replace(QUIET, duration_s=14),
        Activity(name="Hob", duration_s=8, current_a=(7.8,)),
        replace(QUIET, duration_s=12),
    ),
    wallboxes={
        "garage": Wallbox(rated_current_a=32, car_phases=(0,)),
        "drive": Wallbox(rated_current_a=10, car_phases=(0,)),
    },
)

THREE_PHASES = Home(
    voltages_v=(231, 228, 234),
    breaker_a=25,
    # What ripples must not cross a whole ampere: that would be an overload of a tenth.
    always_on_a=(1.4, 0.5, 1.5),
    routine=(
        QUIET,
        Activity(name="Kettle on L1", duration_s=8, current_a=(9.0, 0, 0)),
        replace(QUIET, duration_s=16),
        Activity(name="Water heater on L3", duration_s=12, current_a=(0, 0, 14.0)),
        replace(QUIET, duration_s=22),
        Activity(name="Hob on L2 and L3", duration_s=9, current_a=(0, 13.0, 15.0)),
        replace(QUIET, duration_s=14),
    ),
    wallboxes={
        "garage": Wallbox(rated_current_a=16, car_phases=(0, 1, 2)),
        # Its wallbox has three phases, its car only one.
        "drive": Wallbox(rated_current_a=16, car_phases=(0,)),
    },
)

HOMES = {len(home.phases): home for home in (ONE_PHASE, THREE_PHASES)}
"""Both cars always get their minimum in them: left alone, no car has to stop."""
