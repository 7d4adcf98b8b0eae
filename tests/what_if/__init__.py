"""What would have been: the simulated site, the past house, and the action."""
