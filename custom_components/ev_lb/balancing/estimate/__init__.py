"""What flows: the setpoints in force, the chargers' draw, and what is left for the house."""
