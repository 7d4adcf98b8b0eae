"""What hypothesis may think of: chargers' claims, and the room for them."""

from hypothesis import strategies as st

from custom_components.ev_lb.balancing.allocate.claim import Claim
from tests.balancing.builders import a_claim

rooms = st.floats(-10, 120, allow_nan=False)
three_rooms = st.tuples(rooms, rooms, rooms)

a_few = st.integers(1, 5)


@st.composite
def claims(
    draw: st.DrawFn, phases: int = 1, numbers: st.SearchStrategy[int] = a_few
) -> tuple[Claim, ...]:
    """Return claims of some chargers, odd ones among them."""
    loaded = st.sets(st.integers(0, phases - 1), min_size=1)
    return tuple(
        a_claim(
            f"{number}",
            min_a=draw(st.integers(1, 20)),
            max_a=draw(st.integers(0, 40)),
            weight=draw(st.one_of(st.just(50), st.integers(1, 100))),
            phases=tuple(sorted(draw(loaded))),
            current_a=draw(st.one_of(st.just(0), st.integers(0, 40))),
        )
        for number in range(draw(numbers))
    )
