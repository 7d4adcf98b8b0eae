"""Everything that proves the promises."""
