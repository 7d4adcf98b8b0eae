"""A site over an evening: what its owner is promised, in a running Home Assistant."""
