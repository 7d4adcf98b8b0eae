"""The simulated household, and the judge of the demo."""
