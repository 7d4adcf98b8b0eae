"""The meter: how it reports, and whether it can be believed."""
