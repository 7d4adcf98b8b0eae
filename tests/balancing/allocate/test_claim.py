"""What a charger may be given."""

from dataclasses import replace

from tests.balancing.builders import a_claim


def test_bounded_claim_is_the_same_but_for_its_maximum() -> None:
    """A bound takes nothing else from a charger, and the claim before stays as it was."""
    claim = a_claim("b", min_a=8, max_a=20, weight=70, phases=(0, 2), current_a=9)
    assert claim.at_most(10) == replace(claim, max_a=10)
    assert claim.max_a == 20
